"""Pages of the archive: the question and what was asked before, one answer, one stay with its replay, and evidence."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from safeconduct import node
from safeconduct.rest import asker
from safeconduct.terms.errors import BadInput
from safeconduct.watch.keeping import acts, contexts
from safeconduct.watch.keeping.forms import EvidenceForm, QuestionForm, around, last_night
from safeconduct.watch.queries import alert


@require_http_methods(["GET", "POST"])
def archive(request: HttpRequest) -> HttpResponse:
    """GET shows the form, about an alert where one is given, and what was asked, held and deleted; POST asks, and goes
    on to the answer."""
    page = contexts.archive_page(asker(request), request.GET.get("after"))
    if request.method != "POST":
        about = request.GET.get("alert")
        initial = around(alert(asker(request), about), page.places) if about else last_night()
        return _page(request, page, initial)
    form = QuestionForm(request.POST, places=page.places)
    if form.is_valid():
        try:
            return redirect("archive-answer", acts.ask(asker(request), **form.asked).pk)
        except BadInput as error:
            form.add_faults(error)
    return _page(request, page, ask=form)


def _page(
    request: HttpRequest,
    page: contexts.ArchivePage,
    initial: Mapping[str, Any] | None = None,
    ask: QuestionForm | None = None,
    hold: EvidenceForm | None = None,
) -> HttpResponse:
    context = {
        "page": page,
        "ask": ask or QuestionForm(places=page.places, initial=initial or last_night()),
        "hold": hold or EvidenceForm(sites=page.sites, initial=last_night()),
    }
    return render(request, "archive/archive.html", context, status=422 if ask or hold else 200)


@require_POST
def hold(request: HttpRequest) -> HttpResponse:
    """Hold observations of a site as evidence."""
    page = contexts.archive_page(asker(request))
    form = EvidenceForm(request.POST, sites=page.sites)
    if form.is_valid():
        try:
            acts.hold_evidence(asker(request), **form.held)
            return redirect("archive")
        except BadInput as error:
            form.add_faults(error)
    return _page(request, page, hold=form)


@require_POST
def lift(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    acts.lift_evidence(asker(request), ref)
    return redirect("archive")


@require_GET
def answer(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    page = contexts.answer_page(asker(request), ref)
    question = page.question
    initial = {"site": question["site"], "begin": question["begin"], "end": question["end"]}
    form = EvidenceForm(sites=[question["site"]], initial=initial, auto_id="hold_%s")
    return render(request, "archive/answer.html", {"page": page, "hold": form, **_map()})


@require_GET
def stay(request: HttpRequest, ref: uuid.UUID, nth: int) -> HttpResponse:
    page = contexts.stay_page(asker(request), ref, nth)
    return render(request, "archive/stay.html", {"page": page, **_map()})


def _map() -> dict[str, str]:
    return {"map_style": node.current().settings["map_style"]}


@require_GET
def replay(request: HttpRequest, ref: uuid.UUID, nth: int) -> HttpResponse:
    return JsonResponse(dict(contexts.stay_replay(asker(request), ref, nth)))
