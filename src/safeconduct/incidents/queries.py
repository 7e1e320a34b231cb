"""Reads of incidents, and of the timeline that what is written into one makes."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from safeconduct import node, release
from safeconduct.acts import Act
from safeconduct.incidents import documents
from safeconduct.incidents.link_acts import LINKED
from safeconduct.incidents.models import (
    CLOSED,
    LINK,
    SEVERITY,
    STATE,
    TIMELINE,
    UNLINK,
    Attribution,
    CasualtyFigure,
    Claim,
    Incident,
    IncidentDocument,
    IncidentEntry,
)
from safeconduct.paging import Page, page
from safeconduct.people.models import Headcount
from safeconduct.release import Projection
from safeconduct.store.models import Marked
from safeconduct.terms.decision import Refused
from safeconduct.terms.errors import NotFound
from safeconduct.terms.marking import Marking
from safeconduct.terms.party import Principal
from safeconduct.watch.models import Evidence

NEWEST = 100
"""Lines of a timeline that are shown at once."""

OPEN_ONES = "open"
ALL = ""


def incidents(
    principal: Principal, after: str | None, limit: int, *, state: str = ALL, type: str = "", site: str = ""
) -> Page:
    """Incidents of this reader, newest first. `state` is a state, or `standing` for all that are not closed."""

    def narrow(rows: QuerySet[Any]) -> QuerySet[Any]:
        if state == "standing":
            rows = rows.exclude(state=CLOSED)
        elif state:
            rows = rows.filter(state=state)
        rows = rows.filter(type=type) if type else rows
        return rows.filter(site=site) if site else rows

    return page(Incident, principal, after, limit, narrow)


def incident(principal: Principal, ref: uuid.UUID | str) -> Projection:
    return release.one(Incident, principal, ref)


def entry(principal: Principal, ref: uuid.UUID | str) -> Projection:
    return release.one(IncidentEntry, principal, ref)


def timeline(principal: Principal, ref: uuid.UUID | str, before: uuid.UUID | None = None) -> Page:
    """The newest lines that this reader may see, of all classes, before the one that `before` names.

    Raises NotFound where the incident itself is not theirs.
    """
    incident(principal, ref)
    found = [row for model in TIMELINE for row in _before(model, principal, ref, before)]
    found.sort(key=lambda row: row.id, reverse=True)
    shown = found[:NEWEST]
    return Page(told(principal, shown), str(shown[-1].id) if len(found) > NEWEST else None)


def _before(
    model: type[Marked], principal: Principal, ref: uuid.UUID | str, before: uuid.UUID | None
) -> list[Projection]:
    def narrow(rows: QuerySet[Any]) -> QuerySet[Any]:
        rows = rows.filter(incident=ref)
        return (rows.filter(id__lt=before) if before else rows).order_by("-id")[: NEWEST + 1]

    return release.listing(model, principal, narrow)


def told(principal: Principal, rows: Sequence[Projection]) -> list[Projection]:
    """`rows` without the links to things that this reader may not see: a link tells that there is one."""
    links = [row for row in rows if row.get("kind") in (LINK, UNLINK) and row.info_class == IncidentEntry.info_class]
    seen = {str(one) for one in things(principal, links)}
    return [row for row in rows if row not in links or row["data"]["ref"] in seen]


def things(principal: Principal, links: Iterable[Projection]) -> dict[uuid.UUID, Projection]:
    """What is linked by those lines, as this reader may see it, by id."""
    wanted: dict[str, set[str]] = {}
    for row in links:
        wanted.setdefault(row["data"]["class"], set()).add(row["data"]["ref"])
    found: dict[uuid.UUID, Projection] = {}
    for of, refs in wanted.items():
        by_ref = _within(refs)
        found |= {one.id: one for one in release.listing(LINKED[of], principal, by_ref)}
    return found


def _within(refs: Iterable[Any]) -> Callable[[QuerySet[Any]], QuerySet[Any]]:
    wanted = list(refs)
    return lambda rows: rows.filter(pk__in=wanted)


def entries(principal: Principal, ref: uuid.UUID | str, after: str | None, limit: int) -> Page:
    """The lines of one incident alone, newest first."""
    found = page(IncidentEntry, principal, after, limit, lambda rows: rows.filter(incident=incident(principal, ref).id))
    return Page(told(principal, found.rows), found.next)


def entries_between(principal: Principal, ref: uuid.UUID, begin: datetime, end: datetime) -> list[Projection]:
    """The lines that were logged in `[begin, end)`, oldest first."""
    rows = release.listing(
        IncidentEntry,
        principal,
        lambda rows: rows.filter(incident=ref, logged_at__gte=begin, logged_at__lt=end).order_by("id"),
    )
    return told(principal, rows)


def changes_after(principal: Principal, ref: uuid.UUID, begin: datetime) -> list[Projection]:
    """The changes of severity and state since `begin`, oldest first."""
    return release.listing(
        IncidentEntry,
        principal,
        lambda rows: rows.filter(incident=ref, logged_at__gte=begin, kind__in=(SEVERITY, STATE)).order_by("id"),
    )


def links(principal: Principal, ref: uuid.UUID | str) -> list[Projection]:
    """The lines that link something and were not taken back, oldest first."""
    rows = release.listing(
        IncidentEntry, principal, lambda rows: rows.filter(incident=ref, kind__in=(LINK, UNLINK)).order_by("id")
    )
    undone = {row["corrects"] for row in rows if row["kind"] == UNLINK}
    return told(principal, [row for row in rows if row["kind"] == LINK and row.id not in undone])


def incidents_of(principal: Principal, of: str, thing: uuid.UUID | str) -> list[Projection]:
    """The incidents with which a thing is linked, as far as this reader sees incident and line."""
    rows = release.listing(
        IncidentEntry,
        principal,
        lambda rows: rows.filter(linked=thing).order_by("id"),
    )
    undone = {row["corrects"] for row in rows if row["kind"] == UNLINK}
    refs = {row["incident"] for row in rows if row["kind"] == LINK and row.id not in undone}
    found = release.listing(Incident, principal, _within(refs)) if refs else []
    return sorted(told_of(found, of, rows), key=lambda one: one.id, reverse=True)


def told_of(found: Sequence[Projection], of: str, rows: Sequence[Projection]) -> list[Projection]:
    """Those of `found` that lines about a thing of class `of` name."""
    named = {row["incident"] for row in rows if row["data"]["class"] == of}
    return [one for one in found if one.id in named]


def figures(principal: Principal, ref: uuid.UUID | str) -> list[Projection]:
    """Every figure of the incident, newest first, with those that were replaced."""
    return _all(CasualtyFigure, principal, ref)


def standing(figures: Sequence[Projection]) -> list[Projection]:
    """Those of `figures` that no other of them replaces."""
    replaced = {one["replaces"] for one in figures}
    return [one for one in figures if one.id not in replaced]


def claims(principal: Principal, ref: uuid.UUID | str) -> list[Projection]:
    return _all(Claim, principal, ref)


def attributions(principal: Principal, ref: uuid.UUID | str) -> list[Projection]:
    return _all(Attribution, principal, ref)


def documents_of(principal: Principal, ref: uuid.UUID | str) -> list[Projection]:
    return _all(IncidentDocument, principal, ref)


def document(principal: Principal, ref: uuid.UUID | str) -> tuple[Projection, bytes]:
    """One document with its file. Raises NotFound, for a file that is gone too."""
    row = release.one(IncidentDocument, principal, ref)
    try:
        return row, documents.read(node.current().documents, row["sha256"], row["kind"])
    except (FileNotFoundError, KeyError):
        raise NotFound(IncidentDocument.info_class, str(ref)) from None


def headcounts(principal: Principal, ref: uuid.UUID | str) -> list[Projection]:
    """Headcounts that were started or proposed because of the incident, for those who are told what for."""
    found = release.listing(Headcount, principal, lambda rows: rows.filter(incident=ref).order_by("-id"))
    return [one for one in found if "incident" in one]


def evidence(principal: Principal, alerts: Sequence[uuid.UUID]) -> list[Projection]:
    """What is held as evidence of those alerts, and was not lifted."""
    return release.listing(
        Evidence, principal, lambda rows: rows.filter(alert__in=alerts, lifted_at=None).order_by("-id")
    )


def _all(model: type[Marked], principal: Principal, ref: uuid.UUID | str) -> list[Projection]:
    return release.listing(model, principal, lambda rows: rows.filter(incident=ref).order_by("-id"))


def refuse_unless(act: Act[Any], principal: Principal, marking: Marking) -> None:
    """Raises Refused, with the article, where the act would be."""
    decision = act.decision(principal, marking)
    if not decision.allowed:
        raise Refused(act.name, decision)
