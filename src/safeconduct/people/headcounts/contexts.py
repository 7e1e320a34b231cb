"""What the pages of headcounts show."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from safeconduct import node
from safeconduct.acts import Act
from safeconduct.people import looks
from safeconduct.people.headcounts import acts, queries, tally
from safeconduct.people.headcounts.tally import Standing
from safeconduct.release import Projection
from safeconduct.terms import instant
from safeconduct.terms.decision import Decision
from safeconduct.terms.party import Principal

SHOWN: Mapping[str, Sequence[str]] = {
    "help": (tally.NEED_HELP,),
    "waiting": tally.REACHED,
    "accounted": (tally.SAFE, tally.NOT_IN_AREA),
}
"""Which part of those asked a list shows, to the states that are in it."""
PAGE = 50


@dataclass(frozen=True)
class Numbers:
    """How many stand where, for one row of a table or the whole."""

    counts: Mapping[str, int]

    @property
    def asked(self) -> int:
        return tally.asked(self.counts)

    @property
    def accounted(self) -> int:
        return tally.accounted(self.counts)

    @property
    def unaccounted(self) -> int:
        return tally.unaccounted(self.counts)

    @property
    def unresolved(self) -> int:
        return tally.unresolved(self.counts)

    @property
    def percent(self) -> float:
        """Of those asked, how much is accounted for; cut, so that 100 means everyone."""
        return int(tally.share(self.counts) * 1000) / 10

    @property
    def cells(self) -> list[tuple[str, int]]:
        return [(state, self.counts.get(state, 0)) for state in tally.STATES]


@dataclass(frozen=True)
class Line:
    """One row of the table of sites or zones. `key` is what the list of people is narrowed by; empty for a site."""

    name: str
    site: str
    key: str
    numbers: Numbers


@dataclass(frozen=True)
class Call:
    """Headcounts that were started together, as one."""

    ref: uuid.UUID
    call: uuid.UUID
    rows: Sequence[Projection]
    kind: str
    state: str
    begun_at: datetime | None
    numbers: Numbers
    targets: Sequence[Standing]

    @property
    def first(self) -> Projection:
        return self.rows[0]

    @property
    def sites(self) -> list[str]:
        return [one["site"] for one in self.rows]


def call_of(rows: Sequence[Projection]) -> Call:
    """Of the headcounts of one call, by site."""
    states = {one["state"] for one in rows}
    state = next(one for one in (tally.OPEN, tally.PROPOSED, tally.CLOSED) if one in states)
    counts = tally.summed(one["counts"] for one in rows)
    begun_at = min((one["begun_at"] for one in rows if one["begun_at"]), default=None)
    targets = [_whole(rows, at, counts) for at in range(len(rows[0]["targets"]))]
    at = min(instant.now(), max((one["closed_at"] for one in rows if one["closed_at"]), default=instant.now()))
    standings = [tally.standing(one, begun_at, at) for one in targets] if begun_at else []
    return Call(
        ref=rows[0].id,
        call=rows[0]["call"],
        rows=rows,
        kind=rows[0]["kind"],
        state=state,
        begun_at=begun_at,
        numbers=Numbers(counts),
        targets=standings,
    )


def _whole(rows: Sequence[Projection], nth: int, counts: Mapping[str, int]) -> dict[str, Any]:
    """A target of all sites together: met when the last site met its own that had to, for the whole to be there."""
    each = [one["targets"][nth] for one in rows]
    met = [one["met_at"] for one in each if one["met_at"]]
    reached = tally.share(counts) >= each[0]["share"]
    return {**each[0], "met_at": max(met) if reached and met else None}


@dataclass(frozen=True)
class IndexPage:
    """The headcounts that this reader may see, and what they may start."""

    open: Sequence[Call]
    past: Sequence[Call]
    sites: Sequence[str]
    zones: Sequence[Projection]
    starting: Decision


def index_page(principal: Principal) -> IndexPage:
    rows = queries.headcounts(principal)
    by_call = [call_of(list(its)) for _, its in groupby(rows, key=lambda one: one["call"])]
    starting = _widest(principal, acts.start, "headcount")
    sites = queries.peopled_sites(principal) if starting.allowed else []
    return IndexPage(
        open=[one for one in by_call if one.state != tally.CLOSED],
        past=[one for one in by_call if one.state == tally.CLOSED],
        sites=sites,
        zones=sorted(queries.zones(principal, sites).values(), key=lambda one: (one["site"], one["name"])),
        starting=starting,
    )


@dataclass(frozen=True)
class PersonRow:
    """Someone asked: the answer, and who it is where the reader may know that."""

    answer: Projection
    person: Projection | None
    zone: str
    telephone: str


@dataclass(frozen=True)
class CallPage:
    """One call: numbers by site and zone, and one part of the people."""

    call: Call
    lines: Sequence[Line]
    by_zone: bool
    show: str
    zone: str
    people: Sequence[PersonRow]
    begin: int
    next: int | None
    before: int | None
    may_answer: Decision
    may_confirm: Decision
    may_close: Decision
    is_own: bool
    """Whether the reader asked for it, and so cannot give the second go."""
    says: Sequence[str] = tally.ANSWERS


def call_page(principal: Principal, ref: uuid.UUID, show: str = "", zone: str = "", begin: int = 0) -> CallPage:
    """Raises NotFound."""
    one = queries.headcount(principal, ref)
    call = call_of(queries.headcounts_of(principal, one["call"]))
    names = queries.zones(principal, call.sites)
    own_party = call.first.marking.originator == principal.party
    may_answer = _decision(principal, acts.answer_for, "headcount_answer", call)
    show = show if show in SHOWN else "help" if call.numbers.counts.get(tally.NEED_HELP) else "waiting"
    rows = (
        queries.answers(principal, call.call, SHOWN[show], zone=zone, begin=begin, limit=PAGE + 1) if own_party else []
    )
    return CallPage(
        call=call,
        lines=_lines(call, names),
        by_zone="by_zone" in call.first,
        show=show,
        zone=zone,
        people=_people(principal, rows[:PAGE], names),
        begin=begin,
        next=begin + PAGE if len(rows) > PAGE else None,
        before=max(0, begin - PAGE) if begin else None,
        may_answer=may_answer,
        may_confirm=acts.confirm.decision(principal, call.first.marking),
        may_close=acts.close.decision(principal, call.first.marking),
        is_own=call.first.get("by") == principal.name,
    )


def _people(principal: Principal, rows: Sequence[Projection], names: Mapping[str, Projection]) -> list[PersonRow]:
    """Whoever is shown is entered as looked at, before the page is there."""
    known = queries.people(principal, [one["person"] for one in rows if "person" in one])
    looks.enter(principal, "person", known, "list")
    return [_person_row(one, known.get(one["person"]) if "person" in one else None, names) for one in rows]


def _person_row(answer: Projection, person: Projection | None, names: Mapping[str, Projection]) -> PersonRow:
    zone = names.get(str(answer.get("zone")))
    contacts = person.get("contacts", ()) if person else ()
    telephone = next((one["address"] for one in contacts if one["channel"] in ("voice", "sms")), "")
    return PersonRow(answer, person, zone["name"] if zone else "", telephone)


def _lines(call: Call, names: Mapping[str, Projection]) -> list[Line]:
    """By zone where the reader has zones, by site otherwise."""
    lines: list[Line] = []
    for one in call.rows:
        if "by_zone" not in one:
            lines.append(Line(one["site"], one["site"], "", Numbers(one["counts"])))
            continue
        for key, counts in sorted(one["by_zone"].items(), key=lambda its: -tally.unaccounted(its[1])):
            lines.append(Line(names[key]["name"] if key in names else "", one["site"], key, Numbers(counts)))
    return lines


def _decision(principal: Principal, act: Act[Any], info_class: str, call: Call) -> Decision:
    marking = call.first.marking
    return act.decision(principal, node.current().accord.marking(info_class, marking.originator, marking.area))


def _widest(principal: Principal, act: Act[Any], info_class: str) -> Decision:
    """Whether this reader may do `act` anywhere: at one of the sites that they hold a role at, or everywhere."""
    accord = node.current().accord
    party = principal.party if principal.party in accord.parties else next(iter(accord.parties))
    areas = sorted({grant.area for grant in principal.grants}) or [""]
    found = [act.decision(principal, accord.marking(info_class, party, area)) for area in areas]
    return next((one for one in found if one.allowed), found[0])
