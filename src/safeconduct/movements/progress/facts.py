"""What the fixes of one vehicle come to: where it is, how fast, and whether it is off the route, stands or speeds.

A fix costs some tens of microseconds and leaves a few numbers, however many came before. The same fixes lead to the
same facts, and a fix that was let in before changes nothing: after a crash they may come again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import hypot
from typing import Any

from safeconduct.movements.progress.course import AT_M, Course
from safeconduct.movements.progress.deviation import THRESHOLDS, Latch, Seen, Thresholds
from safeconduct.movements.progress.matching import DRIVES_MPS, Fix, Matcher, Spot

SMOOTH = 0.3
"""The share that a new speed has in the one that is shown."""
VAGUE_M = 100.0
"""A fix that may be further off says that its device is heard, and nothing of where."""


@dataclass
class Facts:
    """Facts of one vehicle on `course`. `passed`: the checkpoints at which it was, by name, and when."""

    course: Course
    callsign: str
    begin_ms: int
    limits: Thresholds = THRESHOLDS
    seen_ms: int = 0
    spot: Spot | None = None
    lon: float = 0.0
    lat: float = 0.0
    speed_mps: float = 0.0
    off_m: float = 0.0
    passed: dict[str, int] = field(default_factory=dict[str, int])
    off: Latch = field(default_factory=Latch)
    fast: Latch = field(default_factory=Latch)
    fast_kmh: float = 0.0
    stood_ms: int = 0
    """Since when it is within `stop_m` of `anchor`."""
    anchor: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        self.matcher = Matcher(self.course, self.begin_ms)
        self.stood_ms = self.begin_ms

    def take(self, fix: Fix) -> bool:
        """Let one fix in; whether it was new."""
        if fix.time_ms <= self.seen_ms or fix.time_ms < self.begin_ms:
            return False
        before_ms, self.seen_ms = self.seen_ms, fix.time_ms
        if fix.accuracy_m is not None and fix.accuracy_m > VAGUE_M:
            return True
        matched = self.matcher.take(fix)
        self.lon, self.lat, self.off_m = round(fix.lon, 6), round(fix.lat, 6), matched.off_m
        if matched.spot is not None:
            self.spot = matched.spot
        self._speed(fix, matched.moved_m, before_ms)
        self._pass(fix)
        off_confirm_s = self.limits.off_confirm_s
        self.off.step(matched.spot is None, fix.time_ms, off_confirm_s, off_confirm_s)
        self._stand(fix)
        return True

    @property
    def plan_m(self) -> float:
        """How far it came, on the scale of its course."""
        return (
            0.0 if self.spot is None else self.course.stages[self.spot.stage].plan_m(self.spot.way, self.spot.along_m)
        )

    def _speed(self, fix: Fix, moved_m: float, before_ms: int) -> None:
        after_s = (fix.time_ms - before_ms) / 1000
        speed_mps = fix.speed_mps
        if speed_mps is None:
            speed_mps = moved_m / after_s if before_ms and after_s >= 1.0 else self.speed_mps
        share = 1.0 if not before_ms or after_s > 10.0 else SMOOTH
        self.speed_mps += share * (speed_mps - self.speed_mps)
        most_kmh = self.most_kmh
        if most_kmh:
            kmh = self.speed_mps * 3.6
            holds = self.fast.since_ms is not None
            is_fast = kmh > (most_kmh if holds else most_kmh * self.limits.fast_factor)
            self.fast_kmh = max(self.fast_kmh, kmh) if is_fast else self.fast_kmh
            if not self.fast.step(is_fast, fix.time_ms, self.limits.fast_confirm_s, self.limits.fast_confirm_s):
                self.fast_kmh = kmh if is_fast else 0.0

    @property
    def most_kmh(self) -> float:
        """What the leg allows; 0 where it says nothing."""
        number = self.spot.stage if self.spot else 0
        return self.course.stages[number].max_speed_kmh or 0.0

    def _pass(self, fix: Fix) -> None:
        """Note the checkpoints at which it is: near one by the map, and on the way so far that it can be at it."""
        x, y = self.matcher.last
        for one in self.course.checkpoints:
            near = abs(one.x - x) <= AT_M and abs(one.y - y) <= AT_M and hypot(one.x - x, one.y - y) <= AT_M
            if near and one.name not in self.passed and abs(self.plan_m - one.plan_m) <= 3 * AT_M:
                self.passed[one.name] = fix.time_ms

    def _stand(self, fix: Fix) -> None:
        x, y = self.matcher.last
        if self.anchor is None:
            self.anchor, self.stood_ms = (x, y), fix.time_ms
            return
        away_m = hypot(x - self.anchor[0], y - self.anchor[1])
        stands = self.is_standing
        if away_m > self.limits.stop_m * (2 if stands else 1) or (away_m > self.limits.stop_m / 2 and self._drives):
            self.anchor, self.stood_ms = (x, y), fix.time_ms

    @property
    def _drives(self) -> bool:
        return self.speed_mps > 2 * DRIVES_MPS

    @property
    def is_standing(self) -> bool:
        return self.seen_ms - self.stood_ms >= self.limits.stop_s * 1000

    @property
    def stopped_ms(self) -> int | None:
        """Since when it stands where no stop is planned."""
        if self.anchor is None or not self.is_standing:
            return None
        x, y = self.anchor
        if any(hypot(x - east, y - north) <= AT_M for east, north in self.course.stops()):
            return None
        return self.stood_ms

    def seen(self) -> Seen:
        """For the classes of deviation."""
        return Seen(
            self.callsign,
            self.seen_ms,
            self.off.since_ms,
            self.off_m,
            self.stopped_ms,
            self.fast.since_ms,
            self.fast_kmh,
            self.most_kmh,
        )

    def dump(self) -> dict[str, Any]:
        """As JSON keeps it: for the row, and to go on from after a restart."""
        return {
            "callsign": self.callsign,
            "seen_ms": self.seen_ms,
            "lon": self.lon,
            "lat": self.lat,
            "speed_mps": round(self.speed_mps, 2),
            "off_m": round(self.off_m, 1),
            "plan_m": round(self.plan_m, 1),
            "most_kmh": self.most_kmh,
            "stopped_ms": self.stopped_ms,
            "passed": self.passed,
            "spot": self.spot and list(self.spot),
            "off": self.off.dump(),
            "fast": self.fast.dump(),
            "fast_kmh": round(self.fast_kmh, 1),
            "stood_ms": self.stood_ms,
            "anchor": self.anchor and [round(one, 1) for one in self.anchor],
            "matcher": self.matcher.dump(),
        }

    def load(self, plain: Mapping[str, Any]) -> None:
        """Go on from what `dump` gave. Raises KeyError, TypeError or ValueError for anything else."""
        self.matcher.load(plain["matcher"])
        self.seen_ms, self.lon, self.lat = int(plain["seen_ms"]), plain["lon"], plain["lat"]
        self.speed_mps, self.off_m, self.fast_kmh = plain["speed_mps"], plain["off_m"], plain["fast_kmh"]
        self.passed = {name: int(at_ms) for name, at_ms in plain["passed"].items()}
        self.spot = Spot(*plain["spot"]) if plain["spot"] else None
        self.off, self.fast = Latch.load(plain["off"]), Latch.load(plain["fast"])
        self.stood_ms, self.anchor = int(plain["stood_ms"]), tuple(plain["anchor"]) if plain["anchor"] else None


def seen_of(plain: Mapping[str, Any]) -> Seen:
    """What `dump` gave, for the classes of deviation."""
    return Seen(
        plain["callsign"],
        plain["seen_ms"],
        plain["off"][0],
        plain["off_m"],
        plain["stopped_ms"],
        plain["fast"][0],
        plain["fast_kmh"],
        plain["most_kmh"],
    )
