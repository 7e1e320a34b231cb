"""The pattern page: every component once, in each tone, for people who build pages and for tests that look at them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from safeconduct.terms import instant
from safeconduct.terms.decision import Decision
from safeconduct.terms.marking import Marking, Tlp
from safeconduct.web.icons import ICONS


@dataclass(frozen=True)
class Patterns:
    """What patterns.html shows."""

    icons: list[str]
    severities: list[str]
    markings: list[Marking]
    decision: Decision
    begun_at: datetime
    due_at: datetime
    problem: dict[str, Any]


def patterns(request: HttpRequest) -> HttpResponse:
    at = instant.now()
    shown = Patterns(
        icons=list(ICONS),
        severities=["critical", "alert", "notice"],
        markings=[Marking("host", "alert", tlp, frozenset({"partner"})) for tlp in Tlp],
        decision=Decision(False, "2.4", "default", "what no article allows is not allowed"),
        begun_at=at - timedelta(seconds=754),
        due_at=at + timedelta(minutes=38),
        problem={"status": 403, "article": "2.4", "act": "measure.order", "detail": "…"},
    )
    return render(request, "patterns.html", {"shown": shown, "problem": shown.problem})
