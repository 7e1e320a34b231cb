"""REST: movements with their gates, and sweeps."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status
from pydantic import BaseModel, Field

from safeconduct.movements import acts, queries
from safeconduct.movements.gate import is_open
from safeconduct.movements.protection.contexts import is_shown
from safeconduct.people import looks
from safeconduct.rest import (
    After,
    Input,
    Instant,
    JsonList,
    JsonObject,
    Limit,
    Moment,
    Number,
    Reason,
    Ref,
    Text,
    answer,
    asker,
    created,
    page_of,
    page_schema,
    released,
)
from safeconduct.terms.json import plain
from safeconduct.terms.party import Principal

MovementOut = released(
    "Movement",
    "movement",
    name=str,
    site=str,
    route=str,
    depart_at=Moment,
    arrive_at=Moment,
    vehicles=int,
    people=int,
    travellers=JsonList,
    said=JsonObject,
    risk=JsonObject,
    accepted=JsonObject,
    review=JsonObject,
    conditions=JsonList,
    communications=JsonObject,
    turn_back=str,
    escort=str,
    state=str,
    keys=JsonObject,
    holds=JsonList,
    gate=JsonList,
    purpose=str,
    host_note=str,
)
SweepOut = released(
    "Sweep",
    "sweep",
    site=str,
    route=str,
    begin_m=float,
    end_m=float,
    searched_at=Moment,
    valid_until=Moment,
    unit=str,
    void_at=Moment,
    void_reason=str,
)


class ConditionOut(BaseModel):
    """One line of the release gate: all must hold for the movement to depart.

    `article` is the clause of the accord that it stands on, `decision` the council's.
    """

    code: str = Field(description="keys, no_hold, cleared, met, route, no_alarm, or one that accord or council adds")
    holds: bool
    detail: JsonObject
    article: str
    decision: str


class MovementWithGate(MovementOut):
    """What a reader gets of one movement, with its gate as it stands; `gate` are the holds that the watch proposed."""

    conditions: list[ConditionOut] | None = Field(default=None, description="Absent where the gate is withheld.")
    is_open: bool | None = Field(default=None, description="Whether every condition holds.")
    legs: JsonList = Field(description="The fields of `leg`, of those of which the reader may know.")
    convoy: JsonList = Field(description="The fields of `convoy_vehicle`, of those of which the reader may know.")


class LegIn(Input):
    """One leg. Without `end_at` it is taken from the length of the route, at 30 km/h."""

    site: Text
    route: Text
    begin_at: Instant
    end_at: Instant | None = None
    origin: Text = ""
    destination: Text = ""
    alternates: list[Text] = []
    checkpoints: list[JsonObject] = Field(default=[], description="name, due_at, and lon and lat where they are known")
    rests: list[JsonObject] = Field(default=[], description="name, begin_at, minutes")
    hazards: list[JsonObject] = Field(default=[], description="begin_m, end_m along the route, text")
    havens: list[JsonObject] = Field(default=[], description="name, and lon and lat where they are known")
    max_speed_kmh: int | None = None
    outdoor: bool = True


class VehicleIn(Input):
    """One vehicle of the convoy; its driver is a person's id."""

    callsign: Text
    vehicle_class: Text = ""
    seats: int | None = None
    tracker: Text = Field(default="", description="sensor/track of its GPS")
    is_escort: bool = False
    driver: Text = ""
    driver_hours: float = Field(default=0.0, description="Driven in the 24 hours before")


class PlanBody(Input):
    """What a plan holds beside its way. People are named by their ids, to their own party alone."""

    name: Text
    vehicles: int = Field(default=0, examples=[3], description="In all; as many as are listed where that is more")
    people: int = Field(default=0, examples=[11], description="In all; as many as travel by name where that is more")
    purpose: Text = ""
    convoy: list[VehicleIn] = []
    travellers: list[Text] = []
    risk: dict[str, Text] = Field(default={}, description="likelihood and impact by the accord's matrix; measures")
    communications: dict[str, Text] = Field(default={}, description="primary, backup, callsign")
    turn_back: Text = ""


class Plan(PlanBody):
    """A journey of the site: by its legs, or along one route."""

    site: Text
    route: Text = ""
    depart_at: Instant | None = None
    legs: list[LegIn] = []


class Amendment(PlanBody):
    """The plan that takes the place of the one before. Both keys, the review and the acceptance of risk fall."""

    legs: list[LegIn]


class ReviewCondition(Input):
    """What must be met before departure, and the party that meets it."""

    text: Text
    owner: Text


class Review(Input):
    """cleared, deferred or refused."""

    outcome: Text
    text: Text = ""
    until: Instant | None = None
    conditions: list[ReviewCondition] = []
    reason_class: Text = ""
    alternatives: Text = ""
    deadline: Instant | None = None


class Met(Input):
    """Which condition of the review is met, from 1."""

    number: int


class Escort(Input):
    """The unit that escorts; empty takes the order back."""

    escort: Text


class SweepIn(Input):
    """[begin_m, end_m) of the route was searched just now."""

    site: Text
    route: Text
    begin_m: Number
    end_m: Number
    valid_until: Instant
    unit: Text = Field(max_length=200)


movements = Router(tags=["movements"], exclude_unset=True)
sweeps = Router(tags=["sweeps"], exclude_unset=True)


def _with_gate(principal: Principal, ref: uuid.UUID | str) -> JsonObject:
    movement = queries.movement(principal, ref)
    if is_shown(principal, movement):
        looks.enter(principal, "movement", [movement.id], "api")
    found = answer(movement)
    found["legs"] = [plain(answer(one)) for one in queries.legs(principal, [movement.id])[movement.id]]
    found["convoy"] = [plain(answer(one)) for one in queries.vehicles(principal, [movement.id])[movement.id]]
    conditions = queries.gate_of(principal, ref)
    if conditions:
        found["conditions"] = [
            {
                "code": one.code,
                "holds": one.holds,
                "detail": plain(one.detail),
                "article": one.article,
                "decision": one.decision,
            }
            for one in conditions
        ]
        found["is_open"] = is_open(conditions)
    return found


@movements.get("", response=page_schema(MovementOut), operation_id="listMovements")
def list_movements(request: HttpRequest, after: After = None, limit: Limit = 50) -> JsonObject:
    """Movements by when they were planned, newest first."""
    who = asker(request)
    page = queries.movements_page(who, after, limit)
    looks.enter(who, "movement", [row.id for row in page.rows if "route" in row or "depart_at" in row], "api")
    return page_of(page.rows, page.next)


@movements.post("", response={201: MovementWithGate}, operation_id="planMovement")
def plan_movement(request: HttpRequest, body: Plan) -> Status[Any]:
    """Act `movement.plan`."""
    row = acts.plan(asker(request), **body.model_dump())
    return Status(201, _with_gate(asker(request), row.pk))


@movements.get("/{ref}", response=MovementWithGate, operation_id="getMovement")
def get_movement(request: HttpRequest, ref: Ref) -> JsonObject:
    """One movement with its gate."""
    return _with_gate(asker(request), ref)


@movements.put("/{ref}", response=MovementWithGate, operation_id="amendMovement")
def amend_movement(request: HttpRequest, ref: Ref, body: Amendment) -> JsonObject:
    """Act `movement.amend`: put another plan in the place of this one."""
    acts.amend(asker(request), ref, **body.model_dump())
    return _with_gate(asker(request), ref)


@movements.post("/{ref}/request", response=MovementWithGate, operation_id="requestReview")
def request_review(request: HttpRequest, ref: Ref) -> JsonObject:
    """Act `movement.request`: lay it before the host."""
    acts.request(asker(request), ref)
    return _with_gate(asker(request), ref)


@movements.post("/{ref}/review", response=MovementWithGate, operation_id="reviewMovement")
def review_movement(request: HttpRequest, ref: Ref, body: Review) -> JsonObject:
    """Act `movement.review`: clear, defer or refuse it."""
    acts.review(asker(request), ref, **body.model_dump())
    return _with_gate(asker(request), ref)


@movements.post("/{ref}/meet", response=MovementWithGate, operation_id="meetCondition")
def meet_condition(request: HttpRequest, ref: Ref, body: Met) -> JsonObject:
    """Act `movement.meet`: a condition of the review is met."""
    acts.meet(asker(request), ref, number=body.number)
    return _with_gate(asker(request), ref)


@movements.post("/{ref}/accept-risk", response=MovementWithGate, operation_id="acceptRisk")
def accept_risk(request: HttpRequest, ref: Ref) -> JsonObject:
    """Act `movement.accept_risk`: for the people of your own party."""
    acts.accept_risk(asker(request), ref)
    return _with_gate(asker(request), ref)


@movements.post("/{ref}/accept-measures", response=MovementWithGate, operation_id="acceptMeasures")
def accept_measures(request: HttpRequest, ref: Ref) -> JsonObject:
    """Act `movement.accept_measures`: for the host."""
    acts.accept_measures(asker(request), ref)
    return _with_gate(asker(request), ref)


@movements.post("/{ref}/consent", response=MovementWithGate, operation_id="consentToMovement")
def consent_to_movement(request: HttpRequest, ref: Ref) -> JsonObject:
    """Act `movement.consent`: turn your party's key."""
    acts.consent(asker(request), ref)
    return _with_gate(asker(request), ref)


@movements.post("/{ref}/withdraw", response=MovementWithGate, operation_id="withdrawConsent")
def withdraw_consent(request: HttpRequest, ref: Ref) -> JsonObject:
    """Act `movement.withdraw`: take your party's key back."""
    acts.withdraw(asker(request), ref)
    return _with_gate(asker(request), ref)


@movements.post("/{ref}/hold", response=MovementWithGate, operation_id="holdMovement")
def hold_movement(request: HttpRequest, ref: Ref, body: Reason) -> JsonObject:
    """Act `movement.hold`: stop it. One party suffices."""
    acts.hold(asker(request), ref, reason=body.reason)
    return _with_gate(asker(request), ref)


@movements.post("/{ref}/lift", response=MovementWithGate, operation_id="liftHold")
def lift_hold(request: HttpRequest, ref: Ref, body: Reason) -> JsonObject:
    """Act `movement.lift`: lift your party's own hold."""
    acts.lift(asker(request), ref, reason=body.reason)
    return _with_gate(asker(request), ref)


@movements.post("/{ref}/depart", response=MovementWithGate, operation_id="departMovement")
def depart_movement(request: HttpRequest, ref: Ref) -> JsonObject:
    """Act `movement.depart`. While a condition of the gate does not hold, 422 names each that fails."""
    acts.depart(asker(request), ref)
    return _with_gate(asker(request), ref)


@movements.post("/{ref}/arrive", response=MovementWithGate, operation_id="arriveMovement")
def arrive_movement(request: HttpRequest, ref: Ref) -> JsonObject:
    """Act `movement.arrive`."""
    acts.arrive(asker(request), ref)
    return _with_gate(asker(request), ref)


@movements.post("/{ref}/cancel", response=MovementWithGate, operation_id="cancelMovement")
def cancel_movement(request: HttpRequest, ref: Ref, body: Reason) -> JsonObject:
    """Act `movement.cancel`: it will not take place."""
    acts.cancel(asker(request), ref, reason=body.reason)
    return _with_gate(asker(request), ref)


@movements.post("/{ref}/escort", response=MovementWithGate, operation_id="assignEscort")
def assign_escort(request: HttpRequest, ref: Ref, body: Escort) -> JsonObject:
    """Act `escort.assign`: the host orders a unit to escort it."""
    acts.assign_escort(asker(request), ref, escort=body.escort)
    return _with_gate(asker(request), ref)


@sweeps.get("", response=page_schema(SweepOut), operation_id="listSweeps")
def list_sweeps(request: HttpRequest, after: After = None, limit: Limit = 50) -> JsonObject:
    """Sweep certificates, newest first, void and expired ones too."""
    page = queries.sweeps_page(asker(request), after, limit)
    return page_of(page.rows, page.next)


@sweeps.post("", response={201: SweepOut}, operation_id="certifySweep")
def certify_sweep(request: HttpRequest, body: SweepIn) -> Status[Any]:
    """Act `sweep.certify`."""
    return created(request, acts.certify_sweep, queries.sweep, **body.model_dump())


@sweeps.get("/{ref}", response=SweepOut, operation_id="getSweep")
def get_sweep(request: HttpRequest, ref: Ref) -> JsonObject:
    """One sweep certificate."""
    return answer(queries.sweep(asker(request), ref))


@sweeps.post("/{ref}/void", response=SweepOut, operation_id="voidSweep")
def void_sweep(request: HttpRequest, ref: Ref, body: Reason) -> JsonObject:
    """Act `sweep.void`: the certificate no longer holds."""
    acts.void_sweep(asker(request), ref, reason=body.reason)
    return answer(queries.sweep(asker(request), ref))
