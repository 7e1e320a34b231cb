"""Where a vehicle is on a course, slowly: every segment of every way is a candidate for every fix, and every path
through all of them is weighed. The definition of what speaks against a place is written out once more here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from safeconduct.movements.progress.course import Course
from safeconduct.movements.progress.matching import Fix
from safeconduct.terms.place import Point


class Candidate(NamedTuple):
    stage: int
    way: int
    along_m: float
    off_m: float
    heading: tuple[float, float]


def likeliest(
    course: Course, begin_ms: int, fixes: Sequence[Fix], slack: float
) -> list[tuple[float, set[tuple[int, int, int]]]]:
    """After each fix: the least cost of any path, and (stage, way, whole metres) of all places that cost at most
    `slack` more. Empty where the fix is on no way."""
    paths: list[tuple[Candidate, float]] = [
        (Candidate(0, way, 0.0, 0.0, (0.0, 0.0)), 0.0) for way in range(len(course.stages[0].ways))
    ]
    first = course.stages[0].ways[0]
    at_ms, here, last = begin_ms, (first.xs[0], first.ys[0]), (first.xs[0], first.ys[0])
    answers: list[tuple[float, set[tuple[int, int, int]]]] = []
    for fix in fixes:
        x, y = course.plane.to_metres(Point(fix.lon, fix.lat))
        gone_m = math.dist((x, y), here)
        heading = _heading(fix, (x, y), last)
        last = (x, y)
        after_s = (fix.time_ms - at_ms) / 1000
        fresh: list[tuple[Candidate, float]] = []
        for one in _candidates(course, x, y, fix):
            costs = [
                cost + step
                for before, cost in paths
                if (step := _step(course, before, one, gone_m, after_s, heading)) is not None
            ]
            if costs:
                sigma_m = max(12.0, min(fix.accuracy_m or 0.0, 60.0))
                fresh.append((one, min(costs) + (one.off_m / sigma_m) ** 2 / 2))
        if not fresh:
            answers.append((math.inf, set()))
            continue
        paths, at_ms, here = fresh, fix.time_ms, (x, y)
        least = min(cost for _, cost in paths)
        near = {(one.stage, one.way, round(one.along_m)) for one, cost in paths if cost <= least + slack}
        answers.append((least, near))
    return answers


def _candidates(course: Course, x: float, y: float, fix: Fix) -> list[Candidate]:
    found: list[Candidate] = []
    for stage in course.stages:
        for number, way in enumerate(stage.ways):
            for n in range(1, len(way.xs)):
                ax, ay, bx, by = way.xs[n - 1], way.ys[n - 1], way.xs[n], way.ys[n]
                length = math.dist((ax, ay), (bx, by))
                share = max(0.0, min(1.0, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length**2))
                off_m = math.dist((x, y), (ax + share * (bx - ax), ay + share * (by - ay)))
                if off_m <= way.width_m / 2 + 25.0 + min(fix.accuracy_m or 0.0, 60.0):
                    along_m = way.reached[n - 1] + share * length
                    found.append(
                        Candidate(stage.number, number, along_m, off_m, ((bx - ax) / length, (by - ay) / length))
                    )
    return found


def _heading(fix: Fix, here: tuple[float, float], last: tuple[float, float]) -> tuple[float, float]:
    if fix.heading_deg is not None and fix.speed_mps is not None and fix.speed_mps >= 2.0:
        return math.sin(math.radians(fix.heading_deg)), math.cos(math.radians(fix.heading_deg))
    moved_m = math.dist(here, last)
    return ((here[0] - last[0]) / moved_m, (here[1] - last[1]) / moved_m) if moved_m >= 15.0 else (0.0, 0.0)


def _step(
    course: Course, before: Candidate, one: Candidate, gone_m: float, after_s: float, heading: tuple[float, float]
) -> float | None:
    against = 0.0
    towards = one.heading[0] * heading[0] + one.heading[1] * heading[1]
    if one.stage not in (before.stage, before.stage + 1):
        return None
    if one.stage == before.stage and one.way != before.way:
        return 4.0 + (3.0 * (1 - towards) / 2 if any(heading) else 0.0)
    metres = one.along_m - before.along_m
    if one.stage > before.stage:
        metres += course.stages[before.stage].ways[before.way].length_m
    if abs(metres) > 45.0 * after_s + 120.0:
        return None
    back = metres < -30.0
    if any(heading):
        against = 3.0 * (1 - (-towards if back else towards)) / 2
    usual_m = max(gone_m, 8.0 * 1.3 * after_s)
    far = (
        (gone_m - abs(metres)) / 20 if abs(metres) < gone_m else max(0.0, abs(metres) - usual_m) / (30 + 0.3 * usual_m)
    )
    return far + (2.0 if back else 0.0) + against


def nearest_m(answer: set[tuple[int, int, int]], spot: Any) -> float:
    """How far along the way the answer's nearest place of the same way is from `spot`."""
    same = [abs(metres - spot.along_m) for stage, way, metres in answer if (stage, way) == (spot.stage, spot.way)]
    return min(same, default=math.inf)
