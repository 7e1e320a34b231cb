"""Streets of several kinds, made by SUMO's netgenerate from a seed, with Marjan airport in their middle."""

from __future__ import annotations

import math
import os
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import sumo
import sumolib

KINDS = ("grid", "spider", "random")
AIRPORT = (75.0, -5.0)
"""Longitude and latitude of the made-up airport: in the open ocean."""
NORTH_M = 111_195.0
EAST_M = NORTH_M * math.cos(math.radians(AIRPORT[1]))
SHORTEST_M = 60.0
"""Nobody stops on shorter edges."""
CYCLES_S = (60, 90, 90, 120, 150, 180)
"""Of the signals, for one cycle: the long ones make jams in which vehicles stand for minutes."""
CLEAR_M = 18.0
"""Nobody parks nearer to a junction."""


@dataclass(frozen=True)
class Spot:
    """A place on an edge's right lane: metres from its start, and metres east and north of the airport."""

    edge: str
    at_m: float
    x: float
    y: float


class Roads:
    """The streets of one scenario; positions are metres east and north of the airport."""

    def __init__(self, net_path: Path):
        self.path = net_path
        self.net: Any = sumolib.net.readNet(str(net_path))
        west, south, east, north = self.net.getBoundary()
        self.origin = ((west + east) / 2, (south + north) / 2)
        self.edges: list[Any] = connected(list(self.net.getEdges()))

    def shape(self, edge: Any) -> list[tuple[float, float]]:
        """The centre of the edge's right lane."""
        return [(x - self.origin[0], y - self.origin[1]) for x, y in edge.getLane(0).getShape()]

    def spot(self, edge: Any, at_m: float) -> Spot:
        where: Any = sumolib.geomhelper.positionAtShapeOffset(self.shape(edge), at_m)
        return Spot(edge.getID(), at_m, *where)

    def middle(self, edge: Any) -> Spot:
        return self.spot(edge, edge.getLane(0).getLength() / 2)

    def for_stops(self, radius_m: float) -> list[Any]:
        """Edges long enough to park on that lie within a radius of the airport altogether."""
        return [
            edge
            for edge in self.edges
            if edge.getLane(0).getLength() >= SHORTEST_M
            and all(math.hypot(x, y) < radius_m for x, y in self.shape(edge))
        ]

    def far(self, radius_m: float) -> list[Any]:
        """Edges beyond a radius: where traffic comes from and goes to."""
        found = [edge for edge in self.edges if math.hypot(*self.shape(edge)[0]) > radius_m]
        return found or self.edges

    def route(self, through: Iterable[str]) -> list[str]:
        """The edges of the shortest way through some edges, in their order."""
        names = list(through)
        found = [names[0]]
        for name in names[1:]:
            if name == found[-1]:
                continue
            path, _ = self.net.getShortestPath(self.net.getEdge(found[-1]), self.net.getEdge(name))
            found += [edge.getID() for edge in path[1:]]
        return found


def make_roads(kind: str, rng: np.random.Generator, folder: Path) -> Roads:
    """New streets of a kind, in `folder`/roads.net.xml."""
    path = folder / "roads.net.xml"
    run_tool(
        "netgenerate",
        [
            *options(kind, rng),
            *("--seed", str(rng.integers(1 << 30)), "--default.lanenumber", "2", "--default.speed", "13.9"),
            *("-j", "traffic_light", "--tls.cycle.time", str(rng.choice(CYCLES_S)), "-o", str(path)),
        ],
    )
    return Roads(path)


def options(kind: str, rng: np.random.Generator) -> list[str]:
    """What netgenerate is told for a kind of streets about 2.5 km wide."""
    if kind == "grid":
        length = int(rng.integers(180, 280))
        return ["--grid", "--grid.number", str(round(2400 / length) + 1), "--grid.length", str(length)]
    if kind == "spider":
        circles = int(rng.integers(5, 7))
        arms, apart = str(rng.integers(6, 10)), str(1250 // circles)
        web = ["--spider", "--spider.omit-center", "--spider.space-radius", apart]
        return [*web, "--spider.arm-number", arms, "--spider.circle-number", str(circles)]
    near = ["--rand.min-distance", "130", "--rand.max-distance", "260", "--rand.min-angle", "50"]
    return ["--rand", "--rand.iterations", str(rng.integers(110, 150)), "--rand.connectivity", "0.98", *near]


def run_tool(name: str, arguments: list[str]) -> None:
    """Run one of SUMO's programs. Raises RuntimeError with what it said where it fails."""
    home = Path(sumo.SUMO_HOME)
    done = subprocess.run(
        [str(home / "bin" / name), *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "SUMO_HOME": str(home)},
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{name} failed: {done.stderr.strip()[-2000:]}")


def connected(edges: list[Any]) -> list[Any]:
    """The edges from and to which one can drive to and from the most central one."""
    start = max(edges, key=lambda edge: (len(edge.getOutgoing()) + len(edge.getIncoming()), edge.getID()))
    there = reach(start, lambda edge: edge.getOutgoing())
    back = reach(start, lambda edge: edge.getIncoming())
    return sorted((edge for edge in edges if edge in there and edge in back), key=lambda edge: edge.getID())


def reach(start: Any, following: Callable[[Any], Iterable[Any]]) -> set[Any]:
    seen, waiting = {start}, [start]
    while waiting:
        for edge in following(waiting.pop()):
            if edge not in seen:
                seen.add(edge)
                waiting.append(edge)
    return seen


def degrees(x: float, y: float) -> list[float]:
    """Longitude and latitude of a position."""
    return [round(AIRPORT[0] + x / EAST_M, 7), round(AIRPORT[1] + y / NORTH_M, 7)]
