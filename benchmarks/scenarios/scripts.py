"""Who does what in an hour: loiterers and all others whose doings are known beforehand, and the traffic around them.

A scripted vehicle's `kind` is that of the truth: a `visitor` parks too briefly to be told of. `trait` says what makes
its case: `pair`, two cars 6 m apart; `hidden`, behind a truck; `shadow`, beside a guard.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from benchmarks.scenarios.roads import CLEAR_M, Roads, Spot

APART_M = 150.0
"""What different scripts do is this far apart: an alarm there is of one of them."""
PER_S = (0.55, 0.95)
"""Vehicles of the background that set out each second: one number between these for each hour."""
KINDS_OF_TRAFFIC = ("car", "truck", "motorcycle")
SHARES = (0.90, 0.07, 0.03)
RANK_STAY_S = 1500.0
WARM_UP_S = 240
"""The streets fill for so long before the scenario begins."""


@dataclass(frozen=True)
class Stop:
    """`aside`: beside the lane, so that others pass; else in it."""

    spot: Spot
    duration_s: float
    aside: bool = True


@dataclass(frozen=True)
class Script:
    """One vehicle: sets out at `depart_s`, drives `route`, stops. `hides` is the vehicle that it keeps from view."""

    vehicle: str
    kind: str
    depart_s: float
    route: tuple[str, ...]
    stops: tuple[Stop, ...] = ()
    body: str = "car"
    trait: str = ""
    hides: str = ""


@dataclass
class Cast:
    """The scripted vehicles, the exempt rank's edge, and the bus stops."""

    scripts: list[Script] = field(default_factory=list[Script])
    rank: str = ""
    bus_stops: list[Spot] = field(default_factory=list[Spot])


class Director:
    """Makes the scripts of one hour. Times and stays shrink with `span_s` below an hour."""

    def __init__(self, roads: Roads, radius_m: float, span_s: int, rng: np.random.Generator):
        self.roads, self.radius_m, self.rng = roads, radius_m, rng
        self.scale = span_s / 3600
        self.span_s = span_s
        self.outside = roads.far(radius_m)
        self.free = roads.for_stops(radius_m * 0.97)
        rng.shuffle(self.free)
        self.taken: list[tuple[float, float]] = []
        self.place = float(rng.random())
        """How far along what is free of an edge the next one parks."""
        self.cast = Cast()

    def direct(self) -> Cast:
        """All of it. What comes first finds the most room."""
        self.taxis()
        for number in range(3):
            self.loiterer(f"x{number}")
            self.creeper(f"y{number}")
        for number in range(2):
            self.breakdown(f"d{number}")
            self.repeat(f"r{number}")
            self.guard(f"g{number}", shadowed=number == 0)
        self.pair("p0", "p1")
        self.hidden("h0")
        for number in range(8):
            self.visitor(f"v{number}")
        for number in range(3):
            self.circler(f"c{number}")
        for number in range(3):
            self.buses(number)
        return self.cast

    # What the scripts are made of

    def between(self, low: float, high: float) -> float:
        return float(self.rng.uniform(low, high))

    def lasts(self, low: float, high: float) -> float:
        return self.between(low, high) * self.scale

    def somewhere(self, room_m: float = 0.0) -> Spot:
        """A spot with so much of its edge behind it, where there is one, on an edge that no other script parks on, and
        APART_M from where others park, or as far as may be."""
        best, best_m = 0, -1.0
        for number, edge in enumerate(self.free):
            spot = self.spot_on(edge, room_m)
            apart_m = min((math.dist((spot.x, spot.y), taken) for taken in self.taken), default=APART_M)
            apart_m = min(apart_m, APART_M) * (1.0 if edge.getLane(0).getLength() >= room_m + 2 * CLEAR_M else 0.5)
            if apart_m > best_m:
                best, best_m = number, apart_m
            if best_m >= APART_M:
                break
        spot = self.spot_on(self.free.pop(best), room_m)
        self.place = float(self.rng.random())
        self.taken.append((spot.x, spot.y))
        return spot

    def spot_on(self, edge: Any, room_m: float) -> Spot:
        length = edge.getLane(0).getLength()
        low = min(CLEAR_M + room_m, length - CLEAR_M)
        return self.roads.spot(edge, low + (length - CLEAR_M - low) * self.place)

    def back(self, spot: Spot, by_m: float) -> Spot:
        return self.roads.spot(self.roads.net.getEdge(spot.edge), max(6.0, spot.at_m - by_m))

    def far_edge(self) -> str:
        return self.outside[int(self.rng.integers(len(self.outside)))].getID()

    def act(self, vehicle: str, kind: str, depart_s: float, *stops: Stop, **more: str) -> Script:
        """Enter a vehicle that comes from afar, stops and leaves."""
        route = self.roads.route([self.far_edge(), *(stop.spot.edge for stop in stops), self.far_edge()])
        self.cast.scripts.append(Script(vehicle, kind, depart_s, tuple(route), stops, **more))
        return self.cast.scripts[-1]

    def start(self) -> float:
        return self.lasts(120, 1300)

    # Who must raise an alarm

    def loiterer(self, vehicle: str) -> None:
        self.act(vehicle, "loiterer", self.start(), Stop(self.somewhere(), self.lasts(420, 1900)))

    def creeper(self, vehicle: str) -> None:
        """Moves on by a car's length or five every few minutes."""
        last = self.somewhere(110.0)
        steps_m = np.cumsum(self.rng.uniform(14, 34, int(self.rng.integers(2, 5))))[::-1]
        spots = [*(self.back(last, float(step_m)) for step_m in steps_m), last]
        self.taken.append((spots[0].x, spots[0].y))
        self.act(vehicle, "creeper", self.start(), *(Stop(spot, self.lasts(200, 480)) for spot in spots))

    def breakdown(self, vehicle: str) -> None:
        self.act(vehicle, "breakdown", self.start(), Stop(self.somewhere(), self.lasts(480, 1200), aside=False))

    def pair(self, first: str, second: str) -> None:
        """Two cars 6 m apart; the second comes later, and leaves soon or stays too."""
        spot, depart_s = self.somewhere(20.0), self.start()
        self.act(first, "loiterer", depart_s, Stop(spot, self.lasts(900, 1600)), trait="pair")
        stay = self.lasts(420, 1000) if self.rng.random() < 0.5 else self.lasts(120, 240)
        behind = Stop(self.back(spot, 6.0), stay)
        self.act(second, "loiterer", depart_s + self.lasts(150, 400), behind, trait="pair")

    def hidden(self, vehicle: str) -> None:
        """A truck stops in the lane beside it, twice."""
        spot, depart_s = self.somewhere(20.0), self.start()
        self.act(vehicle, "loiterer", depart_s, Stop(spot, self.lasts(900, 1500)), trait="hidden")
        for number in range(2):
            stop = Stop(spot, self.lasts(60, 150), aside=False)
            later_s = depart_s + self.lasts(60, 300) + number * self.lasts(350, 600)
            self.act(f"{vehicle}t{number}", "truck", later_s, stop, body="truck", hides=vehicle)

    def repeat(self, vehicle: str) -> None:
        """Two visits, each too short, with a way out of the rings between them."""
        stays = [self.lasts(165, 235) for _ in range(2)]
        stops = [Stop(self.somewhere(), stay) for stay in stays]
        way = [self.far_edge(), stops[0].spot.edge, self.far_edge(), stops[1].spot.edge, self.far_edge()]
        self.cast.scripts.append(
            Script(vehicle, "repeat", self.start(), tuple(self.roads.route(way)), tuple(stops), trait="repeat")
        )

    # Who may stand there

    def guard(self, vehicle: str, shadowed: bool) -> None:
        """A guard with a tracker; beside some, a car that has none."""
        spot, depart_s, stay = self.somewhere(30.0), self.start(), self.lasts(800, 1200)
        self.act(vehicle, "guard", depart_s, Stop(spot, stay))
        if shadowed:
            beside = Stop(self.back(spot, self.between(10, 13)), self.lasts(420, 700))
            self.act(vehicle.replace("g", "s"), "loiterer", depart_s + self.lasts(60, 240), beside, trait="shadow")

    def taxis(self) -> None:
        """Eight at the rank within their stay and one beyond it."""
        edge = self.roads.net.getEdge(self.somewhere(90.0).edge)
        self.cast.rank = edge.getID()
        middle = self.roads.middle(edge)
        self.taken.append((middle.x, middle.y))
        room_m = edge.getLane(0).getLength() - 2 * CLEAR_M
        places = CLEAR_M + self.rng.permutation(9) * max(6.0, room_m / 9)
        for number, at_m in enumerate(places):
            spot = self.roads.spot(edge, min(float(at_m), edge.getLane(0).getLength() - 6))
            if number:
                self.act(f"t{number}", "taxi", self.lasts(100, 2300), Stop(spot, self.lasts(240, 1350)))
            else:
                self.act("t0", "overstayer", self.lasts(50, 300), Stop(spot, self.lasts(1900, 2600)))

    def visitor(self, vehicle: str) -> None:
        self.act(vehicle, "visitor", self.lasts(100, 2800), Stop(self.somewhere(), self.lasts(30, 200)))

    def circler(self, vehicle: str) -> None:
        """Round the airport four or five times, out of the rings in between."""
        inside, outside = self.free[int(self.rng.integers(len(self.free)))].getID(), self.far_edge()
        rounds = [outside, inside] * int(self.rng.integers(4, 6))
        self.cast.scripts.append(Script(vehicle, "circler", self.lasts(60, 900), tuple(self.roads.route(rounds))))

    def buses(self, line: int) -> None:
        """A line with stops in the lane and a timing point beside it, where a bus may wait for some minutes."""
        ends = self.far_edge(), self.far_edge()
        inside = [edge for edge in self.free if edge.getLane(0).getLength() >= 70]
        edges = [inside[int(number)] for number in self.rng.choice(len(inside), 3, replace=False)]
        spots = [self.roads.spot(edge, edge.getLane(0).getLength() * 0.55) for edge in edges]
        route = tuple(self.roads.route([ends[0], *(spot.edge for spot in spots), ends[1]]))
        self.cast.bus_stops += spots
        for number, depart_s in enumerate(np.arange(self.between(0, 300), self.span_s * 0.9, 420)):
            waits = [self.lasts(12, 45), self.lasts(60, 400), self.lasts(12, 45)]
            # Two bays: a bus that is late does not stand inside the one before it.
            places = [spots[0], self.back(spots[1], 16.0 * (number % 2)), spots[2]]
            stops = [Stop(spot, wait, aside=k == 1) for k, (spot, wait) in enumerate(zip(places, waits, strict=True))]
            self.cast.scripts.append(
                Script(f"b{line}.{number}", "bus", float(depart_s), route, tuple(stops), body="bus")
            )


def background(roads: Roads, radius_m: float, span_s: int, rng: np.random.Generator) -> Iterator[str]:
    """Trips of the traffic that nobody scripted, as SUMO reads them, in the order of their departure."""
    outside = [edge.getID() for edge in roads.far(radius_m)]
    everywhere = [edge.getID() for edge in roads.edges]
    per_s = rng.uniform(*PER_S)
    at_s, number = 0.0, 0
    while (at_s := at_s + float(rng.exponential(1 / per_s))) < span_s + WARM_UP_S:
        body = rng.choice(KINDS_OF_TRAFFIC, p=SHARES)
        origin, target = rng.choice(outside), rng.choice(outside if rng.random() < 0.8 else everywhere)
        if origin != target:
            yield (
                f'<trip id="{number}" type="{body}" depart="{math.ceil(at_s)}" departLane="best" '
                f'departSpeed="max" from="{origin}" to="{target}"/>'
            )
        number += 1
