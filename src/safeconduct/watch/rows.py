"""Observations as Arrow tables: checked row by row, bad rows counted by reason, whatever came in.

    {"time": "2026-11-24T06:00:00Z", "sensor": "cam-03", "track": "17", "lon": 75.0067718, "lat": -4.9975301,
     "kind": "car", "state": "seen", "token": null, "speed": 4.2, "heading": 270.0, "accuracy": 1.5}

The segment and the archive keep rows in this form, `COLUMNS`; optional columns may be null.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from safeconduct.sites.places import KINDS
from safeconduct.terms import instant
from safeconduct.terms.errors import Fault, shown
from safeconduct.watch.observations import TIME_RANGE_MS

pc: Any = import_module("pyarrow.compute")  # most of its functions are made at run time, unknown to type checkers

TIME = pa.timestamp("ms", tz="UTC")
COLUMNS = pa.schema(
    [
        ("time", TIME),
        ("sensor", pa.string()),
        ("track", pa.string()),
        ("lon", pa.float64()),
        ("lat", pa.float64()),
        ("kind", pa.string()),
        ("state", pa.string()),
        ("token", pa.string()),
        ("speed", pa.float32()),
        ("heading", pa.float32()),
        ("accuracy", pa.float32()),
    ]
)
STATES = ("seen", "idle", "gone")
MAX_TEXT_BYTES = 256
MAX_FAULTS = 3

WANTED = {
    "no_time": "a time in UTC: ISO 8601, or milliseconds since 1970",
    "no_sensor": f"the sensor's id, 1 to {MAX_TEXT_BYTES} bytes",
    "no_track": f"the sensor's own id of what it sees, 1 to {MAX_TEXT_BYTES} bytes",
    "no_position": "degrees in lon and lat",
    "position_out_of_range": "lon from -180 to 180 and lat from -90 to 90",
    "refused_kind": "one of " + ", ".join(sorted(KINDS)) + "; persons are not taken",
    "unknown_state": "one of " + ", ".join(STATES),
    "text_too_long": f"texts of at most {MAX_TEXT_BYTES} bytes",
    "nul": "texts without NUL characters",
    "future": "a time not ahead of the node's clock (5 s are allowed for, or what the node's settings say)",
    "not_an_object": "a JSON object a line",
}
"""Why a row is refused (observations.REASONS, and what a live feed adds), to what was wanted instead."""
REASONS = ("", *WANTED)


@dataclass
class Checked:
    """Usable rows, in COLUMNS, and what was refused of the rest."""

    table: pa.Table
    refused: Counter[str] = field(default_factory=Counter[str])
    faults: list[Fault] = field(default_factory=list[Fault])
    """The first few, each naming its row."""


def checked(table: pa.Table, now_ms: int | None, name_row: Callable[[int], str]) -> Checked:
    """The usable rows of `table`, which has COLUMNS. `now_ms` is the node's clock; None takes rows of any time."""
    reasons = _reasons(table, now_ms)
    found = Checked(table)
    if reasons.any():
        bad = np.flatnonzero(reasons)
        found.refused.update({REASONS[code]: int((reasons == code).sum()) for code in np.unique(reasons[bad])})
        found.table = table.filter(pa.array(reasons == 0))
        found.faults = [_fault(table, int(row), REASONS[reasons[row]], name_row) for row in bad[:MAX_FAULTS]]
    found.table = _with_defaults(found.table)
    return found


def _with_defaults(table: pa.Table) -> pa.Table:
    for name, default in (("kind", "unknown"), ("state", "seen")):
        if table[name].null_count:
            number = COLUMNS.get_field_index(name)
            table = table.set_column(number, COLUMNS.field(number), pc.fill_null(table[name], default))
    return table


AHEAD_MS = 5_000
"""A row further ahead of the node's clock is refused. Time runs on with the newest row that is taken, and what is more
than the lateness (10 s) behind it is not watched: one wrong clock must not make all the others late."""


def _reasons(table: pa.Table, now_ms: int | None) -> NDArray[Any]:
    """Why each row is refused, as an index into REASONS; 0 for those that are not."""
    lon, lat = (_floats(table[name]) for name in ("lon", "lat"))
    with np.errstate(invalid="ignore"):
        outside = (np.abs(lon) > 180) | (np.abs(lat) > 90)
    kind, state = table["kind"], table["state"]
    tests: list[tuple[str, NDArray[np.bool_]]] = [
        ("no_time", ~_within(table["time"])),
        ("no_sensor", _empty(table["sensor"])),
        ("no_track", _empty(table["track"])),
        ("no_position", np.isnan(lon) | np.isnan(lat)),
        ("position_out_of_range", outside),
        ("refused_kind", ~_among(kind, (*sorted(KINDS), None))),
        ("unknown_state", ~_among(state, (*STATES, None))),
        ("text_too_long", _long(table)),
        ("nul", _with_nul(table)),
    ]
    if now_ms is not None:
        ahead = pc.greater(table["time"], pa.scalar(now_ms + AHEAD_MS, TIME))
        tests.append(("future", _mask(pc.fill_null(ahead, False))))
    reasons = np.zeros(table.num_rows, dtype=np.uint8)
    for reason, test in reversed(tests):
        reasons[test] = REASONS.index(reason)
    return reasons


def _within(column: Any) -> NDArray[np.bool_]:
    first, end = (pa.scalar(at_ms, pa.int64()).cast(TIME) for at_ms in TIME_RANGE_MS)
    return _mask(pc.fill_null(pc.and_(pc.greater_equal(column, first), pc.less(column, end)), False))


def _among(column: Any, values: Sequence[str | None]) -> NDArray[np.bool_]:
    if None in values and column.null_count == len(column):
        return np.ones(len(column), dtype=bool)
    return _mask(pc.is_in(column, pa.array(values, pa.string())))


def _mask(column: Any) -> NDArray[np.bool_]:
    return column.to_numpy(zero_copy_only=False) if isinstance(column, pa.Array) else column.to_numpy()


def _floats(column: pa.ChunkedArray) -> NDArray[np.float64]:
    return pc.fill_null(column, float("nan")).to_numpy()


def _empty(column: pa.ChunkedArray) -> NDArray[np.bool_]:
    return _mask(pc.equal(pc.fill_null(pc.binary_length(column), 0), 0))


def _long(table: pa.Table) -> NDArray[np.bool_]:
    long = np.zeros(table.num_rows, dtype=bool)
    for name in ("sensor", "track", "kind", "state", "token"):
        if table[name].null_count < table.num_rows:
            long |= _mask(pc.greater(pc.fill_null(pc.binary_length(table[name]), 0), MAX_TEXT_BYTES))
    return long


def _with_nul(table: pa.Table) -> NDArray[np.bool_]:
    """Where a text holds what PostgreSQL cannot keep: an alert that quoted it could never be raised."""
    found = np.zeros(table.num_rows, dtype=bool)
    for name in ("sensor", "track", "token"):
        if table[name].null_count < table.num_rows:
            found |= _mask(pc.fill_null(pc.match_substring(table[name], "\0"), False))
    return found


_COLUMN_OF = {
    "no_time": "time",
    "no_sensor": "sensor",
    "no_track": "track",
    "refused_kind": "kind",
    "unknown_state": "state",
    "future": "time",
}


def _fault(table: pa.Table, row: int, reason: str, name_row: Callable[[int], str]) -> Fault:
    if (column := _COLUMN_OF.get(reason)) is not None:
        value = table[column][row]
        text = _time_text(value) if column == "time" else value.as_py()
        found = f"{column} {shown(text)}" if value.is_valid else f"no {column}"
    elif reason == "text_too_long":
        found = "a text of more"
    elif reason == "nul":
        found = "a NUL"
    else:
        found = f"lon {table['lon'][row].as_py()}, lat {table['lat'][row].as_py()}"
    return Fault(name_row(row), found, WANTED[reason])


def _time_text(value: Any) -> str:
    """A time as text, where its year is one that Python knows; else its milliseconds."""
    try:
        return str(value)
    except (OverflowError, ValueError):
        return f"{value.value} ms"


def conformed(table: pa.Table) -> pa.Table:
    """`table` with COLUMNS alone, the first of each name, whatever types they have; what cannot be read is null."""
    names = table.column_names
    columns = [
        _as_type(table.column(names.index(one.name)), one.type)
        if one.name in names
        else pa.nulls(table.num_rows, one.type)
        for one in COLUMNS
    ]
    return pa.table(columns, schema=COLUMNS)


def _as_type(column: pa.ChunkedArray, wanted: pa.DataType) -> Any:
    if pa.types.is_dictionary(column.type):
        column = pc.cast(column, column.type.value_type)
    if column.type == wanted:
        return column
    if wanted == TIME:
        return _as_time(column)
    try:
        return pc.cast(column, wanted, safe=False)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return pa.array([_one(value, wanted) for value in column.to_pylist()], wanted)


def _as_time(column: pa.ChunkedArray) -> Any:
    kind = column.type
    try:
        if pa.types.is_timestamp(kind):
            return pc.cast(column if kind.tz else pc.assume_timezone(column, "UTC"), TIME, safe=False)
        if pa.types.is_integer(kind) or pa.types.is_floating(kind):
            return pc.cast(pc.cast(column, pa.int64(), safe=False), TIME)
        return pc.cast(pc.cast(column, pa.timestamp("ns", tz="UTC")), TIME, safe=False)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, ValueError):
        return pa.array([time_ms(value) for value in column.to_pylist()], pa.int64()).cast(TIME)


def _one(value: Any, wanted: pa.DataType) -> Any:
    try:
        if pa.types.is_string(wanted):
            return text(value)
        return float(value) if isinstance(value, int | float | str) else None
    except (ValueError, OverflowError):
        return None


def text(value: Any) -> str | None:
    """An id that came as text or as a whole number; None for what is neither."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def time_ms(value: Any) -> int | None:
    """Milliseconds since 1970 of ISO 8601 text with a zone, or of a number of them."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, datetime):
        return instant.epoch_ms(value) if value.tzinfo and value.year >= 1970 else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if TIME_RANGE_MS[0] <= value < TIME_RANGE_MS[1] else None


def table_of(rows: Sequence[Any]) -> pa.Table:
    """Decoded JSON objects as a table in COLUMNS; a value of the wrong type is null."""

    def number(value: Any) -> float | None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        try:
            return float(value)
        except OverflowError:
            return None

    readers: dict[str, Callable[[Any], Any]] = {"time": time_ms, "lon": number, "lat": number}
    readers |= {"speed": number, "heading": number, "accuracy": number}
    columns: list[pa.Array] = []
    for one in COLUMNS:
        read = readers.get(one.name, text)
        values = [read(row.get(one.name)) for row in rows]
        kind = pa.int64() if one.name == "time" else one.type
        columns.append(pa.array(values, kind).cast(one.type))
    return pa.table(columns, schema=COLUMNS)


def encoded(table: pa.Table) -> bytes:
    """`table` as an Arrow IPC stream, as the segment keeps it."""
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with pa.ipc.new_stream(sink, table.schema, options=options) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def decoded(payload: bytes) -> pa.Table:
    """A table that `encoded` made."""
    with pa.ipc.open_stream(payload) as reader:
        return reader.read_all()
