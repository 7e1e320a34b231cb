"""The page of one alert, the posts that call its acts, and its replay."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import reswap, retarget

from safeconduct import node
from safeconduct.rest import asker
from safeconduct.terms.errors import BadInput
from safeconduct.terms.party import ANYWHERE
from safeconduct.watch import alert_context, alert_words
from safeconduct.watch.alert_replay import has_replay, replay
from safeconduct.watch.keeping.acts import ask


@require_GET
def page(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    return render(request, "watch/alert.html", _context(request, ref))


def _context(request: HttpRequest, ref: uuid.UUID) -> dict[str, Any]:
    principal = asker(request)
    shown = alert_context.alert_page(principal, ref)
    asks = ask.decision(principal, ask.marking_for_new(principal, shown.alert.get("site", ANYWHERE))).allowed
    style = node.current().settings["map_style"]
    return {"page": shown, "replays": has_replay(shown.alert), "asks": asks, "map_style": style}


TAKES: Mapping[str, tuple[str, ...]] = {"assess": ("disposition", "assessment"), "close": ("reason",)}
"""What the post of an act takes from its form; the others take nothing."""


@require_POST
def do(request: HttpRequest, ref: uuid.UUID, verb: str) -> HttpResponse:
    """Do one act on an alert. What the act finds wrong is said on the page; a refusal goes to the middleware."""
    details = {name: request.POST.get(name, "") for name in TAKES.get(verb, ())}
    try:
        alert_context.ACTS[verb](asker(request), ref, **details)
    except BadInput as error:
        faults = [alert_words.fault(fault.where) for fault in error.faults]
        context = {**_context(request, ref), "wrong": verb, "faults": faults, "typed": details}
        return reswap(retarget(render(request, "watch/alert.html", context, status=422), "#live"), "innerHTML")
    return redirect("alert", ref)


@require_GET
def track_replay(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    return JsonResponse(replay(asker(request), ref))
