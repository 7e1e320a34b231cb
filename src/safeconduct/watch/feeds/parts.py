"""Files of observations as checked tables with every column, a part at a time: Parquet, Arrow IPC, NDJSON and CSV.

Parts are cut the same way each time the same file is read.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from safeconduct.terms.errors import BadInput, Fault, shown
from safeconduct.watch import rows
from safeconduct.watch.feeds import ndjson
from safeconduct.watch.feeds.arrow import readable
from safeconduct.watch.rows import COLUMNS, Checked, checked, time_ms

pc: Any = import_module("pyarrow.compute")  # most of its functions are made at run time, unknown to type checkers

PART_ROWS = 65_536
PART_BYTES = 4 * 1024 * 1024
READABLE = ".parquet, .arrow, .ipc, .feather, .ndjson, .jsonl or .csv"


def chunks(path: Path, now_ms: int | None) -> Iterator[Checked]:
    """The file part by part. Raises BadInput where it cannot be read to its end."""
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise BadInput(path.name, [Fault("name", shown(path.suffix), READABLE)])
    try:
        yield from reader(path, now_ms)
    except (pa.ArrowException, OSError, ValueError) as error:
        wanted = f"a whole {path.suffix[1:]} file"
        raise BadInput(path.name, [Fault("content", shown(str(error), 200), wanted)]) from error


def _parquet(path: Path, now_ms: int | None) -> Iterator[Checked]:
    with pyarrow.parquet.ParquetFile(path) as file:
        names = [one.name for one in COLUMNS if one.name in file.schema_arrow.names]
        batches = file.iter_batches(PART_ROWS, columns=names, use_threads=False)
        yield from _numbered((pa.Table.from_batches([batch]) for batch in batches), now_ms)


def _arrow(path: Path, now_ms: int | None) -> Iterator[Checked]:
    with pa.memory_map(str(path)) as source:
        try:
            file = pa.ipc.open_file(source)
        except pa.ArrowInvalid:
            source.seek(0)
            with pa.ipc.open_stream(source) as stream:
                yield from _numbered(_cut(stream), now_ms)
            return
        yield from _numbered(_cut(file.get_batch(number) for number in range(file.num_record_batches)), now_ms)


def _cut(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    for batch in batches:
        batch.validate(full=True)
        for begin in range(0, batch.num_rows, PART_ROWS):
            yield readable(batch.slice(begin, PART_ROWS))


def _csv(path: Path, now_ms: int | None) -> Iterator[Checked]:
    broken = 0

    def skip(_: object) -> str:
        nonlocal broken
        broken += 1
        return "skip"

    with (
        path.open("rb") as file,
        pyarrow.csv.open_csv(
            _Utf8(file),
            read_options=pyarrow.csv.ReadOptions(use_threads=False, block_size=PART_BYTES),
            parse_options=pyarrow.csv.ParseOptions(invalid_row_handler=skip),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types={one.name: pa.string() for one in COLUMNS}, strings_can_be_null=True
            ),
        ) as reader,
    ):
        for part in _numbered((_timed(pa.Table.from_batches([batch])) for batch in reader), now_ms):
            part.refused["not_an_object"] += broken
            broken = 0
            yield Checked(part.table, +part.refused, part.faults)


class _Utf8(io.RawIOBase):
    """A file as UTF-8, whatever its bytes: Arrow cannot tell of a row that is none, and would not count it."""

    def __init__(self, file: BinaryIO):
        self._file, self._rest = file, b""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        want = PART_BYTES if size < 0 else size
        while len(self._rest) < want:
            block = self._file.read(want)
            self._rest += self._decoder.decode(block, final=not block).encode()
            if not block:
                break
        part, self._rest = self._rest[:want], self._rest[want:]
        return part


def _timed(table: pa.Table) -> pa.Table:
    """`table` with its times as numbers, where they are milliseconds since 1970: a CSV has but texts."""
    names = table.column_names
    if names.count("time") != 1:
        return table
    times, number = table["time"], names.index("time")
    is_number = pc.match_substring_regex(times, r"^[0-9]{1,15}$")
    if not pc.any(is_number).as_py():
        return table
    values = [
        int(text) if is_one else text for text, is_one in zip(times.to_pylist(), is_number.to_pylist(), strict=True)
    ]
    return table.set_column(number, "time", pa.array([time_ms(one) for one in values], pa.int64()))


def _numbered(tables: Iterator[pa.Table], now_ms: int | None) -> Iterator[Checked]:
    begin = 1
    for table in tables:
        yield checked(rows.conformed(table), now_ms, _naming(begin))
        begin += table.num_rows


def _naming(begin: int) -> Callable[[int], str]:
    return lambda row: f"row {begin + row}"


def _ndjson(path: Path, now_ms: int | None) -> Iterator[Checked]:
    with path.open("rb") as stream:
        rest = b""
        while block := stream.read(PART_BYTES):
            cut = block.rfind(b"\n") + 1
            if cut:
                yield ndjson.decode(rest + block[:cut], now_ms)
                rest = block[cut:]
            elif len(rest) <= ndjson.MAX_LINE_BYTES:
                rest += block
            # A line that long is refused whole, whatever follows in it.
        if rest:
            yield ndjson.decode(rest, now_ms)


_READERS: dict[str, Callable[[Path, int | None], Iterator[Checked]]] = {
    ".parquet": _parquet,
    ".arrow": _arrow,
    ".ipc": _arrow,
    ".feather": _arrow,
    ".ndjson": _ndjson,
    ".jsonl": _ndjson,
    ".csv": _csv,
}
