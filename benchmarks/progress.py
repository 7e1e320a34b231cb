"""How fast positions are matched to courses: 1,000 convoys at one fix a second, beside the nearest point on their line.

    python -m benchmarks.progress [CONVOYS] [SECONDS]

The peer is shapely's `LineString.project`, which knows no direction, no loops and no alternates, and keeps no facts.
Times are of the processor, the best of three turns; what the database takes is not in them.
"""

from __future__ import annotations

import math
import random
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import UUID

sys.path.insert(0, str(Path(__file__).parent.parent))

from shapely.geometry import LineString
from shapely.geometry import Point as ShapelyPoint

from safeconduct.movements.progress.course import Course, Drawn, course_of
from safeconduct.movements.progress.following import Followed, Following
from safeconduct.movements.progress.matching import Fix
from safeconduct.terms.place import LocalPlane, Point

BEGIN_MS = 1_772_463_600_000
TURNS = 3


def winding(draw: random.Random, corners: int = 400) -> list[Point]:
    """A road of some 20 km with a corner every 50 m."""
    plane = LocalPlane(Point(75.0 + draw.uniform(-0.2, 0.2), -5.0 + draw.uniform(-0.2, 0.2)))
    x = y = heading = 0.0
    found: list[Point] = []
    for _ in range(corners):
        found.append(plane.to_point(x, y))
        heading += draw.gauss(0, 0.15)
        x, y = x + 50 * math.cos(heading), y + 50 * math.sin(heading)
    return found


def courses(count: int) -> list[Course]:
    draw = random.Random(1)
    return [
        course_of([Drawn("marjan", [("road", 20.0, winding(draw))], BEGIN_MS, BEGIN_MS + 3_600_000)])
        for _ in range(count)
    ]


def fixes(course: Course, seconds: int, seed: int) -> list[Fix]:
    draw, way = random.Random(seed), course.stages[0].ways[0]
    found: list[Fix] = []
    for second in range(seconds):
        x, y = way.place(12.0 * second)
        spot = course.plane.to_point(x + draw.gauss(0, 5), y + draw.gauss(0, 5))
        found.append(Fix(BEGIN_MS + 1000 * (second + 1), spot.lon, spot.lat, 12.0, None, 5.0))
    return found


def followed(all_courses: Sequence[Course], drives: Sequence[Sequence[Fix]]) -> None:
    following = Following()
    plans = [
        (Followed(UUID(int=number), course, {f"gps/{number}": "V1"}, BEGIN_MS, 0), {})
        for number, course in enumerate(all_courses)
    ]
    following.tell(plans)
    for second in range(len(drives[0])):
        for number, drive in enumerate(drives):
            following.take(f"gps/{number}", drive[second])
        following.changed()


def projected(all_courses: Sequence[Course], drives: Sequence[Sequence[Fix]]) -> None:
    lines = [LineString(list(zip(c.stages[0].ways[0].xs, c.stages[0].ways[0].ys, strict=True))) for c in all_courses]
    for second in range(len(drives[0])):
        for course, line, drive in zip(all_courses, lines, drives, strict=True):
            spot = course.plane.to_metres(Point(drive[second].lon, drive[second].lat))
            line.project(ShapelyPoint(spot))


def best_s(run: Callable[[], None]) -> float:
    taken: list[float] = []
    for _ in range(TURNS):
        begun = time.process_time()
        run()
        taken.append(time.process_time() - begun)
    return min(taken)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 20
    all_courses = courses(count)
    drives = [fixes(course, seconds, seed) for seed, course in enumerate(all_courses)]
    ours_s, peer_s = (best_s(lambda run=run: run(all_courses, drives)) for run in (followed, projected))
    print(f"{count} convoys, a fix a second each, {seconds} s; processor time, best of {TURNS}")
    for what, taken_s in (
        ("followed, and told once a second", ours_s),
        ("shapely project, nearest point alone", peer_s),
    ):
        print(f"{what:38} {taken_s / count / seconds * 1e6:6.1f} us a fix  {taken_s / seconds * 1e3:6.0f} ms a second")
    print(f"ratio to the peer: {ours_s / peer_s:.2f}")


if __name__ == "__main__":
    main()
