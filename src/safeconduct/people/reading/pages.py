"""The page of alarms about reading and of decoys."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from safeconduct.people.person_contexts import tabs
from safeconduct.people.reading import acts, contexts
from safeconduct.rest import asker
from safeconduct.terms.errors import BadInput, NotFound


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Alarms about unusual reading, and the decoys of the reader's party."""
    return _page(request)


def _page(request: HttpRequest, status: int = 200, wrong: str = "") -> HttpResponse:
    who = asker(request)
    context = {"page": contexts.reading_page(who), "tabs": tabs(who), "wrong": wrong}
    return render(request, "people/reading.html", context, status=status)


@require_POST
def answer(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    try:
        acts.answer_alarm(asker(request), ref, answer=request.POST.get("answer", ""))
    except BadInput:
        return _page(request, 422, "answer")
    return redirect("people:reading")


@require_POST
def place(request: HttpRequest) -> HttpResponse:
    """Make a decoy of the thing whose id was typed; what is not there and what is not theirs is told alike."""
    of_class, typed = request.POST.get("of_class", ""), request.POST.get("of", "")
    try:
        of = uuid.UUID(typed.strip())
    except ValueError:
        return _page(request, 422, "decoy")
    try:
        acts.place_canary(asker(request), of_class=of_class, of=of, note=request.POST.get("note", ""))
    except (BadInput, NotFound):
        return _page(request, 422, "decoy")
    return redirect("people:reading")


@require_POST
def remove(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    acts.remove_canary(asker(request), ref)
    return redirect("people:reading")
