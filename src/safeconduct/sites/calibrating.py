"""What a calibration is worth, for whoever makes it: how far each pair is off, and what of the ground is seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from safeconduct.sites.ground import LEAST_POINTS, Ground, Spot, calibrate
from safeconduct.terms.errors import BadInput
from safeconduct.terms.place import METRES_PER_DEGREE

MUCH_M = 3.0
"""A pair further off than this is probably wrong: a car is hardly longer."""
COLUMNS, ROWS, HALVINGS = 32, 64, 8
NARROW = 0.25
"""Pairs that span less than this share of the picture's width and of its height say little of the rest."""


@dataclass(frozen=True)
class Pair:
    """One pair: how far from its place its pixel falls, and where."""

    x: float
    y: float
    lon: float
    lat: float
    off_m: float | None
    found: tuple[float, float] | None


@dataclass(frozen=True)
class Fit:
    """`doubts` are codes of what is probably wrong though a ground was found; whoever saves it says that it is so.

    `horizon`: two pixels on the frame's edge; None where it passes outside. `sees`: a ring of (lon, lat), what of the
    frame falls on the ground closely enough to be used. `accuracy_m`: least and greatest within it.
    """

    residual_m: float
    worst_m: float
    pairs: Sequence[Pair]
    doubts: Sequence[str]
    horizon: tuple[tuple[float, float], tuple[float, float]] | None
    sees: Sequence[tuple[float, float]]
    accuracy_m: tuple[float, float] | None


def fitted(calibration: Mapping[str, Any]) -> Fit:
    """Raises BadInput for a calibration that ground.py refuses."""
    ground = calibrate(calibration)
    pairs = [_pair(ground, *point) for point in calibration["points"]]
    sees, accuracies = _seen(ground)
    worst_m = max(one.off_m or 0.0 for one in pairs)
    return Fit(
        residual_m=ground.residual_m,
        worst_m=worst_m,
        pairs=pairs,
        doubts=_doubts(ground, pairs, worst_m),
        horizon=_horizon(ground),
        sees=sees,
        accuracy_m=(min(accuracies), max(accuracies)) if accuracies else None,
    )


def suspect(calibration: Mapping[str, Any]) -> int | None:
    """The index of the one pair without which the others fit well; None where there is none, or too few to tell."""
    points = list(calibration["points"])
    if len(points) < LEAST_POINTS + 2 or _residual_m(calibration, points) <= MUCH_M / 3:
        return None
    left_m = [_residual_m(calibration, points[:number] + points[number + 1 :]) for number in range(len(points))]
    best = min(range(len(points)), key=left_m.__getitem__)
    others = min(value for number, value in enumerate(left_m) if number != best)
    return best if left_m[best] < MUCH_M and left_m[best] < others / 3 else None


def _residual_m(calibration: Mapping[str, Any], points: Sequence[Any]) -> float:
    try:
        return calibrate({**calibration, "points": points}).residual_m
    except BadInput:
        return float("inf")


def _pair(ground: Ground, x: float, y: float, lon: float, lat: float) -> Pair:
    spot = ground.spot(x, y)
    if spot is None:
        return Pair(x, y, lon, lat, None, None)
    north = (spot.lat - lat) * METRES_PER_DEGREE
    east = (spot.lon - lon) * METRES_PER_DEGREE * ground.shrinkage
    return Pair(x, y, lon, lat, (north**2 + east**2) ** 0.5, (spot.lon, spot.lat))


def _doubts(ground: Ground, pairs: Sequence[Pair], worst_m: float) -> list[str]:
    spans = [
        (max(values) - min(values)) / whole
        for values, whole in (
            ([one.x for one in pairs], ground.width),
            ([one.y for one in pairs], ground.height),
        )
    ]
    found = {
        "mirrored": ground.is_mirrored,
        "far_off": worst_m > MUCH_M,
        "uncertain": any(one.off_m is None for one in pairs),
        "bunched": max(spans) < NARROW,
    }
    return [code for code, holds in found.items() if holds]


def _horizon(ground: Ground) -> tuple[tuple[float, float], tuple[float, float]] | None:
    a, b, c = (float(value) for value in ground.to_ground[2])
    width, height = ground.width, ground.height
    crossings = [(x, -(a * x + c) / b) for x in (0.0, width) if abs(b) > 1e-12]
    crossings += [(-(b * y + c) / a, y) for y in (0.0, height) if abs(a) > 1e-12]
    inside = [(x, y) for x, y in crossings if -1e-6 <= x <= width + 1e-6 and -1e-6 <= y <= height + 1e-6]
    if len(inside) < 2:
        return None
    begin = min(inside)
    end = max(inside)
    return (begin, end) if begin != end else None


def _seen(ground: Ground) -> tuple[list[tuple[float, float]], list[float]]:
    """The near edge of what is usable, column by column, and back along the far one; with accuracies along both."""
    near: list[Spot] = []
    far: list[Spot] = []
    for number in range(COLUMNS + 1):
        x = ground.width * number / COLUMNS
        found = [row for row in range(ROWS, -1, -1) if ground.spot(x, ground.height * row / ROWS)]
        if not found:
            continue
        low = found[0]
        high = next((row for row in range(low, -1, -1) if row - 1 not in found), 0)
        begin = ground.spot(x, ground.height * low / ROWS)
        end = _edge(ground, x, ground.height * high / ROWS, ground.height * max(0, high - 1) / ROWS)
        if begin and end:
            near.append(begin)
            far.append(end)
    ring = [(spot.lon, spot.lat) for spot in [*near, *reversed(far)]]
    return [*ring, *ring[:1]], [spot.accuracy_m for spot in [*near, *far]]


def _edge(ground: Ground, x: float, inside: float, outside: float) -> Spot | None:
    """The last usable place of a column between a row that is and one that may not be."""
    best = ground.spot(x, inside)
    if further := ground.spot(x, outside):
        return further
    for _ in range(HALVINGS):
        middle = (inside + outside) / 2
        spot = ground.spot(x, middle)
        if spot:
            best, inside = spot, middle
        else:
            outside = middle
    return best
