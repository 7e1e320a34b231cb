"""REST: movements on their way, overdue ones, hand-overs, and the acts on them."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status
from pydantic import Field

from safeconduct.movements.progress import acts, queries
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
    Ref,
    Text,
    answer,
    asker,
    page_of,
    page_schema,
    released,
)
from safeconduct.terms.party import Principal

ProgressOut = released(
    "Progress",
    "progress",
    name=str,
    site=str,
    state=str,
    plan=JsonList,
    plan_m=float,
    length_m=float,
    delay_s=int,
    eta=Moment,
    leg=int,
    speed_kmh=float,
    seen_at=Moment,
    source=str,
    next_at=Moment,
    checkpoints=JsonList,
    deviations=JsonList,
    vehicles=JsonList,
    post=str,
    posts=JsonList,
    border=JsonObject,
    lon=float,
    lat=float,
    trail=JsonList,
    count=JsonObject,
    roll=JsonObject,
)

_LADDER: dict[str, Any] = {
    "movement": uuid.UUID,
    "name": str,
    "site": str,
    "cause": str,
    "of": str,
    "due_at": Moment,
    "began_at": Moment,
    "state": str,
    "factor": float,
    "rungs": JsonList,
    "eta": Moment,
    "accounted_by": str,
    "accounted_at": Moment,
    "how": str,
    "reason": str,
}
OverdueOut = released("Overdue", "overdue", **_LADDER)
DuressOut = released("Duress", "duress", **_LADDER)
HandOverOut = released(
    "HandOver",
    "handover",
    movement=uuid.UUID,
    name=str,
    site=str,
    from_site=str,
    from_post=str,
    to_post=str,
    border_m=float,
    due_at=Moment,
    vehicles=int,
    people=int,
    state=str,
    offered_by=str,
    offered_at=Moment,
    answered_by=str,
    answered_at=Moment,
    reason=str,
    reminders=JsonList,
)


class Report(Input):
    """It is at `checkpoint`, or on its way; `vehicles` by their callsigns; `word` as it spoke it."""

    checkpoint: Text = ""
    vehicles: list[Text] = Field(default=[], max_length=200)
    note: Text = ""
    word: Text = ""


class Sighted(Input):
    """Where it is seen now."""

    where: Text


class Explain(Input):
    """A new time of arrival was agreed."""

    eta: Instant
    reason: Text
    word: Text = ""


class Words(Input):
    """The word that says that all is well, and the word of duress. Neither is kept in clear."""

    well: Text
    duress: Text


class Offer(Input):
    """The gate to which it is handed over; `border_m` is where on the route the sectors meet."""

    to_site: Text
    to_post: Text
    border_m: Number | None = None


class Count(Input):
    """So many people of it are there."""

    people: int
    where: Text


class Roll(Input):
    """Travellers' ids to `here`, `missing` or `left_behind`."""

    statuses: dict[Text, Text]


class Step(Input):
    """What was done at a step of the ladder."""

    number: int
    text: Text


class Why(Input):
    """Why."""

    reason: Text


progress = Router(tags=["movements"], exclude_unset=True)
overdue = Router(tags=["movements"], exclude_unset=True)
duress = Router(tags=["movements"], exclude_unset=True)
handovers = Router(tags=["movements"], exclude_unset=True)


def _one(principal: Principal, ref: uuid.UUID | str) -> JsonObject:
    found = queries.progress(principal, ref)
    looks.enter(principal, found.info_class, [found.id], "api")
    return answer(found)


def _after(request: HttpRequest, ref: str) -> JsonObject:
    return answer(queries.progress(asker(request), ref))


@progress.get("", response=page_schema(ProgressOut), operation_id="listProgress")
def list_progress(request: HttpRequest, after: After = None, limit: Limit = 50) -> JsonObject:
    """Movements that have departed, closed ones too. Each that is shown is entered as a look."""
    found = queries.progress_page(asker(request), after, limit)
    looks.enter(asker(request), "progress", [row.id for row in found.rows], "api")
    return page_of(found.rows, found.next)


@progress.get("/{ref}", response=ProgressOut, operation_id="getProgress")
def get_progress(request: HttpRequest, ref: Ref) -> JsonObject:
    """One movement on its way, by the movement's id."""
    return _one(asker(request), ref)


@progress.post("/{ref}/report", response=ProgressOut, operation_id="reportMovement")
def report_movement(request: HttpRequest, ref: Ref, body: Report) -> JsonObject:
    """Act `movement.report`."""
    acts.report(asker(request), ref, kind="progress", **body.model_dump())
    return _after(request, ref)


@progress.post("/{ref}/sighted", response=ProgressOut, operation_id="sightMovement")
def sight_movement(request: HttpRequest, ref: Ref, body: Sighted) -> JsonObject:
    """Act `movement.sighted`: whoever enters it sees it there, now."""
    acts.sighted(asker(request), ref, kind="progress", where=body.where)
    return _after(request, ref)


@progress.post("/{ref}/explain", response=ProgressOut, operation_id="explainMovement")
def explain_movement(request: HttpRequest, ref: Ref, body: Explain) -> JsonObject:
    """Act `movement.explain`: a new time of arrival was agreed with it."""
    acts.explain(asker(request), ref, **body.model_dump())
    return _after(request, ref)


@progress.post("/{ref}/words", response={204: None}, operation_id="setWords")
def set_words(request: HttpRequest, ref: Ref, body: Words) -> Status[None]:
    """Act `movement.set_words`."""
    acts.set_words(asker(request), ref, well=body.well, duress=body.duress)
    return Status(204, None)


@progress.post("/{ref}/offer", response={201: HandOverOut}, operation_id="offerMovement")
def offer_movement(request: HttpRequest, ref: Ref, body: Offer) -> Status[Any]:
    """Act `movement.hand_over`: offer it to the next post."""
    made = acts.hand_over(asker(request), ref, **body.model_dump())
    return Status(201, answer(queries.offer(asker(request), made.pk)))


@progress.post("/{ref}/count", response=ProgressOut, operation_id="countMovement")
def count_movement(request: HttpRequest, ref: Ref, body: Count) -> JsonObject:
    """Act `movement.count`."""
    acts.count(asker(request), ref, people=body.people, where=body.where)
    return _after(request, ref)


@progress.post("/{ref}/account", response=ProgressOut, operation_id="accountForTravellers")
def account_for_travellers(request: HttpRequest, ref: Ref, body: Roll) -> JsonObject:
    """Act `movement.account`: the roll by reference."""
    acts.account(asker(request), ref, statuses=body.statuses)
    return _after(request, ref)


@progress.post("/{ref}/close", response=ProgressOut, operation_id="closeMovement")
def close_movement(request: HttpRequest, ref: Ref) -> JsonObject:
    """Act `movement.close`."""
    acts.close(asker(request), ref)
    return _after(request, ref)


@overdue.get("", response=page_schema(OverdueOut), operation_id="listOverdue")
def list_overdue(request: HttpRequest, after: After = None, limit: Limit = 50) -> JsonObject:
    """Ladders of overdue movements, the latest first; those that are over, too."""
    found = queries.overdue_page(asker(request), after, limit)
    return page_of(found.rows, found.next)


@overdue.post("/{ref}/answer", response=OverdueOut, operation_id="answerOverdue")
def answer_overdue(request: HttpRequest, ref: Ref, body: Step) -> JsonObject:
    """Act `movement.answer`: what was done at a step."""
    acts.answer(asker(request), ref, kind="overdue", number=body.number, text=body.text)
    return answer(queries.ladder(asker(request), "overdue", ref))


@duress.get("", response=page_schema(DuressOut), operation_id="listDuress")
def list_duress(request: HttpRequest, after: After = None, limit: Limit = 50) -> JsonObject:
    """Ladders of movements under duress."""
    found = queries.duress_page(asker(request), after, limit)
    return page_of(found.rows, found.next)


@duress.post("/{ref}/answer", response=DuressOut, operation_id="answerDuress")
def answer_duress(request: HttpRequest, ref: Ref, body: Step) -> JsonObject:
    """Act `movement.answer`: what was done at a step."""
    acts.answer(asker(request), ref, kind="duress", number=body.number, text=body.text)
    return answer(queries.ladder(asker(request), "duress", ref))


@duress.post("/{ref}/relieve", response=DuressOut, operation_id="relieveMovement")
def relieve_movement(request: HttpRequest, ref: Ref, body: Why) -> JsonObject:
    """Act `movement.relieve`: it is known to be safe."""
    acts.relieve(asker(request), ref, reason=body.reason)
    return answer(queries.ladder(asker(request), "duress", ref))


@handovers.get("", response=page_schema(HandOverOut), operation_id="listHandOvers")
def list_handovers(request: HttpRequest, after: After = None, limit: Limit = 50) -> JsonObject:
    """Offers of one post to the next, the latest first."""
    found = queries.handovers_page(asker(request), after, limit)
    return page_of(found.rows, found.next)


@handovers.post("/{ref}/accept", response=HandOverOut, operation_id="acceptHandOver")
def accept_handover(request: HttpRequest, ref: Ref) -> JsonObject:
    """Act `movement.accept`."""
    acts.accept(asker(request), ref)
    return answer(queries.offer(asker(request), ref))


@handovers.post("/{ref}/refuse", response=HandOverOut, operation_id="refuseHandOver")
def refuse_handover(request: HttpRequest, ref: Ref, body: Why) -> JsonObject:
    """Act `movement.refuse`."""
    acts.refuse(asker(request), ref, reason=body.reason)
    return answer(queries.offer(asker(request), ref))


@handovers.post("/{ref}/recall", response=HandOverOut, operation_id="recallHandOver")
def recall_handover(request: HttpRequest, ref: Ref) -> JsonObject:
    """Act `movement.recall`: take the offer back."""
    acts.recall(asker(request), ref)
    return answer(queries.offer(asker(request), ref))


@handovers.post("/{ref}/report", response=HandOverOut, operation_id="reportByHandOver")
def report_by_handover(request: HttpRequest, ref: Ref, body: Report) -> JsonObject:
    """Act `movement.report`, by the post that it was handed over to."""
    acts.report(asker(request), ref, kind="handover", **body.model_dump())
    return answer(queries.offer(asker(request), ref))


@handovers.post("/{ref}/sighted", response=HandOverOut, operation_id="sightByHandOver")
def sight_by_handover(request: HttpRequest, ref: Ref, body: Sighted) -> JsonObject:
    """Act `movement.sighted`, by the post that it was handed over to."""
    acts.sighted(asker(request), ref, kind="handover", where=body.where)
    return answer(queries.offer(asker(request), ref))
