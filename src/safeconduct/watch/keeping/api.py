"""REST: questions to the archive and their answers, evidence that is held, and what was deleted."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status
from pydantic import BaseModel, Field

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
    created,
    page_of,
    page_schema,
    released,
)
from safeconduct.terms.decision import Refused
from safeconduct.terms.errors import BadInput, Fault
from safeconduct.watch.keeping import acts, contexts, queries
from safeconduct.watch.keeping.places import located

QuestionOut = released(
    "Question",
    "question",
    site=str,
    place=str,
    lon=float,
    lat=float,
    radius_m=float,
    begin=Moment,
    end=Moment,
    at_least_s=float,
    reason=str,
    by=str,
    asked=Moment,
)
StayOut = released(
    "Stay",
    "stay",
    site=str,
    kind=str,
    lon=float,
    lat=float,
    began=Moment,
    ended=Moment,
    dwell_s=float,
    left=bool,
    unseen_s=float,
    sensors=JsonList,
    tracks=JsonList,
)
EvidenceOut = released(
    "Evidence",
    "evidence",
    site=str,
    alert=uuid.UUID,
    begin=Moment,
    end=Moment,
    until=Moment,
    reason=str,
    by=str,
    held=Moment,
    lifted=Moment,
)
ExpiryOut = released("Expiry", "expiry", site=str, day=str, files=int, rows=int, sha256=str, expired=Moment)


class QuestionIn(Input):
    """What stood within `radius_m` of a place, or of a point, during [begin, end)."""

    site: Text
    place: Text = Field(default="", description="A place of the site by name; none where a point is given.")
    lon: Number | None = None
    lat: Number | None = None
    radius_m: Number = 200.0
    begin: Instant
    end: Instant
    at_least_s: Number = 60.0
    reason: Text = Field(description="What it is needed for; it is entered with the question.")


class Between(BaseModel):
    """A stretch of time."""

    begin: datetime
    end: datetime


class NumberedStay(BaseModel):
    """A stay, the number that its replay has, and the alerts of it that the reader sees."""

    number: int
    stay: StayOut  # pyright: ignore[reportInvalidTypeForm]  # made from the vocabulary
    alerts: list[uuid.UUID]


class AnswerOut(BaseModel):
    """What the archive tells."""

    stays: list[NumberedStay]
    more: int = Field(description="Stays beyond those listed, which are the longest.")
    missing: list[Between] = Field(description="Hours of which the archive has nothing of the site.")
    over: list[Between] = Field(description="What is past its retention and is not told.")


class EvidenceIn(Input):
    """Observations of a site during [begin, end) that are not to be deleted before `until`."""

    site: Text
    begin: Instant
    end: Instant
    until: Instant
    reason: Text
    alert: uuid.UUID | None = None


archive = Router(tags=["archive"], exclude_unset=True)


@archive.get("/questions", response=page_schema(QuestionOut), operation_id="listQuestions")
def list_questions(request: HttpRequest, after: After = None, limit: Limit = 50) -> JsonObject:
    """What this reader's side asked the archive, newest first."""
    page = queries.questions(asker(request), after, limit)
    return page_of(page.rows, page.next)


@archive.post("/questions", response={201: QuestionOut}, operation_id="askArchive")
def ask(request: HttpRequest, body: QuestionIn) -> Status[Any]:
    """Act `archive.ask`. The answer is at `/archive/questions/{ref}/answer`."""
    principal = asker(request)
    given = body.model_dump()
    if body.lon is None or body.lat is None:
        if body.lon is not None or body.lat is not None or not body.place:
            raise BadInput("question", [Fault("place", "no place", "a place by name, or lon and lat")])
        decision = acts.ask.decision(principal, acts.ask.marking_for_new(principal, body.site))
        if not decision.allowed:  # whether there is such a place or not
            raise Refused(acts.ask.name, decision)
        found = located(principal, body.site, body.place)
        given |= {"lon": found.lon, "lat": found.lat}
    return created(request, acts.ask, queries.question, **given)


@archive.get("/questions/{ref}", response=QuestionOut, operation_id="getQuestion")
def get_question(request: HttpRequest, ref: Ref) -> JsonObject:
    """One question."""
    return answer(queries.question(asker(request), ref))


@archive.get("/questions/{ref}/answer", response=AnswerOut, operation_id="getAnswer")
def get_answer(request: HttpRequest, ref: Ref) -> JsonObject:
    """What stood there then, from the archive as it is now."""
    from safeconduct.watch.keeping.answers import answer as answered

    principal = asker(request)
    found = answered(principal, queries.question(principal, ref))
    return {
        "stays": [
            {"number": one.number, "stay": answer(one.stay), "alerts": [alert.id for alert in one.alerts]}
            for one in found.stays
        ],
        "more": found.more,
        "missing": _stretches(found.missing),
        "over": _stretches(found.over),
    }


def _stretches(found: Sequence[tuple[datetime, datetime]]) -> list[JsonObject]:
    return [{"begin": begin, "end": end} for begin, end in found]


@archive.get("/questions/{ref}/stays/{nth}/replay", operation_id="replayStay")
def replay_stay(request: HttpRequest, ref: Ref, nth: int) -> JsonObject:
    """Where the vehicle of one stay was: `[seconds since begin, lon, lat, state]` of each of its tracks."""
    return dict(contexts.stay_replay(asker(request), ref, nth))


@archive.get("/evidence", response=page_schema(EvidenceOut), operation_id="listEvidence")
def list_evidence(request: HttpRequest, after: After = None, limit: Limit = 50) -> JsonObject:
    """What is or was held as evidence, newest first."""
    page = queries.evidence(asker(request), after, limit)
    return page_of(page.rows, page.next)


@archive.post("/evidence", response={201: EvidenceOut}, operation_id="holdEvidence")
def hold_evidence(request: HttpRequest, body: EvidenceIn) -> Status[Any]:
    """Act `evidence.hold`."""
    return created(request, acts.hold_evidence, queries.one_evidence, **body.model_dump())


@archive.post("/evidence/{ref}/lift", response=EvidenceOut, operation_id="liftEvidence")
def lift_evidence(request: HttpRequest, ref: Ref) -> JsonObject:
    """Act `evidence.lift`: what it held is deleted when its time has come."""
    acts.lift_evidence(asker(request), ref)
    return answer(queries.one_evidence(asker(request), ref))


@archive.get("/expiries", response=page_schema(ExpiryOut), operation_id="listExpiries")
def list_expiries(request: HttpRequest, after: After = None, limit: Limit = 50) -> JsonObject:
    """What was deleted from the archive, newest first."""
    page = queries.expiries(asker(request), after, limit)
    return page_of(page.rows, page.next)
