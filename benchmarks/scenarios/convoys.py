"""Hours with movements on their way, and vehicles that stood by the route: one in three drives to meet its convoy.

The traffic and the scripts are those of any hour (scripts.py). Three convoys set out along the places' route. For each,
three vehicles park within reach of it for at least STOOD_S and set off as it comes near: a `meeter` drives to meet it
on its way, two `leaver`s drive on along the route as the convoy does, and turn off elsewhere. When the convoy comes by
is known only from a run, so that there are two: the first tells where it is when, the second is the hour.

What came of it is measured in the second run (`meetings`): a meeter that traffic kept from its convoy has met nobody.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.scenarios.faults import Faults, Parts, observe
from benchmarks.scenarios.hour import BASE, HOUR_S, write_json, write_table
from benchmarks.scenarios.places import RINGS_M, make_cameras, places_of
from benchmarks.scenarios.roads import KINDS, Roads, Spot, make_roads
from benchmarks.scenarios.scripts import CLEAR_M, Cast, Director, Script, Stop, background
from benchmarks.scenarios.simulation import Motion, simulate
from shapely.geometry import LineString, Point

CONVOYS_S = (420.0, 1300.0, 2200.0)
CARS, APART_S = 3, 4.0
"""Cars in a convoy, all of which carry trackers; each sets out so long after the one before."""
STOOD_S = 95.0
NEAR_M = 45.0
"""They park within this of the route's line."""
SETS_OFF_M = {"meeter": (500.0, 900.0), "leaver": (150.0, 900.0)}
"""How far behind them on the route their convoy is then."""
MET_M = 30.0
LEAVERS = 2


def make_convoys(seed: int, outs: Mapping[Path, Faults]) -> None:
    """The hour of a seed under several faults, each into its own folder."""
    kind = KINDS[seed % len(KINDS)]
    with tempfile.TemporaryDirectory() as work:
        streets = make_roads(kind, np.random.default_rng([seed, 1]), Path(work))
        director = Director(streets, RINGS_M["outer"], HOUR_S, np.random.default_rng([seed, 2]))
        cast = director.direct()
        staged = Stage(streets, director, cast, np.random.default_rng([seed, 6]))
        traffic = list(background(streets, RINGS_M["outer"], HOUR_S, np.random.default_rng([seed, 3])))
        before = simulate(streets, [*cast.scripts, *staged.scripts], traffic, HOUR_S, seed)
        timed = list(staged.timed(before))
        motion = simulate(streets, [*cast.scripts, *timed], traffic, HOUR_S, seed)
        cameras = make_cameras(np.random.default_rng([seed, 4]))
        read = {script.vehicle for script in cast.scripts if script.kind in ("repeat", "circler")}
        own = {script.vehicle: f"guard-{script.vehicle}" for script in cast.scripts if script.kind == "guard"}
        own |= {script.vehicle: script.vehicle for script in timed if script.kind == "convoy"}
        hidden = {script.vehicle: script.hides for script in cast.scripts if script.hides}
        for out, faults in outs.items():
            table, behind = observe(motion, cameras, Parts(own, hidden, read), faults, BASE, seed)
            out.mkdir(parents=True, exist_ok=True)
            write_json(out / "sites.geojson", places_of(streets, cast, cameras))
            write_json(out / "convoys.json", {"base": BASE, "convoys": list(meetings(motion, timed))})
            write_table(out / "track_to_vehicle.parquet", behind)
            write_table(out / "observations.parquet", table)


class Stage:
    """The convoys of an hour and those who wait for them."""

    def __init__(self, roads: Roads, director: Director, cast: Cast, rng: np.random.Generator):
        self.roads, self.director, self.rng = roads, director, rng
        self.edges = next(script.route for script in cast.scripts if script.kind == "bus")
        points = [point for edge in self.edges for point in roads.shape(roads.net.getEdge(edge))]
        self.line = LineString(points)
        self.spots = list(self.spots_near())
        self.at_m: dict[str, float] = {}
        """How far along the route each waits."""
        self.scripts = [script for number in range(len(CONVOYS_S)) for script in self.convoy(number)]

    def spots_near(self) -> Iterator[Spot]:
        """Where one may park near the route, each on an edge of its own, in no order."""
        for edge in self.roads.for_stops(RINGS_M["outer"] * 0.97):
            length = edge.getLane(0).getLength()
            spot = self.roads.spot(edge, float(self.rng.uniform(CLEAR_M, length - CLEAR_M)))
            if self.line.distance(Point(spot.x, spot.y)) <= NEAR_M:
                yield spot

    def convoy(self, number: int) -> Iterator[Script]:
        for car in range(CARS):
            yield Script(f"k{number}.{car}", "convoy", CONVOYS_S[number] + car * APART_S, self.edges)
        kinds = ["meeter", *["leaver"] * LEAVERS]
        for name, kind in ((f"{kind}{number}.{place}", kind) for place, kind in enumerate(kinds)):
            spot = self.spot_for(kind)
            self.at_m[name] = self.line.project(Point(spot.x, spot.y))
            way = [self.director.far_edge(), spot.edge, *self.onward(kind, self.at_m[name])]
            stop = Stop(spot, 3600.0)
            yield Script(name, kind, max(0.0, CONVOYS_S[number] - 420), tuple(self.roads.route(way)), (stop,))

    def spot_for(self, kind: str) -> Spot:
        """Far enough along the route for the convoy to be under way as it comes."""
        least_m = SETS_OFF_M[kind][1] + 100
        fit = [spot for spot in self.spots if self.line.project(Point(spot.x, spot.y)) >= least_m] or self.spots
        spot = fit[int(self.rng.integers(len(fit)))]
        self.spots.remove(spot)
        return spot

    def onward(self, kind: str, at_m: float) -> list[str]:
        """The edges that it makes for: against the route, towards the convoy; or along it and away."""
        if kind == "leaver":
            ahead = [self.edge_at(at_m + far_m) for far_m in self.rng.uniform(60, 500, 1).tolist()]
            return [*ahead, self.director.far_edge()]
        back = [self.against(self.edge_at(at_m - far_m)) for far_m in (250.0, 900.0)]
        return [*back, self.director.far_edge()]

    def edge_at(self, along_m: float) -> str:
        """The route's edge there."""
        spot = self.line.interpolate(min(max(along_m, 1.0), self.line.length - 1))
        return min(
            self.edges, key=lambda edge: LineString(self.roads.shape(self.roads.net.getEdge(edge))).distance(spot)
        )

    def against(self, edge: str) -> str:
        """The edge of the same street the other way; the same one where there is none."""
        known = {one.getID() for one in self.roads.edges}
        one = self.roads.net.getEdge(edge)
        back = [other.getID() for other in one.getToNode().getOutgoing() if other.getToNode() is one.getFromNode()]
        return next((name for name in back if name in known), edge)

    def timed(self, motion: Motion) -> Iterator[Script]:
        """The scripts, with stays that end as their convoy comes near; what the run did not bring there is left out."""
        for script in self.scripts:
            if not script.stops:
                yield script
                continue
            low, high = SETS_OFF_M[script.kind]
            off_s = self.passes_s(
                motion, script.vehicle, self.at_m[script.vehicle] - float(self.rng.uniform(low, high))
            )
            came_s = arrival_s(motion, script)
            if off_s is not None and came_s is not None:
                stay_s = max(STOOD_S, off_s - came_s)
                yield replace(script, stops=(replace(script.stops[0], duration_s=stay_s),))

    def passes_s(self, motion: Motion, vehicle: str, along_m: float) -> float | None:
        """When the convoy of the vehicle comes to a place on the route."""
        lead = track_of(motion, f"k{number_of(vehicle)}.0")
        along = np.array([self.line.project(Point(x, y)) for x, y in zip(lead[1], lead[2], strict=True)])
        passed = np.flatnonzero(np.maximum.accumulate(along) >= along_m)
        return float(lead[0][passed[0]]) if len(passed) else None


def number_of(vehicle: str) -> str:
    """The number of the convoy that a vehicle is of, or waits for."""
    return vehicle.partition(".")[0][-1]


def track_of(motion: Motion, vehicle: str) -> tuple[Any, Any, Any]:
    """Seconds, and metres east and north; nothing of a vehicle that never set out."""
    begin, end = dict(zip(motion.names, motion.ranges(), strict=True)).get(vehicle, (0, 0))
    return motion.at_s[begin:end], motion.x[begin:end], motion.y[begin:end]


def arrival_s(motion: Motion, script: Script) -> float | None:
    at_s, x, y = track_of(motion, script.vehicle)
    there = np.flatnonzero(np.hypot(x - script.stops[0].spot.x, y - script.stops[0].spot.y) < 4.0)
    return float(at_s[there[0]]) if len(there) else None


def meetings(motion: Motion, scripts: list[Script]) -> Iterator[dict[str, Any]]:
    """Each convoy: when it was on its way, and each who waited for it: when it set off, and when and how near it came
    to the convoy after that."""
    for number in range(len(CONVOYS_S)):
        at_s, x, y = track_of(motion, f"k{number}.0")
        if not len(at_s):
            continue
        waits = [one for one in scripts if one.stops and number_of(one.vehicle) == str(number)]
        found = [told for one in waits if (told := meeting(motion, one, (at_s, x, y))) is not None]
        yield {
            "convoy": f"k{number}",
            "tracker": f"gps/k{number}.0",
            "departed_s": int(at_s[0]),
            "arrived_s": int(at_s[-1]),
            "waited": found,
        }


def meeting(motion: Motion, script: Script, lead: tuple[Any, Any, Any]) -> dict[str, Any] | None:
    at_s, x, y = track_of(motion, script.vehicle)
    spot = script.stops[0].spot
    stood = np.flatnonzero(np.hypot(x - spot.x, y - spot.y) < 4.0)
    if not len(stood):
        return None
    off = int(stood[-1])
    _, mine, its = np.intersect1d(at_s[off:], lead[0], return_indices=True)
    told: dict[str, Any] = {"vehicle": script.vehicle, "kind": script.kind}
    told |= {"stood_s": int(at_s[off] - at_s[stood[0]]), "set_off_s": int(at_s[off])}
    if not len(mine):
        return told | {"nearest_m": math.inf, "nearest_s": 0}
    apart_m = np.hypot(x[off:][mine] - lead[1][its], y[off:][mine] - lead[2][its])
    # It has met the convoy where it first comes within MET_M, and then as near as it comes in the seconds after.
    near = np.flatnonzero(apart_m <= MET_M)
    until = slice(int(near[0]), int(near[0]) + 10) if len(near) else slice(None)
    nearest = int(np.argmin(apart_m[until])) + (until.start or 0)
    return told | {"nearest_m": round(float(apart_m[nearest]), 1), "nearest_s": int(at_s[off:][mine][nearest])}
