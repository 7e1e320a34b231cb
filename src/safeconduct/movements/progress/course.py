"""The course of a movement: its legs' ways on the ground in metres, and when it is planned to be where.

Plan metres run along the first way of each leg, one leg after the other, from 0 to `length_m`: one scale for what was
planned and what happens, whichever way is taken.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import hypot

from safeconduct.terms.place import LocalPlane, Point

AT_M = 120.0
"""Within this distance of a checkpoint, a haven or an end of a leg a vehicle is at it."""


@dataclass(frozen=True)
class Way:
    """One line from a leg's origin to its destination. `xs`, `ys` in metres of the course's plane; `reached` metres
    along the line of each corner."""

    name: str
    width_m: float
    xs: tuple[float, ...]
    ys: tuple[float, ...]
    reached: tuple[float, ...]

    @classmethod
    def drawn(cls, name: str, width_m: float, points: Sequence[Point], plane: LocalPlane) -> Way:
        """The way through `points`, less those that stand where the one before stands. Requires two that do not."""
        corners = [plane.to_metres(point) for point in points]
        kept = corners[:1] + [corner for before, corner in pairwise(corners) if corner != before]
        reached = [0.0]
        for (x0, y0), (x1, y1) in pairwise(kept):
            reached.append(reached[-1] + hypot(x1 - x0, y1 - y0))
        return cls(name, width_m, tuple(x for x, _ in kept), tuple(y for _, y in kept), tuple(reached))

    @property
    def length_m(self) -> float:
        return self.reached[-1]

    def place(self, along_m: float) -> tuple[float, float]:
        """Metres of the plane at `along_m`; an end of the way beyond it."""
        along_m = min(max(along_m, 0.0), self.length_m)
        n = min(bisect_right(self.reached, along_m), len(self.reached) - 1)
        share = (along_m - self.reached[n - 1]) / (self.reached[n] - self.reached[n - 1])
        x0, y0 = self.xs[n - 1], self.ys[n - 1]
        return x0 + share * (self.xs[n] - x0), y0 + share * (self.ys[n] - y0)

    def visits(self, x: float, y: float, within_m: float) -> list[tuple[float, float]]:
        """(along_m, off_m) of the nearest point of each time that the way comes within `within_m`, in its order."""
        found: list[tuple[float, float]] = []
        near = False
        for n in range(1, len(self.xs)):
            along_m, off_m = self.project(n, x, y)
            if off_m > within_m:
                near = False
            elif near and off_m < found[-1][1]:
                found[-1] = (along_m, off_m)
            elif not near:
                found.append((along_m, off_m))
                near = True
        return found

    def project(self, n: int, x: float, y: float) -> tuple[float, float]:
        """(along_m, off_m) of the point of the segment that ends at corner `n` which is nearest to x, y."""
        x0, y0 = self.xs[n - 1], self.ys[n - 1]
        length_m = self.reached[n] - self.reached[n - 1]
        east, north = (self.xs[n] - x0) / length_m, (self.ys[n] - y0) / length_m
        on_m = min(max((x - x0) * east + (y - y0) * north, 0.0), length_m)
        return self.reached[n - 1] + on_m, hypot(x0 + on_m * east - x, y0 + on_m * north - y)

    def heading(self, along_m: float) -> tuple[float, float]:
        """Where the way leads there: a unit vector east and north."""
        n = min(max(bisect_right(self.reached, along_m), 1), len(self.reached) - 1)
        length_m = self.reached[n] - self.reached[n - 1]
        return (self.xs[n] - self.xs[n - 1]) / length_m, (self.ys[n] - self.ys[n - 1]) / length_m


@dataclass(frozen=True)
class Checkpoint:
    """A place at which the movement tells that it is there. `plan_m` on the scale of the whole course."""

    name: str
    leg: int
    x: float
    y: float
    plan_m: float
    due_ms: int | None


@dataclass(frozen=True)
class Stage:
    """One leg: `ways[0]` is the planned one, the others are alternates. `base_m` is where it begins on the scale."""

    number: int
    site: str
    ways: tuple[Way, ...]
    base_m: float
    begin_ms: int
    end_ms: int
    max_speed_kmh: float | None = None
    havens: tuple[tuple[float, float], ...] = ()

    def plan_m(self, way: int, along_m: float) -> float:
        """A place on one of the ways, on the scale of the course: a longer way round is passed at the same shares."""
        return self.base_m + along_m * self.ways[0].length_m / self.ways[way].length_m


@dataclass(frozen=True)
class Course:
    """All stages of a movement, in the order in which they are driven. Times are as planned, before any shift."""

    plane: LocalPlane
    stages: tuple[Stage, ...]
    checkpoints: tuple[Checkpoint, ...]
    knots: tuple[tuple[int, float], ...] = field(repr=False, default=())

    @property
    def length_m(self) -> float:
        last = self.stages[-1]
        return last.base_m + last.ways[0].length_m

    @property
    def arrive_ms(self) -> int:
        return self.stages[-1].end_ms

    def planned_m(self, at_ms: int) -> float:
        """Where it is planned to be then, on the scale of the course."""
        return _between(self.knots, at_ms)

    def planned_ms(self, plan_m: float) -> int:
        """When it is planned to be there: the latest such moment, so that a rest at a place is no delay."""
        turned = [(metres, at) for at, metres in self.knots]
        return round(_between(turned, plan_m))

    def stops(self) -> list[tuple[float, float]]:
        """Places at which to stop is planned: ends of legs, checkpoints and havens."""
        ends = [stage.ways[0].place(along) for stage in self.stages for along in (0.0, stage.ways[0].length_m)]
        havens = [haven for stage in self.stages for haven in stage.havens]
        return ends + [(one.x, one.y) for one in self.checkpoints] + havens


def _between(knots: Sequence[tuple[float, float]], at: float) -> float:
    n = bisect_right(knots, at, key=lambda knot: knot[0])
    if n == 0:
        return knots[0][1]
    if n == len(knots):
        return knots[-1][1]
    (begin, low), (end, high) = knots[n - 1], knots[n]
    return low + (high - low) * (at - begin) / (end - begin)


@dataclass(frozen=True)
class Drawn:
    """A leg as its row has it: the lines by name and width, the planned one first; checkpoints (name, point, due)."""

    site: str
    lines: Sequence[tuple[str, float, Sequence[Point]]]
    begin_ms: int
    end_ms: int
    checkpoints: Sequence[tuple[str, Point, int | None]] = ()
    max_speed_kmh: float | None = None
    havens: Sequence[Point] = ()


def course_of(legs: Sequence[Drawn]) -> Course:
    """The course through `legs`. Requires at least one, each with a line."""
    plane = LocalPlane(legs[0].lines[0][2][0])
    stages: list[Stage] = []
    checkpoints: list[Checkpoint] = []
    base_m = 0.0
    for number, leg in enumerate(legs):
        ways = tuple(Way.drawn(name, width_m, points, plane) for name, width_m, points in leg.lines)
        havens = tuple(plane.to_metres(point) for point in leg.havens)
        stage = Stage(number, leg.site, ways, base_m, leg.begin_ms, leg.end_ms, leg.max_speed_kmh, havens)
        checkpoints += _placed(leg, stage, plane)
        stages.append(stage)
        base_m += ways[0].length_m
    return Course(plane, tuple(stages), tuple(checkpoints), _knots(stages, checkpoints))


def _placed(leg: Drawn, stage: Stage, plane: LocalPlane) -> list[Checkpoint]:
    """The checkpoints where the way passes them, each after the one before, on a way that comes by twice too."""
    found: list[Checkpoint] = []
    after_m = 0.0
    for name, point, due_ms in leg.checkpoints:
        x, y = plane.to_metres(point)
        visits = stage.ways[0].visits(x, y, AT_M) or stage.ways[0].visits(x, y, float("inf"))
        along_m = next((along for along, _ in visits if along >= after_m), visits[-1][0])
        found.append(Checkpoint(name, stage.number, x, y, stage.base_m + along_m, due_ms))
        after_m = along_m
    return found


def _knots(stages: Sequence[Stage], checkpoints: Sequence[Checkpoint]) -> tuple[tuple[int, float], ...]:
    """(ms, plan_m) through which the plan leads, both rising: a time that contradicts the one before is left out."""
    wanted: list[tuple[int, float]] = []
    for stage in stages:
        wanted.append((stage.begin_ms, stage.base_m))
        wanted += [
            (one.due_ms, one.plan_m) for one in checkpoints if one.leg == stage.number and one.due_ms is not None
        ]
        wanted.append((stage.end_ms, stage.base_m + stage.ways[0].length_m))
    knots: list[tuple[int, float]] = []
    for at_ms, plan_m in wanted:
        if not knots or (at_ms > knots[-1][0] and plan_m >= knots[-1][1]):
            knots.append((at_ms, plan_m))
    if len(knots) == 1:
        knots.append((knots[0][0] + 1, wanted[-1][1]))
    return tuple(knots)
