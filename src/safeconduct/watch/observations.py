"""Observations as columns: what files and live feeds are decoded to, and what is refused of them, counted by reason.

    {"time": "2026-11-24T06:00:00Z", "sensor": "cam-03", "track": "17", "lon": 75.0003, "lat": -4.9971, "kind": "car"}

`time` may also be milliseconds since 1970. `state`, `token`, `speed`, `heading` and `accuracy` are optional; other
fields are ignored.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

from safeconduct.terms.errors import BadInput, Fault, shown
from safeconduct.terms.instant import epoch_ms, parse
from safeconduct.watch.tables import KINDS, STATES

TEXT_LIMIT = 256
TIME_RANGE_MS = (0, 4_102_444_800_000)
"""1970 to 2100: what lies outside is not a time in milliseconds."""

KIND_CODES = {name: code for code, name in enumerate(KINDS)}
STATE_CODES = {name: code for code, name in enumerate(STATES)}
REASONS = (
    "no_time",
    "no_sensor",
    "no_track",
    "no_position",
    "position_out_of_range",
    "refused_kind",
    "unknown_state",
    "text_too_long",
    "not_an_object",
)


class Batch(NamedTuple):
    """Observations, in any order; every column has one entry a row.

    `sensor` numbers `sensors`, `track` numbers `tracks`, `kind` and `state` number KINDS and STATES. `key` hashes
    sensor and track together, `token` the token (0 without one), whose text is not kept.
    """

    time_ms: NDArray[np.int64]
    sensor: NDArray[np.int32]
    track: NDArray[np.int32]
    key: NDArray[np.uint64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    kind: NDArray[np.uint8]
    state: NDArray[np.uint8]
    token: NDArray[np.uint64]
    sensors: tuple[str, ...]
    tracks: Sequence[str]

    def only(self, good: NDArray[np.bool_]) -> Batch:
        """The rows that are `good`."""
        return batch_of((column[good] for column in self[:9]), self.sensors, self.tracks)


def batch_of(columns: Iterable[NDArray[Any]], sensors: tuple[str, ...], tracks: Sequence[str]) -> Batch:
    """A batch of columns that are in the order of its fields."""
    return Batch(*columns, sensors, tracks)  # pyright: ignore[reportCallIssue]


def concatenated(batches: Sequence[Batch]) -> Batch:
    """The rows of some batches in the order of time."""
    sensors = tuple(name for batch in batches for name in batch.sensors)
    tracks = tuple(name for batch in batches for name in batch.tracks)
    columns = [np.concatenate(column) for column in zip(*(batch[:9] for batch in batches), strict=True)]
    for column, names in ((1, "sensors"), (2, "tracks")):
        starts = np.cumsum([0, *(len(getattr(batch, names)) for batch in batches[:-1])])
        columns[column] += np.repeat(starts, [len(batch.time_ms) for batch in batches]).astype(np.int32)
    order = np.argsort(columns[0], kind="stable")
    return batch_of((column[order] for column in columns), sensors, tracks)


class Decoded(NamedTuple):
    """What could be used, and how many rows could not, by reason."""

    batch: Batch
    refused: Counter[str]


def text_hash(text: str) -> int:
    """64 bits that stand for a text; never 0."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest()) or 1


def mix(sensor: int, track: int) -> int:
    """The key of a track: the hashes of its sensor's name and of its own, mixed. Ids are unique within a sensor
    only."""
    return (((sensor * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF) ^ track) or 1


def decode_ndjson(body: bytes) -> Decoded:
    """Decode lines of JSON objects. A line that is none is refused and counted; empty lines are nothing."""
    rows: list[Any] = []
    for line in body.splitlines():
        if line.strip():
            try:
                rows.append(orjson.loads(line))
            except orjson.JSONDecodeError:
                rows.append(None)
    return decode_rows(rows)


def decode_rows(rows: Iterable[object]) -> Decoded:
    """Decode rows of JSON values, as a live feed brings them."""
    refused: Counter[str] = Counter()
    sensors: dict[str, int] = {}
    tracks: dict[str, int] = {}
    hashes: dict[str, int] = {}
    good: list[tuple[int, int, int, int, float, float, int, int, int]] = []
    for row in rows:
        fields = _fields(row)
        if isinstance(fields, str):
            refused[fields] += 1
            continue
        time_ms, sensor, track, lon, lat, kind, state, token = fields
        for text in (sensor, track):
            if text not in hashes:
                hashes[text] = text_hash(text)
        numbers = sensors.setdefault(sensor, len(sensors)), tracks.setdefault(track, len(tracks))
        key = mix(hashes[sensor], hashes[track])
        good.append((time_ms, *numbers, key, lon, lat, kind, state, text_hash(token) if token else 0))
    columns = zip(*good, strict=True) if good else ((),) * len(_TYPES)
    arrays = (np.array(column, dtype=kind) for column, kind in zip(columns, _TYPES, strict=True))
    return Decoded(batch_of(arrays, tuple(sensors), tuple(tracks)), refused)


_TYPES = (np.int64, np.int32, np.int32, np.uint64, np.float64, np.float64, np.uint8, np.uint8, np.uint64)


def _fields(row: object) -> tuple[int, str, str, float, float, int, int, str] | str:
    """A row's fields, or the reason that it is refused for."""
    if not isinstance(row, Mapping):
        return "not_an_object"
    time_ms = _time_ms(row.get("time"))
    if time_ms is None:
        return "no_time"
    texts: list[str] = []
    for name in ("sensor", "track"):
        text = _text(row.get(name))
        if not text:
            return f"no_{name}"
        texts.append(text)
    lon, lat = _number(row.get("lon")), _number(row.get("lat"))
    if lon is None or lat is None:
        return "no_position"
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        return "position_out_of_range"
    kind, state, token = row.get("kind"), row.get("state"), row.get("token")
    kind_code = 0 if kind is None else KIND_CODES.get(kind) if isinstance(kind, str) else None
    if kind_code is None:
        return "refused_kind"
    state_code = 0 if state is None else STATE_CODES.get(state) if isinstance(state, str) else None
    if state_code is None:
        return "unknown_state"
    token = "" if token is None else token if isinstance(token, str) else str(token)
    if any(len(text) > TEXT_LIMIT or len(text.encode(errors="replace")) > TEXT_LIMIT for text in (*texts, token)):
        return "text_too_long"
    return time_ms, texts[0], texts[1], lon, lat, kind_code, state_code, token


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def _number(value: object) -> float | None:
    """A finite or infinite number; None for what is none, NaN included."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        return None
    return float(value) if isinstance(value, float) or abs(value) < 1e300 else math.inf


def _time_ms(value: object) -> int | None:
    """Milliseconds since 1970, of a number of them or of an ISO 8601 text with a zone."""
    found = None
    if isinstance(value, datetime):
        found = epoch_ms(value) if value.tzinfo else None
    elif isinstance(value, str):
        try:
            found = epoch_ms(parse(value)) if len(value) <= 40 else None
        except BadInput:
            found = None
    elif (number := _number(value)) is not None and abs(number) < 1e15:
        found = int(number)
    return found if found is not None and TIME_RANGE_MS[0] <= found < TIME_RANGE_MS[1] else None


def nothing_usable(subject: str, refused: Mapping[str, int]) -> BadInput:
    """The error of a file without a single usable row."""
    why = ", ".join(f"{count} {reason}" for reason, count in sorted(refused.items())) or "no rows"
    return BadInput(subject, [Fault("rows", shown(why, 200), "at least one usable observation")])
