"""Pages of headcounts: all of them, one call with its numbers and people, and the small page behind a link."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from safeconduct.people.headcounts import acts, beginning, contexts, queries, tally
from safeconduct.people.headcounts.answering import answer_many
from safeconduct.people.headcounts.asked import by_link
from safeconduct.people.headcounts.forms import CloseForm, StartForm, add_faults
from safeconduct.people.person_contexts import tabs
from safeconduct.rest import asker
from safeconduct.terms.decision import Refused
from safeconduct.terms.errors import BadInput, Fault, shown


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Headcounts that are open, those that were, and the form that starts one."""
    return _index(request, None)


def _index(request: HttpRequest, form: StartForm | None, status: int = 200) -> HttpResponse:
    page = contexts.index_page(asker(request))
    context = {"page": page, "tabs": tabs(asker(request)), "form": form or StartForm(page)}
    return render(request, "headcounts/index.html", context, status=status)


@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Start one; what was entered is kept when something in it is wrong."""
    page = contexts.index_page(asker(request))
    if not page.starting.allowed:
        raise Refused(acts.start.name, page.starting)
    form = StartForm(page, request.POST)
    if form.is_valid():
        try:
            call = beginning.begin(asker(request), **form.values)
        except BadInput as error:
            add_faults(form, error)
        else:
            return redirect("headcounts:headcount", queries.headcounts_of(asker(request), call)[0].id)
    return _index(request, form, 422)


@require_GET
def headcount(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    """One call: numbers by zone, and one part of the people, a page of them at a time."""
    return _call(request, ref, CloseForm())


def _call(request: HttpRequest, ref: uuid.UUID, closing: CloseForm, status: int = 200) -> HttpResponse:
    begin = request.GET.get("from", "")
    at = int(begin) if begin.isascii() and begin.isdecimal() and len(begin) < 8 else 0
    page = contexts.call_page(asker(request), ref, request.GET.get("show", ""), _zone(request), at)
    return render(request, "headcounts/headcount.html", {"page": page, "closing": closing}, status=status)


def _zone(request: HttpRequest) -> str:
    zone = request.GET.get("zone", "")
    if zone in ("", tally.NO_ZONE):
        return zone
    try:
        return str(uuid.UUID(zone))
    except ValueError:
        raise BadInput("page", [Fault("zone", shown(zone), "the id of a zone")]) from None


@require_POST
def confirm(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    """The second person's go for all of a call."""
    beginning.confirm_call(asker(request), queries.headcount(asker(request), ref)["call"])
    return redirect("headcounts:headcount", ref)


@require_POST
def close(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    """Close all of a call, decline one that waits, or take one back that was an error."""
    form = CloseForm(request.POST)
    if form.is_valid():
        try:
            beginning.close_call(asker(request), queries.headcount(asker(request), ref)["call"], **form.cleaned_data)
        except BadInput as error:
            add_faults(form, error)
        else:
            return redirect("headcounts:headcount", ref)
    return _call(request, ref, form, 422)


@require_POST
def answer(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    """Answer for those who were picked, or for the one whose button was pressed: `one` is `<answer> <says>`."""
    one, _, says = request.POST.get("one", "").partition(" ")
    picked = [one] if one else request.POST.getlist("answers")
    answer_many(asker(request), ref, picked, says or request.POST.get("says", ""), "warden")
    query = request.GET.urlencode()
    where = redirect("headcounts:headcount", ref)
    where["Location"] += f"?{query}" if query else ""
    return where


def _small(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view without login, session or token of a form: the link itself proves who asks."""
    open_view: Any = csrf_exempt(view)
    open_view.login_required = False
    return open_view


@_small
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest, code: str) -> HttpResponse:
    """What a person sees who follows the link in a message: three buttons, in their own language, in under 2 kB."""
    asked = by_link(code)
    if asked is None:
        return render(request, "headcounts/link.html", {"asked": None}, status=404)
    said, status = "", 200
    if request.method == "POST":
        said = request.POST.get("says", "")
        if not (said in tally.ANSWERS and asked.say(said, "link")):
            said, status = "", 409
    elif request.method == "GET" and asked.is_open:
        asked.say(tally.READ, "link")
    with translation.override(asked.language or translation.get_language()):
        fresh = by_link(code)
        answer = render(request, "headcounts/link.html", {"asked": fresh, "said": said}, status=status)
    answer["Cache-Control"] = "no-store"
    return answer
