"""Pages of movements on their way: the board, one movement, the driver's page, and the posts that call acts."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import reswap, retarget

from safeconduct.movements.progress import acts, contexts, words
from safeconduct.movements.progress.contexts import ON_MOVEMENT, ON_OFFER, ON_PROGRESS
from safeconduct.rest import asker
from safeconduct.terms import instant
from safeconduct.terms.errors import BadInput

Details = dict[str, Any]


@require_GET
def board(request: HttpRequest) -> HttpResponse:
    """All movements on their way, the most urgent first."""
    shown = contexts.board(asker(request), request.GET.get("show", "all"), request.GET.get("site", ""))
    return render(request, "movements/board.html", {"page": shown})


@require_GET
def live(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    return _live(request, ref)


def _live(request: HttpRequest, ref: uuid.UUID, **more: Any) -> HttpResponse:
    context = {"page": contexts.live_page(asker(request), ref), **more}
    if not more:
        return render(request, "movements/live.html", context)
    # What is wrong belongs beside what was typed.
    return reswap(retarget(render(request, "movements/live.html", context, status=422), "#way"), "innerHTML")


def _whole(text: str) -> int:
    """A number as it was typed; -1, which nothing takes, for what is none."""
    return int(text) if re.fullmatch("[0-9]{1,6}", text.strip()) else -1


def _report(post: Mapping[str, str]) -> Details:
    vehicles = [one.strip() for one in post.get("vehicles", "").split(",") if one.strip()]
    return {
        "checkpoint": post.get("checkpoint", ""),
        "vehicles": vehicles,
        "note": post.get("note", ""),
        "word": post.get("word", ""),
    }


def _explain(post: Mapping[str, str]) -> Details:
    minutes = _whole(post.get("minutes", ""))
    eta = instant.now() + timedelta(minutes=max(-1, minutes))
    return {"eta": eta, "reason": post.get("reason", ""), "word": post.get("word", "")}


def _offer(post: Mapping[str, str]) -> Details:
    site, _, name = post.get("post", "").partition("/")
    border = post.get("border_m", "").strip()
    return {"to_site": site, "to_post": name, "border_m": float(_whole(border)) if border else None}


def _statuses(post: Mapping[str, str]) -> Details:
    chosen = {name.removeprefix("status-"): value for name, value in post.items() if name.startswith("status-")}
    return {"statuses": {ref: status for ref, status in chosen.items() if status}}


TAKES: Mapping[str, Callable[[Mapping[str, str]], Details]] = {
    "report": _report,
    "sighted": lambda post: {"where": post.get("where", "")},
    "explain": _explain,
    "offer": _offer,
    "count": lambda post: {"people": _whole(post.get("people", "")), "where": post.get("where", "")},
    "account": _statuses,
    "words": lambda post: {"well": post.get("well", ""), "duress": post.get("duress", "")},
    "refuse": lambda post: {"reason": post.get("reason", "")},
    "answer": lambda post: {"number": _whole(post.get("number", "")), "text": post.get("text", "")},
    "relieve": lambda post: {"reason": post.get("reason", "")},
}
"""What the post of an act takes from its form; the others take nothing."""

_KINDS = {"report": "progress", "sighted": "progress"}


def _posted(request: HttpRequest) -> dict[str, str]:
    return {name: str(value) for name, value in request.POST.items()}


def _details(verb: str, request: HttpRequest) -> Details:
    return TAKES[verb](_posted(request)) if verb in TAKES else {}


@require_POST
def do(request: HttpRequest, ref: uuid.UUID, verb: str) -> HttpResponse:
    """Do one act on a movement that is on its way; what is wrong is said on its page."""
    details = _details(verb, request)
    if verb in _KINDS:
        details["kind"] = _KINDS[verb]
    act = ON_PROGRESS.get(verb) or ON_MOVEMENT[verb]
    try:
        act(asker(request), ref, **details)
    except BadInput as error:
        faults = list(dict.fromkeys(str(words.fault(one.where)) for one in error.faults))
        # A word is typed anew, and not sent back to be read on a screen.
        kept = {name: value for name, value in _posted(request).items() if name not in ("word", "well", "duress")}
        return _live(request, ref, wrong=verb, faults=faults, typed=kept)
    return redirect("movement-live", ref)


@require_POST
def answer_offer(request: HttpRequest, ref: uuid.UUID, verb: str) -> HttpResponse:
    """Accept, refuse or take back an offer; or tell of a movement by the offer that was accepted."""
    details = _details(verb, request)
    if verb in _KINDS:
        details["kind"] = "handover"
    ON_OFFER[verb](asker(request), ref, **details)
    return _back(request)


@require_POST
def ladder(request: HttpRequest, ref: uuid.UUID, kind: str, verb: str) -> HttpResponse:
    """Enter what was done at a step, or that a movement under duress is safe."""
    details = _details(verb, request)
    if verb == "answer":
        acts.answer(asker(request), ref, kind=kind, **details)
    else:
        acts.relieve(asker(request), ref, **details)
    return _back(request)


def _back(request: HttpRequest) -> HttpResponse:
    """To the page of the movement that the form names, or to the board."""
    movement = request.POST.get("movement", "")
    try:
        return redirect("movement-live", uuid.UUID(movement))
    except ValueError:
        return redirect("movements-board")


@require_http_methods(["GET", "POST"])
def drive(request: HttpRequest) -> HttpResponse:
    """The driver's own page: where they are, and the word that all is well. It answers every word alike."""
    who = asker(request)
    if request.method == "GET":
        return render(request, "movements/drive.html", {"page": contexts.drive_page(who, request.GET.get("told", ""))})
    details = _report(_posted(request)) | {"kind": "progress"}
    acts.report(who, request.POST.get("movement", ""), **details)
    return redirect("/movements/drive/?told=yes")
