"""REST: who has seen what, alarms about reading, decoys."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status
from pydantic import Field

from safeconduct.people.reading import acts, queries
from safeconduct.rest import (
    After,
    Input,
    JsonObject,
    Limit,
    Moment,
    Ref,
    Text,
    answer,
    asker,
    created,
    page_of,
    page_schema,
    released,
)
from safeconduct.terms.errors import NotFound

LookOut = released("Look", "look", reader=str, party=str, role=str, of_class=str, of=uuid.UUID, at=Moment, what=str)
ReadingAlarmOut = released(
    "ReadingAlarm",
    "reading_alarm",
    rule=str,
    reader=str,
    party=str,
    role=str,
    of_class=str,
    count=int,
    begin=Moment,
    at=Moment,
    state=str,
    answer=str,
    answered_by=str,
    answered_at=Moment,
)
DecoyOut = released(
    "Decoy", "canary", of_class=str, of=uuid.UUID, note=str, by=str, placed_at=Moment, removed_at=Moment
)


class AnswerIn(Input):
    """What came of an alarm."""

    answer: Text = Field(max_length=500, examples=["An audit that was announced."])


class DecoyIn(Input):
    """A plan or a person of one's own party that nobody needs to read."""

    of_class: Text = Field(examples=["movement"])
    of: uuid.UUID
    note: Text = Field(default="", max_length=200)


looks = Router(tags=["reading"], exclude_unset=True)
reading_alarms = Router(tags=["reading"], exclude_unset=True)
decoys = Router(tags=["reading"], exclude_unset=True)


@looks.get("/{ref}", response=page_schema(LookOut), operation_id="listLooks")
def list_looks(request: HttpRequest, ref: Ref, after: After = None, limit: Limit = 50) -> JsonObject:
    """Who has seen the thing of that id, as far as the reader may know; empty for what is not there."""
    try:
        of = uuid.UUID(ref)
    except ValueError:
        raise NotFound("look", ref) from None
    page = queries.looks_page(asker(request), of, after, limit)
    return page_of(page.rows, page.next)


@reading_alarms.get("", response=page_schema(ReadingAlarmOut), operation_id="listReadingAlarms")
def list_alarms(request: HttpRequest, after: After = None, limit: Limit = 50) -> JsonObject:
    """Alarms about unusual reading of one's own party's things, newest first."""
    page = queries.alarms_page(asker(request), after, limit)
    return page_of(page.rows, page.next)


@reading_alarms.post("/{ref}/answer", response=ReadingAlarmOut, operation_id="answerReadingAlarm")
def answer_alarm(request: HttpRequest, ref: Ref, body: AnswerIn) -> JsonObject:
    """Act `reading.answer`."""
    acts.answer_alarm(asker(request), ref, **body.model_dump())
    return answer(queries.alarm(asker(request), ref))


@decoys.get("", response=page_schema(DecoyOut), operation_id="listDecoys")
def list_decoys(request: HttpRequest, after: After = None, limit: Limit = 50) -> JsonObject:
    """Decoys of one's own party, removed ones too, newest first."""
    page = queries.canaries_page(asker(request), after, limit)
    return page_of(page.rows, page.next)


@decoys.post("", response={201: DecoyOut}, operation_id="placeDecoy")
def place_decoy(request: HttpRequest, body: DecoyIn) -> Status[Any]:
    """Act `canary.place`."""
    return created(request, acts.place_canary, queries.canary, **body.model_dump())


@decoys.post("/{ref}/remove", response=DecoyOut, operation_id="removeDecoy")
def remove_decoy(request: HttpRequest, ref: Ref) -> JsonObject:
    """Act `canary.remove`."""
    acts.remove_canary(asker(request), ref)
    return answer(queries.canary(asker(request), ref))
