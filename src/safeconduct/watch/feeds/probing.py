"""Trying a feed: connect for a while, keep nothing, and tell what came and where it lies."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import shapely
from shapely.geometry import Point, Polygon

from safeconduct.sites.places import Places
from safeconduct.terms import instant, place
from safeconduct.terms.errors import Fault
from safeconduct.terms.place import LocalPlane
from safeconduct.watch.feeds.connection import Connection
from safeconduct.watch.rows import AHEAD_MS, MAX_FAULTS, Checked

FIRST_ROWS = 5


@dataclass
class Probe:
    """`Deliver` that keeps the first rows for show and counts the others."""

    ahead_ms: int = AHEAD_MS
    reached: bool = False
    rows: int = 0
    refused: Counter[str] = field(default_factory=Counter[str])
    faults: list[Fault] = field(default_factory=list[Fault])
    first: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    sensors: Counter[str] = field(default_factory=Counter[str])
    lost_sensors: frozenset[str] = frozenset()

    async def __call__(
        self,
        checked: Checked,
        batch: str | None = None,  # noqa: ARG002 (of Deliver: nothing comes again within one trial)
        messages: Sequence[bytes] = (),  # noqa: ARG002
    ) -> None:
        self.rows += checked.table.num_rows
        self.refused = self.refused + checked.refused
        self.faults = (self.faults + checked.faults)[:MAX_FAULTS]
        self.sensors.update(checked.table["sensor"].to_pylist())
        self.first += checked.table.slice(0, max(0, FIRST_ROWS - len(self.first))).to_pylist()

    def known(self, message: bytes) -> bool:  # noqa: ARG002 (of Deliver)
        return False

    def connected(self) -> None:
        self.reached = True

    def lost(self, sensors: Iterable[str]) -> None:
        self.lost_sensors = frozenset(sensors)

    def now_ms(self) -> int:
        return instant.epoch_ms(instant.now()) + self.ahead_ms - AHEAD_MS


async def probe(connection: Connection, seconds: float, ahead_ms: int = AHEAD_MS) -> Probe:
    """What came within `seconds`. Raises OSError where the peer refuses or is lost, BadInput for what it lacks."""
    found = Probe(ahead_ms)
    try:
        await asyncio.wait_for(connection.run(found), seconds)
    except TimeoutError:
        # The connection's own timeouts are OSErrors too: only one that had an answer was ended by ours.
        if not found.reached and not found.rows:
            raise
    return found


def whereabouts(places: Places, lon: float, lat: float) -> str:
    """Where a place lies with respect to the rings: inside the innermost, or how far outside of the nearest."""
    inside = [ring for ring in places.rings if ring.polygon.covers(Point(lon, lat))]
    if inside:
        ring = max(inside, key=lambda one: one.level.depth)
        return f"inside {ring.site}, {ring.level} ring {ring.name}"
    distances = [(_distance_m(ring.polygon, lon, lat), ring) for ring in places.rings]
    if not distances:
        return "no ring is drawn"
    metres, ring = min(distances, key=lambda one: one[0])
    return f"{metres:,.0f} m outside of {ring.site}, {ring.level} ring {ring.name}"


def _distance_m(polygon: Polygon, lon: float, lat: float) -> float:
    """To a polygon, on a plane at the place: to a few percent within 100 km, which is enough to see what is wrong."""
    plane = LocalPlane(place.Point(lon, lat))
    return float(shapely.transform(polygon, plane.corners_to_metres).distance(Point(0, 0)))
