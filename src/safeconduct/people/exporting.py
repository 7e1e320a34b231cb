"""The list as a CSV: the fields that were asked for and that the accord gives, and no others."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from safeconduct import release
from safeconduct.acts import Doing
from safeconduct.people import persons
from safeconduct.people.models import Person, Zone
from safeconduct.release import Projection
from safeconduct.terms.errors import BadInput, Fault, shown
from safeconduct.terms.instant import iso
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
    """The file in UTF-8 with its mark, which spreadsheet programs want. Raises BadInput for a field withheld.

    Contacts take a column for each channel, so that the file can be imported again. A cell that a spreadsheet program
    would compute gets an apostrophe before it.
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
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([_cell(row, column, zones) for column in columns] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _cell(row: Projection, column: str, zones: Mapping[Any, str]) -> str:
    if column in persons.CHANNELS:
        return _inert(next((one["address"] for one in row["contacts"] if one["channel"] == column), ""))
    value = row.get(column)
    match value:
        case None:
            return ""
        case datetime():
            return iso(value)
        case date():
            return value.isoformat()
        case _:
            return _inert(zones.get(value, "") if column == "zone" else str(value))


def _inert(text: str) -> str:
    """A telephone number begins with + and stays as it is; what else begins like a formula does not compute."""
    starts = text[:1] in ("=", "-", "@", "\t", "\r") or (text[:1] == "+" and not text[1:].isdigit())
    return "'" + text if starts else text
