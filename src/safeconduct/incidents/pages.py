"""Pages of incidents: the list, the form that opens one, the page of one with its log, and its documents."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from safeconduct.incidents import acts, contexts, deeds, documents, fact_acts, link_acts, queries
from safeconduct.incidents.methane import LETTERS
from safeconduct.people.headcounts import beginning
from safeconduct.rest import asker
from safeconduct.terms.errors import BadInput, Fault, shown
from safeconduct.terms.instant import in_utc
from safeconduct.terms.party import Principal

Given = Mapping[str, Any]


@require_GET
def incidents(request: HttpRequest) -> HttpResponse:
    """The incidents of this reader, those that are not closed unless `?state=` says otherwise; fifty a page."""
    return render(request, "incidents/index.html", {"page": contexts.incidents_page(asker(request), request.GET)})


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """The form that opens one, from the thing that `?of=&thing=` name or from nothing; POST opens it."""
    if request.method == "POST":
        return redirect("incidents:incident", _open(asker(request), request.POST))
    page = contexts.new_page(asker(request), request.GET.get("of", ""), request.GET.get("thing", ""))
    return render(request, "incidents/new.html", {"page": page, "letters": LETTERS.items()})


def _open(who: Principal, given: Given) -> uuid.UUID:
    report = _report(given)
    lon, lat = _number(given, "lon"), _number(given, "lat")
    made = deeds.open_from(
        who,
        of=given.get("of", ""),
        thing=given.get("thing", ""),
        severity=given.get("severity", ""),
        report=report if any(report.values()) else None,
        site=given.get("site", ""),
        type=given.get("type", ""),
        text=given.get("text", ""),
        place=given.get("place", ""),
        lon=lon,
        lat=lat,
        occurred_at=_moment(given, "occurred_at"),
        affected=_whole(given, "affected"),
        references=_references(given) or (),
    )
    return made.pk


@require_GET
def incident(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    """One incident; `?before=` shows the lines before the one that it names."""
    before = request.GET.get("before", "")
    try:
        page = contexts.incident_page(asker(request), ref, uuid.UUID(before) if before else None)
    except ValueError:
        raise BadInput("page", [Fault("before", shown(before), "the id of a line")]) from None
    return render(request, "incidents/incident.html", {"page": page, "letters": LETTERS.items()})


SPANS = (1, 4, 12, 24, 72)
"""Hours that a situation report may look back."""


@require_GET
def sitrep(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    """What is new, and what changed from what to what, in the last `?hours=`; made to be printed."""
    given = request.GET.get("hours", str(SPANS[1]))
    hours = next((one for one in SPANS if str(one) == given), None)
    if hours is None:
        raise BadInput("report", [Fault("hours", shown(given), "one of " + ", ".join(map(str, SPANS)))])
    page = contexts.sitrep(asker(request), ref, timedelta(hours=hours))
    values = {"spans": SPANS, "hours": hours, "letters": LETTERS.items()}
    return render(request, "incidents/sitrep.html", {**page, **values})


@require_GET
def near(request: HttpRequest, of: str, ref: uuid.UUID) -> HttpResponse:
    """A part of the page of an alert or a movement: its incidents, and the button that opens one."""
    return render(request, "incidents/near.html", {"page": contexts.near_page(asker(request), of, ref)})


def _write(who: Principal, ref: uuid.UUID, given: Given) -> None:
    letters = given.get("do") == "report"
    acts.write(
        who,
        ref,
        text=given.get("text", ""),
        report=_report(given) if letters else None,
        at=_moment(given, "at"),
        own=_own(given),
        affected=_whole(given, "affected"),
        references=_references(given),
    )


def _figure(who: Principal, ref: uuid.UUID, given: Given) -> None:
    fact_acts.figure(
        who,
        ref,
        category=given.get("category", ""),
        whose=given.get("whose", ""),
        count=_required(_whole(given, "count"), "count"),
        source=given.get("source", ""),
        status=given.get("status", ""),
        as_of=_moment(given, "at"),
        own=_own(given),
    )


def _claim(who: Principal, ref: uuid.UUID, given: Given) -> None:
    fact_acts.claim(
        who,
        ref,
        who=given.get("who", ""),
        channel=given.get("channel", ""),
        text=given.get("text", ""),
        claimed_at=_moment(given, "at"),
        own=_own(given),
    )


def _attribute(who: Principal, ref: uuid.UUID, given: Given) -> None:
    fact_acts.attribute(
        who,
        ref,
        who=given.get("who", ""),
        confidence=given.get("confidence", ""),
        text=given.get("text", ""),
        own=_own(given),
    )


def _link(who: Principal, ref: uuid.UUID, given: Given) -> None:
    deeds.link_with_evidence(who, ref, of=given.get("of", ""), thing=given.get("thing", ""), text=given.get("text", ""))


def _headcount(who: Principal, ref: uuid.UUID, _: Given) -> None:
    found = queries.incident(who, ref)
    beginning.begin(who, sites=[found["site"]], reason=found["name"], incident=found.id)


_STEPS: dict[str, Callable[[Principal, uuid.UUID, Given], None]] = {
    "write": _write,
    "report": _write,
    "figure": _figure,
    "claim": _claim,
    "attribute": _attribute,
    "link": _link,
    "headcount": _headcount,
    "grade": lambda who, ref, given: acts.grade(
        who, ref, severity=given.get("severity", ""), reason=given.get("text", "")
    ),
    "stand_down": lambda who, ref, given: acts.stand_down(who, ref, reason=given.get("text", "")),
    "close": lambda who, ref, given: acts.close(who, ref, outcome=given.get("text", "")),
    "reopen": lambda who, ref, given: acts.reopen(who, ref, reason=given.get("text", "")),
}


@require_POST
def step(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    """Write into it, grade it, close it …: `do` says what."""
    done = _STEPS.get(request.POST.get("do", ""))
    if done is None:
        raise BadInput("incident", [Fault("do", shown(request.POST.get("do", "")), "one of " + ", ".join(_STEPS))])
    done(asker(request), ref, request.POST)
    return redirect("incidents:incident", ref)


@require_POST
def attach(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    """Add a document."""
    given = request.FILES.get("document")
    if given is None:
        raise BadInput("document", [Fault("document", "nothing", "a JPEG, PNG, PDF or plain text")])
    data = given.read(documents.MOST_BYTES + 1)
    name = request.POST.get("name", "").strip() or str(given.name or "")[-120:]
    text = request.POST.get("text", "")
    deeds.add_document(asker(request), ref, data, name=name, text=text, own=_own(request.POST))
    return redirect("incidents:incident", ref)


@require_POST
def correct(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    """Put a line right by another, or take back a link."""
    who, given = asker(request), request.POST
    found = queries.entry(who, ref)
    if found["kind"] == "link":
        link_acts.unlink(who, ref, reason=given.get("text", ""))
    else:
        report = _report(given) if found["kind"] == "report" else None
        acts.correct(who, ref, text=given.get("text", ""), report=report, at=_moment(given, "at"))
    return redirect("incidents:incident", found["incident"])


@require_GET
def document(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    """A document, to be saved: never shown inside a page of the node, shared, or guessed to be something else."""
    row, data = queries.document(asker(request), ref)
    response = HttpResponse(data, content_type=row["kind"])
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    ending = documents.KINDS[row["kind"]]
    response["Content-Disposition"] = f'attachment; filename="{ref}.{ending}"'
    return response


def _own(given: Given) -> bool:
    return given.get("own", "") == "on"


def _report(given: Given) -> dict[str, str]:
    return {key: given.get(f"letter-{key}", "") for key in LETTERS}


def _moment(given: Given, name: str) -> datetime | None:
    """What a field of local time holds, None for nothing. Raises BadInput."""
    text = given.get(name, "")
    try:
        return in_utc(timezone.make_aware(datetime.fromisoformat(text))) if text else None
    except (ValueError, OverflowError):
        raise BadInput("incident", [Fault(name, shown(text), "a local time like 2026-11-24T06:00")]) from None


def _whole(given: Given, name: str) -> int | None:
    text = given.get(name, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 8):
        raise BadInput("incident", [Fault(name, shown(text), "a whole number")])
    return int(text)


def _required(value: int | None, name: str) -> int:
    if value is None:
        raise BadInput("incident", [Fault(name, "nothing", "a whole number")])
    return value


def _number(given: Given, name: str) -> float | None:
    text = given.get(name, "").strip()
    try:
        return float(text) if text else None
    except ValueError:
        raise BadInput("incident", [Fault(name, shown(text), "degrees, like 75.0065")]) from None


def _references(given: Given) -> list[str] | None:
    """The handles in a field, by comma or space; None where it was left empty."""
    text = given.get("references", "").replace(",", " ")
    return text.split() or None
