"""Courses and drives for tests: roads drawn in metres, and the fixes of a vehicle that drives along them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from safeconduct.movements.progress.course import Course, Drawn, Way, course_of
from safeconduct.movements.progress.matching import Fix
from safeconduct.terms.place import LocalPlane, Point

PLANE = LocalPlane(Point(75.0, -5.0))
BEGIN_MS = 1_772_463_600_000
"""2026-03-02T15:00:00Z."""

STRAIGHT = [(0, 0), (3000, 0), (3000, 4000)]
DETOUR = [(0, 0), (0, 1500), (3000, 1500), (3000, 4000)]
LOLLIPOP = [(0, 0), (2000, 0), (2000, 1000), (3000, 1000), (3000, 0), (2000, 0), (0, 0)]
"""Out along a road, round a block, and back by the same road."""
EIGHT = [(0, 0), (1000, 1000), (2000, 0), (2000, 1000), (1000, 0), (0, 1000)]
"""Crosses itself in the middle."""


def points(corners: Sequence[tuple[float, float]]) -> list[Point]:
    return [PLANE.to_point(*corner) for corner in corners]


def leg(
    *lines: Sequence[tuple[float, float]],
    begin_s: float = 0,
    minutes: float = 20,
    checkpoints: Sequence[tuple[str, tuple[float, float], float | None]] = (),
    **more: object,
) -> Drawn:
    begin_ms = BEGIN_MS + int(begin_s * 1000)
    return Drawn(
        "marjan",
        [(f"way {number}", 20.0, points(line)) for number, line in enumerate(lines)],
        begin_ms,
        begin_ms + int(minutes * 60_000),
        [
            (name, PLANE.to_point(*at), due if due is None else BEGIN_MS + int(due * 1000))
            for name, at, due in checkpoints
        ],
        **more,  # type: ignore[arg-type]
    )


def course(*legs: Drawn) -> Course:
    return course_of(legs)


def drive(
    way: Way,
    plane: LocalPlane,
    *,
    mps: float = 15.0,
    every_s: float = 1.0,
    from_m: float = 0.0,
    to_m: float | None = None,
    begin_ms: int = BEGIN_MS + 1000,
    noise_m: float = 0.0,
    seed: int = 1,
    told: bool = True,
) -> Iterator[tuple[Fix, float]]:
    """Fixes of a vehicle along a way, with where it really is; `told`: its device says its speed and heading."""
    import math

    draw = random.Random(seed)
    end_m = way.length_m if to_m is None else to_m
    sign = 1.0 if end_m >= from_m else -1.0
    number = 0
    along_m = from_m
    while sign * (end_m - along_m) > 0:
        x, y = way.place(along_m)
        east, north = way.heading(along_m)
        spot = plane.to_point(x + draw.gauss(0, noise_m), y + draw.gauss(0, noise_m))
        heading = math.degrees(math.atan2(sign * east, sign * north)) % 360
        speed, heading_deg = (mps, heading) if told else (None, None)
        yield Fix(begin_ms + int(number * every_s * 1000), spot.lon, spot.lat, speed, heading_deg, None), along_m
        number += 1
        along_m = from_m + sign * mps * every_s * number
