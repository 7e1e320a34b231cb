"""How good a detection is: alerts against the truth of a scenario. The truth is for scoring alone, never an input.

    {"base": 1700000000, "stays": [{"veh": "x0", "kind": "loiterer", "start": 799.0, "end": 3315.0, "lon": …, "lat":
    …}]}

Stays of one vehicle that follow one another are one: a creeping vehicle makes several. The stays of a `repeat` add up,
as its token tells who comes back. A stay that is allowed for longer, at a rank, says so: `after_s`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from safeconduct.terms.instant import parse
from safeconduct.terms.place import Point, distance_m
from safeconduct.watch.rules import ALARMS

HOSTILE = frozenset({"loiterer", "creeper", "breakdown", "overstayer", "repeat"})
"""Kinds of stays that must raise an alarm; the others may wait."""
JOIN_S = 60.0
REACH_M = 60.0
ON_TIME_S = 60.0


@dataclass
class Stay:
    """Seconds after the scenario's base. `spots` are where the vehicle stood, in the order of time; `prior_s` is how
    long its earlier stays were, where they count; `after_s` when it is due, where it is not due when others are."""

    vehicle: str
    kind: str
    start_s: float
    end_s: float
    spots: list[Point] = field(default_factory=list[Point])
    prior_s: float = 0.0
    after_s: float | None = None

    def due_s(self, after_s: float) -> float:
        """When it must have raised an alarm, if it lasts until then; it may have been due before it began."""
        return self.start_s + max(0.0, (self.after_s or after_s) - self.prior_s)


@dataclass(frozen=True)
class Alarm:
    """When it first was an alarm, and the stay that it tells of."""

    raised_s: float
    started_s: float
    ended_s: float
    spot: Point


@dataclass
class Score:
    """`delays_s`: from the threshold to the first alarm, of each stay that raised one; negative where its clock began
    before the truth's."""

    expected: int = 0
    on_time: int = 0
    false: int = 0
    duplicates: int = 0
    hours: float = 0.0
    delays_s: list[float] = field(default_factory=list[float])
    found: dict[str, bool] = field(default_factory=dict[str, bool])
    """Of each vehicle that must raise an alarm, whether each of its stays did, on time."""

    @property
    def recall(self) -> float:
        return self.on_time / self.expected if self.expected else 1.0

    @property
    def false_per_hour(self) -> float:
        return self.false / self.hours if self.hours else 0.0


def score(alerts: Iterable[Mapping[str, Any]], truth: Mapping[str, Any], after_s: float, hours: float) -> Score:
    """Score alerts as `write_alerts` writes them. `after_s` is the stay from which an alarm is wanted."""
    stays = joined(truth["stays"])
    alarms = sorted(
        (alarm for alert in alerts if (alarm := alarm_of(alert, truth["base"])) is not None),
        key=lambda alarm: alarm.raised_s,
    )
    hits: dict[int, list[Alarm]] = {}
    result = Score(hours=hours)
    for alarm in alarms:
        number = stay_of(alarm, stays)
        if number is None or stays[number].kind not in HOSTILE:
            result.false += 1
        else:
            hits.setdefault(number, []).append(alarm)
    for number, stay in enumerate(stays):
        found = hits.get(number, [])
        result.duplicates += max(0, len(found) - 1)
        if stay.kind not in HOSTILE or stay.end_s < stay.due_s(after_s) or stay.prior_s >= after_s:
            continue
        result.expected += 1
        before = result.on_time
        found = found or [
            alarm for one in same_vehicle(stays, stay) for alarm in hits.get(one, []) if covers(alarm, stay)
        ]
        if found:
            delay_s = found[0].raised_s - stay.due_s(after_s)
            result.delays_s.append(delay_s)
            result.on_time += delay_s <= ON_TIME_S
        result.found[stay.vehicle] = result.found.get(stay.vehicle, True) and result.on_time > before
    return result


@dataclass
class Circled:
    """Vehicles that came into the rings often enough to be told of, and what was told."""

    expected: int = 0
    on_time: int = 0
    false: int = 0


def score_circling(alerts: Iterable[Mapping[str, Any]], truth: Mapping[str, Any]) -> Circled:
    """Score alerts of circling. Expected are the scripted circlers, whose plates every camera reads; nobody else who
    came in as often is a false one. On time is what was raised within ON_TIME_S of the entry that made it circling, or
    of a later one, and within REACH_M of it."""
    result = Circled()
    told = [alert for alert in alerts if alert["kind"] == "circling"]
    explained: set[str] = set()
    for row in truth.get("circling", ()):
        matching = {alert["id"] for alert in told if any(_entered(alert, one, truth) for one in row["entries"][3:])}
        explained |= matching
        if truth["vehicles"].get(row["veh"], {}).get("kind") == "circler":
            result.expected += 1
            first = row["entries"][3]
            result.on_time += any(_entered(alert, first, truth) for alert in told)
    result.false = sum(alert["id"] not in explained for alert in told)
    return result


def _entered(alert: Mapping[str, Any], entry: Sequence[float], truth: Mapping[str, Any]) -> bool:
    at_s, lon, lat = entry
    raised_s = parse(alert["raised"]).timestamp() - truth["base"]
    is_near = distance_m(Point(alert["lon"], alert["lat"]), Point(lon, lat)) < REACH_M
    return abs(raised_s - at_s) <= ON_TIME_S and is_near


def joined(stays: Iterable[Mapping[str, Any]]) -> list[Stay]:
    """Stays of one vehicle less than JOIN_S apart as one; one of another kind, at a signal on the way, is none of
    them."""
    found: list[Stay] = []
    for row in sorted(stays, key=lambda row: (row["veh"], row["start"])):
        spot = Point(row["lon"], row["lat"])
        same = found and (found[-1].vehicle, found[-1].kind) == (row["veh"], row["kind"])
        if same and row["start"] - found[-1].end_s <= JOIN_S:
            found[-1].end_s = row["end"]
            found[-1].spots.append(spot)
        else:
            before = next((s for s in reversed(found) if s.vehicle == row["veh"] and s.kind == "repeat"), None)
            prior_s = before.prior_s + before.end_s - before.start_s if before and row["kind"] == "repeat" else 0.0
            stay = Stay(row["veh"], row["kind"], row["start"], row["end"], [spot], prior_s, row.get("after_s"))
            found.append(stay)
    return found


def alarm_of(alert: Mapping[str, Any], base: float) -> Alarm | None:
    """The alert as an alarm, if it came to be one."""
    first = next((step["at"] for step in alert["steps"] if step["severity"] in ALARMS), None)
    if first is None or alert["severity"] not in ALARMS:
        return None

    def seconds(text: str | None) -> float:
        return math.inf if text is None else parse(text).timestamp() - base

    return Alarm(seconds(first), seconds(alert["started"]), seconds(alert["ended"]), Point(alert["lon"], alert["lat"]))


def stay_of(alarm: Alarm, stays: Sequence[Stay]) -> int | None:
    """The stay that an alarm tells of: within reach and at that time, hostile ones first, then the one that began
    nearest, a second counting as much as a metre: two cars that stop together stand some metres apart."""
    near: list[tuple[bool, float, int]] = []
    for number, stay in enumerate(stays):
        apart_m = min(distance_m(spot, alarm.spot) for spot in stay.spots)
        if covers(alarm, stay) and apart_m < REACH_M:
            near.append((stay.kind not in HOSTILE, abs(alarm.started_s - stay.start_s) + apart_m, number))
    return min(near)[2] if near else None


def covers(alarm: Alarm, stay: Stay) -> bool:
    return alarm.started_s <= stay.end_s and alarm.ended_s >= stay.start_s


def same_vehicle(stays: Sequence[Stay], stay: Stay) -> list[int]:
    return [number for number, one in enumerate(stays) if one.vehicle == stay.vehicle]
