"""Arrow IPC over HTTP: a body of columns, the peer of NDJSON, read without a copy and validated whole.

A body is looked through before a buffer of it is read: what it says of itself (rows, the sizes of compressed buffers)
is held to what a body may unpack to, and only the columns of observations are read at all.

Source: the Arrow columnar format, version 1.5, §IPC streaming format and §IPC file format; its Message.fbs.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
import pyarrow as pa

from safeconduct.terms.errors import BadInput, Fault, shown
from safeconduct.watch import rows
from safeconduct.watch.rows import COLUMNS, Checked, checked

pc: Any = import_module("pyarrow.compute")  # most of its functions are made at run time, unknown to type checkers

STREAM, FILE = "application/vnd.apache.arrow.stream", "application/vnd.apache.arrow.file"
MAGIC = b"ARROW1"
MAX_ROWS = 1_000_000
MAX_UNPACKED_BYTES = 128 * 1024 * 1024
"""Of all compressed buffers of a body together, and of the texts of a column whose values share their bytes."""
MAX_MESSAGES = 10_000
DICTIONARY_BATCH, RECORD_BATCH = 2, 3


def decode_stream(body: bytes, now_ms: int | None) -> Checked:
    """The usable rows of a body in the streaming format. Raises BadInput for one that is damaged or unpacks to more."""
    try:
        _look_through(body)
        tables = list(_tables(body))
        table = rows.conformed(pa.concat_tables(tables)) if tables else rows.table_of([])
    except (pa.ArrowException, OSError, ValueError, MemoryError, struct.error, IndexError, OverflowError) as error:
        raise _fault(type(error).__name__, "a whole Arrow IPC stream") from None
    return checked(table, now_ms, lambda row: f"row {row + 1}")


def decode_file(body: bytes, now_ms: int | None) -> Checked:
    """The same, of the file format: a stream between two marks. Its footer, which says where what lies, is not read."""
    if not (body.startswith(MAGIC + b"\0\0") and body.endswith(MAGIC)):
        raise _fault(f"{len(body)} bytes", "an Arrow IPC file, between two ARROW1")
    return decode_stream(body[8:], now_ms)


def _look_through(body: bytes) -> None:
    """Raises BadInput for more rows or bytes than a body may unpack to."""
    count = unpacked = messages = 0
    reader = pa.ipc.MessageReader.open_stream(pa.py_buffer(body))
    while (message := _next(reader)) is not None:
        messages += 1
        if messages > MAX_MESSAGES:
            raise _fault("more messages", f"at most {MAX_MESSAGES:,}")
        if message.type in ("record batch", "dictionary"):
            batch = _batch_of(message)
            count += batch.rows
            unpacked += batch.unpacked
        if not 0 <= count <= MAX_ROWS:
            raise _fault("more rows", f"at most {MAX_ROWS:,} rows a body")
        if unpacked > MAX_UNPACKED_BYTES:
            raise _fault("more bytes when unpacked", f"at most {MAX_UNPACKED_BYTES:,}")


def _next(reader: Any) -> Any:
    try:
        return reader.read_next_message()
    except StopIteration:
        return None


@dataclass(frozen=True)
class _Batch:
    rows: int
    unpacked: int


def _batch_of(message: Any) -> _Batch:
    """What the header of a batch says of its rows and of the sizes of its compressed buffers."""
    root = _Flat.root(message.metadata.to_pybytes())
    batch = root.table(2)
    if batch is not None and root.byte(1) == DICTIONARY_BATCH:
        batch = batch.table(1)
    if batch is None:
        raise ValueError("a batch without a header")
    length = batch.long(0)
    if batch.table(3) is None:
        return _Batch(length, 0)
    body, unpacked = memoryview(message.body), 0
    for offset, size in batch.pairs(2):
        if size:
            claimed = struct.unpack_from("<q", body, offset)[0]
            # -1 stands for a buffer that is not compressed after all.
            unpacked += size if claimed == -1 else claimed if claimed >= 0 else MAX_UNPACKED_BYTES + 1
    return _Batch(length, unpacked)


@dataclass(frozen=True)
class _Flat:
    """A table of a FlatBuffer, of which only what is asked for is read. Raises struct.error where it points outside."""

    data: bytes
    at: int

    @classmethod
    def root(cls, data: bytes) -> _Flat:
        return cls(data, struct.unpack_from("<I", data)[0])

    def _place(self, field: int) -> int:
        """Where a field lies; 0 for one that is not there."""
        start = self.at - struct.unpack_from("<i", self.data, self.at)[0]
        if start < 0 or 4 + 2 * field + 2 > struct.unpack_from("<H", self.data, start)[0]:
            return 0
        offset = struct.unpack_from("<H", self.data, start + 4 + 2 * field)[0]
        return self.at + offset if offset else 0

    def byte(self, field: int) -> int:
        place = self._place(field)
        return self.data[place] if place else 0

    def long(self, field: int) -> int:
        place = self._place(field)
        return struct.unpack_from("<q", self.data, place)[0] if place else 0

    def table(self, field: int) -> _Flat | None:
        place = self._place(field)
        return _Flat(self.data, place + struct.unpack_from("<I", self.data, place)[0]) if place else None

    def pairs(self, field: int) -> Iterator[tuple[int, int]]:
        """A vector of structs of two 64-bit numbers."""
        place = self._place(field)
        if not place:
            return
        place += struct.unpack_from("<I", self.data, place)[0]
        count = struct.unpack_from("<I", self.data, place)[0]
        if count * 16 > len(self.data):
            raise ValueError("a vector longer than its message")
        for number in range(count):
            yield struct.unpack_from("<qq", self.data, place + 4 + 16 * number)


def _tables(body: bytes) -> Iterator[pa.Table]:
    names = {one.name for one in COLUMNS}
    with pa.ipc.open_stream(pa.py_buffer(body)) as reader:
        schema = reader.schema
    wanted = [number for number, one in enumerate(schema) if one.name in names]
    if not wanted:
        raise _fault("none of the columns", "columns " + ", ".join(one.name for one in COLUMNS))
    options = pa.ipc.IpcReadOptions(use_threads=False, included_fields=wanted)
    with pa.ipc.open_stream(pa.py_buffer(body), options=options) as reader:
        for batch in reader:
            batch.validate(full=True)
            yield readable(batch)


def readable(batch: pa.RecordBatch) -> pa.Table:
    """The columns of observations, the first of each name, of a batch that is valid. Raises BadInput for a bomb."""
    names: list[str] = batch.schema.names
    return pa.table({one.name: _readable(batch.column(names.index(one.name))) for one in COLUMNS if one.name in names})


def _readable(column: Any) -> Any:
    """A column of a type that an observation can have; one of any other is null, whatever it would unpack to."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        if not _is_text(kind.value_type):
            return pa.nulls(len(column), pa.string())
        values = column.dictionary
        _bound(pc.take(pc.binary_length(values), column.indices))
        return pc.cast(pc.take(pc.cast(values, pa.string()), column.indices), pa.string())
    if pa.types.is_string_view(kind):
        return _of_views(column)
    if _is_text(kind):
        _bound(pc.binary_length(column))
        return pc.cast(column, pa.string())
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_timestamp(kind):
        return column
    return pa.nulls(len(column), pa.string())


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def _of_views(column: Any) -> Any:
    """Texts of a column of views, any number of which may show the same bytes."""
    if not len(column):
        return pa.nulls(0, pa.string())
    views = np.frombuffer(column.buffers()[1], np.int32).reshape(-1, 4)[column.offset : column.offset + len(column)]
    _bound(pa.array(np.where(column.is_valid().to_numpy(zero_copy_only=False), views[:, 0], 0), pa.int64()))
    return pc.cast(column, pa.string())


def _bound(lengths: Any) -> None:
    total = pc.sum(lengths).as_py() or 0
    if total > MAX_UNPACKED_BYTES:
        raise _fault(f"texts of {total:,} bytes", f"at most {MAX_UNPACKED_BYTES:,} a column")


def _fault(found: str, wanted: str) -> BadInput:
    return BadInput("Arrow body", [Fault("body", shown(found), wanted)])
