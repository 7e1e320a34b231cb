"""Deviations of a movement from its plan: their classes, thresholds and hysteresis. Plain values in and out.

late · early · off_route · unplanned_stop · missed_checkpoint · overspeed · silent · wrong_vehicle

Each begins only where its condition has held for a while and ends only where the opposite has: what a noisy device
shows once opens nothing and closes nothing. Silence is one of them; it is never the end of another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

LATE, EARLY, OFF_ROUTE, STOP = "late", "early", "off_route", "unplanned_stop"
MISSED, OVERSPEED, SILENT, WRONG = "missed_checkpoint", "overspeed", "silent", "wrong_vehicle"
CLASSES = (SILENT, WRONG, OFF_ROUTE, MISSED, STOP, LATE, OVERSPEED, EARLY)
"""Every class, the gravest first."""


@dataclass(frozen=True)
class Thresholds:
    """When a deviation begins and ends. Both parties read them: each explanation names the one that it passed."""

    late_s: float = 600.0
    """So far behind the plan; it ends at half of it. Early likewise."""
    plan_confirm_s: float = 30.0
    off_confirm_s: float = 20.0
    """So long off every way of the plan; on one again for as long ends it."""
    stop_s: float = 180.0
    stop_m: float = 40.0
    """A vehicle that stays within so many metres stands; it goes on once it is as far again away."""
    fast_factor: float = 1.1
    """So many times the speed that the leg allows..."""
    fast_confirm_s: float = 10.0
    silent_s: float = 180.0
    heard_s: float = 15.0
    """A device that was silent is heard again once it has been for so long."""
    pass_m: float = 300.0
    """A checkpoint so far behind without a report or a passage is missed."""
    grace_s: float = 300.0
    """A vehicle whose device is heard may be so late at a checkpoint before that is missed; late it may be before."""
    apart_m: float = 2000.0
    """A device so far from where its vehicle is reported is not in that vehicle."""


THRESHOLDS = Thresholds()


@dataclass
class Latch:
    """A condition with hysteresis. `since_ms`: when it began, while it holds; `turned_ms`: since when it looks
    otherwise."""

    since_ms: int | None = None
    turned_ms: int | None = None

    def step(self, is_so: bool, at_ms: int, begin_s: float, end_s: float) -> bool:
        """Let one look in; whether it holds. It begins at the first of the looks that were alike for `begin_s`, and
        ends after `end_s` of the opposite."""
        if is_so == (self.since_ms is not None):
            self.turned_ms = None
        else:
            if self.turned_ms is None or at_ms < self.turned_ms:
                self.turned_ms = at_ms
            if at_ms - self.turned_ms >= (begin_s if is_so else end_s) * 1000:
                self.since_ms = self.turned_ms if is_so else None
                self.turned_ms = None
        return self.since_ms is not None

    def dump(self) -> list[int | None]:
        return [self.since_ms, self.turned_ms]

    @classmethod
    def load(cls, plain: Sequence[int | None]) -> Latch:
        return cls(*plain)


class Found(NamedTuple):
    """A deviation that holds: its class, what it is of (a callsign, a checkpoint, or nothing), since when, and why."""

    kind: str
    of: str
    since_ms: int
    evidence: Mapping[str, Any]


@dataclass(frozen=True)
class Seen:
    """What is known of one vehicle of a movement by its device. `off`, `stopped`, `fast`: what its fixes showed."""

    callsign: str
    seen_ms: int
    off_ms: int | None = None
    off_m: float = 0.0
    stopped_ms: int | None = None
    fast_ms: int | None = None
    fast_kmh: float = 0.0
    most_kmh: float = 0.0


@dataclass(frozen=True)
class Due:
    """A checkpoint as a look finds it. `passed_ms` where it was reported or passed; `behind_m` how far it lies back."""

    name: str
    due_ms: int | None
    passed_ms: int | None
    behind_m: float


@dataclass(frozen=True)
class Situation:
    """All that the classes depend on. `delay_s` is how far behind its plan it is; None where nobody knows where it is.

    `began_ms` is its departure; `tracked` whether any of its devices has to be heard.
    """

    at_ms: int
    began_ms: int
    tracked: bool
    seen: Sequence[Seen]
    due: Sequence[Due]
    delay_s: float | None
    wrong: Sequence[Mapping[str, Any]] = ()
    """What reports said of vehicles that are not those of the plan: {callsign, found, at_ms, …}."""
    expected: Sequence[str] = ()
    """Callsigns of the vehicles with a device."""


@dataclass
class Looks:
    """The hysteresis of those classes that time alone can bring: a latch for each, kept from look to look."""

    latches: dict[str, Latch] = field(default_factory=dict[str, Latch])

    def holds(self, name: str, is_so: bool, at_ms: int, begin_s: float, end_s: float) -> int | None:
        """Since when the latch `name` holds, or None."""
        latch = self.latches.setdefault(name, Latch())
        return latch.since_ms if latch.step(is_so, at_ms, begin_s, end_s) else None


def found(now: Situation, looks: Looks, limits: Thresholds = THRESHOLDS) -> list[Found]:
    """Every deviation that holds now, in the order of CLASSES."""
    every = [
        *_silent(now, looks, limits),
        *(Found(WRONG, str(one["callsign"]), int(one["at_ms"]), one) for one in now.wrong),
        *_by_devices(now, limits),
        *_missed(now, limits),
        *_by_plan(now, looks, limits),
    ]
    return sorted(every, key=lambda one: (CLASSES.index(one.kind), one.since_ms, one.of))


def _silent(now: Situation, looks: Looks, limits: Thresholds) -> Iterable[Found]:
    heard = {one.callsign: one.seen_ms for one in now.seen}
    for callsign in now.expected:
        last_ms = heard.get(callsign, now.began_ms)
        is_silent = now.at_ms - last_ms > limits.silent_s * 1000
        if (since_ms := looks.holds(f"{SILENT} {callsign}", is_silent, now.at_ms, 0.0, limits.heard_s)) is not None:
            evidence = {
                "heard_ms": last_ms,
                "limit_s": limits.silent_s,
            }
            yield Found(SILENT, callsign, since_ms, evidence | {"ever": callsign in heard})


def _by_devices(now: Situation, limits: Thresholds) -> Iterable[Found]:
    for one in now.seen:
        if one.off_ms is not None:
            evidence = {"off_m": round(one.off_m), "limit_s": limits.off_confirm_s}
            yield Found(OFF_ROUTE, one.callsign, one.off_ms, evidence)
        if one.stopped_ms is not None:
            evidence = {"stood_s": round((one.seen_ms - one.stopped_ms) / 1000), "limit_s": limits.stop_s}
            yield Found(STOP, one.callsign, one.stopped_ms, evidence)
        if one.fast_ms is not None:
            evidence = {"kmh": round(one.fast_kmh), "limit_kmh": round(one.most_kmh)}
            yield Found(OVERSPEED, one.callsign, one.fast_ms, evidence)


def _missed(now: Situation, limits: Thresholds) -> Iterable[Found]:
    """Checkpoints whose time is over, or that lie behind, and that nobody has told of."""
    slack_ms = (limits.late_s + limits.grace_s) * 1000 if _is_heard(now, limits) else 0.0
    for number, one in enumerate(now.due):
        if one.passed_ms is not None:
            continue
        later = [other for other in now.due[number + 1 :] if other.passed_ms is not None]
        if later:
            yield Found(MISSED, one.name, later[0].passed_ms or now.at_ms, {"by": "later", "later": later[0].name})
        elif one.behind_m > limits.pass_m:
            evidence = {"by": "behind", "behind_m": round(one.behind_m), "limit_m": limits.pass_m}
            yield Found(MISSED, one.name, now.at_ms, evidence)
        elif one.due_ms is not None and now.at_ms > one.due_ms + slack_ms:
            evidence = {"by": "time", "due_ms": one.due_ms, "limit_s": slack_ms / 1000}
            yield Found(MISSED, one.name, one.due_ms + int(slack_ms), evidence)


def _is_heard(now: Situation, limits: Thresholds) -> bool:
    return any(now.at_ms - one.seen_ms <= limits.silent_s * 1000 for one in now.seen)


def _by_plan(now: Situation, looks: Looks, limits: Thresholds) -> Iterable[Found]:
    """Late and early. Where nobody knows where it is, what held goes on to hold: not to know is not to be in time."""
    for kind, sign in ((LATE, 1.0), (EARLY, -1.0)):
        latch = looks.latches.setdefault(kind, Latch())
        if now.delay_s is not None:
            holds = latch.since_ms is not None
            over_s = sign * now.delay_s
            is_so = over_s > (limits.late_s / 2 if holds else limits.late_s)
            latch.step(is_so, now.at_ms, limits.plan_confirm_s, limits.plan_confirm_s)
        if latch.since_ms is not None:
            told = {} if now.delay_s is None else {"by_s": round(sign * now.delay_s)}
            yield Found(kind, "", latch.since_ms, told | {"limit_s": limits.late_s})
