"""Conditions of the gate that the accord declares, or the council decides: vehicles, training, vetting, risk.

Plain values. Numbers alone come out of them: of the people who travel, whoever reads the gate learns no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from safeconduct.accord.gate_rules import VEHICLE_CLASSES, Acceptance, GateRule


@dataclass(frozen=True)
class Asked:
    """A condition that is asked of one movement, by a clause (`article`) or by a decision of the council."""

    condition: str
    article: str = ""
    decision: str = ""
    at_least: str = ""
    acceptances: tuple[Acceptance, ...] = ()


@dataclass(frozen=True)
class Convoy:
    """Classes of the vehicles in which people travel, empty where nobody said; `planned` of them in all."""

    classes: Sequence[str] = ()
    planned: int = 0


@dataclass(frozen=True)
class Fitness:
    """Until when training and vetting of one traveller or driver hold; None where nobody knows."""

    trained_until: date | None
    vetted_until: date | None


@dataclass(frozen=True)
class People:
    """The travellers and drivers whom the node knows, of `planned` in all; `until` is the day on which they arrive."""

    known: Sequence[Fitness] = ()
    planned: int = 0
    until: date | None = None


@dataclass(frozen=True)
class Risk:
    """The level that was assessed, and the level at which each side accepted it: {"people" | "measures": {"level"}}."""

    level: str = ""
    accepted: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])


def asked_of(party: str, rules: Iterable[GateRule], core: Iterable[str]) -> list[Asked]:
    """What the accord asks of a movement of `party`, beside the conditions of every gate."""
    return [
        Asked(one.condition, one.article, at_least=one.at_least, acceptances=one.acceptances)
        for one in rules
        if one.condition not in core and one.is_asked_of(party)
    ]


def answer(rule: Asked, convoy: Convoy, people: People, risk: Risk, outdoor: bool) -> tuple[bool, Mapping[str, Any]]:
    """Whether the condition holds, and what that rests on. A condition that nobody knows does not hold."""
    match rule.condition:
        case "vehicle_class":
            return _vehicles(rule, convoy, outdoor)
        case "training":
            return _people(people, [one.trained_until for one in people.known])
        case "vetting":
            return _people(people, [one.vetted_until for one in people.known])
        case "risk":
            return _risk(rule, risk)
        case _:
            return False, {}


def is_class_at_least(found: str, wanted: str) -> bool:
    order = VEHICLE_CLASSES
    return found in order and wanted in order and order.index(found) >= order.index(wanted)


def _vehicles(rule: Asked, convoy: Convoy, outdoor: bool) -> tuple[bool, Mapping[str, Any]]:
    fit = sum(is_class_at_least(one, rule.at_least) for one in convoy.classes)
    unknown = sum(not one for one in convoy.classes) + max(0, convoy.planned - len(convoy.classes))
    of = max(convoy.planned, len(convoy.classes))
    detail = {"at_least": rule.at_least, "below": of - fit - unknown, "unknown": unknown, "of": of}
    return not outdoor or (of > 0 and fit == of), detail


def _people(people: People, until: Sequence[date | None]) -> tuple[bool, Mapping[str, Any]]:
    of = max(people.planned, len(until))
    day = people.until
    current = sum(one is not None and day is not None and one >= day for one in until)
    return of > 0 and current == of, {"not_current": of - current, "of": of}


def _risk(rule: Asked, risk: Risk) -> tuple[bool, Mapping[str, Any]]:
    way = next((one for one in rule.acceptances if risk.level in one.levels), None)
    wanted = [] if way is None else ["people", *(["measures"] if way.measures else [])]
    missing = [one for one in wanted if risk.accepted.get(one, {}).get("level") != risk.level]
    return way is not None and not missing, {"level": risk.level, "missing": missing, "no_way": way is None}
