"""The rings, the taxi rank, bus stops, cameras and routes of a scenario, as the watch reads them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from benchmarks.scenarios.roads import Roads, degrees
from benchmarks.scenarios.scripts import Cast
from shapely.geometry import LineString

SITE = "marjan"
RINGS_M = {"outer": 900.0, "middle": 600.0, "inner": 300.0}
CORNERS = 64
RULES = [
    {"kind": "dwell", "after_s": 180, "severity": "notice"},
    {"kind": "dwell", "after_s": 300, "severity": "alert"},
    {"kind": "dwell", "after_s": 600, "severity": "critical"},
]
RANK_WIDTH_M = 14.0
BUS_STAY_S = 600
READS_SHARE = 0.06
"""Of the cameras, how many read plates."""


@dataclass(frozen=True)
class Camera:
    """Sees a square, metres east and north of the airport, from its mast."""

    name: str
    west: float
    south: float
    east: float
    north: float
    mast: tuple[float, float]
    reads_plates: bool


def make_cameras(rng: np.random.Generator, reach_m: float = 1300.0) -> list[Camera]:
    """Cameras that see all of the streets; neighbours meet at their edges or see some metres of one another."""
    side_m = float(rng.uniform(200, 300))
    overlap_m = float(rng.choice([0.0, 0.0, 6.0, 20.0]))
    count = math.ceil(2 * reach_m / side_m)
    found: list[Camera] = []
    for column in range(count):
        for row in range(count):
            west, south = -reach_m + column * side_m, -reach_m + row * side_m
            mast = (west + side_m * rng.uniform(0.1, 0.9), south + side_m * rng.uniform(0.1, 0.9))
            reads = bool(rng.random() < READS_SHARE)
            sides = (west - overlap_m, south - overlap_m, west + side_m + overlap_m, south + side_m + overlap_m)
            found.append(Camera(f"cam-{column:02}{row:02}", *sides, mast, reads))
    return found


def circle(radius_m: float) -> list[list[float]]:
    turns = [2 * math.pi * (number % CORNERS) / CORNERS for number in range(CORNERS + 1)]
    return [degrees(radius_m * math.cos(turn), radius_m * math.sin(turn)) for turn in turns]


def along(shape: Iterable[tuple[float, float]], half_m: float) -> list[list[float]]:
    """The corners of a strip along a line."""
    return [degrees(x, y) for x, y in LineString(list(shape)).buffer(half_m, cap_style="flat").exterior.coords]


def places_of(roads: Roads, cast: Cast, cameras: Iterable[Camera]) -> dict[str, Any]:
    """A GeoJSON FeatureCollection. Every second bus stop is not in it: nobody told the watch."""
    features = [polygon(f"{ring} ring", "ring", circle(m), ring=ring, rules=RULES) for ring, m in RINGS_M.items()]
    rank = along(roads.shape(roads.net.getEdge(cast.rank)), RANK_WIDTH_M)
    features.append(polygon("taxi rank", "exempt", rank, kinds=["car"], max_stay_s=1500))
    for number, spot in enumerate(cast.bus_stops[::2]):
        box = along([(spot.x - 15, spot.y), (spot.x + 15, spot.y)], 15.0)
        features.append(polygon(f"bus stop {number + 1}", "exempt", box, kinds=["bus"], max_stay_s=BUS_STAY_S))
    features += [
        polygon(camera.name, "sensor", corners(camera), sensor=camera.name)
        for camera in cameras
        if max(math.hypot(x, y) for x in (camera.west, camera.east) for y in (camera.south, camera.north))
        < RINGS_M["outer"] + 200
    ]
    features += routes(roads, cast)
    return {"type": "FeatureCollection", "features": features}


def corners(camera: Camera) -> list[list[float]]:
    xs = (camera.west, camera.east, camera.east, camera.west, camera.west)
    ys = (camera.south, camera.south, camera.north, camera.north, camera.south)
    return [degrees(x, y) for x, y in zip(xs, ys, strict=True)]


def routes(roads: Roads, cast: Cast) -> Iterator[dict[str, Any]]:
    """A movement's route along a bus line: without rules of its own."""
    line = next(script for script in cast.scripts if script.kind == "bus")
    points = [point for edge in line.route for point in roads.shape(roads.net.getEdge(edge))]
    geometry = {"type": "LineString", "coordinates": [degrees(*point) for point in points]}
    properties = {"site": SITE, "name": "route 1", "role": "route", "width_m": 10}
    yield {"type": "Feature", "geometry": geometry, "properties": properties}


def polygon(name: str, role: str, corner_points: list[list[float]], **more: Any) -> dict[str, Any]:
    geometry = {"type": "Polygon", "coordinates": [corner_points]}
    return {
        "type": "Feature",
        "geometry": geometry,
        "properties": {"site": SITE, "role": role, "name": name, **more},
    }


def roads_of(roads: Roads) -> dict[str, Any]:
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "LineString", "coordinates": [degrees(*point) for point in roads.shape(edge)]},
            "properties": {"id": edge.getID()},
        }
        for edge in roads.edges
    ]
    return {"type": "FeatureCollection", "features": features}
