"""The road network as a graph, its traffic lights, and how drivers choose their way."""

from __future__ import annotations

import heapq
import math
from itertools import pairwise
from random import Random

from safeconduct.demo.world import FORECOURT, LINES_M, RING_ROAD_M, Node, roads

Lane = tuple[Node, Node]
"""The left lane from one node to a neighbour."""

NEIGHBOURS: dict[Node, list[Node]] = {}
for _a, _b in roads():
    NEIGHBOURS.setdefault(_a, []).append(_b)
    NEIGHBOURS.setdefault(_b, []).append(_a)

EDGE_OF_TOWN: tuple[Node, ...] = tuple(
    node for node in NEIGHBOURS if max(abs(node[0]), abs(node[1])) == LINES_M[-1] and 0 not in node
)
"""Where traffic comes in and goes out."""

CYCLE_S = 100
GREEN_S = 46
"""Of each cycle: east–west has green first, then, after 4 s, north–south."""


def length_m(lane: Lane) -> float:
    (x0, y0), (x1, y1) = lane
    return float(abs(x1 - x0) + abs(y1 - y0))


def is_green(lane: Lane, second: int) -> bool:
    """Whether the light at the end of `lane` lets traffic pass."""
    end = lane[1]
    if len(NEIGHBOURS[end]) < 3:
        return True
    phase = (second + (end[0] * 7 + end[1] * 13) // 50) % CYCLE_S
    return phase < GREEN_S if lane[0][1] == end[1] else CYCLE_S // 2 <= phase < CYCLE_S // 2 + GREEN_S


def spot(lane: Lane, along_m: float, side_m: float) -> tuple[float, float]:
    """Metres east and north of a place `along_m` on a lane and `side_m` to the left of the middle of its road."""
    (x0, y0), (x1, y1) = lane
    length = length_m(lane)
    dx, dy = (x1 - x0) / length, (y1 - y0) / length
    return x0 + dx * along_m - dy * side_m, y0 + dy * along_m + dx * side_m


def along(lane: Lane, east_m: float, north_m: float) -> float:
    """How far on the lane a place beside it lies."""
    (x0, y0), (x1, y1) = lane
    length = length_m(lane)
    return ((east_m - x0) * (x1 - x0) + (north_m - y0) * (y1 - y0)) / length


def lanes(path: list[Node]) -> list[Lane]:
    return list(pairwise(path))


def way(begin: Node, end: Node, random: Random) -> list[Node]:
    """A driver's way, the shortest by its own idea of distance; the ring road looks fast to all. Never a U-turn.

    The forecourt is no thoroughfare: only a way that ends or begins there passes it.
    """
    best: dict[Node, float] = {begin: 0.0}
    before: dict[Node, Node] = {}
    queue: list[tuple[float, Node]] = [(0.0, begin)]
    while queue:
        cost, node = heapq.heappop(queue)
        if node == end:
            break
        if cost > best[node]:
            continue
        for following in NEIGHBOURS[node]:
            if following == FORECOURT != end:
                continue
            reached = cost + length_m((node, following)) * _dislike(node, following) * (0.6 + 0.8 * random.random())
            if reached < best.get(following, math.inf):
                best[following], before[following] = reached, node
                heapq.heappush(queue, (reached, following))
    path = [end]
    while path[-1] != begin:
        path.append(before[path[-1]])
    return path[::-1]


def _dislike(a: Node, b: Node) -> float:
    on_ring_road = all(max(abs(x), abs(y)) == RING_ROAD_M for x, y in (a, b))
    return 0.55 if on_ring_road else 1.0
