"""NDJSON: one observation a line. Well-formed bodies are read by Arrow in bulk, others line by line, to name faults."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator

import orjson
import pyarrow as pa
import pyarrow.json

from safeconduct.terms.errors import Fault, shown
from safeconduct.watch import rows
from safeconduct.watch.rows import COLUMNS, MAX_FAULTS, WANTED, Checked, checked


def _bulk_options(time: pa.DataType) -> pyarrow.json.ParseOptions:
    schema = COLUMNS.set(0, COLUMNS.field(0).with_type(time))
    return pyarrow.json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore")


_TEXT_TIMES, _NUMBER_TIMES = _bulk_options(pa.string()), _bulk_options(pa.int64())
_TEXT_TIME = re.compile(rb'"time"\s*:\s*"')
MAX_LINE_BYTES = 64 * 1024


def decode(body: bytes, now_ms: int | None) -> Checked:
    """The usable rows of `body`, any bytes at all; faults are named by line."""
    table = _in_bulk(body)
    if table is not None:
        return checked(table, now_ms, lambda row: f"line {_line_of(body, row)}")
    return _by_line(body, now_ms)


def _in_bulk(body: bytes) -> pa.Table | None:
    """All rows at once, or None where any of them needs a closer look."""
    if not _begins_an_object(body) or not (body.isascii() or _is_utf8(body)):
        return None
    try:
        options = pyarrow.json.ReadOptions(use_threads=False, block_size=max(len(body), 1024))
        parse = _TEXT_TIMES if _TEXT_TIME.search(body, 0, MAX_LINE_BYTES) else _NUMBER_TIMES
        table = pyarrow.json.read_json(io.BytesIO(body), read_options=options, parse_options=parse)
    except (pa.ArrowException, ValueError):
        return None
    return rows.conformed(table)


def _begins_an_object(body: bytes) -> bool:
    """Arrow's reader ends the whole process (SIGSEGV, pyarrow 26) on a body whose first value is `null`."""
    return re.match(rb"\s*\{", body) is not None


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _line_of(body: bytes, row: int) -> int:
    """The number of the line that holds a row: blank lines are no rows."""
    for number, line in _lines(body):
        if row == 0:
            return number
        row -= bool(line)
    return 0


def _lines(body: bytes) -> Iterator[tuple[int, bytes]]:
    return ((number, line) for number, one in enumerate(body.split(b"\n"), start=1) if (line := one.strip()))


def _object(line: bytes) -> object:
    if len(line) > MAX_LINE_BYTES:
        return None
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(line)  # takes NaN and Infinity, which then have a reason of their own
    except (ValueError, RecursionError):
        return None


def _by_line(body: bytes, now_ms: int | None) -> Checked:
    objects: list[dict[str, object]] = []
    numbers: list[int] = []
    faults: list[Fault] = []
    bad = 0
    for number, line in _lines(body):
        found = _object(line)
        if isinstance(found, dict):
            objects.append(found)
            numbers.append(number)
        else:
            bad += 1
            if len(faults) < MAX_FAULTS:
                faults.append(Fault(f"line {number}", shown(line), WANTED["not_an_object"]))
    result = checked(rows.table_of(objects), now_ms, lambda row: f"line {numbers[row]}")
    if bad:
        result.refused["not_an_object"] += bad
        result.faults = (faults + result.faults)[:MAX_FAULTS]
    return result
