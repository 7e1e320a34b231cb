"""What the pages of movements show: one frozen value a page, filled from projections."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.utils.translation import get_language

from safeconduct import node
from safeconduct.acts import Act
from safeconduct.movements import acts, queries, words
from safeconduct.movements.gate import Condition, is_open
from safeconduct.movements.plan_contexts import PlanShown, WayShown, plan_shown, ways_shown
from safeconduct.release import Projection
from safeconduct.sites.routes import REACH_M
from safeconduct.terms import instant
from safeconduct.terms.decision import Decision
from safeconduct.terms.party import ANYWHERE, Principal
from safeconduct.terms.place import Point
from safeconduct.watch import queries as watch

ACTS: Mapping[str, Act[Any]] = {
    "consent": acts.consent,
    "withdraw": acts.withdraw,
    "hold": acts.hold,
    "lift": acts.lift,
    "depart": acts.depart,
    "arrive": acts.arrive,
    "cancel": acts.cancel,
    "escort": acts.assign_escort,
    "request": acts.request,
    "review": acts.review,
    "meet": acts.meet,
    "accept_risk": acts.accept_risk,
    "accept_measures": acts.accept_measures,
    "amend": acts.amend,
}


@dataclass(frozen=True)
class Line:
    """One condition of the gate in words: what is asked, and what `lacks` where it fails.

    `alerts` are ids of those that the reader may see.
    """

    code: str
    holds: bool
    title: Any
    lacks: Any
    told: str
    alerts: Sequence[str]
    article: str
    decision: str


@dataclass(frozen=True)
class Key:
    """One party's key: turned by whom and when, or not."""

    party: str
    is_mine: bool
    by: str
    at: datetime | None


@dataclass(frozen=True)
class HoldShown:
    party: str
    is_mine: bool
    by: str
    at: datetime
    reason: str
    lifted_at: datetime | None
    lift_reason: str


@dataclass(frozen=True)
class Proposal:
    """A hold that the watch proposes for an alarm; it stands while the alarm does."""

    at: datetime
    distance_m: int
    alert: str
    stands: bool


@dataclass(frozen=True)
class Row:
    """A movement in a list. `open` is None where this reader gets no gate."""

    movement: Projection
    open: bool | None
    failing: Sequence[Line]


@dataclass(frozen=True)
class ListPage:
    due: Sequence[Row]
    past: Sequence[Row]
    may_plan: Decision
    now: datetime


@dataclass(frozen=True)
class MovementPage:
    """`can` holds the acts that the reader may do now; `why` the decision on each act that the accord denies."""

    movement: Projection
    gate: Sequence[Line]
    open: bool | None
    failing: Sequence[Line]
    keys: Sequence[Key]
    holds: Sequence[HoldShown]
    proposals: Sequence[Proposal]
    is_late: bool
    ways: Sequence[WayShown]
    plan: PlanShown
    can: frozenset[str]
    why: Mapping[str, Decision]
    void: frozenset[uuid.UUID]
    now: datetime


@dataclass(frozen=True)
class NearPage:
    """Movements that pass within reach of an alert."""

    rows: Sequence[tuple[Row, int]]
    reach_m: int


def party_names() -> dict[str, str]:
    """Party ids to names in the reader's language."""
    language = get_language() or "en"
    return {party.id: party.name.get(language, party.name["en"]) for party in node.current().accord.parties.values()}


def list_page(principal: Principal) -> ListPage:
    due = queries.due(principal)
    gates, parties = queries.gates_of(principal, due), party_names()
    return ListPage(
        due=[_row(one, [_line(condition, parties) for condition in gates.get(one.id, ())]) for one in due],
        past=[_row(one, ()) for one in queries.past(principal)],
        may_plan=planning(principal),
        now=instant.now(),
    )


def planning(principal: Principal) -> Decision:
    """Whether this reader may plan a movement anywhere: at a site that it sees, or without one."""
    areas = {route["site"] for route in queries.routes(principal)} or {ANYWHERE}
    asked = [acts.plan.decision(principal, acts.plan.marking_for_new(principal, area)) for area in sorted(areas)]
    return next((one for one in asked if one.allowed), asked[0])


def _row(movement: Projection, lines: Sequence[Line]) -> Row:
    return Row(
        movement=movement,
        open=all(line.holds for line in lines) if lines else None,
        failing=[line for line in lines if not line.holds],
    )


def gate_lines(principal: Principal, movement: Projection) -> list[Line]:
    """The gate in words; empty once nothing is to be decided by it, or where the reader gets none."""
    if movement.get("state") not in queries.TO_COME:
        return []
    parties = party_names()
    return [_line(condition, parties) for condition in queries.gate_of(principal, movement.id)]


def _line(condition: Condition, parties: Mapping[str, str]) -> Line:
    return Line(
        condition.code,
        condition.holds,
        words.CONDITIONS[condition.code],
        words.LACKS[condition.code],
        words.told(condition, parties),
        condition.detail.get("alerts", ()),
        condition.article,
        condition.decision,
    )


def movement_page(principal: Principal, ref: uuid.UUID | str) -> MovementPage:
    """Everything about one movement. Raises NotFound."""
    movement = queries.movement(principal, ref)
    conditions = queries.gate_of(principal, ref) if movement.get("state") in queries.TO_COME else []
    parties = party_names()
    lines = [_line(one, parties) for one in conditions]
    decisions = {name: one.decision(principal, movement.marking) for name, one in ACTS.items()}
    now = instant.now()
    standing = [ref for one in conditions if one.code == "no_alarm" for ref in one.detail.get("alerts", ())]
    legs = queries.legs(principal, [movement.id])[movement.id]
    ways = ways_shown(principal, movement, legs, watch.alerts_of(principal, standing), now)
    sweeps = [piece.sweep for way in ways for piece in way.sweeps]
    return MovementPage(
        movement=movement,
        gate=lines,
        open=is_open(conditions) if conditions else None,
        failing=[line for line in lines if not line.holds],
        keys=_keys(principal, movement, parties),
        holds=[_hold(principal, one, parties) for one in reversed(movement.get("holds", []))],
        proposals=[one for one in _proposals(movement, conditions) if one.stands],
        is_late="depart_at" in movement and movement["depart_at"] < now,
        ways=ways,
        plan=plan_shown(principal, movement, parties),
        can=frozenset(name for name, one in decisions.items() if one.allowed and _fits(name, principal, movement)),
        why={name: one for name, one in decisions.items() if not one.allowed},
        void=frozenset(one.id for one in sweeps if acts.void_sweep.decision(principal, one.marking).allowed),
        now=now,
    )


def review_initial(movement: Projection) -> dict[str, Any]:
    """What the review proposes: cleared until two hours after the departure."""
    return {"until": movement["depart_at"] + acts.CLEARED_FOR} if "depart_at" in movement else {}


BEFORE = ("draft", "requested", "deferred", "planned", "held")


def _fits(name: str, principal: Principal, movement: Projection) -> bool:
    """Whether the state of the movement lets an act be done at all; the act itself asks again."""
    state, party = movement.get("state", ""), principal.party
    has_key = party in movement.get("keys", {})
    has_hold = any(one["party"] == party and not one["lifted_at"] for one in movement.get("holds", []))
    level, accepted = movement.get("risk", {}).get("level"), movement.get("accepted", {})
    return {
        "consent": state == "planned" and not has_key,
        "withdraw": state in ("planned", "held") and has_key,
        "hold": state in queries.UNDER_WAY and not has_hold,
        "lift": has_hold,
        "depart": state == "planned",
        "arrive": state == "departed",
        "cancel": state in (*BEFORE, "refused"),
        "escort": state in ("requested", "deferred", "planned", "held"),
        "request": state in ("draft", "refused"),
        "review": state in ("requested", "deferred"),
        "meet": state in ("planned", "held"),
        "accept_risk": state in BEFORE and bool(level) and "people" not in accepted,
        "accept_measures": state in BEFORE and bool(level) and "measures" not in accepted,
        "amend": state in (*BEFORE, "refused"),
    }[name]


def _keys(principal: Principal, movement: Projection, parties: Mapping[str, str]) -> list[Key]:
    if "keys" not in movement:
        return []
    turned = movement["keys"]
    return [
        Key(name, party == principal.party, turned[party]["by"], instant.parse(turned[party]["at"]))
        if party in turned
        else Key(name, party == principal.party, "", None)
        for party, name in parties.items()
    ]


def _hold(principal: Principal, hold: Mapping[str, Any], parties: Mapping[str, str]) -> HoldShown:
    return HoldShown(
        party=parties.get(hold["party"], hold["party"]),
        is_mine=hold["party"] == principal.party,
        by=hold["by"],
        at=instant.parse(hold["at"]),
        reason=hold["reason"],
        lifted_at=instant.parse(hold["lifted_at"]) if hold["lifted_at"] else None,
        lift_reason=hold["lift_reason"],
    )


def _proposals(movement: Projection, conditions: Sequence[Condition]) -> list[Proposal]:
    """The newest first, of the alarms that the reader may see. One stands while its alarm does."""
    standing = {ref for one in conditions if one.code == "no_alarm" for ref in one.detail.get("alerts", ())}
    return [
        Proposal(
            at=instant.parse(one["at"]),
            distance_m=one["distance_m"],
            alert=one["alert"],
            stands=one["alert"] in standing,
        )
        for one in reversed(movement.get("gate", []))
    ]


def near_page(principal: Principal, ref: uuid.UUID | str) -> NearPage:
    """Movements under way that pass within reach of the alert `ref`, as far as this reader may know where it is."""
    alert = watch.alert(principal, ref)
    rows: list[tuple[Row, int]] = []
    if "lon" in alert and "lat" in alert:
        point = Point(alert["lon"], alert["lat"])
        route_of = cache(lambda site, name: queries.route_of(principal, site, name))
        for movement in queries.due(principal):
            if "site" not in movement or "route" not in movement:
                continue
            route = route_of(movement["site"], movement["route"])
            if route and (away_m := route.distance_m(point)) <= REACH_M:
                rows.append((_row(movement, gate_lines(principal, movement)), round(away_m)))
    return NearPage(rows, round(REACH_M))
