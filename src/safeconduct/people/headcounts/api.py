"""REST: headcounts and the answers to them."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status
from pydantic import BaseModel, Field

from safeconduct.people.headcounts import acts, beginning, queries
from safeconduct.people.headcounts.answering import answer_many
from safeconduct.rest import (
    After,
    Input,
    JsonList,
    JsonObject,
    Limit,
    Moment,
    Ref,
    Text,
    answer,
    asker,
    page_of,
    page_schema,
    released,
)
from safeconduct.terms.errors import NotFound

HeadcountOut = released(
    "Headcount",
    "headcount",
    site=str,
    call=uuid.UUID,
    kind=str,
    reason=str,
    zones=JsonList,
    visitors=bool,
    state=str,
    begun_at=Moment,
    by=str,
    confirmed_by=str,
    closed_at=Moment,
    closed_by=str,
    outcome=str,
    counts=JsonObject,
    by_zone=JsonObject,
    targets=JsonList,
    incident=uuid.UUID,
)
AnswerOut = released(
    "HeadcountAnswer",
    "headcount_answer",
    headcount=uuid.UUID,
    person=uuid.UUID,
    site=str,
    zone=uuid.UUID,
    visitor=bool,
    state=str,
    asked_at=Moment,
    sent_at=Moment,
    delivered_at=Moment,
    read_at=Moment,
    answered_at=Moment,
    by=str,
    proxy=bool,
    way=str,
    history=JsonList,
)


class HeadcountIn(Input):
    """Ask the people of your party whether they are safe. Everyone everywhere waits for a second person."""

    sites: list[Text] | None = Field(default=None, max_length=1000, description="Every site, if absent.")
    zones: list[Text] = Field(default_factory=list, max_length=1000, description="Zones of the one site; all, if none.")
    visitors: bool = True
    kind: Text = Field(default="live", description="live, or drill: messages then say that it is an exercise")
    reason: Text = Field(default="", description="For your own party; no message says it.")
    incident: uuid.UUID | None = None


class CloseIn(Input):
    """Why it ends; needed unless everyone is accounted for and nobody waits for help."""

    reason: Text = ""
    recall: bool = Field(default=False, description="It was started in error: all who were asked are told.")


class AnswersIn(Input):
    """An answer for people, by someone else."""

    answers: list[Text] = Field(min_length=1, max_length=1000, description="Ids of answers of this call.")
    says: Text = Field(description="safe, need_help or not_in_area")


class OwnAnswerIn(Input):
    """One's own answer."""

    says: Text = Field(description="safe, need_help or not_in_area")


class Answered(BaseModel):
    answered: int


headcounts = Router(tags=["headcounts"], exclude_unset=True)


@headcounts.get("", response=page_schema(HeadcountOut), operation_id="listHeadcounts")
def list_headcounts(request: HttpRequest, after: After = None, limit: Limit = 50) -> JsonObject:
    """Headcounts, one for each site; those that were started together share a `call`."""
    page = queries.headcounts_page(asker(request), after, limit)
    return page_of(page.rows, page.next)


@headcounts.post("", response={201: page_schema(HeadcountOut)}, operation_id="startHeadcount")
def start_headcount(request: HttpRequest, body: HeadcountIn) -> Status[Any]:
    """Act `headcount.start`, once for each site."""
    call = beginning.begin(asker(request), **body.model_dump())
    return Status(201, page_of(queries.headcounts_of(asker(request), call)))


@headcounts.get("/{ref}", response=HeadcountOut, operation_id="getHeadcount")
def get_headcount(request: HttpRequest, ref: Ref) -> JsonObject:
    """One headcount."""
    return answer(queries.headcount(asker(request), ref))


@headcounts.post("/{ref}/confirm", response=HeadcountOut, operation_id="confirmHeadcount")
def confirm_headcount(request: HttpRequest, ref: Ref) -> JsonObject:
    """Act `headcount.confirm`: the second person's go for every site of its call."""
    beginning.confirm_call(asker(request), queries.headcount(asker(request), ref)["call"])
    return answer(queries.headcount(asker(request), ref))


@headcounts.post("/{ref}/close", response=HeadcountOut, operation_id="closeHeadcount")
def close_headcount(request: HttpRequest, ref: Ref, body: CloseIn) -> JsonObject:
    """Act `headcount.close`, for every site of its call."""
    beginning.close_call(asker(request), queries.headcount(asker(request), ref)["call"], **body.model_dump())
    return answer(queries.headcount(asker(request), ref))


@headcounts.get("/{ref}/answers", response=page_schema(AnswerOut), operation_id="listHeadcountAnswers")
def list_answers(request: HttpRequest, ref: Ref, after: After = None, limit: Limit = 50) -> JsonObject:
    """Who was asked in this headcount, and how they stand."""
    one = queries.headcount(asker(request), ref)
    page = queries.answers_page(asker(request), [one.id], after, limit)
    return page_of(page.rows, page.next)


@headcounts.post("/{ref}/answers", response=Answered, operation_id="answerForPeople")
def answer_for_people(request: HttpRequest, ref: Ref, body: AnswersIn) -> JsonObject:
    """Act `headcount.answer_for`: it is kept that another answered."""
    return {"answered": answer_many(asker(request), ref, body.answers, body.says, "rest")}


@headcounts.post("/{ref}/answer", response=AnswerOut, operation_id="answerForOneself")
def answer_for_oneself(request: HttpRequest, ref: Ref, body: OwnAnswerIn) -> JsonObject:
    """Act `headcount.answer`: what one is asked in this headcount."""
    principal = asker(request)
    own = queries.own_answer(principal, ref)
    if own is None:
        raise NotFound("headcount_answer", ref)
    acts.answer(principal, [own.id], site=own.marking.area, says=body.says, way="page")
    return answer(queries.answer(principal, own.id))
