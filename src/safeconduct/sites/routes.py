"""A route on the ground, in metres along it: for the watch on its stretches and for the gates of movements."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from shapely.geometry import LineString
from shapely.geometry import Point as ShapelyPoint

from safeconduct.sites.places import Route
from safeconduct.terms.place import LocalPlane, Point

SWEPT_MARGIN_M = 15.0
"""A stop this far beyond the edge of a swept corridor still counts as on it: camera positions are that good."""

REACH_M = 400.0
"""What stands within this distance of a route concerns the movements on it: an open alarm there stops them."""


@dataclass(frozen=True)
class RouteLine:
    """A route on the ground, in metres along it."""

    name: str
    points: tuple[Point, ...]
    width_m: float

    @classmethod
    def of(cls, route: Route) -> RouteLine:
        """The line of a place."""
        return cls(route.name, tuple(Point(lon, lat) for lon, lat, *_ in route.line.coords), route.width_m)

    def _line(self) -> tuple[LocalPlane, LineString]:
        return _drawn(self.points)

    @property
    def length_m(self) -> float:
        return self._line()[1].length

    def distance_m(self, point: Point) -> float:
        """Metres from `point` to the nearest part of the line."""
        return _distance_m(self.points, point)

    def along_m(self, point: Point) -> float:
        """How far along the line its nearest part to `point` is, in metres from the start."""
        plane, line = self._line()
        return line.project(_shapely_point(plane.to_metres(point)))

    def is_on(self, point: Point) -> bool:
        """Whether something standing at `point` stands on the corridor."""
        return self.distance_m(point) <= self.width_m / 2 + SWEPT_MARGIN_M


@lru_cache(maxsize=256)
def _drawn(points: tuple[Point, ...]) -> tuple[LocalPlane, LineString]:
    """A line on the ground, once for all the alarms that are measured against it."""
    plane = LocalPlane(points[0])
    return plane, LineString([plane.to_metres(point) for point in points])


@lru_cache(maxsize=20_000)
def _distance_m(points: tuple[Point, ...], point: Point) -> float:
    """A stop that stands is measured again for each movement, each reader and each page."""
    plane, line = _drawn(points)
    return line.distance(_shapely_point(plane.to_metres(point)))


def _shapely_point(metres: tuple[float, float]) -> Any:
    return ShapelyPoint(metres)
