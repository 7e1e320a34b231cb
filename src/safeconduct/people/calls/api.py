"""REST: calls for help, and the check-ins of whoever asks."""

from __future__ import annotations

import uuid

from django.http import HttpRequest
from ninja import Router
from pydantic import BaseModel, Field

from safeconduct.people import sos_acts as sos
from safeconduct.people import sos_reads
from safeconduct.people.checkin_acts import Said, check_in_once
from safeconduct.rest import (
    After,
    Input,
    Instant,
    JsonObject,
    Limit,
    Moment,
    Reason,
    Ref,
    Text,
    answer,
    asker,
    page_of,
    page_schema,
    released,
)
from safeconduct.terms import instant

CallOut = released(
    "Call",
    "sos",
    site=str,
    person=uuid.UUID,
    lon=float,
    lat=float,
    accuracy_m=float,
    moved_at=Moment,
    silent=bool,
    way=str,
    state=str,
    claimed_at=Moment,
    logged_at=Moment,
    rung=int,
    answered_at=Moment,
    answered_by=str,
    acknowledged_at=Moment,
    acknowledged_by=str,
    ended_at=Moment,
    end_reason=str,
)
CheckInOut = released(
    "CheckIn",
    "check_in",
    site=str,
    person=uuid.UUID,
    state=str,
    claimed_at=Moment,
    logged_at=Moment,
    via=str,
    journey=uuid.UUID,
    stage=str,
)


class CheckInIn(Input):
    """What a person says of themselves. The same `id` twice is one check-in."""

    id: uuid.UUID = Field(description="A UUIDv7 that the sender made.")
    state: Text = Field(examples=["safe"], description="safe, need_help or not_here")
    at: Instant | None = Field(default=None, description="When it was so; now, if absent.")


class CheckedIn(BaseModel):
    new: bool = Field(description="Whether it was taken now, and not before.")


calls = Router(tags=["calls"], exclude_unset=True)
check_ins = Router(tags=["calls"], exclude_unset=True)


@calls.get("", response=page_schema(CallOut), operation_id="listCalls")
def list_calls(request: HttpRequest, after: After = None, limit: Limit = 50) -> JsonObject:
    """Calls for help, the latest first. The host gets where and when, never who."""
    page = sos_reads.all_calls(asker(request), after, limit)
    return page_of(page.rows, page.next)


@calls.get("/{ref}", response=CallOut, operation_id="getCall")
def get_call(request: HttpRequest, ref: Ref) -> JsonObject:
    """One call for help."""
    return answer(sos_reads.one_call(asker(request), ref))


@calls.post("/{ref}/answer", response=CallOut, operation_id="answerCall")
def answer_call(request: HttpRequest, ref: Ref) -> JsonObject:
    """Act `sos.answer`: an officer of the caller's side takes it."""
    sos.answer(asker(request), ref)
    return answer(sos_reads.one_call(asker(request), ref))


@calls.post("/{ref}/acknowledge", response=CallOut, operation_id="acknowledgeCall")
def acknowledge_call(request: HttpRequest, ref: Ref) -> JsonObject:
    """Act `sos.acknowledge`: the host has seen it."""
    sos.acknowledge(asker(request), ref)
    return answer(sos_reads.one_call(asker(request), ref))


@calls.post("/{ref}/end", response=CallOut, operation_id="endCall")
def end_call(request: HttpRequest, ref: Ref, body: Reason) -> JsonObject:
    """Act `sos.end`, with a reason. Whoever called ends it by PIN, on their page alone."""
    sos.end(asker(request), ref, reason=body.reason)
    return answer(sos_reads.one_call(asker(request), ref))


@check_ins.get("", response=page_schema(CheckInOut), operation_id="listCheckIns")
def list_check_ins(request: HttpRequest, after: After = None, limit: Limit = 50) -> JsonObject:
    """Check-ins that you may see, the latest first; your own, for a phone."""
    page = sos_reads.check_ins_page(asker(request), after, limit)
    return page_of(page.rows, page.next)


@check_ins.post("", response=CheckedIn, operation_id="checkIn")
def check_in(request: HttpRequest, body: CheckInIn) -> JsonObject:
    """Act `person.check_in`, by a phone while its page is open, or by a token that it issued."""
    said = Said(body.id, body.state, body.at or instant.now())
    return {"new": check_in_once(asker(request), said)}
