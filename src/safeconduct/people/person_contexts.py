"""What the pages of the list show, as far as their reader may have it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from safeconduct.acts import Act
from safeconduct.paging import Page
from safeconduct.people import looks, person_acts, persons, roster_acts
from safeconduct.people import person_queries as queries
from safeconduct.people.directory import Answers
from safeconduct.people.reading.contexts import watches_reading
from safeconduct.release import Projection
from safeconduct.terms import instant
from safeconduct.terms.decision import Decision
from safeconduct.terms.party import ANYWHERE, Principal

MOST_LOOKS = 50


@dataclass(frozen=True)
class Tabs:
    """Which pages of people this reader is offered."""

    reads: bool
    lists: bool
    watches: bool


@dataclass(frozen=True)
class Row:
    """A person on a list: the name of their zone, and `vetting` with `lapsed` for one that ran out."""

    person: Projection
    zone: str
    vetting: str
    is_here: bool


@dataclass(frozen=True)
class ListPage:
    """The list or what a search found; either may be there or not."""

    tabs: Tabs
    rows: Sequence[Row]
    next: str | None
    part: str
    zone: str
    zones: Sequence[Projection]
    counts: Mapping[str, int]
    registering: Decision
    answers: Answers | None = None
    found: Sequence[Row] = ()


@dataclass(frozen=True)
class PersonPage:
    tabs: Tabs
    row: Row
    zones: Sequence[Projection]
    looks: Sequence[Projection]
    may: Mapping[str, Decision]
    is_due: bool


@dataclass(frozen=True)
class ZoneRow:
    zone: Projection
    warden: str
    alternates: Sequence[str]
    may_change: bool


@dataclass(frozen=True)
class ZonesPage:
    tabs: Tabs
    rows: Sequence[ZoneRow]
    making: Decision


@dataclass(frozen=True)
class DuePage:
    tabs: Tabs
    rows: Sequence[Row]
    today: date


@dataclass(frozen=True)
class FilesPage:
    """Rosters in and out."""

    tabs: Tabs
    importing: Decision
    exporting: Decision
    exports: Sequence[Projection] = field(default_factory=tuple[Projection, ...])
    forgettings: Sequence[Projection] = field(default_factory=tuple[Projection, ...])


def tabs(principal: Principal) -> Tabs:
    """By roles alone: whatever changes among persons, these stay."""
    reads = queries.kept_area(principal, roster_acts.find) is not None
    return Tabs(reads=reads, lists=queries.may_list(principal), watches=watches_reading(principal))


def decision(principal: Principal, act: Act[Any]) -> Decision:
    """Whether this reader may do `act` in the widest of their areas."""
    area = queries.kept_area(principal, act)
    return queries.decided(principal, act, ANYWHERE if area is None else area)


def _rows(principal: Principal, found: Sequence[Projection]) -> list[Row]:
    names = {one.id: one["name"] for one in queries.zones(principal)} if found else {}
    today = instant.now().date()
    return [_row(one, names, today) for one in found]


def _row(one: Projection, names: Mapping[Any, str], today: date) -> Row:
    until = one.get("vetted_until")
    lapsed = one.get("vetting") == persons.CLEARED and until is not None and until <= today
    vetting = "lapsed" if lapsed else one.get("vetting", "")
    return Row(one, names.get(one.get("zone"), ""), vetting, persons.is_here(one, instant.now()))


def list_page(
    principal: Principal,
    *,
    after: str | None = None,
    part: str = "here",
    zone: str = "",
    answers: Answers | None = None,
) -> ListPage:
    """The list for those who are shown it; for all others the search alone. Raises Refused and BadInput."""
    offered = tabs(principal)
    if not offered.reads:
        queries.require_reading(principal)
    part = part if part in queries.SHOWN else queries.SHOWN[0]
    zones = queries.zones(principal)
    chosen = next((one.id for one in zones if str(one.id) == zone), None)
    shown = answers is None and offered.lists
    page = queries.listed(principal, after, zone=chosen, part=part) if shown else Page((), None)
    return ListPage(
        tabs=offered,
        rows=_rows(principal, page.rows),
        next=page.next,
        part=part,
        zone=str(chosen or ""),
        zones=zones,
        counts=queries.counted(principal) if shown else {},
        registering=decision(principal, person_acts.register),
        answers=answers,
        found=_rows(principal, answers.rows) if answers else (),
    )


ACTS = {
    "change": person_acts.change,
    "vet": person_acts.vet,
    "choose": person_acts.choose,
    "leave": person_acts.leave,
}


def person_page(principal: Principal, ref: uuid.UUID) -> PersonPage:
    """One person, with who has looked. Raises NotFound."""
    found = queries.person(principal, ref)
    row = _rows(principal, [found])[0]
    today = instant.now().date()
    days = (found.get("vetted_until"), found.get("training_until"))
    return PersonPage(
        tabs=tabs(principal),
        row=row,
        zones=queries.zones(principal, found.get("site", "")),
        looks=looks.of(principal, found.id)[:MOST_LOOKS],
        may={name: queries.decided_on(principal, act, found) for name, act in ACTS.items()},
        is_due=any(day is not None and (day - today).days <= queries.DUE_DAYS for day in days),
    )


def zones_page(principal: Principal) -> ZonesPage:
    """Zones with the references of their wardens: a reference names nobody."""
    rows = queries.zones(principal)
    if not tabs(principal).reads:
        queries.require_reading(principal)
    ids = {str(one["warden"]) for one in rows if one.get("warden")}
    ids |= {ref for one in rows for ref in one.get("alternates", ())}
    references = queries.references(principal, ids)
    return ZonesPage(
        tabs=tabs(principal),
        rows=[
            ZoneRow(
                one,
                references.get(str(one.get("warden")), ""),
                [references[ref] for ref in one.get("alternates", ()) if ref in references],
                queries.decided_on(principal, person_acts.change_zone, one).allowed,
            )
            for one in rows
        ],
        making=decision(principal, person_acts.make_zone),
    )


def due_page(principal: Principal) -> DuePage:
    today = instant.now().date()
    return DuePage(tabs(principal), _rows(principal, queries.due(principal, today)), today)


def files_page(principal: Principal) -> FilesPage:
    offered = tabs(principal)
    if not offered.reads:
        queries.require_reading(principal)
    return FilesPage(
        tabs=offered,
        importing=decision(principal, roster_acts.import_people),
        exporting=decision(principal, roster_acts.export),
        exports=queries.exports(principal),
        forgettings=queries.forgettings(principal),
    )
