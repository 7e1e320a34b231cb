"""What the sensors make of the traffic: cameras with their ordinary faults, and the guards' GPS.

Cameras give ids of their own, switch them, drop frames, and lose sight behind lorries; neighbours know nothing of each
other. Nothing here says which vehicle an observation is of.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from safeconduct.demo.traffic import Fix
from safeconduct.demo.trips import FIRST_S, GUARDS, WAITING_CAR
from safeconduct.demo.world import CAMERAS, COMPOUND, Area, position
from safeconduct.terms.instant import iso

DROPPED_FRAMES = 0.15
NOISE_M = 1.2
GPS_NOISE_M = 2.5
GPS_EVERY_S = 5
SWITCH_EVERY_S = 400.0
"""An id lasts so long in view, on average."""

OCCLUSION_EVERY_S = 120.0
OCCLUSION_S = (3.0, 25.0)
UNKNOWN_KIND = 0.03

BLIND_SPELLS_S = ((95, 130), (244, 260), (780, 862), (1500, 1540), (2230, 2262))
"""Seconds since T+0 in which no camera sees the waiting car; each time it comes back under new ids."""

CONVOY = ("convoy-1", "convoy-2", "convoy-3", "convoy-4")
"""Parked in the compound: whether they leave is not for the traffic to decide."""

CELL_M = 50


@dataclass
class _View:
    """One vehicle in the view of one camera."""

    track: str
    kind: str
    switches_at_s: float
    hidden_until_s: float = -math.inf


def watched(moments: Iterable[tuple[int, list[Fix]]], start: datetime, seed: int) -> Iterator[dict[str, Any]]:
    """Observations in event-time order, rows of the watch's input; `start` is the time of second FIRST_S."""
    cameras = _Cameras(Random(f"{seed} cameras"))  # noqa: S311 -- camera faults, no secret
    gps = Random(f"{seed} gps")  # noqa: S311 -- noise, no secret
    for second, fixes in moments:
        time = iso(start + timedelta(seconds=second - FIRST_S))
        rows = cameras.look(second, fixes)
        if second % GPS_EVERY_S == 0:
            rows += _trackers(fixes, gps)
        for sensor, track, kind, east_m, north_m in sorted(rows):
            lon, lat = position(east_m, north_m)
            yield {"time": time, "sensor": sensor, "track": track, "lon": lon, "lat": lat, "kind": kind}


_Row = tuple[str, str, str, float, float]
"""Sensor, track, kind, metres east, metres north."""


class _Cameras:
    def __init__(self, random: Random):
        self.random = random
        self.tracks = dict.fromkeys(CAMERAS, 0)
        self.views: dict[tuple[str, str], _View] = {}
        self.near = _cameras_by_cell()

    def look(self, second: int, fixes: list[Fix]) -> list[_Row]:
        rows: list[_Row] = []
        seen: dict[tuple[str, str], _View] = {}
        blind = any(begin <= second < end for begin, end in BLIND_SPELLS_S)
        for fix in fixes:
            for sensor, area in self.near.get(_cell(fix.east_m, fix.north_m), ()):
                if not area.contains(fix.east_m, fix.north_m) or (blind and fix.vehicle == WAITING_CAR):
                    continue
                key = (sensor, fix.vehicle)
                view = seen[key] = self.views.get(key) or self._new_view(sensor, fix, second)
                if self._is_visible(view, sensor, second):
                    rows.append((sensor, view.track, view.kind, *self._blurred(fix)))
        # A vehicle that left the view comes back as a stranger.
        self.views = seen
        return rows

    def _new_view(self, sensor: str, fix: Fix, second: int) -> _View:
        kind = "unknown" if self.random.random() < UNKNOWN_KIND else fix.kind
        return _View(self._new_track(sensor), kind, second + self._lasts())

    def _new_track(self, sensor: str) -> str:
        self.tracks[sensor] += 1
        return str(self.tracks[sensor])

    def _lasts(self) -> float:
        return -SWITCH_EVERY_S * math.log(1 - self.random.random())

    def _is_visible(self, view: _View, sensor: str, second: int) -> bool:
        """Whether this frame shows it; also where an id is switched or sight is lost."""
        if second < view.hidden_until_s:
            return False
        if second >= view.switches_at_s:
            view.track, view.switches_at_s = self._new_track(sensor), second + self._lasts()
        if self.random.random() < 1 / OCCLUSION_EVERY_S:
            shortest, longest = OCCLUSION_S
            view.hidden_until_s = second + shortest + (longest - shortest) * self.random.random()
            if self.random.random() < 0.5:
                view.switches_at_s = view.hidden_until_s
            return False
        return self.random.random() >= DROPPED_FRAMES

    def _blurred(self, fix: Fix) -> tuple[float, float]:
        return fix.east_m + NOISE_M * _normal(self.random), fix.north_m + NOISE_M * _normal(self.random)


def _trackers(fixes: list[Fix], random: Random) -> list[_Row]:
    """The host's and the partner's own vehicles, by their own GPS."""
    own = [(fix.vehicle, fix.east_m, fix.north_m) for fix in fixes if fix.vehicle in GUARDS]
    own += [(vehicle, COMPOUND[0] + 30.0, COMPOUND[1] - 12.0 + 8 * i) for i, vehicle in enumerate(CONVOY)]
    return [
        ("gps", vehicle, "own", east + GPS_NOISE_M * _normal(random), north + GPS_NOISE_M * _normal(random))
        for vehicle, east, north in own
    ]


def _normal(random: Random) -> float:
    """A standard normal deviate from two of `random.random()`, the one stream that Python promises to keep."""
    return math.sqrt(-2 * math.log(1 - random.random())) * math.cos(2 * math.pi * random.random())


def _cell(east_m: float, north_m: float) -> tuple[int, int]:
    return int(east_m // CELL_M), int(north_m // CELL_M)


def _cameras_by_cell() -> dict[tuple[int, int], list[tuple[str, Area]]]:
    found: dict[tuple[int, int], list[tuple[str, Area]]] = {}
    for sensor, area in CAMERAS.items():
        west, south = _cell(area.west, area.south)
        east, north = _cell(area.east, area.north)
        for x in range(west, east + 1):
            for y in range(south, north + 1):
                found.setdefault((x, y), []).append((sensor, area))
    return found
