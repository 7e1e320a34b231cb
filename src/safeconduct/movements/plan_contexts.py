"""What the page of a movement shows of its plan: each leg with its way, the review, risk, people and vehicles."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from safeconduct import node
from safeconduct.movements import acts, queries, words
from safeconduct.movements.strip import Piece, Strip, draw, piece
from safeconduct.release import Projection
from safeconduct.terms import instant
from safeconduct.terms.decision import Decision
from safeconduct.terms.party import Principal


@dataclass(frozen=True)
class WayShown:
    """A leg, or the first one where the reader gets no legs: its line with the sweeps and alarms on it.

    `leg` is None then. `certify` says whether the reader may certify a sweep of it.
    """

    number: int
    site: str
    route: str
    leg: Projection | None
    strip: Strip | None
    sweeps: Sequence[Piece]
    certify: Decision


@dataclass(frozen=True)
class ConditionShown:
    """A condition of the review; `is_mine` where the reader's party meets it."""

    number: int
    text: str
    owner: str
    is_mine: bool
    met_by: str
    met_at: datetime | None


@dataclass(frozen=True)
class Acceptance:
    """Who accepted the risk to people, or the measures against it: `what` is in words, `by` empty where nobody has."""

    what: str
    by: str
    party: str
    at: datetime | None


@dataclass(frozen=True)
class ReviewShown:
    """What the host found, in words; `lapsed` says why a clearance ended."""

    outcome: str
    by: str
    at: datetime
    until: datetime | None
    text: str
    reason: Any
    alternatives: str
    deadline: datetime | None
    lapsed: Any


@dataclass(frozen=True)
class PlanShown:
    """The parts of the plan that the reader gets: `references` names travellers and drivers to their own party, and
    `aboard` is how many of those travellers said by phone that they boarded; None before anyone did, or where it is not
    told."""

    level: str
    tone: str
    acceptances: Sequence[Acceptance]
    review: ReviewShown | None
    conditions: Sequence[ConditionShown]
    vehicles: Sequence[Projection]
    travellers: Sequence[str]
    aboard: int | None
    references: Mapping[str, str]
    reason_classes: Mapping[str, Any]
    parties: Mapping[str, str]


def ways_shown(
    principal: Principal,
    movement: Projection,
    legs: Sequence[Projection],
    alerts: Sequence[Projection],
    now: datetime,
) -> list[WayShown]:
    """Each leg of which the reader knows the route, in order; the movement's own route where they get no legs."""
    known = [leg for leg in legs if "site" in leg and "route" in leg]
    ways = [(leg.get("number", index), leg["site"], leg["route"], leg) for index, leg in enumerate(known, start=1)]
    if not ways and "site" in movement and "route" in movement:
        ways = [(1, movement["site"], movement["route"], None)]
    sweeps = {site: queries.sweeps(principal, site) for site in {one[1] for one in ways}}
    return [
        _way(principal, number, site, route, leg, [one for one in sweeps[site] if _is_of(one, route)], alerts, now)
        for number, site, route, leg in ways
    ]


def _is_of(sweep: Projection, route: str) -> bool:
    return sweep.get("route") == route and "begin_m" in sweep and "end_m" in sweep


def _way(
    principal: Principal,
    number: int,
    site: str,
    route: str,
    leg: Projection | None,
    sweeps: Sequence[Projection],
    alerts: Sequence[Projection],
    now: datetime,
) -> WayShown:
    line = queries.route_of(principal, site, route)
    return WayShown(
        number,
        site,
        route,
        leg,
        None if line is None else draw(line, sweeps, alerts, now),
        [piece(one, now) for one in sweeps],
        acts.certify_sweep.decision(principal, acts.certify_sweep.marking_for_new(principal, site)),
    )


def plan_shown(principal: Principal, movement: Projection, parties: Mapping[str, str]) -> PlanShown:
    vehicles = queries.vehicles(principal, [movement.id])[movement.id]
    named = [*movement.get("travellers", []), *(one.get("driver", "") for one in vehicles)]
    references = queries.references(principal, named)
    level = movement.get("risk", {}).get("level", "")
    return PlanShown(
        level=words.level(level) if level else "",
        tone=_tone(level),
        acceptances=_acceptances(movement, parties),
        review=_review(movement),
        conditions=[
            ConditionShown(
                number,
                one["text"],
                parties.get(one["owner"], one["owner"]),
                one["owner"] == principal.party,
                one["met_by"],
                instant.parse(one["met_at"]) if one["met_at"] else None,
            )
            for number, one in enumerate(movement.get("conditions", []), start=1)
        ],
        vehicles=[one for one in vehicles if "callsign" in one],
        travellers=sorted(references[one] for one in movement.get("travellers", []) if one in references),
        aboard=_aboard(movement),
        references=references,
        reason_classes=words.REASON_CLASSES,
        parties=parties,
    )


def _aboard(movement: Projection) -> int | None:
    said = movement.get("said", {})
    return sum("boarded" in said.get(one, {}) for one in movement.get("travellers", [])) if said else None


def _tone(level: str) -> str:
    """The gravest two levels are drawn as such, the least as none: as in the accord's matrix."""
    levels = list(node.current().accord.risk_matrix.levels)
    tones = {len(levels) - 1: "critical", len(levels) - 2: "alert", len(levels) - 3: "notice"}
    return tones.get(levels.index(level), "good") if level in levels else "unknown"


def _acceptances(movement: Projection, parties: Mapping[str, str]) -> list[Acceptance]:
    """Those that the level asks for, given or not."""
    level = movement.get("risk", {}).get("level", "")
    rule = next((one for one in node.current().accord.gate if one.condition == "risk"), None)
    way = rule.acceptance(level) if rule and level else None
    if way is None or "accepted" not in movement:
        return []
    wanted = ["people", *(["measures"] if way.measures else [])]
    found = movement["accepted"]
    return [
        Acceptance(
            str(words.ACCEPTED[what]),
            found[what]["by"] if what in found else "",
            parties.get(found[what]["party"], "") if what in found else "",
            instant.parse(found[what]["at"]) if what in found else None,
        )
        for what in wanted
    ]


def _review(movement: Projection) -> ReviewShown | None:
    review = movement.get("review")
    if not review:
        return None

    def at(name: str) -> datetime | None:
        return instant.parse(review[name]) if review.get(name) else None

    lapsed = review.get("lapsed", {}).get("reason", "")
    return ReviewShown(
        outcome=review["outcome"],
        by=review["by"],
        at=instant.parse(review["at"]),
        until=at("until"),
        text=review.get("text", ""),
        reason=words.REASON_CLASSES.get(review.get("reason_class", ""), ""),
        alternatives=review.get("alternatives", ""),
        deadline=at("deadline"),
        lapsed=words.ENDED.get(lapsed, lapsed),
    )


def template_initial(template: Projection, depart_at: datetime) -> dict[str, Any]:
    """What `movement.plan` takes of a template's plan for a departure, as the form's parts: main, legs, convoy."""
    from safeconduct.movements.template_acts import given_of

    given = given_of(template["plan"], depart_at)
    main = {name: getattr(given, name) for name in MAIN}
    return {"main": main, "legs": list(given.legs), "convoy": list(given.convoy)}


MAIN = ("name", "purpose", "people", "vehicles", "travellers", "risk", "communications", "turn_back")
"""Members of a plan that belong to the whole journey."""


def movement_initial(
    principal: Principal, ref: uuid.UUID
) -> tuple[Projection, dict[str, Any], Sequence[Projection], Sequence[Projection]]:
    """The movement with its main part, legs and vehicles, for the form that amends it."""
    movement = queries.movement(principal, ref)
    main = {name: movement[name] for name in MAIN if name in movement}
    known = queries.legs(principal, [movement.id])[movement.id]
    legs = [leg for leg in known if {"site", "route", "begin_at", "end_at"} <= leg.keys()]
    return movement, main, legs, queries.vehicles(principal, [movement.id])[movement.id]


@dataclass(frozen=True)
class TemplateShown:
    """A template with the words of its pattern."""

    template: Projection
    legs: int
    days: Sequence[Any]
    may_change: bool


@dataclass(frozen=True)
class TemplatesPage:
    """The templates of the reader's party."""

    rows: Sequence[TemplateShown]


def templates_page(principal: Principal) -> TemplatesPage:
    return TemplatesPage(
        [
            TemplateShown(
                one,
                len(one["plan"]["legs"]) if "plan" in one else 0,
                [words.WEEKDAYS[day] for day in one.get("pattern", {}).get("weekdays", [])],
                acts.remove_template.decision(principal, one.marking).allowed,
            )
            for one in queries.templates(principal)
        ]
    )
