"""The release gate: the check list that a movement passes to depart. Plain values in, conditions out.

Every condition must hold; none can be skipped, by anyone. What is unknown does not hold. Each condition names the
clause of the accord, or the decision of the council, that it stands on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from safeconduct.movements import gate_rules
from safeconduct.movements.gate_rules import Asked, Convoy, People, Risk
from safeconduct.sites.routes import REACH_M, RouteLine
from safeconduct.terms.place import Point

STOPPED_SINCE, STANDS_ON_IT = "stopped_since", "stands_on_it"
"""Codes of the reasons why the system voids a sweep: what came after the search, and what stood through it."""

SWEPT_GAP_M = 5.0
"""Two swept stretches this close to each other leave no gap between them."""

EXPIRED, MORE_SEVERE = "expired", "more_severe"
"""Why a clearance ended by itself: its term is over, or the alert state of a site on the way became more severe."""


@dataclass(frozen=True)
class Condition:
    """One line of the gate. `code` is what is asked, `holds` the answer, `detail` the facts that it rests on.

    It stands on a clause of the accord, `article`, or on a decision of the council, `decision`.
    """

    code: str
    holds: bool
    detail: Mapping[str, Any]
    article: str = ""
    decision: str = ""


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
class Way:
    """One leg. `route` is None when its site has no route of that name any more; `standing` are alarms of its site."""

    route: RouteLine | None
    stretches: Sequence[Stretch] = ()
    standing: Sequence[Standing] = ()
    outdoor: bool = True


@dataclass(frozen=True)
class Clearance:
    """What the review gave: `until` when, None where nothing is cleared; `ended` says why it holds no more."""

    outcome: str
    until: datetime | None
    ended: str = ""


@dataclass(frozen=True)
class GateFacts:
    """All that the gate looks at. `rules` are the conditions of the accord and the council that are asked of it."""

    at: datetime
    parties: Sequence[str]
    keys: Mapping[str, Any]
    holds: Sequence[Mapping[str, Any]]
    escort: str
    ways: Sequence[Way]
    clearance: Clearance
    conditions: Sequence[Mapping[str, Any]] = ()
    convoy: Convoy = field(default_factory=Convoy)
    people: People = field(default_factory=People)
    risk: Risk = field(default_factory=Risk)
    rules: Sequence[Asked] = ()
    articles: Mapping[str, str] = field(default_factory=dict[str, str])
    """Condition to clause, of those that every gate has."""


def conditions(facts: GateFacts) -> list[Condition]:
    """Every condition of the gate, in the order in which a person checks them."""
    found = [_keys(facts), _no_hold(facts), _cleared(facts)]
    if facts.conditions:
        found.append(_met(facts))
    found += [_route(facts), _no_alarm(facts)]
    named = [replace(one, article=facts.articles.get(one.code, "")) for one in found]
    return [*named, *(_ruled(rule, facts) for rule in facts.rules)]


def is_open(found: Iterable[Condition]) -> bool:
    return all(condition.holds for condition in found)


def _keys(facts: GateFacts) -> Condition:
    missing = [party for party in facts.parties if party not in facts.keys]
    return Condition("keys", not missing, {"missing": missing})


def _no_hold(facts: GateFacts) -> Condition:
    standing = [hold["party"] for hold in facts.holds if not hold["lifted_at"]]
    return Condition("no_hold", not standing, {"held_by": standing})


def _cleared(facts: GateFacts) -> Condition:
    known = facts.clearance
    ended = known.ended or (EXPIRED if known.until is not None and known.until <= facts.at else "")
    holds = known.until is not None and not ended
    return Condition("cleared", holds, {"outcome": known.outcome, "until": known.until, "ended": ended})


def _met(facts: GateFacts) -> Condition:
    open_ones = [one["text"] for one in facts.conditions if not one.get("met_at")]
    return Condition("met", not open_ones, {"open": open_ones, "of": len(facts.conditions)})


def _route(facts: GateFacts) -> Condition:
    known = bool(facts.ways) and all(way.route is not None for way in facts.ways)
    return Condition("route", known, {})


def _no_alarm(facts: GateFacts) -> Condition:
    near = dict.fromkeys(
        alert
        for way in facts.ways
        for alert in (alarms_within_reach(way.route, way.standing) if way.route else way.standing)
    )
    return Condition("no_alarm", not near, {"alerts": [alert.ref for alert in near], "reach_m": REACH_M})


def alarms_within_reach(route: RouteLine, standing: Iterable[Standing]) -> list[Standing]:
    return [alert for alert in standing if route.distance_m(alert.point) <= REACH_M]


def _ruled(rule: Asked, facts: GateFacts) -> Condition:
    if rule.condition == "swept":
        found = swept(facts)
    elif rule.condition == "escort":
        found = Condition("escort", bool(facts.escort), {"escort": facts.escort})
    else:
        outdoor = any(way.outdoor for way in facts.ways)
        holds, detail = gate_rules.answer(rule, facts.convoy, facts.people, facts.risk, outdoor)
        found = Condition(rule.condition, holds, detail)
    return replace(found, article=rule.article, decision=rule.decision)


def swept(facts: GateFacts) -> Condition:
    """Whether the whole way is covered by certificates that are valid now."""
    if not facts.ways or any(way.route is None for way in facts.ways):
        return Condition("swept", False, {"unswept_m": None, "until": None, "void": False})
    every = [(way.route, [one for one in way.stretches if one.is_valid(facts.at)]) for way in facts.ways]
    unswept_m = sum(unswept(route.length_m, valid) for route, valid in every if route is not None)
    ends = [one.valid_until for _, valid in every for one in valid]
    until = min(ends, default=None) if unswept_m == 0 else None
    void = any(one.void_at for way in facts.ways for one in way.stretches)
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
