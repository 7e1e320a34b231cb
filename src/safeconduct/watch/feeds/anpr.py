"""Plate readers: reads as CSV or JSON, each a sighting with a token, and the plate is dropped at once.

    time,camera,plate,confidence,lat,lon,country
    2026-11-24T06:00:00.250Z,gate-1,QR 4821-K,0.93,-4.99712,75.0061,QA

    [{"time": "2026-11-24T06:00:00.250Z", "camera": "gate-1", "plate": "QR 4821-K", "confidence": 0.93}]

A reader has no tracks. Reads of one plate by one camera, one soon after the other, are one visit and one track: a car
that stands before it is seen to stand, and one that leaves and comes back is not. A read without a usable plate is a
track of its own: many of those under one name would look like a vehicle that never leaves.
"""

from __future__ import annotations

import csv
import hashlib
import io
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import orjson

from safeconduct.sites.places import KINDS
from safeconduct.terms.errors import BadInput, Fault
from safeconduct.watch.feeds.plates import Plates
from safeconduct.watch.feeds.points import Points, no_points
from safeconduct.watch.feeds.refusing import Found
from safeconduct.watch.rows import Checked, text, time_ms

CSV_MEDIA, JSON_MEDIA = ("text/csv",), ("application/json", "application/x-ndjson", "application/jsonl")
VISIT_MS = 30_000
"""Reads of one plate by one camera further apart than this are of two visits: half a minute may be a round trip."""
MAX_VISITS = 65_536
MAX_READS = 200_000
MAX_LINE_CHARACTERS = 8_192
MAX_COLUMNS = 64

WANTED = {"not_a_read": "a read: its time, camera and plate", "too_many": f"at most {MAX_READS:,} reads at a time"}
NAMES = {"timestamp": "time", "sensor": "camera", "vrm": "plate", "latitude": "lat", "longitude": "lon"}
"""Other names of columns, in lower case, to those of this format."""


def is_reads(header: str) -> bool:
    """Whether a CSV with this first line is of plate reads: no other file may have a column of plates."""
    return "plate" in _columns(next(_records(header), []))


class Reads:
    """Takes the reads of one feed, of any bytes. `settings` are those of `anpr` in kinds.py."""

    def __init__(self, settings: Mapping[str, Any], plates: Plates, points: Points = no_points):
        self._sensors: Mapping[str, str] = settings["sensors"]
        self._least = float(settings["least_confidence"])
        self._plates, self._points = plates, points
        self._visits: dict[tuple[str, str], tuple[str, int]] = {}
        """A camera and a token, to the track of the visit and its last read."""
        self._lock = threading.Lock()

    def take(self, body: bytes, media: str, now_ms: int | None) -> Checked:
        """The rows of a body of one of the media above. Raises BadInput for a CSV of other columns."""
        found = Found(WANTED)
        given = _of_csv(body, found) if media in CSV_MEDIA else _of_json(body, found)
        with self._lock:
            for number, read in enumerate(given):
                if number == MAX_READS:
                    found.refuse("too_many", "body", "more")
                    break
                if read.get("kind") in (None, *KINDS):
                    found.rows.append(self._row(read, number))
                else:
                    found.refuse("refused_kind", "read", "another")  # never its text: columns may be mixed up
        return found.checked(now_ms)

    def _row(self, read: Mapping[str, Any], number: int) -> dict[str, Any]:
        camera = text(read.get("camera")) or ""
        sensor = self._sensors.get(camera, camera)
        at_ms = time_ms(read.get("time"))
        token = None if at_ms is None or not self._is_sure(read) else self._token(read, at_ms)
        row: dict[str, Any] = {"time": at_ms, "sensor": sensor, "token": token}
        row["track"] = self._track(sensor, token, at_ms or 0, number)
        row |= {name: read.get(name) for name in ("kind", "speed", "heading", "accuracy")}
        row |= {"lon": read.get("lon"), "lat": read.get("lat")}
        if row["lon"] is None and row["lat"] is None and (spot := self._points().get(sensor)):
            row |= {"lon": spot.lon, "lat": spot.lat, "accuracy": spot.accuracy_m}
        return row

    def _is_sure(self, read: Mapping[str, Any]) -> bool:
        """A reader that tells no confidence is believed; what it tells may be a share or in percent."""
        value = read.get("confidence")
        if value is None:
            return True
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return is_number and 0 <= value <= 100 and (value / 100 if value > 1 else value) >= self._least

    def _token(self, read: Mapping[str, Any], at_ms: int) -> str | None:
        plate = text(read.get("plate"))
        return self._plates.token(plate, at_ms) if plate else None

    def _track(self, sensor: str, token: str | None, at_ms: int, number: int) -> str:
        if token is None:
            return _name(sensor, "", at_ms, number)
        key = (sensor, token)
        track, last_ms = self._visits.pop(key, ("", at_ms))
        if not track or abs(at_ms - last_ms) > VISIT_MS:
            track = _name(sensor, token, at_ms, 0)
        self._visits[key] = (track, max(at_ms, last_ms))
        if len(self._visits) > MAX_VISITS:
            del self._visits[next(iter(self._visits))]
        return track


def _name(sensor: str, token: str, at_ms: int, number: int) -> str:
    """A track's name, of which a token cannot be told: who may see the one may not see the other."""
    whole = f"{sensor}\n{token}\n{at_ms}\n{number}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(whole, digest_size=8).hexdigest()


def _of_json(body: bytes, found: Found) -> Iterator[Mapping[str, Any]]:
    for one in _values(body):
        if isinstance(one, dict):
            yield _named(cast("dict[str, Any]", one))
        else:
            found.refuse("not_a_read", "read", "no object")


def _values(body: bytes) -> Sequence[Any]:
    """An array, one object, or one on each line; None stands for a line that is no JSON."""
    try:
        whole = orjson.loads(body)
    except orjson.JSONDecodeError:
        lines = [line for line in body.split(b"\n") if line.strip()]
        return [_value(line) for line in lines[: MAX_READS + 1]]
    return cast("list[Any]", whole) if isinstance(whole, list) else [whole]


def _value(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return None


def _named(read: Mapping[str, Any]) -> dict[str, Any]:
    return {_column(name): value for name, value in list(read.items())[:MAX_COLUMNS]}


def _of_csv(body: bytes, found: Found) -> Iterator[Mapping[str, Any]]:
    records = _records(body.decode("utf-8-sig", "replace"))
    names = _columns(next(records, []))
    if not {"time", "camera", "plate"} <= set(names):
        raise BadInput("reads", [Fault("first line", f"{len(names)} columns", "columns time, camera, plate and more")])
    for record in records:
        if len(record) == len(names):
            yield {name: _cell(name, value) for name, value in zip(names, record, strict=True)}
        elif record:
            found.refuse("not_a_read", "line", f"{len(record)} columns")


def _records(body: str) -> Iterator[list[str]]:
    """Records of one line each: a line that no record ends on is one of no columns."""
    for line in io.StringIO(body, newline=None):
        if not line.strip():
            continue
        try:
            yield next(csv.reader([line], strict=True)) if len(line) <= MAX_LINE_CHARACTERS else ["too long"]
        except (csv.Error, StopIteration):
            yield ["unreadable"]


def _columns(header: Sequence[str]) -> list[str]:
    return [_column(name) for name in header[:MAX_COLUMNS]]


def _column(name: str) -> str:
    plain = name.strip().lower()
    return NAMES.get(plain, plain)


_NUMBERS = frozenset({"confidence", "lat", "lon", "speed", "heading", "accuracy"})


def _cell(name: str, value: str) -> Any:
    """A number where the column is of numbers, and NaN for what is none there; None for an empty one."""
    value = value.strip()
    if not value:
        return None
    if name == "time" and value.isascii() and value.isdigit() and len(value) < 16:
        return int(value)
    if name not in _NUMBERS:
        return value
    try:
        return float(value)
    except ValueError:
        return float("nan")
