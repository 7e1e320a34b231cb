"""A roster beside the list as it stands: who is new, who changes, and what is wrong only there.

Nothing here changes anything. The act `person.import` writes a roster without a fault, whole; a dry run stops before.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from safeconduct.people import persons
from safeconduct.people.importing import TIMES, CellFault, Line, Roster, particulars
from safeconduct.people.persons import Particulars
from safeconduct.terms.errors import shown


@dataclass(frozen=True)
class Listed:
    """What the list has under a reference: a person's id, site and particulars, and whether they may be changed."""

    id: uuid.UUID
    site: str
    given: Particulars
    vetting: str
    vetted_until: date | None
    has_left: bool = False


@dataclass(frozen=True)
class Change:
    """What a line comes to: a person to enter (`id` is None) or to change."""

    row: int
    id: uuid.UUID | None
    site: str
    given: Particulars
    vetting: str
    vetted_until: date | None


@dataclass(frozen=True)
class Compared:
    """A roster beside the list: who is new, who changes, how many stay as they are, and all faults by row."""

    new: Sequence[Change]
    changed: Sequence[Change]
    same: int
    faults: Sequence[CellFault]


def compare(
    roster: Roster, site: str, listed: Mapping[str, Listed], zones: Mapping[tuple[str, str], uuid.UUID], today: date
) -> Compared:
    """The roster beside the list. `site` is that of the whole file, or empty where each line names its own.

    `listed` are persons by reference, `zones` open zones by site and name.
    """
    faulty = {fault.row for fault in roster.faults}
    faults = list(roster.faults)
    new: list[Change] = []
    changed: list[Change] = []
    same = 0
    for line in roster.lines:
        found = _place_faults(line, site, listed.get(line.reference), zones)
        before = listed.get(line.reference)
        if not found and line.row not in faulty:
            change = _change(line, site, before, zones)
            found = _whole_faults(change, before, today)
            if found:
                pass
            elif before is None:
                new.append(change)
            elif _differs(change, before):
                changed.append(change)
            else:
                same += 1
        faults += found
    order = {name: at for at, name in enumerate(roster.columns)}
    faults.sort(key=lambda fault: (fault.row, order.get(fault.column, len(order))))
    return Compared(new, changed, same, faults)


def _site_of(line: Line, site: str) -> str:
    return line.values.get("site") or site


def _place_faults(
    line: Line, site: str, before: Listed | None, zones: Mapping[tuple[str, str], uuid.UUID]
) -> list[CellFault]:
    found: list[CellFault] = []
    at = _site_of(line, site)
    if not at:
        found.append(CellFault(line.row, "site", "nothing", "a site"))
    elif site and at != site:
        found.append(CellFault(line.row, "site", shown(at), f"{shown(site)}, the site of this import"))
    name = line.values.get("zone")
    if at and name and (at, name) not in zones:
        found.append(CellFault(line.row, "zone", shown(name), f"the name of an open zone of {shown(at)}"))
    if before and before.has_left:
        found.append(CellFault(line.row, "reference", "one who left the list", "another reference"))
    elif before and at and before.site != at:
        found.append(
            CellFault(line.row, "reference", "a person of another site", "the site of the person, or move them")
        )
    return found


def _change(line: Line, site: str, before: Listed | None, zones: Mapping[tuple[str, str], uuid.UUID]) -> Change:
    at = _site_of(line, site)
    values = line.values
    empty = Particulars(values["reference"], values["name"], values["kind"])
    given = particulars(before.given if before else empty, values, zones.get((at, values.get("zone", ""))))
    vetting = values.get("vetting") or (before.vetting if before else persons.ASKED)
    until = values.get("vetted_until", before.vetted_until if before else None)
    return Change(line.row, before.id if before else None, at, given, vetting, until)


def _whole_faults(change: Change, before: Listed | None, today: date) -> list[CellFault]:
    """What only shows once a line is beside what was there: a visit without an end, a vetting without a day."""
    found = [
        CellFault(change.row, fault.where, fault.found, fault.wanted)
        for fault in change.given.faults()
        if fault.where in (*TIMES, "contacts")
    ]
    if before and (change.vetting, change.vetted_until) == (before.vetting, before.vetted_until):
        return found
    if change.vetting == persons.CLEARED and (change.vetted_until is None or change.vetted_until <= today):
        wanted = "a day to come on which to verify again"
        found.append(CellFault(change.row, "vetted_until", shown(str(change.vetted_until or "")), wanted))
    if change.vetting != persons.CLEARED and change.vetted_until is not None:
        wanted = "a day only where the person is cleared"
        found.append(CellFault(change.row, "vetted_until", shown(str(change.vetted_until)), wanted))
    return found


def _differs(change: Change, before: Listed) -> bool:
    return (change.given, change.vetting, change.vetted_until) != (before.given, before.vetting, before.vetted_until)
