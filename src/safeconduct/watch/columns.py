"""Observations from Arrow tables, a column at a time: the same refusals as row by row, at millions of rows a second."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from typing import Any, overload

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from safeconduct.terms.errors import BadInput
from safeconduct.terms.instant import epoch_ms, parse
from safeconduct.watch.observations import KIND_CODES, STATE_CODES, TEXT_LIMIT, TIME_RANGE_MS, Batch, Decoded, text_hash

pc: Any = import_module("pyarrow.compute")  # made at run time, unknown to type checkers

NAMES = ("time", "sensor", "track", "lon", "lat", "kind", "state", "token")
NO_TIME = -1
UNKNOWN_CODE = 255
HASHES_KEPT = 1 << 16
"""In each of two generations, so that a city of 100,000 tracks is hashed once."""


class Words(Sequence[str]):
    """The texts of an Arrow array, made when one is asked for: of 100,000 tracks few are ever told of."""

    def __init__(self, values: pa.Array):
        self.values = values

    def __len__(self) -> int:
        return len(self.values)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        if isinstance(index, slice):
            return Words(self.values[index])
        return self.values[index].as_py()

    def __iter__(self) -> Iterator[str]:
        return iter(self.values.to_pylist())


class TextHashes:
    """Hashes of the texts seen lately, so that a sensor's name is hashed once and not once a batch."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}
        self._before: dict[str, int] = {}
        """The generation before: what of it is met again goes over, the rest is forgotten with it."""
        self._last: dict[str, tuple[pa.Array, Words, NDArray[np.uint64]]] = {}

    def words(self, column: str, values: pa.Array) -> tuple[Words, NDArray[np.uint64]]:
        """The texts of a column's dictionary and their hashes. Batches of one file mostly share a dictionary, or have
        the same texts in another order."""
        if values.null_count:
            values = pc.fill_null(values, "")
        last = self._last.get(column)
        if last is not None and last[0].equals(values):
            return last[1], last[2]
        hashes = np.zeros(len(values), dtype=np.uint64)
        new = np.ones(len(values), dtype=np.bool_)
        if last is not None and last[0].type == values.type and len(last[0]):
            found = pc.fill_null(pc.index_in(values, value_set=last[0]), -1).to_numpy(zero_copy_only=False)
            new = found < 0
            hashes = last[2][found]
        if new.any():
            hashes[new] = self.of(values.filter(pa.array(new)).to_pylist())
        self._last[column] = (values, Words(values), hashes)
        return self._last[column][1], hashes

    def of(self, words: Sequence[str]) -> NDArray[np.uint64]:
        if len(self._known) > HASHES_KEPT:
            self._known, self._before = {}, self._known
        known, before = self._known, self._before
        for word in words:
            if word not in known:
                known[word] = before.get(word) or text_hash(word)
        return np.array([known[word] for word in words], dtype=np.uint64)


def decode_table(table: pa.Table | pa.RecordBatch, hashes: TextHashes) -> Decoded:
    """Decode a table with any of the columns NAMES, in any order; others are ignored."""
    count = table.num_rows
    columns: dict[str, pa.Array] = {}
    for name in NAMES:
        if name in table.schema.names:
            column = table.column(table.schema.names.index(name))
            columns[name] = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    reasons = _Reasons(count)
    time_ms = _times(columns.get("time"), count)
    reasons.add("no_time", (time_ms < TIME_RANGE_MS[0]) | (time_ms >= TIME_RANGE_MS[1]))
    sensor_words, sensor_hashes, sensor, sensor_long = _words("sensor", columns.get("sensor"), count, hashes)
    reasons.add("no_sensor", sensor < 0)
    track_words, track_hashes, track, track_long = _words("track", columns.get("track"), count, hashes)
    reasons.add("no_track", track < 0)
    lon, lat = (_numbers(columns.get(name), count) for name in ("lon", "lat"))
    reasons.add("no_position", np.isnan(lon) | np.isnan(lat))
    reasons.add("position_out_of_range", ~((np.abs(lon) <= 180) & (np.abs(lat) <= 90)))
    kind = _codes(columns.get("kind"), count, KIND_CODES)
    reasons.add("refused_kind", kind == UNKNOWN_CODE)
    state = _codes(columns.get("state"), count, STATE_CODES)
    reasons.add("unknown_state", state == UNKNOWN_CODE)
    _, token_hashes, token, token_long = _words("token", columns.get("token"), count, hashes)
    reasons.add("text_too_long", sensor_long | track_long | token_long)

    sensor_hash = _looked_up(sensor_hashes, sensor)
    with np.errstate(over="ignore"):
        key = sensor_hash * np.uint64(0xBF58476D1CE4E5B9) ^ _looked_up(track_hashes, track)
    key[key == 0] = 1
    token_hash = _looked_up(token_hashes, token)
    batch = Batch(time_ms, sensor, track, key, lon, lat, kind, state, token_hash, tuple(sensor_words), track_words)
    return Decoded(batch.only(reasons.good) if reasons.counts else batch, reasons.counts)


class _Reasons:
    """Each row is refused for the first reason that applies."""

    def __init__(self, count: int):
        self.good = np.ones(count, dtype=np.bool_)
        self.counts: Counter[str] = Counter()

    def add(self, reason: str, bad: NDArray[np.bool_]) -> None:
        found = int(np.count_nonzero(bad & self.good))
        if found:
            self.counts[reason] += found
            self.good &= ~bad


def _looked_up(values: NDArray[np.uint64], codes: NDArray[np.int32]) -> NDArray[np.uint64]:
    """`values[codes]`, 0 where the code is negative."""
    return np.append(values, np.uint64(0))[codes]


def _words(
    name: str, column: Any, count: int, hashes: TextHashes
) -> tuple[Sequence[str], NDArray[np.uint64], NDArray[np.int32], NDArray[np.bool_]]:
    """Distinct texts of a column and their hashes, each row's number among them (-1: none), which are too long."""
    nothing = np.full(count, -1, dtype=np.int32), np.zeros(count, dtype=np.bool_)
    if column is None or pa.types.is_null(column.type):
        return [], np.zeros(0, dtype=np.uint64), *nothing
    if not pa.types.is_dictionary(column.type):
        if not (
            pa.types.is_string(column.type) or pa.types.is_large_string(column.type) or pa.types.is_integer(column.type)
        ):
            return [], np.zeros(0, dtype=np.uint64), *nothing
        column = pc.dictionary_encode(column)
    values = column.dictionary
    if pa.types.is_integer(values.type):
        values = values.cast(pa.string())
    if not (pa.types.is_string(values.type) or pa.types.is_large_string(values.type)):
        return [], np.zeros(0, dtype=np.uint64), *nothing
    lengths = pc.fill_null(pc.binary_length(values), 0).to_numpy(zero_copy_only=False)
    codes = pc.fill_null(column.indices, -1).to_numpy(zero_copy_only=False).astype(np.int32)
    codes[np.append(lengths == 0, False)[codes]] = -1
    too_long = np.append(lengths > TEXT_LIMIT, False)
    if too_long.any():
        values = pc.if_else(pa.array(too_long[:-1]), pa.scalar("", values.type), values)
    return *hashes.words(name, values), codes, too_long[codes]


def _codes(column: Any, count: int, known: dict[str, int]) -> NDArray[np.uint8]:
    """A column of few words as numbers; 0 without a word, UNKNOWN_CODE for one that is not known."""
    if column is None or pa.types.is_null(column.type):
        return np.zeros(count, dtype=np.uint8)
    if not pa.types.is_dictionary(column.type):
        column = pc.dictionary_encode(column)
    words = [
        0 if word is None else known.get(word, UNKNOWN_CODE) if isinstance(word, str) else UNKNOWN_CODE
        for word in column.dictionary.to_pylist()
    ]
    codes = pc.fill_null(column.indices, len(words)).to_numpy(zero_copy_only=False)
    return np.array([*words, 0], dtype=np.uint8)[codes]


def _numbers(column: pa.Array | None, count: int) -> NDArray[np.float64]:
    """A column as float64; NaN where there is no number."""
    if column is None:
        return np.full(count, np.nan)
    try:
        numbers = pc.cast(column, pa.float64(), safe=False)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        numbers = pa.array([_number(value) for value in column.to_pylist()], type=pa.float64())
    return np.asarray(pc.fill_null(numbers, float("nan")).to_numpy(zero_copy_only=False))


def _number(value: object) -> float:
    try:
        return float(value) if isinstance(value, int | float | str) else float("nan")
    except (ValueError, OverflowError):
        return float("nan")


def _times(column: pa.Array | None, count: int) -> NDArray[np.int64]:
    """A column as milliseconds since 1970; NO_TIME where there is none."""
    if column is None or pa.types.is_null(column.type):
        return np.full(count, NO_TIME, dtype=np.int64)
    kind = column.type
    if pa.types.is_timestamp(kind):
        stamps = pc.cast(pc.cast(column, pa.timestamp("ms", kind.tz), safe=False), pa.int64())
    elif pa.types.is_integer(kind) or pa.types.is_floating(kind):
        finite = pc.if_else(pc.less(pc.abs(column), 1e15), column, None)
        stamps = pc.cast(finite, pa.int64(), safe=False)
    elif pa.types.is_string(kind) or pa.types.is_large_string(kind):
        stamps = _times_of_text(column)
    else:
        return np.full(count, NO_TIME, dtype=np.int64)
    return np.array(pc.fill_null(stamps, NO_TIME).to_numpy(zero_copy_only=False), dtype=np.int64)


def _times_of_text(column: pa.Array) -> pa.Array:
    for attempt in _TEXT_TIMES:
        try:
            return attempt(column)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            continue
    return pa.array([_time_of(text) for text in column.to_pylist()], type=pa.int64())


_TEXT_TIMES: tuple[Callable[[pa.Array], pa.Array], ...] = (
    lambda column: pc.cast(pc.cast(column, pa.timestamp("ms", "UTC")), pa.int64()),
    lambda column: pc.cast(column, pa.int64()),
)


def _time_of(text: str | None) -> int:
    if text is None or len(text) > 40:
        return NO_TIME
    try:
        return int(text) if text.isdecimal() else epoch_ms(parse(text))
    except BadInput:
        return NO_TIME
