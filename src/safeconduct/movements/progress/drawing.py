"""A movement as a strip, planned against actual, and its track on the ground: whole numbers, and no colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from safeconduct.release import Projection
from safeconduct.sites.routes import RouteLine
from safeconduct.terms.instant import parse
from safeconduct.terms.place import LocalPlane, Point

WIDE = 1000
"""The length of every strip: what is drawn on it are thousandths of the way."""


@dataclass(frozen=True)
class Stop:
    """A checkpoint on the strip."""

    name: str
    at: int
    is_passed: bool


@dataclass(frozen=True)
class Drawing:
    """Where it is and where it is planned to be, in thousandths; None where the reader is not told or nobody knows."""

    actual: int | None
    planned: int | None
    stops: Sequence[Stop]
    vehicles: Sequence[tuple[str, int]]

    @property
    def percent(self) -> int | None:
        return None if self.actual is None else self.actual // 10


def drawn(progress: Projection, now: datetime) -> Drawing:
    length_m = progress.get("length_m") or 0.0

    def share(metres: float) -> int:
        return min(WIDE, max(0, round(WIDE * metres / length_m))) if length_m else 0

    known = progress.get("seen_at") is not None and "plan_m" in progress
    actual = share(progress["plan_m"]) if known or progress.get("state") == "arrived" else None
    planned = share(planned_m(progress["plan"], now)) if progress.get("plan") else None
    return Drawing(
        actual if length_m else None,
        planned,
        [Stop(one["name"], share(one["plan_m"]), bool(one["at"])) for one in progress.get("checkpoints", ())],
        [(one["callsign"], share(one["plan_m"])) for one in progress.get("vehicles", ())],
    )


def planned_m(plan: Sequence[Sequence[Any]], now: datetime) -> float:
    """Where it is planned to be now."""
    knots = [(parse(at), float(metres)) for at, metres in plan]
    before = [knot for knot in knots if knot[0] <= now]
    after = [knot for knot in knots if knot[0] > now]
    if not before:
        return knots[0][1]
    if not after:
        return knots[-1][1]
    (begin, low), (end, high) = before[-1], after[0]
    return low + (high - low) * ((now - begin) / (end - begin))


@dataclass(frozen=True)
class Track:
    """The ground in whole units, west to east and north to south: `box` for the picture, lines as its points."""

    box: str
    route: Sequence[str]
    trail: str
    here: tuple[int, int]
    width: int


SPAN = 1000
MARGIN = 60


def track(progress: Projection, lines: Sequence[RouteLine]) -> Track | None:
    """The last places of a movement with its route, for whoever may read positions."""
    if progress.get("lon") is None or progress.get("lat") is None:
        return None
    places = [Point(*place) for place in progress.get("trail", ())] or [Point(progress["lon"], progress["lat"])]
    here = Point(progress["lon"], progress["lat"])
    plane = LocalPlane(here)
    ways = [[plane.to_metres(point) for point in line.points] for line in lines]
    trail = [plane.to_metres(point) for point in [*places, here]]
    every = [spot for way in [*ways, trail] for spot in way]
    west, south = min(x for x, _ in every), min(y for _, y in every)
    extent = max(max(x for x, _ in every) - west, max(y for _, y in every) - south, 200.0)

    def spot(x: float, y: float) -> tuple[int, int]:
        return round((x - west) / extent * SPAN), round(SPAN - (y - south) / extent * SPAN)

    def line(spots: Sequence[tuple[float, float]]) -> str:
        return " ".join(f"{x},{y}" for x, y in (spot(*one) for one in spots))

    top = min(y for _, y in (spot(*one) for one in every))
    high = SPAN - top
    box = f"{-MARGIN} {top - MARGIN} {SPAN + 2 * MARGIN} {high + 2 * MARGIN}"
    return Track(box, [line(way) for way in ways], line(trail), spot(0.0, 0.0), round(extent))
