"""Observations from files: Parquet, Arrow IPC, NDJSON and CSV, in bounded memory."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.ipc as arrow_ipc
import pyarrow.json as arrow_json
import pyarrow.parquet as arrow_parquet

from safeconduct.terms.errors import BadInput, Fault, shown
from safeconduct.watch.columns import NAMES, TextHashes, decode_table
from safeconduct.watch.observations import Batch, Decoded, decode_ndjson, nothing_usable

BATCH_ROWS = 1 << 17
BLOCK_BYTES = 1 << 22
LINE_LIMIT = 1 << 16
"""A longer line is no observation: refused unread, so that memory stays bounded."""

READABLE = ".parquet, .arrow, .ipc, .feather, .ndjson, .jsonl or .csv"
TEXT = pa.string()
WORDS = ("sensor", "track", "kind", "state", "token")


def read_observations(path: Path, refused: Counter[str]) -> Iterator[Batch]:
    """The usable observations of a file, a batch at a time; the others are counted in `refused`.

    Raises BadInput where the file cannot be read to its end, or holds no usable row.
    """
    readers = {
        ".parquet": _parquet, ".arrow": _ipc, ".ipc": _ipc, ".feather": _ipc, ".ndjson": _ndjson, ".jsonl": _ndjson,
        ".csv": _csv,
    }  # fmt: skip
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise BadInput(str(path), [Fault("name", shown(path.suffix), READABLE)])
    here: Counter[str] = Counter()
    usable = 0
    try:
        for decoded in reader(path):
            here.update(decoded.refused)
            usable += len(decoded.batch.time_ms)
            if len(decoded.batch.time_ms):
                yield decoded.batch
    except (pa.ArrowException, OSError, ValueError) as error:
        raise BadInput(
            str(path), [Fault("content", shown(str(error), 200), f"a whole {path.suffix[1:]} file")]
        ) from error
    finally:
        refused.update(here)
    if not usable:
        raise nothing_usable(str(path), here)


def decode_body(body: bytes, hashes: TextHashes) -> Decoded:
    """NDJSON as a live feed brings it: by column where every line is alike, else line by line."""
    table = _json_table(body)
    return decode_ndjson(body) if table is None else decode_table(table, hashes)


def _parquet(path: Path) -> Iterator[Decoded]:
    hashes = TextHashes()
    with arrow_parquet.ParquetFile(path, memory_map=True) as probe:
        names = [name for name in NAMES if name in probe.schema_arrow.names]
        texts = [
            name for name in WORDS if name in names and not pa.types.is_integer(probe.schema_arrow.field(name).type)
        ]
    with arrow_parquet.ParquetFile(path, memory_map=True, read_dictionary=texts) as file:
        for batch in file.iter_batches(BATCH_ROWS, columns=names, use_threads=False):
            yield decode_table(batch, hashes)


def _ipc(path: Path) -> Iterator[Decoded]:
    hashes = TextHashes()
    with pa.memory_map(str(path)) as source:
        try:
            file = arrow_ipc.open_file(source)
        except pa.ArrowInvalid:
            source.seek(0)
            with arrow_ipc.open_stream(source) as stream:
                for batch in stream:
                    yield from _sliced(batch, hashes)
            return
        for number in range(file.num_record_batches):
            yield from _sliced(file.get_batch(number), hashes)


def _sliced(batch: pa.RecordBatch, hashes: TextHashes) -> Iterator[Decoded]:
    for begin in range(0, batch.num_rows, BATCH_ROWS):
        yield decode_table(batch.slice(begin, BATCH_ROWS), hashes)


def _csv(path: Path) -> Iterator[Decoded]:
    hashes = TextHashes()
    broken: Counter[str] = Counter()

    def skip(_: Any) -> str:
        broken["not_an_object"] += 1
        return "skip"

    options = arrow_csv.ConvertOptions(
        column_types=dict.fromkeys(NAMES, TEXT), include_missing_columns=False, strings_can_be_null=True
    )
    with arrow_csv.open_csv(
        path,
        read_options=arrow_csv.ReadOptions(use_threads=False, block_size=BLOCK_BYTES),
        parse_options=arrow_csv.ParseOptions(invalid_row_handler=skip),
        convert_options=options,
    ) as reader:
        for batch in reader:
            decoded = decode_table(batch, hashes)
            decoded.refused.update(broken)
            broken.clear()
            yield decoded
    if broken:
        yield Decoded(decode_table(pa.table({}), hashes).batch, broken)


def _ndjson(path: Path) -> Iterator[Decoded]:
    hashes = TextHashes()
    with path.open("rb") as file:
        for block, too_long in _blocks(file):
            decoded = decode_body(block, hashes)
            if too_long:
                decoded.refused["text_too_long"] += too_long
            yield decoded


def _blocks(file: io.BufferedReader) -> Iterator[tuple[bytes, int]]:
    """Whole lines, about BLOCK_BYTES at a time, and how many lines were too long to keep."""
    kept, too_long, skipping = b"", 0, False
    while chunk := file.read(BLOCK_BYTES):
        if skipping:
            _, newline, chunk = chunk.partition(b"\n")
            if not newline:
                continue
            skipping = False
        kept += chunk
        cut = kept.rfind(b"\n") + 1
        block, kept = kept[:cut], kept[cut:]
        if len(kept) > LINE_LIMIT:
            kept, skipping, too_long = b"", True, too_long + 1
        yield block, too_long
        too_long = 0
    yield kept, too_long


_JSON = pa.schema([(name, pa.float64() if name in ("lon", "lat") else TEXT) for name in NAMES])
_JSON_MS = _JSON.set(0, pa.field("time", pa.int64()))


def _json_table(body: bytes) -> pa.Table | None:
    """The body as a table, or None where its lines differ in type or are broken."""
    if not body.strip():
        return pa.table({})
    try:
        first = orjson.loads(body.lstrip().partition(b"\n")[0])
        if not isinstance(first, dict):
            return None  # on a first value that is `null`, Arrow's reader ends the process
        schema = _JSON if isinstance(first.get("time"), str) else _JSON_MS
        return arrow_json.read_json(
            io.BytesIO(body),
            read_options=arrow_json.ReadOptions(use_threads=False, block_size=max(len(body), 1024)),
            parse_options=arrow_json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore"),
        )
    except (orjson.JSONDecodeError, pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None
