"""The release gate: the check list that a movement passes to depart. Plain values in, conditions out.

Every condition must hold; none can be skipped, by anyone. What is unknown does not hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from safeconduct.sites.routes import REACH_M, RouteLine
from safeconduct.terms.place import Point

STOPPED_SINCE, STANDS_ON_IT = "stopped_since", "stands_on_it"
"""Codes of the reasons why the system voids a sweep: what came after the search, and what stood through it."""

SWEPT_GAP_M = 5.0
"""Two swept stretches this close to each other leave no gap between them."""


@dataclass(frozen=True)
class Condition:
    """One line of the gate. `code` is what is asked, `holds` the answer, `detail` the facts that it rests on."""

    code: str
    holds: bool
    detail: Mapping[str, Any]


@dataclass(frozen=True)
class Stretch:
    """A swept stretch, [begin_m, end_m) along the route, valid during [searched_at, valid_until) unless void.

    `label_id` is for whoever tells a reader of it.
    """

    begin_m: float
    end_m: float
    searched_at: datetime
    valid_until: datetime
    void_at: datetime | None
    label_id: int = 0

    def is_valid(self, at: datetime) -> bool:
        return self.searched_at <= at < self.valid_until and self.void_at is None


@dataclass(frozen=True)
class Standing:
    """An alert that may stand in the way: an alarm that is not assessed, or assessed as suspicious or hostile."""

    ref: str
    point: Point


@dataclass(frozen=True)
class GateFacts:
    """All that the gate looks at. `route` is None when the site has no route of that name any more."""

    at: datetime
    state: str
    parties: Sequence[str]
    keys: Mapping[str, Any]
    holds: Sequence[Mapping[str, Any]]
    escort: str
    route: RouteLine | None
    stretches: Sequence[Stretch]
    standing: Sequence[Standing]


def conditions(facts: GateFacts) -> list[Condition]:
    """Every condition of the gate, in the order in which a person checks them."""
    return [_keys(facts), _no_hold(facts), _route(facts), _no_alarm(facts), swept(facts), _escort(facts)]


def is_open(found: Iterable[Condition]) -> bool:
    return all(condition.holds for condition in found)


def _keys(facts: GateFacts) -> Condition:
    missing = [party for party in facts.parties if party not in facts.keys]
    return Condition("keys", not missing, {"missing": missing})


def _no_hold(facts: GateFacts) -> Condition:
    standing = [hold["party"] for hold in facts.holds if not hold["lifted_at"]]
    return Condition("no_hold", not standing, {"held_by": standing})


def _route(facts: GateFacts) -> Condition:
    return Condition("route", facts.route is not None, {})


def _no_alarm(facts: GateFacts) -> Condition:
    near = alarms_within_reach(facts.route, facts.standing) if facts.route else list(facts.standing)
    return Condition("no_alarm", not near, {"alerts": [alert.ref for alert in near], "reach_m": REACH_M})


def alarms_within_reach(route: RouteLine, standing: Iterable[Standing]) -> list[Standing]:
    return [alert for alert in standing if route.distance_m(alert.point) <= REACH_M]


def swept(facts: GateFacts) -> Condition:
    if facts.route is None:
        return Condition("swept", False, {"unswept_m": None, "until": None, "void": False})
    valid = [stretch for stretch in facts.stretches if stretch.is_valid(facts.at)]
    unswept_m = unswept(facts.route.length_m, valid)
    until = min((stretch.valid_until for stretch in valid), default=None) if unswept_m == 0 else None
    void = any(stretch.void_at for stretch in facts.stretches)
    return Condition("swept", unswept_m == 0, {"unswept_m": round(unswept_m), "until": until, "void": void})


def unswept(length_m: float, stretches: Iterable[Stretch]) -> float:
    """Metres of a route of `length_m` that no stretch covers."""
    missing, reached = 0.0, 0.0
    for stretch in sorted(stretches, key=lambda one: one.begin_m):
        if stretch.begin_m > reached + SWEPT_GAP_M:
            missing += stretch.begin_m - reached
        reached = max(reached, stretch.end_m)
    if reached < length_m - SWEPT_GAP_M:
        missing += length_m - reached
    return missing


def _escort(facts: GateFacts) -> Condition:
    return Condition("escort", bool(facts.escort), {"escort": facts.escort})
