"""The convoy's own GPS: it stands in the compound until somebody enters its departure, then drives its way."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import datetime
from itertools import pairwise
from math import hypot
from typing import Any

from safeconduct.demo.cameras import CONVOY
from safeconduct.demo.world import CONVOY_PATH, position
from safeconduct.terms import instant
from safeconduct.terms.party import Grant, Principal

SPEED_MPS = 6.0
BETWEEN_M = 25.0
"""From one vehicle to the next."""
ASKED_EVERY_S = 1.0

DEVICES = tuple(f"gps/{one}" for one in CONVOY)
"""Sensor and track of each vehicle, as a plan names them."""


class Departure:
    """When the convoy left, asked of the node once a second until it has."""

    def __init__(self, name: str):
        self._name = name
        self._asked_at_s = float("-inf")
        self._left_at: datetime | None = None

    def at(self) -> datetime | None:
        if self._left_at is None and time.monotonic() - self._asked_at_s >= ASKED_EVERY_S:
            self._asked_at_s = time.monotonic()
            self._left_at = _left_at(self._name)
        return self._left_at


def _left_at(name: str) -> datetime | None:
    from safeconduct.movements.queries import departures, movements

    planner = Principal("project", "partner", (Grant("partner.project_manager"),))
    refs = [one.id for one in movements(planner) if one.get("name") == name]
    return next(iter(departures(refs).values()), None)


def driven(rows: Iterable[dict[str, Any]], left_at: datetime | None) -> list[dict[str, Any]]:
    """The rows with those of the convoy's devices where it is at their times; as they are until it has left."""
    return list(rows) if left_at is None else [_driven(row, left_at) for row in rows]


def _driven(row: dict[str, Any], left_at: datetime) -> dict[str, Any]:
    device = f"{row['sensor']}/{row['track']}"
    if device not in DEVICES:
        return row
    gone_s = (instant.parse(row["time"]) - left_at).total_seconds()
    if gone_s < 0:
        return row
    lon, lat = position(*along(SPEED_MPS * gone_s - BETWEEN_M * DEVICES.index(device)))
    return {**row, "lon": lon, "lat": lat}


def along(way_m: float) -> tuple[float, float]:
    """The place so far along the convoy's way: at its begin before that, and at its end after it."""
    left_m = max(0.0, way_m)
    for (x0, y0), (x1, y1) in pairwise(CONVOY_PATH):
        length_m = hypot(x1 - x0, y1 - y0)
        if left_m <= length_m:
            share = left_m / length_m
            return x0 + share * (x1 - x0), y0 + share * (y1 - y0)
        left_m -= length_m
    return CONVOY_PATH[-1]
