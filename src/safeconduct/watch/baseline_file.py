"""A baseline, or one day's counts, as bytes and back: a line of JSON, then sorted numbers as differences, compressed.

    {"format": "safeconduct-baseline-1", "zone": "Asia/Karachi", "weekend": ["sat", "sun"], "sizes": [1208, 655]}

No vehicle, track or token is in it: counts of stays by place, hour of the week, kind and length.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from safeconduct.terms.errors import BadInput, Fault, shown
from safeconduct.watch.baseline import Baseline, Calendar, Counts
from safeconduct.watch.baseline_cells import BIN_BITS, CLASS_BITS, HOUR_BITS

FORMAT = "safeconduct-baseline-1"
MAX_BYTES = 8 * 1024 * 1024
"""Of an encoded baseline: it lies in every snapshot of the watch. Past it, the cells with the fewest stays go."""
MAX_ENTRIES = 1 << 24
_ENTRY_BYTES = 12

Pair = tuple[NDArray[np.int64], NDArray[np.uint32]]


def encoded_day(counts: Counts, calendar: Calendar) -> bytes:
    """The same bytes for the same counts."""
    return _encoded(calendar, [(counts.keys, counts.counts)])


def decoded_day(data: bytes, subject: str) -> tuple[Counts, Calendar]:
    """What `encoded_day` was given. Raises BadInput for any other bytes."""
    calendar, ((keys, counts),) = _decoded(data, subject, 1)
    return Counts(keys, counts), calendar


def encoded(baseline: Baseline, limit_bytes: int = MAX_BYTES) -> bytes:
    """At most `limit_bytes`; the same bytes for the same baseline."""
    least = 1
    while True:
        data = _encoded(baseline.calendar, [(baseline.keys, baseline.weights), (baseline.hours, baseline.days)])
        if len(data) <= limit_bytes:
            return data
        least *= 2
        baseline = _without_thin_cells(baseline, least)


def decoded(data: bytes, subject: str = "baseline") -> Baseline:
    """What `encoded` was given. Raises BadInput for any other bytes."""
    calendar, ((keys, weights), (hours, days)) = _decoded(data, subject, 2)
    return Baseline(calendar, keys, weights, hours, days)


def load_baseline(path: Path) -> Baseline:
    """Raises BadInput, also for a file that cannot be read."""
    try:
        return decoded(path.read_bytes(), path.name)
    except OSError as error:
        raise BadInput(
            str(path), [Fault("file", error.strerror or "no access", "a baseline, of `safeconduct watch learn`")]
        ) from error


def _without_thin_cells(baseline: Baseline, least_days: int) -> Baseline:
    """Without the hours of cells that had stays on fewer days."""
    kept = baseline.days >= least_days
    hours = baseline.hours[kept]
    stays = np.isin(baseline.keys >> BIN_BITS, hours)
    return Baseline(baseline.calendar, baseline.keys[stays], baseline.weights[stays], hours, baseline.days[kept])


def _encoded(calendar: Calendar, pairs: Sequence[Pair]) -> bytes:
    head = {
        "format": FORMAT,
        "zone": calendar.zone,
        "weekend": list(calendar.weekend),
        "sizes": [len(keys) for keys, _ in pairs],
    }
    body = b"".join(_shuffled(np.diff(keys, prepend=0)) + _shuffled(values) for keys, values in pairs)
    return orjson.dumps(head) + b"\n" + zlib.compress(body, 9)


def _decoded(data: bytes, subject: str, wanted: int) -> tuple[Calendar, list[Pair]]:
    line, _, body = data.partition(b"\n")
    try:
        head = orjson.loads(line)
        sizes = [int(size) for size in head["sizes"]]
        if head["format"] != FORMAT or len(sizes) != wanted or not all(0 <= size <= MAX_ENTRIES for size in sizes):
            raise ValueError(f"{shown(head['format'])} with {len(sizes)} parts")
        calendar = Calendar(str(head["zone"]), tuple(str(day) for day in head["weekend"]))
        whole = sum(sizes) * _ENTRY_BYTES
        unpacked = zlib.decompressobj().decompress(body, whole + 1)
        if len(unpacked) != whole:
            raise ValueError(f"{len(unpacked)} bytes in place of {whole}")
        return calendar, _pairs(unpacked, sizes)
    except (zlib.error, orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise BadInput(subject, [Fault("content", shown(str(error), 120), f"bytes of {FORMAT}")]) from error


def _pairs(data: bytes, sizes: Sequence[int]) -> list[Pair]:
    found: list[Pair] = []
    at = 0
    for size in sizes:
        keys = np.cumsum(_unshuffled(data[at : at + 8 * size], np.dtype(np.int64)))
        values = _unshuffled(data[at + 8 * size : at + _ENTRY_BYTES * size], np.dtype(np.uint32))
        if size and (keys[0] < 0 or np.any(np.diff(keys) <= 0) or keys[-1] >= 1 << (40 + CLASS_BITS + HOUR_BITS + 5)):
            raise ValueError("keys out of order")
        hours = (keys >> (BIN_BITS if len(found) == 0 else 0)) & ((1 << HOUR_BITS) - 1)
        if np.any(hours >= 168):
            raise ValueError("an hour past the end of the week")
        found.append((keys, values))
        at += _ENTRY_BYTES * size
    return found


def _shuffled(values: NDArray[Any]) -> bytes:
    """All first bytes, then all second ones: small numbers become runs of zeros."""
    little = np.ascontiguousarray(values).astype(values.dtype.newbyteorder("<"))
    return little.view(np.uint8).reshape(len(values), values.itemsize).T.tobytes()


def _unshuffled(data: bytes, dtype: np.dtype[Any]) -> NDArray[Any]:
    planes = np.frombuffer(data, np.uint8).reshape(dtype.itemsize, -1)
    return np.ascontiguousarray(planes.T).view(dtype.newbyteorder("<")).reshape(-1).astype(dtype)
