"""Rings and route corridors as arrays in which the kernel finds a point in constant time.

A *zone* is one ring or corridor. The zones of a site, or one corridor, are a *region*, and share a grid of GRID x GRID
cells over their surroundings, which raster.py draws: a cell that no edge crosses knows its innermost zone, the others
test the few edges that decide there. A hash of coarse cells leads from a point to the one region, or the few, that may
hold it, so that the cost does not grow with the number of sites.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, Polygon

from safeconduct.sites.places import DEFAULT_RULES, DwellRule, Places, RingLevel
from safeconduct.terms.errors import BadInput, Fault
from safeconduct.terms.place import METRES_PER_DEGREE, LocalPlane, Point
from safeconduct.watch.raster import GRID, OUTSIDE, draw
from safeconduct.watch.tables import ROUTE_RANK

MARGIN_M = 150.0
"""How far around the bounds of a site's zones is near."""
MOST_ZONES = 2**24
MOST_OF_SITE = MOST_FRAMES = 2**15 - 1
"""The zones of one site, and the frames, are numbered in 16 bits."""
ROUTE = "route"
FRAME_REACH_M = 30_000.0
COARSE_CELLS = 1 << 16

RANKS = {RingLevel.INNER.value: 0, RingLevel.MIDDLE.value: 1, RingLevel.OUTER.value: 2, ROUTE: ROUTE_RANK}


@dataclass(frozen=True)
class Zone:
    """One ring, or one route's corridor (`level` is then `route`). Steps rise in time."""

    site: str
    name: str
    level: str
    rules: tuple[DwellRule, ...]
    polygon: Polygon
    frame: int


class Index(NamedTuple):
    """What the kernel reads. Degrees throughout, except the frames' scales in metres per degree.

    `cells` (n, 2): open-addressed hash of coarse cells, -1 where free, each with the region that it may lie in, or with
    -1 - k, where `several[k]` is how many regions follow there. A free one leads to region 0, which is empty.
    `region_box` (r, 4): west, south, cells per degree of longitude and of latitude, of the zones' bounds with MARGIN_M
    around. `grid` (r * GRID * GRID,): a zone's number in its region, OUTSIDE or NEAR, or FIRST_CROSSED - c for a cell
    that edges cross, counted from `region_crossed[r]`.
    `region_zone` (r + 1,): the region's zones, innermost first, are `zones[region_zone[r]:region_zone[r + 1]]`.
    `crossed` (c, 4): what decides in such a cell. A point of it lies in zone `z // 2` if `z % 2` and the number of the
    two edges a, b that are right of it add up to odd, else in `base` (a zone or NEAR): base, z, a, b. Where that is not
    enough, a is -1 - t, and from `tests[t]` on is the number of zones to test in turn, and of each: z, how many edges,
    and these.
    `edges` (m, 4): y1, y2, x1, dx/dy. The first one is none. Each is kept once, so that the index stays in the
    processor's caches.
    """

    cells_per_deg: float
    cells: NDArray[np.int64]
    several: NDArray[np.int32]
    region_box: NDArray[np.float64]
    region_zone: NDArray[np.int32]
    region_crossed: NDArray[np.int32]
    grid: NDArray[np.int16]
    crossed: NDArray[np.int32]
    tests: NDArray[np.int32]
    edges: NDArray[np.float64]
    zone_rank: NDArray[np.int32]
    zone_frame: NDArray[np.int32]
    zone_first_ms: NDArray[np.int64]
    frames: NDArray[np.float64]


@dataclass(frozen=True)
class Zones:
    """The zones of all sites, with their index. `zones[i]` is zone number i of the kernel."""

    zones: tuple[Zone, ...]
    index: Index

    @property
    def origins(self) -> list[Point]:
        """The origins of the frames, by number."""
        return [Point(lon, lat) for lon, lat in self.index.frames[:, :2].tolist()]


def build_zones(places: Places, known: Sequence[Point] = ()) -> Zones:
    """Index the rings and route corridors of `places`. Frames of the `known` origins keep their numbers.

    Raises BadInput for more than MOST_ZONES, MOST_OF_SITE of one site, or places too far apart for MOST_FRAMES.
    """
    groups = _groups(places)
    _require("rings and routes", len(places.rings) + len(places.routes), MOST_ZONES)
    _require("rings of one site", max(map(len, groups), default=0), MOST_OF_SITE)
    starts = np.cumsum([0, *map(len, groups)])
    polygons = np.array([zone.polygon for group in groups for zone in group], dtype=object)
    bounds = _bounds(polygons, starts)
    frames, frame_of = _frames(known, (bounds[:, :2] + bounds[:, 2:]) / 2)
    _require("stretches of 60 km", len(frames), MOST_FRAMES)
    zones = tuple(
        Zone(zone.site, zone.name, zone.level, zone.rules, zone.polygon, frame)
        for group, frame in zip(groups, frame_of, strict=True)
        for zone in group
    )
    return Zones(zones, _index(zones, polygons, bounds, starts, frames))


def _require(what: str, count: int, most: int) -> None:
    if count > most:
        raise BadInput("places", [Fault(what, f"{count:,}", f"at most {most:,}")])


def _groups(places: Places) -> list[list[Zone]]:
    """Zones by site, innermost first, then each route on its own."""
    by_site: dict[str, list[Zone]] = {}
    for ring in places.rings:
        by_site.setdefault(ring.site, []).append(
            Zone(ring.site, ring.name, ring.level.value, ring.rules, ring.polygon, 0)
        )
    groups = [sorted(group, key=lambda zone: RANKS[zone.level]) for group in by_site.values()]
    for route in places.routes:
        corridor = _corridor(route.line, route.width_m)
        groups.append([Zone(route.site, route.name, ROUTE, DEFAULT_RULES[RingLevel.OUTER], corridor, 0)])
    return groups


def _corridor(line: LineString, width_m: float) -> Polygon:
    """The line widened to `width_m`, in degrees; the outline only."""
    plane = LocalPlane(Point(*line.coords[0][:2]))
    metres = LineString([plane.to_metres(Point(*corner[:2])) for corner in line.coords])
    outline = metres.buffer(width_m / 2, quad_segs=4)
    assert isinstance(outline, Polygon), "a line widens to one polygon"
    return Polygon([plane.to_point(x, y) for x, y in outline.exterior.coords])


def _bounds(polygons: NDArray[Any], starts: NDArray[np.int64]) -> NDArray[np.float64]:
    """West, south, east and north of each group of polygons."""
    if not len(polygons):
        return np.zeros((0, 4))
    each = np.asarray(shapely.bounds(polygons))
    return np.concatenate(
        [np.minimum.reduceat(each[:, :2], starts[:-1]), np.maximum.reduceat(each[:, 2:], starts[:-1])], axis=1
    )


def _frames(known: Sequence[Point], centres: NDArray[np.float64]) -> tuple[list[Point], list[int]]:
    """The frames of the known origins and as many more as reach all centres, and the first that reaches each."""
    frames = list(known)
    room = np.zeros((len(frames) + len(centres), 3))
    for number, origin in enumerate(frames):
        room[number] = (*origin, LocalPlane(origin).east_m_per_degree)
    numbers: list[int] = []
    for lon, lat in centres.tolist():
        origins = room[: len(frames)]
        east_m, north_m = (lon - origins[:, 0]) * origins[:, 2], (lat - origins[:, 1]) * METRES_PER_DEGREE
        reached = np.hypot(east_m, north_m) < FRAME_REACH_M
        number = int(reached.argmax()) if reached.any() else len(frames)
        if number == len(frames):
            frames.append(Point(lon, lat))
            room[number] = (lon, lat, LocalPlane(frames[number]).east_m_per_degree)
        numbers.append(number)
    return frames, numbers


def _index(
    zones: Sequence[Zone],
    polygons: NDArray[Any],
    bounds: NDArray[np.float64],
    starts: NDArray[np.int64],
    frames: list[Point],
) -> Index:
    around = _surroundings(bounds)
    # Region 0 is empty: a point of no region is looked up in it.
    region_box = np.zeros((len(bounds) + 1, 4))
    region_box[1:, :2] = around[:, :2]
    region_box[1:, 2:] = GRID / (around[:, 2:] - around[:, :2])
    region_zone = np.concatenate([[0], starts]).astype(np.int32)
    corners, zone_edge = _edges(polygons)
    grid, region_crossed, crossed, tests = draw(corners, zone_edge, region_zone, region_box)
    grid[: GRID * GRID] = OUTSIDE
    per_deg, cells, several = _coarse(around)
    scales = [(p.lon, p.lat, LocalPlane(p).east_m_per_degree, METRES_PER_DEGREE) for p in frames]
    return Index(
        cells_per_deg=per_deg,
        cells=cells,
        several=several,
        region_box=region_box,
        region_zone=region_zone,
        region_crossed=region_crossed,
        grid=grid,
        crossed=crossed,
        tests=tests,
        edges=_with_slopes(corners),
        zone_rank=np.array([RANKS[zone.level] for zone in zones], dtype=np.int32),
        zone_frame=np.array([zone.frame for zone in zones], dtype=np.int32),
        zone_first_ms=np.array([_first_ms(zone.rules) for zone in zones], dtype=np.int64),
        frames=np.array(scales, dtype=np.float64).reshape(-1, 4),
    )


def _first_ms(rules: tuple[DwellRule, ...]) -> int:
    return min((int(rule.after_s * 1000) for rule in rules if rule.kind == "dwell"), default=2**62)


def _surroundings(bounds: NDArray[np.float64]) -> NDArray[np.float64]:
    """The bounds with MARGIN_M around, and a little for rounding."""
    north_deg = np.full(len(bounds), 1e-9 + MARGIN_M / METRES_PER_DEGREE)
    farthest_lat = np.abs(bounds[:, [1, 3]]).max(axis=1, initial=0.0)
    east_deg = north_deg / np.maximum(0.01, np.cos(np.radians(farthest_lat)))
    return bounds + np.stack([-east_deg, -north_deg, east_deg, north_deg], axis=1)


def _edges(polygons: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The edges (n, 4) of all outlines as x1, y1, x2, y2, and where those of each begin."""
    if not len(polygons):
        return np.zeros((0, 4)), np.zeros(1, dtype=np.int64)
    outlines = shapely.get_exterior_ring(polygons)
    points = np.asarray(shapely.get_coordinates(outlines))
    counts = np.asarray(shapely.get_num_coordinates(outlines), dtype=np.int64)
    last = np.cumsum(counts) - 1
    corners = np.concatenate([points[:-1], points[1:]], axis=1)
    return np.delete(corners, last[:-1], axis=0), np.concatenate([[0], np.cumsum(counts - 1)])


def _with_slopes(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """y1, y2, x1 and dx/dy of each edge, behind one that nothing is right of; of level ones dx/dy is 0."""
    x1, y1, x2, y2 = corners.T
    level = y1 == y2
    slope = np.where(level, 0.0, (x2 - x1) / np.where(level, 1.0, y2 - y1))
    return np.concatenate([np.zeros((1, 4)), np.stack([y1, y2, x1, slope], axis=1)])


def _coarse(boxes: NDArray[np.float64]) -> tuple[float, NDArray[np.int64], NDArray[np.int32]]:
    """Coarse cells about as large as a site; larger where a few large places would fill many more than all others."""
    if not len(boxes):
        return 1.0, np.tile(np.array([-1, 0]), (16, 1)), np.zeros(0, dtype=np.int32)
    extents = np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])
    cell_deg = max(float(np.median(extents)), 1e-4)
    while (np.ceil(extents / cell_deg + 1) ** 2).sum() > max(COARSE_CELLS, 16 * len(boxes)):
        cell_deg *= 2
    per_deg = 1 / cell_deg
    holds: dict[int, list[int]] = {}
    for region, (west, south, east, north) in enumerate(boxes.tolist(), start=1):
        for i in range(math.floor((west + 180) * per_deg), math.floor((east + 180) * per_deg) + 1):
            for j in range(math.floor((south + 90) * per_deg), math.floor((north + 90) * per_deg) + 1):
                holds.setdefault(i << 32 | j, []).append(region)
    size = 1 << max(4, (4 * len(holds)).bit_length())
    cells = np.tile(np.array([-1, 0]), (size, 1))
    keys = [-1] * size
    several: list[int] = []
    for cell, regions in holds.items():
        slot = coarse_hash(cell) & (size - 1)
        while keys[slot] >= 0:
            slot = (slot + 1) & (size - 1)
        keys[slot] = cell
        if len(regions) == 1:
            cells[slot] = cell, regions[0]
        else:
            cells[slot] = cell, -1 - len(several)
            several += [len(regions), *regions]
    return per_deg, cells, np.array(several, dtype=np.int32)


def coarse_hash(cell: int) -> int:
    """Where the search for a coarse cell starts; the kernel computes the same."""
    return ((cell * 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF) >> 32
