"""What the pages of incidents show, filled from projections."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from safeconduct import node
from safeconduct.acts import Act
from safeconduct.incidents import acts, fact_acts, link_acts, queries, report
from safeconduct.incidents.models import (
    CATEGORIES,
    CLOSED,
    CONFIDENCES,
    LINK,
    OPEN,
    STATUSES,
    STOOD_DOWN,
    TYPES,
    WHOSE,
)
from safeconduct.incidents.words import FILTERS
from safeconduct.movements import queries as movements
from safeconduct.movements.models import DEPARTED, HELD, PLANNED
from safeconduct.paging import PAGE, Page
from safeconduct.people.headcounts import acts as headcounts
from safeconduct.release import Projection
from safeconduct.sites.queries import sites
from safeconduct.terms import instant
from safeconduct.terms.decision import Decision
from safeconduct.terms.errors import NotFound
from safeconduct.terms.party import ANYWHERE, Principal
from safeconduct.watch import queries as watch

TONES = (("notice", "notice"), ("notice", "notice"), ("substantial", "substantial"), ("alert", "alert"))
"""Colour and shape of the impacts, least first; those beyond are critical."""


@dataclass(frozen=True)
class Severity:
    """An impact of the accord's scale; `names` by language."""

    code: str
    names: Mapping[str, str]
    css: str
    shape: str


@dataclass(frozen=True)
class Row:
    incident: Projection
    severity: Severity | None


@dataclass(frozen=True)
class IncidentsPage:
    rows: Sequence[Row]
    next: str | None
    filters: Mapping[str, str]
    sites: Sequence[str]
    types: Sequence[str]
    states: Sequence[str]
    opening: Decision


@dataclass(frozen=True)
class NewPage:
    """The form that opens one; `thing` is what it is opened from, if anything."""

    sites: Sequence[str]
    types: Sequence[str]
    severities: Sequence[Severity]
    opening: Decision
    of: str
    thing: Projection | None
    site: str
    place: str
    lon: float | None
    lat: float | None
    may_know_people: bool


@dataclass(frozen=True)
class Line:
    """A line of the timeline; `correction` is the line that puts it right, `thing` what it links."""

    row: Projection
    correction: Projection | None
    thing: Projection | None
    may_correct: bool
    before: Severity | None = None
    after: Severity | None = None


@dataclass(frozen=True)
class IncidentPage:
    """One incident. `can` names what its reader may do to it as it stands, `why` why not."""

    incident: Projection
    severity: Severity | None
    severities: Sequence[Severity]
    lines: Sequence[Line]
    next: str | None
    is_newest: bool
    figures: Sequence[Projection]
    replaced: Sequence[Projection]
    claims: Sequence[Projection]
    attributions: Sequence[Projection]
    documents: Sequence[Projection]
    linked: Sequence[Line]
    headcounts: Sequence[Projection]
    evidence: Sequence[Projection]
    near: Sequence[Projection]
    can: frozenset[str]
    why: Mapping[str, Decision]
    may_count: bool
    categories: Sequence[str] = CATEGORIES
    whose: Sequence[str] = WHOSE
    statuses: Sequence[str] = STATUSES
    confidences: Sequence[str] = CONFIDENCES


@dataclass(frozen=True)
class NearPage:
    """A part of another thing's page: the incidents that are linked with it, and the way to open one."""

    of: str
    ref: uuid.UUID
    rows: Sequence[Row]
    opening: Decision
    is_proposed: bool


def severities() -> list[Severity]:
    tones = [*TONES, *[("critical", "critical")] * len(node.current().accord.risk_matrix.impacts)]
    scale = node.current().accord.risk_matrix.impacts.items()
    return [Severity(code, names, *tone) for (code, names), tone in zip(scale, tones, strict=False)]


def severity_of(code: str) -> Severity | None:
    """None where it is not graded; an impact of another version of the accord is shown by its code."""
    if not code:
        return None
    found = next((one for one in severities() if one.code == code), None)
    return found or Severity(code, {"en": code}, "unknown", "unknown")


def _row(incident: Projection) -> Row:
    return Row(incident, severity_of(incident.get("severity", "")))


def _opening(principal: Principal, areas: Sequence[str]) -> Decision:
    act = acts.open_incident
    asked = [act.decision(principal, act.marking_for_new(principal, area)) for area in areas or [ANYWHERE]]
    return next((one for one in asked if one.allowed), asked[0])


def incidents_page(principal: Principal, given: Mapping[str, str]) -> IncidentsPage:
    filters = {name: given.get(name, "") for name in ("state", "type", "site")}
    if "state" not in given:
        filters["state"] = "standing"
    page: Page = queries.incidents(principal, given.get("after") or None, PAGE, **filters)
    known = sites(principal)
    return IncidentsPage(
        rows=[_row(one) for one in page.rows],
        next=page.next,
        filters=filters,
        sites=known,
        types=TYPES,
        states=tuple(FILTERS),
        opening=_opening(principal, known),
    )


def new_page(principal: Principal, of: str, ref: str) -> NewPage:
    """Raises NotFound for a thing that is not theirs to see."""
    thing = _thing(principal, of, ref) if of else None
    known = sites(principal)
    found = thing or {}
    marking = acts.open_incident.marking_for_new(principal, found.get("site", "") or next(iter(known), ""))
    grading = acts.grade.decision(principal, marking).allowed
    return NewPage(
        sites=known,
        types=TYPES,
        severities=severities() if grading else (),
        opening=_opening(principal, [found["site"]] if "site" in found else known),
        of=of,
        thing=thing,
        site=found.get("site", ""),
        place=found.get("ring", "") or found.get("route", ""),
        lon=found.get("lon"),
        lat=found.get("lat"),
        may_know_people="references" in node.current().accord.fields(principal, marking),
    )


def _thing(principal: Principal, of: str, ref: str) -> Projection:
    if of == "alert":
        return watch.alert(principal, ref)
    if of == "movement":
        return movements.movement(principal, ref)
    raise NotFound(of or "thing", ref)


_ON_INCIDENT: Mapping[str, Act[Any]] = {
    "write": acts.write,
    "figure": fact_acts.figure,
    "claim": fact_acts.claim,
    "attribute": fact_acts.attribute,
    "link": link_acts.link,
    "attach": link_acts.attach,
    "grade": acts.grade,
    "stand_down": acts.stand_down,
    "close": acts.close,
    "reopen": acts.reopen,
}
_IN_STATE = {
    "stand_down": (OPEN,),
    "reopen": (STOOD_DOWN, CLOSED),
}


def incident_page(principal: Principal, ref: uuid.UUID | str, before: uuid.UUID | None = None) -> IncidentPage:
    """Raises NotFound where this reader may not see it."""
    incident = queries.incident(principal, ref)
    page = queries.timeline(principal, incident.id, before)
    figures = queries.figures(principal, incident.id)
    links = queries.links(principal, incident.id)
    things = queries.things(principal, [*links, *(row for row in page.rows if _links(row))])
    decided = {name: act.decision(principal, incident.marking) for name, act in _ON_INCIDENT.items()}
    fits = {name for name in decided if incident["state"] in _IN_STATE.get(name, (OPEN, STOOD_DOWN))}
    standing = queries.standing(figures)
    starts = headcounts.start.marking_for_new(principal, incident["site"])
    return IncidentPage(
        incident=incident,
        severity=severity_of(incident.get("severity", "")),
        severities=severities(),
        lines=_lines(principal, incident, page.rows, things),
        next=page.next,
        is_newest=before is None,
        figures=standing,
        replaced=[one for one in figures if one not in standing],
        claims=queries.claims(principal, incident.id),
        attributions=queries.attributions(principal, incident.id),
        documents=queries.documents_of(principal, incident.id),
        linked=_lines(principal, incident, links, things),
        headcounts=queries.headcounts(principal, incident.id),
        evidence=queries.evidence(principal, [one.id for one in things.values() if one.info_class == "alert"]),
        near=_near(principal, incident["site"]),
        can=frozenset(name for name in fits if decided[name].allowed),
        why={name: decision for name, decision in decided.items() if name in fits and not decision.allowed},
        may_count=headcounts.start.decision(principal, starts).allowed,
    )


def sitrep(principal: Principal, ref: uuid.UUID | str, span: timedelta) -> dict[str, Any]:
    """The report of the last `span`, its lines of all classes in the order of the log, oldest first."""
    end = instant.now()
    made = report.report(principal, ref, end - span, end)
    facts = [*made.lines, *made.claims, *made.attributions, *made.documents, *made.links]
    rows = sorted(facts, key=lambda row: row.id)
    lines = _lines(principal, made.incident, rows, queries.things(principal, made.links))
    return {
        "report": made,
        "lines": [replace(one, may_correct=False) for one in lines],
        "before": severity_of(made.severity[0]),
        "after": severity_of(made.severity[1]),
    }


def _links(row: Projection) -> bool:
    return row.info_class == "incident_entry" and "ref" in row.get("data", {})


def _lines(
    principal: Principal, incident: Projection, rows: Sequence[Projection], things: Mapping[uuid.UUID, Projection]
) -> list[Line]:
    corrected = {row["corrects"]: row for row in rows if row.get("corrects")}
    allowed: dict[Any, bool] = {}

    def may(row: Projection) -> bool:
        """Correct a text of one's own party, or take back a link."""
        if row.info_class != "incident_entry" or row["party"] != principal.party or row.id in corrected:
            return False
        act = link_acts.unlink if row["kind"] == LINK else acts.correct
        if row["kind"] not in (LINK, "text", "report") or (row["kind"] == LINK and incident["state"] == CLOSED):
            return False
        key = (act.name, row.marking)
        if key not in allowed:
            allowed[key] = act.decision(principal, row.marking).allowed
        return allowed[key]

    def line(row: Projection) -> Line:
        data = row["data"] if row.info_class == "incident_entry" else {}
        thing = things.get(uuid.UUID(data["ref"])) if "ref" in data else None
        graded = row.get("kind") == "severity"
        before, after = (severity_of(data[name]) if graded else None for name in ("before", "after"))
        return Line(row, corrected.get(row.id), thing, may(row), before, after)

    return [line(row) for row in rows]


def _near(principal: Principal, site: str) -> list[Projection]:
    """Movements of the site that could still be held, as far as this reader sees them."""
    rows = movements.movements(principal)
    return [one for one in rows if one.get("site") == site and one.get("state") in (PLANNED, HELD, DEPARTED)][:20]


def near_page(principal: Principal, of: str, ref: uuid.UUID) -> NearPage:
    """Raises NotFound where this reader may not see the thing. An alert found hostile proposes an incident."""
    thing = _thing(principal, of, str(ref))
    rows = [_row(one) for one in queries.incidents_of(principal, of, ref)]
    return NearPage(
        of=of,
        ref=ref,
        rows=rows,
        opening=_opening(principal, [thing.get("site", ANYWHERE)]),
        is_proposed=thing.get("disposition") == "hostile" and not rows,
    )
