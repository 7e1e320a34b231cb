"""A roster from a file: every row read, every fault named by row and column. Nothing is looked up or changed."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from typing import Any

from safeconduct.people import persons
from safeconduct.people.persons import Particulars
from safeconduct.people.sheets import Cell, Formula, Sheet, read_sheet
from safeconduct.terms.errors import BadInput, Fault, shown

CONTACTS = persons.CHANNELS
DATES = ("training_until", "vetted_until")
TIMES = ("visit_begin", "visit_end")
COLUMNS = (
    *("reference", "name", "kind", "company", "site", "zone", "language"),
    *CONTACTS,
    *("vetting", *DATES, *TIMES),
)
"""The columns of a roster. `reference`, `name` and `kind` must be there; what a file leaves out stays as it is."""
REQUIRED = ("reference", "name", "kind")

NEVER = {"ethnicity", "religion", "sect", "caste", "health", "blood_group", "blood_type", "blood"}
"""Columns that rosters often have, and that this one must not."""


@dataclass(frozen=True)
class CellFault:
    """One problem of a file: the row as a spreadsheet numbers it, the column, what was found and what was wanted."""

    row: int
    column: str
    found: str
    wanted: str

    def as_fault(self) -> Fault:
        return Fault(f"row {self.row}, {self.column}", self.found, self.wanted)


@dataclass(frozen=True)
class Line:
    """One row that was read: what it gives, and the names of the columns that the file has."""

    row: int
    values: Mapping[str, Any]

    @property
    def reference(self) -> str:
        return self.values["reference"]


@dataclass
class Roster:
    """A file as it was read. `digest` is the SHA-256 of its bytes."""

    digest: str
    columns: tuple[str, ...]
    lines: list[Line] = field(default_factory=list[Line])
    faults: list[CellFault] = field(default_factory=list[CellFault])


def read_roster(content: bytes, zone: tzinfo, charset: str = "") -> Roster:
    """The roster in a file; times without a zone of their own are in `zone`. Raises BadInput for what is no roster."""
    sheet = read_sheet(content, charset)
    roster = Roster(hashlib.sha256(content).hexdigest(), _columns(sheet))
    first: dict[str, int] = {}
    for number, cells in sheet.rows:
        _read_line(roster, number, cells, zone)
    for line in roster.lines:
        before = first.setdefault(line.reference, line.row)
        if line.reference and before != line.row:
            found = f"{shown(line.reference)}, as in row {before}"
            roster.faults.append(CellFault(line.row, "reference", found, "each reference once"))
    return roster


def _columns(sheet: Sheet) -> tuple[str, ...]:
    """The header as names of columns. Raises BadInput for one that no roster has: a misspelt one would fall silent."""
    names = tuple(re.sub(r"[\s-]+", "_", name.strip().casefold()) for name in sheet.header)
    faults: list[Fault] = []
    for at, name in enumerate(names):
        where = f"row 1, column {at + 1}"
        if name in NEVER:
            faults.append(Fault(where, shown(name), "no such column: of this nothing is kept"))
        elif name not in COLUMNS:
            faults.append(Fault(where, shown(name), "one of " + ", ".join(COLUMNS)))
        elif name in names[:at]:
            faults.append(Fault(where, shown(name), "each column once"))
    faults += [Fault("row 1", f"no column {name}", "a column " + name) for name in REQUIRED if name not in names]
    if faults:
        raise BadInput("roster", faults)
    return names


def _read_line(roster: Roster, number: int, cells: Sequence[Cell], zone: tzinfo) -> None:
    values: dict[str, Any] = {}
    faults: list[CellFault] = []
    for name, cell in zip(roster.columns, cells, strict=False):
        try:
            values[name] = _READERS.get(name, _text)(cell, zone)
        except ValueError as error:
            found = str(cell) if isinstance(cell, Formula) else shown(cell if isinstance(cell, str) else str(cell))
            faults.append(CellFault(number, name, found, str(error)))
    if any(cell != "" for cell in cells[len(roster.columns) :]):
        wanted = f"nothing right of the {len(roster.columns)} columns"
        faults.append(CellFault(number, f"column {len(roster.columns) + 1}", "a value", wanted))
    for name in roster.columns[len(cells) :]:
        values.setdefault(name, None if name in (*DATES, *TIMES) else "")
    wrong = {fault.column for fault in faults}
    known = {name: value for name, value in values.items() if name not in wrong}
    faults += [
        CellFault(number, column, fault.found, fault.wanted)
        for fault, column in _faults_of(known)
        if column not in wrong
    ]
    roster.faults += faults
    roster.lines.append(Line(number, values if "reference" in values else values | {"reference": ""}))


def _text(cell: Cell, _: tzinfo) -> str:
    if not isinstance(cell, str):
        raise ValueError("text")  # noqa: TRY004 -- one error for all that a cell can have wrong
    return cell


def _date(cell: Cell, _: tzinfo) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if cell == "":
        return None
    if isinstance(cell, str) and _ISO_DATE.fullmatch(cell):
        try:
            return date.fromisoformat(cell)
        except ValueError:
            pass
    raise ValueError("a date such as 2026-11-24")


def _time(cell: Cell, zone: tzinfo) -> datetime | None:
    wanted = "a time such as 2026-11-24T09:30"
    if cell == "":
        return None
    at = cell if isinstance(cell, datetime) else None
    if isinstance(cell, str) and _ISO_TIME.fullmatch(cell):
        try:
            at = datetime.fromisoformat(cell)
        except ValueError:
            raise ValueError(wanted) from None
    if at is None:
        raise ValueError(wanted)
    try:
        return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:
        raise ValueError(wanted) from None


_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_ISO_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})?", re.ASCII
)
_READERS: Mapping[str, Callable[[Cell, tzinfo], Any]] = {
    **dict.fromkeys(DATES, _date),
    **dict.fromkeys(TIMES, _time),
}


def _faults_of(known: Mapping[str, Any]) -> list[tuple[Fault, str]]:
    """What is wrong with the values of a line, each with its column. What a line lacks is no fault twice."""
    given = particulars(Particulars("X-0", "x", persons.PROTECTED), known)
    found: list[tuple[Fault, str]] = []
    for fault in given.faults():
        column = fault.where
        if column == "contacts":
            continue
        if column in ("visit_begin", "visit_end") and not {"kind", "visit_begin", "visit_end"} <= known.keys():
            continue
        found.append((fault, column))
    for channel in CONTACTS:
        if address := known.get(channel):
            contact = [{"channel": channel, "address": address}]
            found += [(fault, channel) for fault in persons.contact_faults(contact)]
    vetting = known.get("vetting")
    if vetting and vetting not in persons.VETTINGS:
        found.append((Fault("vetting", shown(vetting), "one of " + ", ".join(persons.VETTINGS)), "vetting"))
    return found


def particulars(before: Particulars, values: Mapping[str, Any], zone: uuid.UUID | None = None) -> Particulars:
    """The particulars with those of a line in their place; a column that the file lacks leaves them as they were."""
    given = {name: getattr(before, name) for name in persons.FIELDS}
    given |= {name: value for name, value in values.items() if name in given and name != "zone"}
    if "zone" in values:
        given["zone"] = zone
    if told := {channel: values[channel] for channel in CONTACTS if channel in values}:
        addresses = {one["channel"]: one["address"] for one in before.contacts} | told
        named = [(channel, address) for channel, address in addresses.items() if address]
        given["contacts"] = tuple({"channel": channel, "address": address} for channel, address in named)
    return Particulars(**given)
