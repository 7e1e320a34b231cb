"""What the watch is told beside observations and places: sweeps, movements, expected presences.

    {"sweeps": [{"id": "s1", "site": "marjan", "route": "airport road", "begin_m": 0, "end_m": 900,
                 "searched_at": "2026-03-02T15:00:00Z", "valid_until": "2026-03-02T17:00:00Z"}],
     "movements": [{"id": "m1", "site": "marjan", "route": "airport road", "depart_at": "2026-03-02T15:30:00Z"}],
     "expected": [{"id": "e1", "site": "marjan", "name": "fuel truck", "place": {"type": "Polygon", …},
                   "begin": "2026-03-02T15:00:00Z", "end": "2026-03-02T16:00:00Z", "count": 1, "tokens": []}]}

A replay reads it from a file; the live watch is told the same items by frames.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

import orjson
from shapely.geometry import Polygon

from safeconduct.sites.geojson import parse_feature
from safeconduct.sites.places import Exempt
from safeconduct.terms.errors import BadInput, Fault, shown
from safeconduct.terms.instant import epoch_ms, parse
from safeconduct.watch.observations import text_hash
from safeconduct.watch.rules import ExpectedPresence

T = TypeVar("T")

MAX_BYTES = 64 * 1024 * 1024
MAX_COUNT = 100


@dataclass(frozen=True)
class SweptStretch:
    """A certificate that [begin_m, end_m] of a route was searched, valid during [searched_ms, valid_until_ms).

    Alerts name it only where it is `named`: what one party may not see has no place in what both read.
    """

    id: str
    site: str
    route: str
    begin_m: float
    end_m: float
    searched_ms: int
    valid_until_ms: int
    named: bool = True


@dataclass(frozen=True)
class Journey:
    """A movement along a route from its start. `departed_ms` is None until it is on its way.

    `tracker` is the `sensor/track` of the vehicle among it that reports where it is, or empty.
    """

    id: str
    site: str
    route: str
    depart_ms: int
    departed_ms: int | None
    arrived_ms: int | None = None
    speed_mps: float | None = None
    tracker: str = ""
    named: bool = True


@dataclass(frozen=True)
class Context:
    """All that a replay is told beside observations and places."""

    sweeps: tuple[SweptStretch, ...] = ()
    journeys: tuple[Journey, ...] = ()
    expected: tuple[ExpectedPresence, ...] = ()


def load_context(path: Path) -> Context:
    """The context in a JSON file. Raises BadInput, also for a file that cannot be read."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise BadInput(str(path), [Fault("file", error.strerror or "no access", "a JSON file")]) from error
    if len(data) > MAX_BYTES:
        raise BadInput(str(path), [Fault("text", f"more than {MAX_BYTES} bytes", f"at most {MAX_BYTES}")])
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise BadInput(str(path), [Fault("text", shown(str(error), 120), "JSON in UTF-8")]) from error
    return parse_context(document, path.name)


def parse_context(document: object, subject: str) -> Context:
    """The context as decoded JSON. Raises BadInput with every item that is wrong."""
    if not isinstance(document, Mapping):
        raise BadInput(subject, [Fault("text", shown(document), "an object with sweeps, movements and expected")])
    members = cast("Mapping[str, object]", document)
    faults: list[Fault] = []

    def every(name: str, read: Callable[[object], T]) -> tuple[T, ...]:
        items = members.get(name, [])
        if not isinstance(items, list):
            faults.append(Fault(name, shown(items), "a list"))
            return ()
        found: list[T] = []
        for number, item in enumerate(cast("list[object]", items)):
            try:
                found.append(read(item))
            except BadInput as error:
                faults.extend(Fault(f"{name}[{number}].{one.where}", one.found, one.wanted) for one in error.faults)
        return tuple(found)

    context = Context(every("sweeps", sweep_of), every("movements", journey_of), every("expected", expected_of))
    if faults:
        raise BadInput(subject, faults)
    return context


def sweep_of(item: object) -> SweptStretch:
    """One sweep as decoded JSON. Raises BadInput."""
    reader = _Reader(item)
    sweep = SweptStretch(
        id=reader.text("id"),
        site=reader.text("site"),
        route=reader.text("route"),
        begin_m=reader.number("begin_m", 0.0),
        end_m=reader.number("end_m", 0.0),
        searched_ms=reader.time("searched_at"),
        valid_until_ms=reader.time("valid_until"),
        named=reader.flag("named"),
    )
    if not reader.faults and sweep.end_m <= sweep.begin_m:
        reader.report("end_m", sweep.end_m, "more than begin_m")
    return reader.whole(sweep)


def journey_of(item: object) -> Journey:
    """One movement as decoded JSON; without the member `departed_at` it is taken to depart as planned. Raises
    BadInput."""
    reader = _Reader(item)
    depart_ms = reader.time("depart_at")
    journey = Journey(
        id=reader.text("id"),
        site=reader.text("site"),
        route=reader.text("route"),
        depart_ms=depart_ms,
        departed_ms=reader.time_or_none("departed_at") if "departed_at" in reader.item else depart_ms,
        arrived_ms=reader.time_or_none("arrived_at"),
        speed_mps=reader.number("speed_mps", 0.1) if reader.item.get("speed_mps") is not None else None,
        tracker=reader.text("tracker") if reader.item.get("tracker") else "",
        named=reader.flag("named"),
    )
    if journey.tracker and "/" not in journey.tracker:
        reader.report("tracker", journey.tracker, "sensor/track")
    return reader.whole(journey)


def expected_of(item: object) -> ExpectedPresence:
    """One expected presence as decoded JSON. Raises BadInput."""
    reader = _Reader(item)
    tokens = reader.item.get("tokens", [])
    count = reader.item.get("count", 1)
    if not isinstance(tokens, list) or not all(isinstance(one, str) for one in cast("list[object]", tokens)):
        reader.report("tokens", tokens, "a list of tokens")
        tokens = []
    if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= MAX_COUNT:
        reader.report("count", count, f"1 to {MAX_COUNT}")
        count = 1
    expected = ExpectedPresence(
        id=reader.text("id"),
        site=reader.text("site"),
        name=reader.text("name"),
        polygon=reader.area("place"),
        begin_ms=reader.time("begin"),
        end_ms=reader.time("end"),
        count=count,
        tokens=frozenset(text_hash(token) for token in cast("list[str]", tokens)),
    )
    if not reader.faults and expected.end_ms <= expected.begin_ms:
        reader.report("end", reader.item.get("end"), "a time after begin")
    return reader.whole(expected)


class _Reader:
    """Reads one item; what is wrong with it collects in `faults`."""

    def __init__(self, item: object):
        self.faults: list[Fault] = []
        self.item = cast("Mapping[str, Any]", item) if isinstance(item, Mapping) else {}

    def report(self, part: str, found: object, wanted: str) -> None:
        self.faults.append(Fault(part, shown(found), wanted))

    def text(self, name: str) -> str:
        value = self.item.get(name)
        if isinstance(value, str) and 0 < len(value) <= 512:
            return value
        self.report(name, value, "text of 1 to 512 characters")
        return ""

    def number(self, name: str, least: float) -> float:
        value = self.item.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and least <= value < math.inf:
            return float(value)
        self.report(name, value, f"a number from {least:g} on")
        return least

    def time(self, name: str) -> int:
        value = self.item.get(name)
        try:
            return epoch_ms(parse(value, name)) if isinstance(value, str) else int(self.number(name, 0.0))
        except (BadInput, ValueError):
            self.report(name, value, "an ISO 8601 time with a zone, like 2026-11-24T06:00:00Z, or epoch milliseconds")
            return 0

    def time_or_none(self, name: str) -> int | None:
        return None if self.item.get(name) is None else self.time(name)

    def flag(self, name: str) -> bool:
        value = self.item.get(name, True)
        if not isinstance(value, bool):
            self.report(name, value, "true or false")
        return bool(value)

    def area(self, name: str) -> Polygon:
        """A polygon by the same rules as an exempt place's."""
        properties = {"site": "any", "name": "any", "role": "exempt", "kinds": ["car"], "max_stay_s": 1}
        feature = {"type": "Feature", "geometry": self.item.get(name), "properties": properties}
        try:
            place = parse_feature(feature, name)
        except BadInput as error:
            self.faults += error.faults
            return Polygon()
        return cast("Exempt", place).polygon

    def whole(self, found: T) -> T:
        if self.faults:
            raise BadInput("context", self.faults)
        return found
