"""REST: incidents and what is written into them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status
from pydantic import Field

from safeconduct.incidents import acts, deeds, fact_acts, link_acts, queries
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
    Site,
    Text,
    answer,
    asker,
    made,
    page_of,
    page_schema,
    released,
)

IncidentOut = released(
    "Incident",
    "incident",
    site=str,
    name=str,
    type=str,
    place=str,
    lon=float,
    lat=float,
    text=str,
    occurred_at=Moment,
    logged_at=Moment,
    severity=str,
    state=str,
    opened_by=str,
    affected=int,
    references=JsonList,
    closed_at=Moment,
    outcome=str,
    exercise=bool,
)
_WRITTEN: dict[str, Any] = {"incident": uuid.UUID, "site": str, "party": str, "role": str, "logged_at": Moment}
EntryOut = released(
    "IncidentEntry",
    "incident_entry",
    **_WRITTEN,
    at=Moment,
    kind=str,
    text=str,
    data=JsonObject,
    corrects=uuid.UUID,
)
FigureOut = released(
    "CasualtyFigure",
    "casualty_figure",
    **_WRITTEN,
    category=str,
    whose=str,
    count=int,
    as_of=Moment,
    source=str,
    status=str,
    replaces=uuid.UUID,
)
ClaimOut = released("Claim", "claim", **_WRITTEN, who=str, channel=str, text=str, claimed_at=Moment)
AttributionOut = released("Attribution", "attribution", **_WRITTEN, who=str, confidence=str, text=str)
DocumentOut = released(
    "IncidentDocument",
    "incident_document",
    **_WRITTEN,
    at=Moment,
    name=str,
    kind=str,
    sha256=str,
    size=int,
    text=str,
)


class IncidentOpening(Input):
    """What is known of it now. `of` and `thing` name what it is opened from: an alert, a movement or a headcount."""

    site: Text
    type: Text = Field(description="attack, threat, intrusion, accident, medical, fire, arrest, missing or other")
    text: Text
    place: Text = ""
    lon: Number | None = None
    lat: Number | None = None
    occurred_at: Instant | None = None
    affected: int | None = None
    references: list[Text] = []
    severity: Text = Field("", description="An impact of the accord's risk matrix, from whoever may grade.")
    report: dict[Text, Text] | None = Field(None, description="A first report by the letters of M/ETHANE.")
    of: Text = ""
    thing: Text = ""


class Line(Input):
    """A line, or a first report. With `own` it stays with the writer's party."""

    text: Text = ""
    report: dict[Text, Text] | None = None
    at: Instant | None = None
    own: bool = False
    affected: int | None = None
    references: list[Text] | None = None


class Correction(Input):
    """What takes the place of a line that stays."""

    text: Text = ""
    report: dict[Text, Text] | None = None
    at: Instant | None = None
    own: bool = False


class Figure(Input):
    """How many, of whom, as of when, from which source."""

    category: Text = Field(description="killed, injured, missing or uninjured")
    whose: Text = Field("protected", description="protected or other")
    count: int
    source: Text
    status: Text = "claimed"
    as_of: Instant | None = None
    own: bool = False


class ClaimMade(Input):
    """Who says that it was they, and where."""

    who: Text
    channel: Text
    text: Text = ""
    claimed_at: Instant | None = None
    own: bool = False


class Attributing(Input):
    """Whom the writer's party holds responsible, and why."""

    who: Text
    confidence: Text = Field(description="low, moderate or high")
    text: Text
    own: bool = False


class Linking(Input):
    """An alert, a movement or a headcount that belongs to it."""

    of: Text
    thing: Text
    text: Text = ""


class Grade(Reason):
    """How severe it is, and why."""

    severity: Text


class Outcome(Input):
    """What came of it."""

    outcome: Text


incidents = Router(tags=["incidents"], exclude_unset=True)
incident_entries = Router(tags=["incidents"], exclude_unset=True)


@incidents.get("", response=page_schema(IncidentOut), operation_id="listIncidents")
def list_incidents(
    request: HttpRequest, after: After = None, limit: Limit = 50, site: Site = None, state: Text = "", type: Text = ""
) -> JsonObject:
    """Incidents, newest first; `state` is one, or `standing` for those that are not closed."""
    page = queries.incidents(asker(request), after, limit, state=state, type=type, site=site or "")
    return page_of(page.rows, page.next)


@incidents.post("", response={201: IncidentOut}, operation_id="openIncident")
def open_incident(request: HttpRequest, body: IncidentOpening) -> Status[Any]:
    """Act `incident.open`, with `incident.link`, `incident.grade` and `incident.write` where they are asked for."""
    row = deeds.open_from(asker(request), **body.model_dump())
    return Status(201, made(asker(request), row, queries.incident))


@incidents.get("/{ref}", response=IncidentOut, operation_id="getIncident")
def get_incident(request: HttpRequest, ref: Ref) -> JsonObject:
    """One incident."""
    return answer(queries.incident(asker(request), ref))


@incidents.get("/{ref}/entries", response=page_schema(EntryOut), operation_id="listIncidentEntries")
def list_entries(request: HttpRequest, ref: Ref, after: After = None, limit: Limit = 50) -> JsonObject:
    """The lines of its log, newest first; figures, claims, attributions and documents have lists of their own."""
    page = queries.entries(asker(request), ref, after, limit)
    return page_of(page.rows, page.next)


def _listed(request: HttpRequest, ref: str, read: Callable[..., Any]) -> JsonObject:
    found = queries.incident(asker(request), ref)
    return page_of(read(asker(request), found.id))


@incidents.get("/{ref}/figures", response=page_schema(FigureOut), operation_id="listCasualtyFigures")
def list_figures(request: HttpRequest, ref: Ref) -> JsonObject:
    """Figures of casualties, newest first, with those that others replaced."""
    return _listed(request, ref, queries.figures)


@incidents.get("/{ref}/claims", response=page_schema(ClaimOut), operation_id="listClaims")
def list_claims(request: HttpRequest, ref: Ref) -> JsonObject:
    """Claims of responsibility."""
    return _listed(request, ref, queries.claims)


@incidents.get("/{ref}/attributions", response=page_schema(AttributionOut), operation_id="listAttributions")
def list_attributions(request: HttpRequest, ref: Ref) -> JsonObject:
    """Whom the parties hold responsible."""
    return _listed(request, ref, queries.attributions)


@incidents.get("/{ref}/documents", response=page_schema(DocumentOut), operation_id="listIncidentDocuments")
def list_documents(request: HttpRequest, ref: Ref) -> JsonObject:
    """Its documents, each with its digest; the file is at `/incidents/documents/` under the same id."""
    return _listed(request, ref, queries.documents_of)


@incidents.post("/{ref}/write", response={201: EntryOut}, operation_id="writeIncident")
def write(request: HttpRequest, ref: Ref, body: Line) -> Status[Any]:
    """Act `incident.write`."""
    row = acts.write(asker(request), ref, **body.model_dump())
    return Status(201, made(asker(request), row, queries.entry))


@incidents.post("/{ref}/figure", response=page_schema(FigureOut), operation_id="enterCasualtyFigure")
def figure(request: HttpRequest, ref: Ref, body: Figure) -> JsonObject:
    """Act `incident.figure`; answers all figures."""
    fact_acts.figure(asker(request), ref, **body.model_dump())
    return _listed(request, ref, queries.figures)


@incidents.post("/{ref}/claim", response=page_schema(ClaimOut), operation_id="enterClaim")
def claim(request: HttpRequest, ref: Ref, body: ClaimMade) -> JsonObject:
    """Act `incident.claim`; answers all claims."""
    fact_acts.claim(asker(request), ref, **body.model_dump())
    return _listed(request, ref, queries.claims)


@incidents.post("/{ref}/attribute", response=page_schema(AttributionOut), operation_id="attributeIncident")
def attribute(request: HttpRequest, ref: Ref, body: Attributing) -> JsonObject:
    """Act `incident.attribute`; answers all attributions."""
    fact_acts.attribute(asker(request), ref, **body.model_dump())
    return _listed(request, ref, queries.attributions)


@incidents.post("/{ref}/link", response=IncidentOut, operation_id="linkIncident")
def link(request: HttpRequest, ref: Ref, body: Linking) -> JsonObject:
    """Act `incident.link`. What was observed around an alert is held as evidence, where the accord lets the actor."""
    deeds.link_with_evidence(asker(request), ref, **body.model_dump())
    return answer(queries.incident(asker(request), ref))


@incidents.post("/{ref}/grade", response=IncidentOut, operation_id="gradeIncident")
def grade(request: HttpRequest, ref: Ref, body: Grade) -> JsonObject:
    """Act `incident.grade`."""
    acts.grade(asker(request), ref, **body.model_dump())
    return answer(queries.incident(asker(request), ref))


@incidents.post("/{ref}/stand-down", response=IncidentOut, operation_id="standDownIncident")
def stand_down(request: HttpRequest, ref: Ref, body: Reason) -> JsonObject:
    """Act `incident.stand_down`."""
    acts.stand_down(asker(request), ref, reason=body.reason)
    return answer(queries.incident(asker(request), ref))


@incidents.post("/{ref}/close", response=IncidentOut, operation_id="closeIncident")
def close(request: HttpRequest, ref: Ref, body: Outcome) -> JsonObject:
    """Act `incident.close`."""
    acts.close(asker(request), ref, outcome=body.outcome)
    return answer(queries.incident(asker(request), ref))


@incidents.post("/{ref}/reopen", response=IncidentOut, operation_id="reopenIncident")
def reopen(request: HttpRequest, ref: Ref, body: Reason) -> JsonObject:
    """Act `incident.reopen`."""
    acts.reopen(asker(request), ref, reason=body.reason)
    return answer(queries.incident(asker(request), ref))


@incident_entries.post("/{ref}/correct", response={201: EntryOut}, operation_id="correctIncidentEntry")
def correct(request: HttpRequest, ref: Ref, body: Correction) -> Status[Any]:
    """Act `incident.correct`: answers the line that puts it right."""
    row = acts.correct(asker(request), ref, **body.model_dump())
    return Status(201, made(asker(request), row, queries.entry))


@incident_entries.post("/{ref}/unlink", response={201: EntryOut}, operation_id="unlinkIncident")
def unlink(request: HttpRequest, ref: Ref, body: Reason) -> Status[Any]:
    """Act `incident.unlink`: takes back a link of one's own party."""
    row = link_acts.unlink(asker(request), ref, reason=body.reason)
    return Status(201, made(asker(request), row, queries.entry))
