"""The made-up place: Marjan airport, the city around it, and what the watch knows of them.

It lies in the open ocean, so that no real address is meant. Everything is laid out in metres east and north of the
airport's centre. Traffic keeps left.

    1550 +---+---+-------+-------+---+---+   nodes: where the lines cross
         +---+---+-------+-------+---+---+   ring road: the square of 750 m around the airport
     750 +---+---+-------+-------+---+---+   gate North
         |   |   |     airport   |   |   |
       0 +---+---+       x    t--+---+---+   t: terminal forecourt, reached by gate East
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any, NamedTuple

from shapely.geometry import LineString, Point, Polygon, box
from shapely.geometry.base import BaseGeometry

from safeconduct.sites.places import Exempt, Gate, Places, Post, Ring, RingLevel, Route, Sensor
from safeconduct.terms.place import LocalPlane
from safeconduct.terms.place import Point as Spot

SITE = "marjan"
PLANE = LocalPlane(Spot(75.0, -5.0))

Node = tuple[int, int]
"""A crossing, in metres east and north."""

LINES_M = (-1550, -1150, -750, 0, 750, 1150, 1550)
RING_ROAD_M = 750
FORECOURT: Node = (450, 0)
EAST_JUNCTION: Node = (750, 0)
COMPOUND: Node = (1750, 1150)
"""Where the protected people live, east of the city."""

LANE_OFFSET_M = 2.5
RING_CORNERS = 64
RING_RADII_M = {RingLevel.OUTER: 900.0, RingLevel.MIDDLE: 600.0, RingLevel.INNER: 300.0}


class Area(NamedTuple):
    """A rectangle, metres east and north."""

    west: float
    south: float
    east: float
    north: float

    def contains(self, east_m: float, north_m: float) -> bool:
        return self.west <= east_m < self.east and self.south <= north_m < self.north


CAMERAS: dict[str, Area] = {
    "cam-01": Area(690, -40, 880, 40),
    "cam-02": Area(796, -40, 965, 40),
    "cam-03": Area(725, 12, 775, 480),
    "cam-04": Area(725, -480, 775, -12),
    "cam-05": Area(425, -35, 705, 40),
    "cam-06": Area(-330, 725, 45, 775),
    "cam-07": Area(-45, 725, 330, 775),
    "cam-08": Area(-775, -330, -725, 45),
    "cam-09": Area(-775, -45, -725, 330),
    "cam-10": Area(-330, -775, 45, -725),
    "cam-11": Area(-45, -775, 330, -725),
}
"""Sensor ids and what each sees: the roads inside the outer ring. Neighbours overlap by 15 to 90 m."""

RANK = Area(470, 5, 566, 17)
BUS_STOP = Area(730, 180, 746, 222)
GUARDS_BAY = Area(855, -17, 890, -6)

GATES: dict[str, Node] = {"gate East": (900, 0), "gate North": (0, 900), "gate West": (-900, 0)}
POSTS: dict[str, Node] = {
    "post East": (893, 14),
    "post North": (12, 893),
    "post West": (-893, -14),
    "post South": (8, -894),
}
CONVOY_PATH: tuple[Node, ...] = (COMPOUND, (1550, 1150), (1550, 0), (1150, 0), EAST_JUNCTION, FORECOURT)


def roads() -> list[tuple[Node, Node]]:
    """Every road between two neighbouring nodes, once."""
    found: list[tuple[Node, Node]] = []
    for line in LINES_M:
        for begin, end in pairwise(LINES_M):
            # The two middle lines stop at the ring road: the airport lies between.
            if line == 0 and begin >= -RING_ROAD_M and end <= RING_ROAD_M:
                continue
            found += [((begin, line), (end, line)), ((line, begin), (line, end))]
    return [*found, (FORECOURT, EAST_JUNCTION), ((1550, 1150), COMPOUND)]


def places() -> Places:
    """What the watch is told of the airport."""
    return Places(
        rings=tuple(Ring(SITE, f"{level} ring", level, _circle(radius)) for level, radius in RING_RADII_M.items()),
        exempts=(
            Exempt(SITE, "taxi rank", _polygon(RANK), frozenset({"car"}), 1500.0),
            Exempt(SITE, "bus stop", _polygon(BUS_STOP), frozenset({"bus"}), 300.0),
            Exempt(SITE, "guards' waiting bay", _polygon(GUARDS_BAY), frozenset({"own"}), 14_400.0),
        ),
        gates=tuple(Gate(SITE, name, _point(*spot)) for name, spot in GATES.items()),
        posts=tuple(Post(SITE, name, _point(*spot)) for name, spot in POSTS.items()),
        sensors=tuple(
            Sensor(SITE, f"camera {sensor[-2:]}", sensor, _polygon(area), _point(area.west + 1, area.south + 1))
            for sensor, area in CAMERAS.items()
        ),
        routes=(Route(SITE, "compound to terminal", LineString([position(*node) for node in CONVOY_PATH]), 40.0),),
    )


def basemap() -> dict[str, Any]:
    """The city as a FeatureCollection to draw: roads, runway, terminal, compound."""
    features = [_drawn(LineString([position(*a), position(*b)]), _road_class(a, b)) for a, b in roads()]
    features.append(_drawn(LineString([position(-330, -260), position(250, -260)]), "runway"))
    features.append(_drawn(_polygon(Area(330, -60, 430, 60)), "terminal"))
    features.append(_drawn(_polygon(Area(1750, 1090, 1900, 1210)), "compound"))
    return {"type": "FeatureCollection", "features": features}


def position(east_m: float, north_m: float) -> tuple[float, float]:
    """(lon, lat) to 7 decimals, about a centimetre."""
    spot = PLANE.to_point(east_m, north_m)
    return round(spot.lon, 7), round(spot.lat, 7)


def _road_class(a: Node, b: Node) -> str:
    if FORECOURT in (a, b):
        return "approach"
    on_ring = all(max(abs(x), abs(y)) == RING_ROAD_M for x, y in (a, b))
    return "ring_road" if on_ring else "street"


def _drawn(shape: BaseGeometry, what: str) -> dict[str, Any]:
    return {"type": "Feature", "geometry": shape.__geo_interface__, "properties": {"class": what}}


def _point(east_m: float, north_m: float) -> Point:
    return Point(position(east_m, north_m))


def _polygon(area: Area) -> Polygon:
    return Polygon([position(*corner) for corner in box(*area).exterior.coords])


def _circle(radius_m: float) -> Polygon:
    turns = [2 * math.pi * corner / RING_CORNERS for corner in range(RING_CORNERS)]
    return Polygon([position(radius_m * math.cos(turn), radius_m * math.sin(turn)) for turn in turns])
