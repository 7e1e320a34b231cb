"""Acts on movements and sweeps. Either party stops a movement; going takes both and every condition of the gate."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from safeconduct.acts import Doing, act
from safeconduct.movements import gate
from safeconduct.movements.facts import facts_of, route_line
from safeconduct.movements.models import (
    ARRIVED,
    CANCELLED,
    DEFERRED,
    DEPARTED,
    DRAFT,
    HELD,
    PLANNED,
    REFUSED,
    REQUESTED,
    Movement,
    Sweep,
)
from safeconduct.movements.plan_acts import amend, plan, request
from safeconduct.movements.plan_acts import want_state as _want_state
from safeconduct.movements.progress import acts as progress
from safeconduct.movements.protection.telling import want_told
from safeconduct.movements.review_acts import CLEARED_FOR, accept_measures, accept_risk, lapse, meet, review
from safeconduct.movements.rule_acts import agree, lift_rule, propose
from safeconduct.movements.template_acts import recur, remove_template, repeat_template, save_template
from safeconduct.terms.errors import BadInput, Fault, length_faults, shown
from safeconduct.terms.instant import iso

__all__ = [
    "CLEARED_FOR",
    "accept_measures",
    "accept_risk",
    "agree",
    "amend",
    "arrive",
    "assign_escort",
    "cancel",
    "certify_sweep",
    "consent",
    "depart",
    "hold",
    "lapse",
    "lift",
    "lift_rule",
    "meet",
    "plan",
    "propose",
    "propose_hold",
    "recur",
    "remove_template",
    "repeat_template",
    "request",
    "review",
    "save_template",
    "void_sweep",
    "withdraw",
]


@act("movement.consent", on=Movement)
def consent(doing: Doing, movement: Movement) -> None:
    """Turn the actor's party's key. It opens nothing by itself."""
    _want_state(movement, PLANNED)
    if movement.planned_by == doing.principal.name:
        # The accord keeps the two roles apart; one person who holds both is kept apart here.
        raise BadInput(f"movement {movement.name}", [Fault("keys", "the key of its planner", "someone else's")])
    movement.keys = movement.keys | {doing.principal.party: {"by": doing.principal.name, "at": iso(doing.at)}}


@act("movement.withdraw", on=Movement)
def withdraw(doing: Doing, movement: Movement) -> None:
    """Take the actor's party's key back."""
    _want_state(movement, PLANNED, HELD)
    if doing.principal.party not in movement.keys:
        raise BadInput(
            f"movement {movement.name}", [Fault("keys", "no key of yours", f"a key of {doing.principal.party}")]
        )
    movement.keys = {party: key for party, key in movement.keys.items() if party != doing.principal.party}


@act("movement.hold", on=Movement)
def hold(doing: Doing, movement: Movement, *, reason: str) -> None:
    """Stop the movement. One party suffices; both keys fall, since they were given before what led to the hold."""
    _want_state(movement, PLANNED, HELD, DEPARTED)
    _want_reason(movement, reason)
    if _standing_hold(movement, doing.principal.party):
        raise BadInput(f"movement {movement.name}", [Fault("holds", "a hold of yours that stands", "none")])
    held = {
        "party": doing.principal.party,
        "by": doing.principal.name,
        "at": iso(doing.at),
        "reason": reason.strip(),
        "lifted_at": None,
        "lift_reason": "",
    }
    movement.holds = [*movement.holds, held]
    movement.keys = {}
    if movement.state != DEPARTED:
        movement.state = HELD


@act("movement.lift", on=Movement)
def lift(doing: Doing, movement: Movement, *, reason: str) -> None:
    """Lift the actor's party's own hold. What the other party holds stays held."""
    _want_reason(movement, reason)
    mine = _standing_hold(movement, doing.principal.party)
    if mine is None:
        raise BadInput(
            f"movement {movement.name}", [Fault("holds", "no hold of yours", f"a hold of {doing.principal.party}")]
        )
    lifted = mine | {"lifted_at": iso(doing.at), "lift_reason": reason.strip()}
    movement.holds = [lifted if one is mine else one for one in movement.holds]
    if movement.state == HELD and all(one["lifted_at"] for one in movement.holds):
        movement.state = PLANNED


@act("movement.propose_hold", on=Movement)
def propose_hold(doing: Doing, movement: Movement, *, alert: uuid.UUID | str, distance_m: float) -> None:
    """The watch advises a hold for an alert near the route; a person decides. Once an alert."""
    if any(one["alert"] == str(alert) for one in movement.proposals):
        return
    proposal = {"alert": str(alert), "at": iso(doing.at), "distance_m": round(distance_m)}
    movement.proposals = [*movement.proposals, proposal]


@act("movement.depart", on=Movement)
def depart(doing: Doing, movement: Movement) -> None:
    """Go. Raises BadInput with every condition of the gate that does not hold, and nothing of what each rests on:

    the gate is the same for everyone, its facts are not.
    """
    _want_state(movement, PLANNED)
    want_told(doing, movement)
    doing.take_turn()  # an alarm that is raised in the same instant is before it on the record, and stops it
    failing = [one for one in gate.conditions(facts_of(movement, doing.at)) if not one.holds]
    if failing:
        raise BadInput(
            f"movement {movement.name}",
            [Fault(f"gate.{one.code}", "it does not hold", "the condition to hold") for one in failing],
        )
    movement.state, movement.departed_at = DEPARTED, doing.at
    progress.begin(doing, movement)


@act("movement.arrive", on=Movement)
def arrive(doing: Doing, movement: Movement, *, where: str = "") -> None:
    """It is at its destination, or at `where` it really went. Its people are still to be accounted for."""
    _want_state(movement, DEPARTED)
    if len(where) > 200:
        raise BadInput(f"movement {movement.name}", [Fault("where", f"{len(where)} characters", "at most 200")])
    movement.state, movement.arrived_at = ARRIVED, doing.at
    progress.arrived(doing, movement, where)


@act("movement.cancel", on=Movement)
def cancel(doing: Doing, movement: Movement, *, reason: str) -> None:
    """It will not take place."""
    _want_state(movement, DRAFT, REQUESTED, DEFERRED, REFUSED, PLANNED, HELD)
    _want_reason(movement, reason)
    movement.state = CANCELLED


@act("escort.assign", on=Movement)
def assign_escort(doing: Doing, movement: Movement, *, escort: str) -> None:
    """The host orders a unit to escort the movement; empty takes the order back."""
    _want_state(movement, REQUESTED, DEFERRED, PLANNED, HELD)
    if len(escort) > 200:
        raise BadInput(f"movement {movement.name}", [Fault("escort", f"{len(escort)} characters", "at most 200")])
    movement.escort = escort.strip()


@act("sweep.certify", creates=Sweep)
def certify_sweep(
    doing: Doing, *, site: str, route: str, begin_m: float, end_m: float, valid_until: datetime, unit: str
) -> Sweep:
    """Certify that [begin_m, end_m) of a route was searched just now."""
    line = route_line(site, route)
    faults: list[Fault] = []
    if line is None:
        faults.append(Fault("route", shown(route), f"a route of site {shown(site)}"))
    elif not 0 <= begin_m < end_m <= line.length_m + 1:
        faults.append(Fault("end_m", f"{begin_m} to {end_m}", f"a stretch within 0 to {line.length_m:.0f}"))
    if valid_until <= doing.at:
        faults.append(Fault("valid_until", iso(valid_until), f"a time after {iso(doing.at)}"))
    if not unit.strip():
        faults.append(Fault("unit", "nothing", "the unit that searched"))
    if faults:
        raise BadInput("sweep", faults)
    return Sweep.objects.create(
        label_id=doing.label_id,
        site=site,
        route=route,
        begin_m=begin_m,
        end_m=end_m,
        searched_at=doing.at,
        valid_until=valid_until,
        unit=unit.strip(),
    )


@act("sweep.void", on=Sweep)
def void_sweep(doing: Doing, sweep: Sweep, *, reason: str) -> None:
    """The certificate no longer holds: something stopped there since, or a person says so."""
    if sweep.void_at:
        return
    sweep.void_at, sweep.void_reason = doing.at, reason[:300]


def _want_reason(movement: Movement, reason: str) -> None:
    if faults := length_faults("reason", reason):
        raise BadInput(f"movement {movement.name}", faults)


def _standing_hold(movement: Movement, party: str) -> dict[str, Any] | None:
    return next((one for one in movement.holds if one["party"] == party and not one["lifted_at"]), None)
