"""The list as a CSV: the fields that were asked for and that the accord gives, and no others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from safeconduct import release
from safeconduct.acts import Doing
from safeconduct.people import persons
from safeconduct.people.models import Person, Zone
from safeconduct.release import Projection
from safeconduct.terms import csv
from safeconduct.terms.errors import BadInput, Fault, shown
from safeconduct.terms.marking import Marking
from safeconduct.terms.party import Principal

FIELDS = (
    *("reference", "name", "kind", "company", "site", "zone", "language", "contacts", "vetting", "vetted_until"),
    *("training_until", "visit_begin", "visit_end"),
)
"""What an export may hold. How somebody is seen, and where, is in none."""


def marking_of_all(doing: Doing) -> Marking:
    """The marking of the persons that an act of this area is about."""
    return doing.accord.marking(Person.info_class, doing.principal.party, doing.marking.area)


def rows_for(principal: Principal, site: str, at: datetime) -> list[Projection]:
    """Everyone here whom the reader may read, by reference."""

    def narrow(rows: Any) -> Any:
        rows = rows.filter(site=site) if site else rows
        return persons.here(rows, at).order_by("reference")

    return release.listing(Person, principal, narrow)


def written(principal: Principal, rows: Sequence[Projection], fields: Sequence[str], given: frozenset[str]) -> bytes:
    """The file. Raises BadInput for a field withheld.

    Contacts take a column for each channel, so that the file can be imported again.
    """
    faults = [
        Fault("fields", shown(name), "some of " + ", ".join(one for one in FIELDS if one in given))
        for name in fields
        if name not in FIELDS or name not in given
    ]
    if faults or not fields:
        raise BadInput("export", faults or [Fault("fields", "none", "at least one field")])
    zones = {row.id: row["name"] for row in release.listing(Zone, principal)} if "zone" in fields else {}
    columns = [column for name in fields for column in (persons.CHANNELS if name == "contacts" else (name,))]
    return csv.written(columns, ([_cell(row, column, zones) for column in columns] for row in rows))


def _cell(row: Projection, column: str, zones: Mapping[Any, str]) -> csv.Cell:
    if column in persons.CHANNELS:
        return next((one["address"] for one in row["contacts"] if one["channel"] == column), "")
    value = row.get(column)
    return zones.get(value, "") if column == "zone" else value
