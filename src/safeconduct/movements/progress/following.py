"""Follows the vehicles of movements by their devices, in the process of the watch. Plain values in and out.

It keeps the newest facts of each vehicle, whatever the rate of its fixes, and gives out what changed when it is asked:
once a second at most. All that it knows is also in what it gives out, so that another process can go on from there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import hypot
from typing import Any
from uuid import UUID

from safeconduct.movements.progress.course import Course
from safeconduct.movements.progress.deviation import THRESHOLDS
from safeconduct.movements.progress.facts import Facts
from safeconduct.movements.progress.matching import Fix
from safeconduct.terms.instant import from_epoch_ms, iso
from safeconduct.terms.place import Point

TRAIL, TRAIL_M = 120, 60.0
"""The last places that are kept, and how far apart they are at least."""


@dataclass(frozen=True)
class Followed:
    """A movement that is on its way. `devices`: `sensor/track` to callsign."""

    ref: UUID
    course: Course
    devices: Mapping[str, str]
    begin_ms: int
    shift_s: int


@dataclass
class Convoy:
    """The vehicles of one movement that were heard, by callsign."""

    plan: Followed
    vehicles: dict[str, Facts] = field(default_factory=dict[str, Facts])
    trail: list[list[float]] = field(default_factory=list[list[float]])
    changed: bool = False

    def take(self, callsign: str, fix: Fix) -> None:
        known = self.vehicles.get(callsign)
        if known is None:
            known = self.vehicles[callsign] = Facts(self.plan.course, callsign, self.plan.begin_ms)
        self.changed |= known.take(fix)

    def again(self, plan: Followed, facts: Mapping[str, Any] | None = None) -> None:
        """Follow it by another plan, or go on from what was given out; what does not fit the course begins anew."""
        kept = facts if facts is not None else self._dump()
        self.plan = plan
        self.trail = list(kept.get("trail", []))
        self.vehicles = {}
        callsigns = set(plan.devices.values())
        for callsign, plain in kept.get("vehicles", {}).items():
            found = Facts(plan.course, callsign, plan.begin_ms)
            try:
                found.load(plain)
            except (KeyError, TypeError, ValueError, IndexError):
                found = Facts(plan.course, callsign, plan.begin_ms)
            if callsign in callsigns:
                self.vehicles[callsign] = found

    def _dump(self) -> dict[str, Any]:
        return {"vehicles": {name: one.dump() for name, one in self.vehicles.items()}, "trail": self.trail}

    def columns(self) -> dict[str, Any]:
        """What is told of it: where its rear is, of those vehicles that are heard, and each of them."""
        newest_ms = max(one.seen_ms for one in self.vehicles.values())
        heard = [one for one in self.vehicles.values() if newest_ms - one.seen_ms <= THRESHOLDS.silent_s * 1000]
        rear = min(heard, key=lambda one: one.plan_m)
        self._extend_trail(rear)
        delay_ms = rear.seen_ms - self.plan.course.planned_ms(rear.plan_m) - self.plan.shift_s * 1000
        return {
            "plan_m": round(rear.plan_m, 1),
            "delay_s": round(delay_ms / 1000),
            "leg": (rear.spot.stage if rear.spot else 0) + 1,
            "speed_kmh": round(rear.speed_mps * 3.6, 1),
            "seen_at": from_epoch_ms(newest_ms),
            "source": "device",
            "lon": rear.lon,
            "lat": rear.lat,
            "trail": self.trail,
            "vehicles": [_told(one) for _, one in sorted(self.vehicles.items())],
            "facts": self._dump(),
        }

    def _extend_trail(self, rear: Facts) -> None:
        if self.trail:
            x0, y0 = self.plan.course.plane.to_metres(Point(*self.trail[-1]))
            x, y = self.plan.course.plane.to_metres(Point(rear.lon, rear.lat))
            if hypot(x - x0, y - y0) < TRAIL_M:
                return
        self.trail = [*self.trail, [rear.lon, rear.lat]][-TRAIL:]


def _told(one: Facts) -> dict[str, Any]:
    state = "off" if one.off.since_ms is not None else "standing" if one.is_standing else "driving"
    return {
        "callsign": one.callsign,
        "plan_m": round(one.plan_m),
        "off_m": round(one.off_m),
        "speed_kmh": round(one.speed_mps * 3.6),
        "seen_at": iso(from_epoch_ms(one.seen_ms)),
        "state": state,
    }


class Following:
    """Every movement that is on its way and has devices."""

    def __init__(self) -> None:
        self.convoys: dict[UUID, Convoy] = {}
        self._by_device: dict[str, list[tuple[Convoy, str]]] = {}

    @property
    def devices(self) -> frozenset[str]:
        return frozenset(self._by_device)

    def tell(self, plans: Iterable[tuple[Followed, Mapping[str, Any]]]) -> None:
        """These are on their way now, each with what was given out of it last. What is followed already goes on."""
        told = {plan.ref: (plan, facts) for plan, facts in plans}
        self.convoys = {ref: one for ref, one in self.convoys.items() if ref in told}
        for ref, (plan, facts) in told.items():
            known = self.convoys.get(ref)
            if known is None:
                known = self.convoys[ref] = Convoy(plan)
                known.again(plan, facts)
            elif known.plan != plan:
                known.again(plan)
                known.changed = bool(known.vehicles)
        self._by_device = {}
        for convoy in self.convoys.values():
            for device, callsign in convoy.plan.devices.items():
                self._by_device.setdefault(device, []).append((convoy, callsign))

    def take(self, device: str, fix: Fix) -> None:
        """Let one fix in; nothing where no movement has that device."""
        for convoy, callsign in self._by_device.get(device, ()):
            convoy.take(callsign, fix)

    def changed(self) -> dict[UUID, dict[str, Any]]:
        """What is told of each movement that something new is known of since the last time."""
        found: dict[UUID, dict[str, Any]] = {}
        for ref, convoy in self.convoys.items():
            if convoy.changed:
                found[ref] = convoy.columns()
                convoy.changed = False
        return found
