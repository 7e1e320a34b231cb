"""Rings and route corridors as arrays in which the kernel finds a point in constant time.

A *zone* is one ring or corridor. The zones of a site, or one corridor, share a fine grid of GRID x GRID cells over
their bounds: a cell that no edge crosses knows its innermost zone, the others test only the edges of their own row.
A hash of coarse cells leads from a point to the few grids that may hold it, so that the cost does not grow with the
number of sites.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from shapely.geometry import LineString, Polygon

from safeconduct.sites.places import DEFAULT_RULES, DwellRule, Places, RingLevel
from safeconduct.terms.errors import BadInput, Fault
from safeconduct.terms.place import METRES_PER_DEGREE, LocalPlane, Point

GRID = 64
OUTSIDE, EDGE, NEAR = -1, -2, -3
"""Not a zone: far from all, crossed by an edge (in the grid alone), and outside but near enough that a vehicle which
has just left a zone under a new id is first seen there."""
MARGIN_M = 150.0
"""How far around the bounds of a site's zones is near."""
MOST_ZONES = 2**15 - 1
"""Zones are numbered in 16 bits."""
ROUTE = "route"
FRAME_REACH_M = 30_000.0
COARSE_CELLS = 65_536

RANKS = {RingLevel.INNER.value: 0, RingLevel.MIDDLE.value: 1, RingLevel.OUTER.value: 2, ROUTE: 3}


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

    `cell_*`: open-addressed hash of coarse cells, each naming `cell_count` regions from `cell_start` in `cell_region`.
    `region_box` (n, 10): west, south, east, north, cells per degree of longitude and of latitude, and the bounds with
    MARGIN_M around; `grid` (n * GRID * GRID,) int16: zone, OUTSIDE or EDGE.
    `region_zone` (n + 1,): the region's zones, innermost first, are `zones[region_zone[r]:region_zone[r + 1]]`.
    `row_edge` (zones * GRID + 1,): where the edges of a zone that touch a row are in `row_item`, which numbers `edges`
    (m, 4): y1, y2, x1, dx/dy. Each edge is kept once, so that the index stays in the processor's caches.
    """

    cells_per_deg: float
    cell_key: NDArray[np.int64]
    cell_start: NDArray[np.int32]
    cell_count: NDArray[np.int32]
    cell_region: NDArray[np.int32]
    region_box: NDArray[np.float64]
    region_zone: NDArray[np.int32]
    grid: NDArray[np.int16]
    row_edge: NDArray[np.int32]
    row_item: NDArray[np.int32]
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

    Raises BadInput for more than MOST_ZONES.
    """
    count = len(places.rings) + len(places.routes)
    if count > MOST_ZONES:
        raise BadInput("places", [Fault("rings and routes", f"{count:,}", f"at most {MOST_ZONES:,}")])
    groups = _groups(places)
    frames = list(known)
    zones: list[Zone] = []
    bounds: list[tuple[float, float, float, float]] = []
    starts = [0]
    for group in groups:
        box = _union([zone.polygon.bounds for zone in group])
        frame = _frame_of(frames, Point((box[0] + box[2]) / 2, (box[1] + box[3]) / 2))
        zones += [Zone(zone.site, zone.name, zone.level, zone.rules, zone.polygon, frame) for zone in group]
        bounds.append(box)
        starts.append(len(zones))
    return Zones(tuple(zones), _index(zones, bounds, starts, frames))


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


def _union(boxes: Sequence[tuple[float, ...]]) -> tuple[float, float, float, float]:
    every = np.array(boxes)
    return (every[:, 0].min(), every[:, 1].min(), every[:, 2].max(), every[:, 3].max())


def _frame_of(frames: list[Point], centre: Point) -> int:
    """The frame whose origin lies within reach of `centre`; a new one where none does."""
    for number, origin in enumerate(frames):
        east_m, north_m = LocalPlane(origin).to_metres(centre)
        if math.hypot(east_m, north_m) < FRAME_REACH_M:
            return number
    frames.append(centre)
    return len(frames) - 1


def _index(
    zones: Sequence[Zone], bounds: Sequence[tuple[float, float, float, float]], starts: list[int], frames: list[Point]
) -> Index:
    boxes = np.array(bounds, dtype=np.float64).reshape(-1, 4)
    margin = 1e-9
    boxes = boxes + np.array([-margin, -margin, margin, margin])
    region_box = np.zeros((len(boxes), 10))
    region_box[:, :4] = boxes
    region_box[:, 4] = GRID / (boxes[:, 2] - boxes[:, 0])
    region_box[:, 5] = GRID / (boxes[:, 3] - boxes[:, 1])
    grid = np.full((len(boxes), GRID, GRID), OUTSIDE, dtype=np.int16)
    row_edge = [0]
    edges: list[NDArray[np.float64]] = []
    items: list[NDArray[np.int64]] = []
    known = 0
    for region in range(len(boxes)):
        for number in range(starts[region], starts[region + 1]):
            sides, rows, touched, inside = _rasterise(zones[number].polygon, region_box[region])
            edges.append(sides)
            items += [row + known for row in rows]
            row_edge += [len(row) for row in rows]
            known += len(sides)
            cells = grid[region]
            cells[inside & (cells == OUTSIDE)] = number
            cells[touched & (cells < 0)] = EDGE
    north_deg = MARGIN_M / METRES_PER_DEGREE
    east_deg = north_deg / np.maximum(0.01, np.cos(np.radians(np.abs(boxes[:, [1, 3]]).max(axis=1, initial=0.0))))
    around = np.stack([-east_deg, -np.full(len(boxes), north_deg), east_deg, np.full(len(boxes), north_deg)], axis=1)
    region_box[:, 6:] = boxes + around
    per_deg, cell_key, cell_start, cell_count, cell_region = _coarse(region_box[:, 6:])
    scales = [(p.lon, p.lat, LocalPlane(p).east_m_per_degree, METRES_PER_DEGREE) for p in frames]
    return Index(
        cells_per_deg=per_deg,
        cell_key=cell_key,
        cell_start=cell_start,
        cell_count=cell_count,
        cell_region=cell_region,
        region_box=region_box,
        region_zone=np.array(starts, dtype=np.int32),
        grid=grid.reshape(-1),
        row_edge=np.cumsum(row_edge).astype(np.int32),
        row_item=np.concatenate([*items, np.zeros(0, dtype=np.int64)]).astype(np.int32),
        edges=np.concatenate([*edges, np.zeros((0, 4))]),
        zone_rank=np.array([RANKS[zone.level] for zone in zones], dtype=np.int32),
        zone_frame=np.array([zone.frame for zone in zones], dtype=np.int32),
        zone_first_ms=np.array([_first_ms(zone.rules) for zone in zones], dtype=np.int64),
        frames=np.array(scales, dtype=np.float64).reshape(-1, 4),
    )


def _first_ms(rules: tuple[DwellRule, ...]) -> int:
    return min((int(rule.after_s * 1000) for rule in rules if rule.kind == "dwell"), default=2**62)


def _rasterise(
    polygon: Polygon, box: NDArray[np.float64]
) -> tuple[NDArray[np.float64], list[NDArray[np.int64]], NDArray[np.bool_], NDArray[np.bool_]]:
    """The edges, the numbers of those that touch each row, the cells that an edge may touch, and the cells inside."""
    corners = np.asarray(polygon.exterior.coords)[:, :2]
    x1, y1 = corners[:-1].T
    x2, y2 = corners[1:].T
    level = y1 == y2
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.where(level, 0.0, (x2 - x1) / np.where(level, 1.0, y2 - y1))
    low = box[1] + np.arange(GRID) / box[5]
    high = low + 1 / box[5]
    pad = 1e-3 / box[5]
    spans = (np.minimum(y1, y2) <= (high + pad)[:, None]) & (np.maximum(y1, y2) >= (low - pad)[:, None])
    sides = np.stack([y1, y2, x1, slope], axis=1)
    rows = [np.flatnonzero(touch) for touch in (spans & ~level)]
    ends = [
        np.where(level, x, x1 + (np.clip(y, np.minimum(y1, y2), np.maximum(y1, y2)) - y1) * slope)
        for y, x in (((low - pad)[:, None], x1), ((high + pad)[:, None], x2))
    ]
    from_cell = np.floor((np.minimum(*ends) - box[0]) * box[4] - 1e-3)
    to_cell = np.floor((np.maximum(*ends) - box[0]) * box[4] + 1e-3)
    columns = np.arange(GRID)
    touched = (spans[:, :, None] & (columns >= from_cell[:, :, None]) & (columns <= to_cell[:, :, None])).any(axis=1)
    middle_y = ((low + high) / 2)[:, None]
    middle_x = box[0] + (columns + 0.5) / box[4]
    crosses = (y1 > middle_y) != (y2 > middle_y)
    cut = np.where(crosses, x1 + (middle_y - y1) * slope, -np.inf)
    inside = (crosses[:, :, None] & (middle_x < cut[:, :, None])).sum(axis=1) % 2 == 1
    return sides, rows, touched, inside & ~touched


def _coarse(
    boxes: NDArray[np.float64],
) -> tuple[float, NDArray[np.int64], NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Coarse cells about as large as a site; larger where the places would fill more than COARSE_CELLS."""
    if not len(boxes):
        empty = np.zeros(0, dtype=np.int32)
        return 1.0, np.full(4, -1, dtype=np.int64), np.zeros(4, dtype=np.int32), np.zeros(4, dtype=np.int32), empty
    extents = np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])
    cell_deg = max(float(np.median(extents)), 1e-4)
    while (np.ceil(extents / cell_deg + 1) ** 2).sum() > COARSE_CELLS:
        cell_deg *= 2
    per_deg = 1 / cell_deg
    holds: dict[int, list[int]] = {}
    for region, (west, south, east, north) in enumerate(boxes):
        for i in range(math.floor((west + 180) * per_deg), math.floor((east + 180) * per_deg) + 1):
            for j in range(math.floor((south + 90) * per_deg), math.floor((north + 90) * per_deg) + 1):
                holds.setdefault(i << 32 | j, []).append(region)
    size = 1 << max(4, (4 * len(holds)).bit_length())
    key = np.full(size, -1, dtype=np.int64)
    start, count = np.zeros(size, dtype=np.int32), np.zeros(size, dtype=np.int32)
    flat: list[int] = []
    for cell, regions in holds.items():
        slot = coarse_hash(cell) & (size - 1)
        while key[slot] >= 0:
            slot = (slot + 1) & (size - 1)
        key[slot], start[slot], count[slot] = cell, len(flat), len(regions)
        flat += regions
    return per_deg, key, start, count, np.array(flat, dtype=np.int32)


def coarse_hash(cell: int) -> int:
    """Where the search for a coarse cell starts; the kernel computes the same."""
    return ((cell * 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF) >> 40
