"""Where on its course a vehicle is: one fix after the other, as they come, with direction, loops and alternates.

A short list of hypotheses (a place on a way, and what speaks against it) goes from fix to fix: the Viterbi algorithm
over the few places at which a vehicle can be. A route that comes by twice has two such places; how the vehicle got
there tells them apart, and where that is not enough, which way it drives.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from math import cos, hypot, radians, sin
from typing import Any, NamedTuple

from safeconduct.movements.progress.course import Course, Stage
from safeconduct.terms.place import Point

MARGIN_M = 25.0
"""A fix this far beyond the edge of the corridor may still be of a vehicle on it."""
SIGMA_M = 12.0
"""How far off the line a vehicle on it is shown, as one standard deviation, by a device that does not say."""
MOST_ACCURACY_M = 60.0
"""A device may claim no wider error than this, to be on a way from which it is shown far off."""
MOST_MPS = 45.0
REACH_M = 120.0
"""No vehicle gets further than MOST_MPS for the time between two fixes, and this."""
JITTER_M = 30.0
"""A step back by so little is noise."""
BACK, SWITCH, AGAINST = 2.0, 4.0, 3.0
"""What speaks against a place that lies back, one on another way, and one whose way leads against the drive."""
DRIVES_MPS, DRIVES_M = 2.0, 15.0
"""From this speed, or this far from the fix before, a heading says something."""
USUAL_MPS = 8.0
"""A vehicle that was not heard for a while may have come as far as so fast."""
WORST, MOST = 14.0, 8
"""Hypotheses so much worse than the best are dropped, and those beyond so many."""


class Fix(NamedTuple):
    """One position of a vehicle. `heading_deg` clockwise from north."""

    time_ms: int
    lon: float
    lat: float
    speed_mps: float | None = None
    heading_deg: float | None = None
    accuracy_m: float | None = None


class Spot(NamedTuple):
    """A place on the course: the stage's number, the number of its way, metres along it and off it."""

    stage: int
    way: int
    along_m: float
    off_m: float


class Hypothesis(NamedTuple):
    spot: Spot
    cost: float


class Matched(NamedTuple):
    """What one fix says. `spot` is None where no way is within reach; `off_m` is the distance to the nearest then."""

    spot: Spot | None
    off_m: float
    moved_m: float


class Matcher:
    """Follows one vehicle along `course` from its beginning."""

    def __init__(self, course: Course, begin_ms: int):
        self.course = course
        self.at_ms = begin_ms
        """When it was on a way last, and at `x`, `y` then."""
        first = course.stages[0]
        self.x, self.y = self.last = first.ways[0].place(0.0)
        self.hypotheses = [Hypothesis(Spot(0, way, 0.0, 0.0), 0.0) for way in range(len(first.ways))]

    def take(self, fix: Fix) -> Matched:
        """Let one fix in. Requires a later time than of the one before."""
        x, y = self.course.plane.to_metres(Point(fix.lon, fix.lat))
        moved_m = hypot(x - self.last[0], y - self.last[1])
        heading = _heading(fix, x - self.last[0], y - self.last[1], moved_m)
        step = Step(hypot(x - self.x, y - self.y), (fix.time_ms - self.at_ms) / 1000, *heading)
        self.last = (x, y)
        spots = list(self._candidates(x, y, step, fix.accuracy_m or 0.0))
        found = [one for spot in spots if (one := self._weighed(spot, step, fix.accuracy_m)) is not None]
        if not found:
            return Matched(None, self._off_m(x, y), moved_m)
        self.x, self.y, self.at_ms = x, y, fix.time_ms
        found.sort(key=lambda one: (one.cost, one.spot))
        least = found[0].cost
        self.hypotheses = [Hypothesis(one.spot, one.cost - least) for one in found[:MOST] if one.cost <= least + WORST]
        best = found[0].spot
        return Matched(best, best.off_m, moved_m)

    def _weighed(self, spot: Spot, step: Step, accuracy_m: float | None) -> Hypothesis | None:
        """The spot with what speaks against it, after the likeliest of what was before; None where none leads to it."""
        ways = [
            one.cost + cost for one in self.hypotheses if (cost := step.cost(self.course, one.spot, spot)) is not None
        ]
        if not ways:
            return None
        sigma_m = max(SIGMA_M, min(accuracy_m or 0.0, MOST_ACCURACY_M))
        return Hypothesis(spot, min(ways) + (spot.off_m / sigma_m) ** 2 / 2)

    def _candidates(self, x: float, y: float, step: Step, accuracy_m: float) -> Iterator[Spot]:
        """Places within the corridors at which it may be; first those in reach of where it was."""
        wider_m = MARGIN_M + min(accuracy_m, MOST_ACCURACY_M)
        reach_m = step.reach_m
        seen: set[tuple[int, int]] = set()
        found = False
        for span in self._spans(reach_m):
            seen.add(span[:2])
            for spot in self._within(*span, x, y, wider_m):
                found = True
                yield spot
        if found:
            return
        # It left the way that it was on: it may have come onto any other of this leg, or of the next.
        first = min(one.spot.stage for one in self.hypotheses)
        for stage in self.course.stages[first : first + 2]:
            for way in range(len(stage.ways)):
                if (stage.number, way) not in seen or reach_m < stage.ways[way].length_m:
                    yield from self._within(stage.number, way, 0.0, stage.ways[way].length_m, x, y, wider_m)

    def _spans(self, reach_m: float) -> list[tuple[int, int, float, float]]:
        """(stage, way, from metre, to metre) of what is in reach of the hypotheses, over into the next stage."""
        spans: list[tuple[int, int, float, float]] = []
        for one in self.hypotheses:
            at = one.spot
            length_m = self.course.stages[at.stage].ways[at.way].length_m
            spans.append((at.stage, at.way, max(0.0, at.along_m - reach_m), min(length_m, at.along_m + reach_m)))
            over_m = at.along_m + reach_m - length_m
            if over_m > 0 and at.stage + 1 < len(self.course.stages):
                after = self.course.stages[at.stage + 1]
                spans += [(at.stage + 1, way, 0.0, min(one.length_m, over_m)) for way, one in enumerate(after.ways)]
        return _merged(spans)

    def _within(
        self, number: int, way: int, from_m: float, to_m: float, x: float, y: float, wider_m: float
    ) -> Iterator[Spot]:
        """The nearest place of each time that this stretch of the way comes by."""
        line = self.course.stages[number].ways[way]
        within_m = line.width_m / 2 + wider_m
        best: Spot | None = None
        first = max(1, bisect_right(line.reached, from_m))
        last = min(len(line.reached) - 1, bisect_left(line.reached, to_m))
        for n in range(first, last + 1):
            along_m, off_m = line.project(n, x, y)
            if off_m > within_m:
                if best is not None:
                    yield best
                best = None
            elif best is None or off_m < best.off_m:
                best = Spot(number, way, along_m, off_m)
        if best is not None:
            yield best

    def _off_m(self, x: float, y: float) -> float:
        """How far the nearest way of the stages that it may be in is."""
        first = min(one.spot.stage for one in self.hypotheses)
        return min(
            way.project(n, x, y)[1]
            for stage in self.course.stages[first : first + 2]
            for way in stage.ways
            for n in range(1, len(way.xs))
        )

    def dump(self) -> dict[str, Any]:
        """All that a fix later depends on, as JSON has it."""
        return {
            "at_ms": self.at_ms,
            "x": round(self.x, 2),
            "y": round(self.y, 2),
            "last": [_short(one) for one in self.last],
            "spots": [[*map(_short, one.spot), _short(one.cost)] for one in self.hypotheses],
        }

    def load(self, plain: dict[str, Any]) -> None:
        """Go on from what `dump` gave. Raises KeyError, TypeError or ValueError for anything else."""
        spots = [
            Hypothesis(Spot(int(stage), int(way), float(along), float(off)), float(cost))
            for stage, way, along, off, cost in plain["spots"]
        ]
        for one in spots:
            stage: Stage = self.course.stages[one.spot.stage]
            if not 0 <= one.spot.along_m <= stage.ways[one.spot.way].length_m + 1 or one.spot.way < 0:
                raise ValueError(f"a place beyond the way: {one.spot}")
        east_m, north_m = plain["last"]
        self.at_ms, self.x, self.y = int(plain["at_ms"]), float(plain["x"]), float(plain["y"])
        self.last = (float(east_m), float(north_m))
        self.hypotheses = spots or self.hypotheses


class Step(NamedTuple):
    """Between two fixes: metres in a straight line, seconds, and the heading (east, north), (0, 0) where unknown."""

    gone_m: float
    after_s: float
    east: float
    north: float

    @property
    def reach_m(self) -> float:
        return MOST_MPS * self.after_s + REACH_M

    def cost(self, course: Course, before: Spot, spot: Spot) -> float | None:
        """What speaks against having come from `before` to `spot`; None where that cannot be."""
        if spot.stage < before.stage or spot.stage > before.stage + 1:
            return None
        if spot.stage == before.stage and spot.way != before.way:
            return SWITCH + self._against(course, spot, 1.0)
        metres = spot.along_m - before.along_m
        if spot.stage > before.stage:
            metres += course.stages[before.stage].ways[before.way].length_m
        if abs(metres) > self.reach_m:
            return None
        is_back = metres < -JITTER_M
        return self._apart(abs(metres)) + BACK * is_back + self._against(course, spot, -1.0 if is_back else 1.0)

    def _apart(self, metres: float) -> float:
        """How badly so many metres along the way fit the straight line and the time between the fixes."""
        most_m = max(self.gone_m, USUAL_MPS * 1.3 * self.after_s)
        if metres < self.gone_m:
            return (self.gone_m - metres) / 20
        return max(0.0, metres - most_m) / (30 + 0.3 * most_m)

    def _against(self, course: Course, spot: Spot, sign: float) -> float:
        if not (self.east or self.north):
            return 0.0
        east, north = course.stages[spot.stage].ways[spot.way].heading(spot.along_m)
        return AGAINST * (1 - sign * (east * self.east + north * self.north)) / 2


def _heading(fix: Fix, east_m: float, north_m: float, gone_m: float) -> tuple[float, float]:
    if fix.heading_deg is not None and fix.speed_mps is not None and fix.speed_mps >= DRIVES_MPS:
        return sin(radians(fix.heading_deg)), cos(radians(fix.heading_deg))
    return (east_m / gone_m, north_m / gone_m) if gone_m >= DRIVES_M else (0.0, 0.0)


def _merged(spans: Sequence[tuple[int, int, float, float]]) -> list[tuple[int, int, float, float]]:
    """The same stretches, those that overlap as one."""
    merged: list[tuple[int, int, float, float]] = []
    for stage, way, begin_m, end_m in sorted(spans):
        if merged and merged[-1][:2] == (stage, way) and begin_m <= merged[-1][3]:
            merged[-1] = (stage, way, merged[-1][2], max(merged[-1][3], end_m))
        else:
            merged.append((stage, way, begin_m, end_m))
    return merged


def _short(value: float) -> float:
    return round(value, 2)
