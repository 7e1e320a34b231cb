"""The movements that the watch was told of: where each is, by its tracker or by its plan, and which are due near a
place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from safeconduct.sites.places import Places
from safeconduct.sites.routes import REACH_M, SWEPT_MARGIN_M, RouteLine
from safeconduct.terms.place import LocalPlane, Point
from safeconduct.watch import kernel
from safeconduct.watch.context import Journey
from safeconduct.watch.field import Field
from safeconduct.watch.observations import mix, text_hash
from safeconduct.watch.tables import NEVER

FORGOTTEN_MS = 4 * 3_600_000
"""A movement of which nobody has said that it arrived is not looked for longer than this after its departure."""
TRACKER_SILENT_MS = 60_000
"""A tracker that has been silent for longer no longer says where its movement is."""
OFF_PLAN_M = 1500.0
"""An own vehicle further than this along the route from where the plan has the movement is not of it."""
MOST_MPS = 40.0
SLOW_MPS = 2.0
"""What goes slower than this tells nothing of which way it goes."""
ALONG = 0.3
"""The cosine between where something drives and where the route leads, at least, for it to drive along the route."""


class Whereabouts(NamedTuple):
    """Where a movement is along its line, and how fast it goes there; `basis` is `tracker` or `plan`."""

    journey: Journey
    line: RouteLine
    along_m: float
    speed_mps: float
    basis: str


class Spot(NamedTuple):
    """A place on a line: metres along it, metres off it, and where it leads there (a unit vector east and north)."""

    along_m: float
    off_m: float
    east: float
    north: float

    def forward_mps(self, vx: float, vy: float) -> float:
        """How fast along the line something goes."""
        return vx * self.east + vy * self.north


def spots_on(line: RouteLine, point: Point) -> list[Spot]:
    """Where on its line a point on a route's corridor is: once for each time that the route comes by, in its order."""
    plane, corners, reached_m = _corners(line.points)
    here = np.array(plane.to_metres(point))
    steps = np.diff(corners, axis=0)
    lengths = np.maximum(np.hypot(*steps.T), 1e-9)
    ways = steps / lengths[:, None]
    on_m = np.clip(((here - corners[:-1]) * ways).sum(axis=1), 0.0, lengths)
    off_m = np.hypot(*(corners[:-1] + ways * on_m[:, None] - here).T)
    on = np.flatnonzero(off_m <= line.width_m / 2 + SWEPT_MARGIN_M)
    if not len(on):
        return []
    visits = np.split(on, np.flatnonzero(np.diff(on) > 1) + 1)
    nearest = [int(visit[np.argmin(off_m[visit])]) for visit in visits]
    return [Spot(float(reached_m[n] + on_m[n]), float(off_m[n]), *ways[n].tolist()) for n in nearest]


@lru_cache(maxsize=256)
def _corners(points: tuple[Point, ...]) -> tuple[LocalPlane, NDArray[np.float64], NDArray[np.float64]]:
    """A line's corners on the ground (n, 2), and how far along it each is."""
    plane = LocalPlane(points[0])
    corners = np.array([plane.to_metres(point) for point in points])
    return plane, corners, np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(corners, axis=0).T))])


class Journeys:
    """Movements by route. Those on their way are asked for once a second of the observations' time."""

    def __init__(self, field: Field):
        self.field = field
        self.journeys: tuple[Journey, ...] = ()
        self.lines: dict[tuple[str, str], RouteLine] = {}

    def watch(self, places: Places) -> None:
        """Take the routes of `places`."""
        self.lines = {(route.site, route.name): RouteLine.of(route) for route in places.routes}

    def tell(self, journeys: Iterable[Journey]) -> None:
        """These are the movements now."""
        self.journeys = tuple(journeys)

    def next_ms(self, at_ms: int) -> int:
        """`at_ms` while a movement is on its way or soon will be; else when that is so next."""
        ahead_ms = int(self.field.settings.near_route_window_s * 1000)
        spans = [(one, (one.departed_ms or one.depart_ms) - ahead_ms) for one in self.journeys]
        open_ = [one for one, since_ms in spans if since_ms <= at_ms < since_ms + ahead_ms + FORGOTTEN_MS]
        if any(one.arrived_ms is None or at_ms < one.arrived_ms for one in open_):
            return at_ms
        return min((since_ms for _, since_ms in spans if since_ms > at_ms), default=NEVER)

    def under_way(self, at_ms: int) -> list[Whereabouts]:
        """Those on their way then, each where it is."""
        found: list[Whereabouts] = []
        for journey in self.journeys:
            line = self.lines.get((journey.site, journey.route))
            if line is not None and _is_under_way(journey, at_ms):
                found.append(self._where(journey, line, at_ms))
        return found

    def near(self, site: str, point: Point, at_ms: int) -> list[dict[str, Any]]:
        """Movements on their way or due soon, whose route passes within reach of a place: for explanations."""
        soon_ms = at_ms + int(self.field.settings.due_s * 1000)
        found: list[dict[str, Any]] = []
        for journey in self.journeys:
            line = self.lines.get((site, journey.route))
            over = journey.arrived_ms is not None and journey.arrived_ms <= at_ms
            stale = at_ms - (journey.departed_ms or journey.depart_ms) > FORGOTTEN_MS
            if journey.site != site or line is None or not journey.named or over or stale:
                continue
            if journey.depart_ms <= soon_ms and (distance_m := line.distance_m(point)) <= REACH_M:
                found.append({"movement": journey.id, "route": journey.route, "distance_m": round(distance_m)})
        return found

    def _where(self, journey: Journey, line: RouteLine, at_ms: int) -> Whereabouts:
        speed_mps = journey.speed_mps or self.field.settings.convoy_mps
        gone_s = (at_ms - (journey.departed_ms or at_ms)) / 1000
        planned = Whereabouts(journey, line, min(line.length_m, gone_s * speed_mps), speed_mps, "plan")
        if journey.tracker:
            sensor, _, track = journey.tracker.partition("/")
            slot = int(kernel.find(self.field.tables, np.uint64(mix(text_hash(sensor), text_hash(track)))))
            return (self._tracked(planned, slot, at_ms) if slot >= 0 else None) or planned
        tracked = [found for slot in self.field.own_tracks(at_ms) if (found := self._tracked(planned, slot, at_ms))]
        near = [one for one in tracked if abs(one.along_m - planned.along_m) <= OFF_PLAN_M]
        return min(near, key=lambda one: (abs(one.along_m - planned.along_m), one.along_m), default=planned)

    def _tracked(self, planned: Whereabouts, slot: int, at_ms: int) -> Whereabouts | None:
        """The movement where that track is, if it was heard lately and is on the movement's route. Where the route
        comes by twice, it is on the stretch that leads where it drives, of several on the one nearest to the plan."""
        track, line = self.field.tables.tracks[slot], planned.line
        silent_s = (at_ms - int(track["last_ms"])) / 1000
        if silent_s * 1000 > TRACKER_SILENT_MS:
            return None
        here = Point(*self.field.degrees(int(track["frame"]), float(track["x"]), float(track["y"])))
        vx, vy = float(track["vx"]), float(track["vy"])
        spots = spots_on(line, here)
        if np.hypot(vx, vy) > SLOW_MPS:
            spots = [one for one in spots if one.forward_mps(vx, vy) >= ALONG * np.hypot(vx, vy)] or spots
        if not spots:
            return None
        spot = min(spots, key=lambda one: abs(one.along_m - planned.along_m))
        speed_mps = max(0.0, min(MOST_MPS, spot.forward_mps(vx, vy)))
        along_m = min(line.length_m, spot.along_m + speed_mps * max(0.0, silent_s))
        return planned._replace(along_m=along_m, speed_mps=speed_mps, basis="tracker")

    def dump(self) -> list[dict[str, Any]]:
        return [asdict(journey) for journey in self.journeys]

    def load(self, plain: list[dict[str, Any]]) -> None:
        self.tell(Journey(**one) for one in plain)


def _is_under_way(journey: Journey, at_ms: int) -> bool:
    if journey.departed_ms is None or not journey.departed_ms <= at_ms < journey.departed_ms + FORGOTTEN_MS:
        return False
    return journey.arrived_ms is None or at_ms < journey.arrived_ms
