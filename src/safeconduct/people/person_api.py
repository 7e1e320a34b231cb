"""REST: the list of people, the directory, zones, and rosters in and out. Whoever is answered a person has looked."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router
from ninja.params.functions import Query
from ninja.responses import Status
from pydantic import BaseModel, Field

from safeconduct.people import person_acts, roster_acts
from safeconduct.people import person_queries as queries
from safeconduct.people.importing import CellFault, read_roster
from safeconduct.people.importing_plan import Compared
from safeconduct.people.persons import Particulars
from safeconduct.rest import (
    After,
    Input,
    Instant,
    JsonObject,
    Limit,
    Moment,
    Ref,
    Site,
    Text,
    answer,
    asker,
    created,
    page_of,
    page_schema,
    released,
)
from safeconduct.terms import instant
from safeconduct.terms.errors import BadInput

MOST_FAULTS = 1000


class Contact(Input):
    """A way to reach a person."""

    channel: Text = Field(description="sms, mail, chat, voice or radio")
    address: Text


PersonOut = released(
    "Person",
    "person",
    site=str,
    reference=str,
    name=str,
    kind=str,
    company=str,
    zone=uuid.UUID,
    language=str,
    contacts=list[Contact],
    vetting=str,
    vetted_until=date,
    training_until=date,
    visit_begin=Moment,
    visit_end=Moment,
    seen_as=str,
    cell_resolution=int,
    left_at=Moment,
)
ZoneOut = released("Zone", "zone", site=str, name=str, warden=uuid.UUID, alternates=list[str], closed_at=Moment)


class PersonIn(Input):
    """A person to enter. Nothing else is kept of anybody."""

    site: Text
    reference: Text = Field(examples=["L-0042"])
    name: Text
    kind: Text = Field(description="protected, guard, driver or visitor")
    company: Text = ""
    zone: uuid.UUID | None = None
    language: Text = ""
    contacts: Sequence[Contact] = ()
    training_until: date | None = None
    visit_begin: Instant | None = None
    visit_end: Instant | None = None


class PersonChange(Input):
    """What is to be put in place of what is there; what is absent stays."""

    site: Text | None = None
    reference: Text | None = None
    name: Text | None = None
    kind: Text | None = None
    company: Text | None = None
    zone: uuid.UUID | None = None
    language: Text | None = None
    contacts: Sequence[Contact] | None = None
    training_until: date | None = None
    visit_begin: Instant | None = None
    visit_end: Instant | None = None


class Vetting(Input):
    vetting: Text = Field(description="asked, cleared or refused")
    until: date | None = Field(default=None, description="When to verify again; for who is cleared.")


class Choice(Input):
    """How coarsely a person is seen from now on."""

    seen_as: Text = Field(description="off, zone or cell")
    resolution: int | None = Field(default=None, description="H3 resolution from 4 to 9, for a cell.")
    note: Text = Field(default="", description="A warden says how the person asked for it.")


class Wanted(Input):
    text: Text = Field(description="A whole reference, or at least three letters of a name.")
    site: Text = ""


class Found(BaseModel):
    """At most twenty persons; `more` says only that there are others."""

    items: list[PersonOut]  # pyright: ignore[reportInvalidTypeForm]  # made at run time
    more: bool


class ZoneIn(Input):
    site: Text
    name: Text
    warden: Text | None = Field(default=None, description="A person's id.")
    alternates: Sequence[Text] = ()


class ZoneChange(Input):
    name: Text
    warden: Text | None = None
    alternates: Sequence[Text] = ()


class FaultOut(BaseModel):
    row: int
    column: str
    found: str
    wanted: str


class RosterOut(BaseModel):
    """What an import comes to: the first thousand faults, and how many there are of each."""

    new: int
    changed: int
    same: int
    faults: int
    first_faults: list[FaultOut]


class Taking(Input):
    """A file of the list."""

    site: Text = ""
    fields: Sequence[Text] = Field(examples=[["reference", "kind"]])
    reason: Text


Charset = Annotated[Text | None, Query(description="Of a CSV that is not UTF-8, such as gb18030 or windows-1256.")]

people = Router(tags=["people"], exclude_unset=True)
zones = Router(tags=["people"], exclude_unset=True)


@people.get("", response=page_schema(PersonOut), operation_id="listPersons")
def list_persons(
    request: HttpRequest, after: After = None, limit: Limit = 50, site: Site = None, part: Text = "here"
) -> JsonObject:
    """The list, for those who keep it and wardens for their zones; `part` is here, visitors or left."""
    page = queries.listed(asker(request), after, limit, site=site or "", part=part, what="api")
    return page_of(page.rows, page.next)


@people.post("", response={201: PersonOut}, operation_id="registerPerson")
def register(request: HttpRequest, body: PersonIn) -> Status[Any]:
    """Act `person.register`."""
    given = body.model_dump(exclude={"site"})
    row = person_acts.register(asker(request), Particulars(**given), site=body.site)
    return Status(201, answer(queries.person(asker(request), row.pk, "api")))


@people.post("/find", response=Found, operation_id="findPersons")
def find(request: HttpRequest, body: Wanted) -> JsonObject:
    """Act `person.find`: entered, and so many an hour."""
    found = queries.find(asker(request), body.text, body.site)
    return {"items": [answer(row) for row in found.rows], "more": found.more}


@people.post("/check", response=RosterOut, operation_id="checkRoster")
def check(request: HttpRequest, site: Site = None, charset: Charset = None) -> JsonObject:
    """What an import of the CSV or XLSX in the body would come to. Nothing is changed."""
    queries.require_importing(asker(request), site or "")
    roster = read_roster(request.body, timezone.get_current_timezone(), charset or "")
    return _compared(queries.compared(asker(request), roster, site or ""))


@people.post("/import", response=RosterOut, operation_id="importRoster")
def take_in(request: HttpRequest, site: Site = None, charset: Charset = None) -> JsonObject:
    """Act `person.import`: everybody in the CSV or XLSX in the body, or nobody."""
    queries.require_importing(asker(request), site or "")
    roster = read_roster(request.body, timezone.get_current_timezone(), charset or "")
    found = queries.compared(asker(request), roster, site or "")
    if found.faults:
        raise BadInput("roster", [fault.as_fault() for fault in found.faults[:MOST_FAULTS]])
    roster_acts.import_people(asker(request), roster, site=site or "")
    return _compared(found)


def _compared(found: Compared) -> JsonObject:
    return {
        "new": len(found.new),
        "changed": len(found.changed),
        "same": found.same,
        "faults": len(found.faults),
        "first_faults": [_fault(one) for one in found.faults[:MOST_FAULTS]],
    }


def _fault(one: CellFault) -> JsonObject:
    return {"row": one.row, "column": one.column, "found": one.found, "wanted": one.wanted}


@people.post("/export", operation_id="exportPersons", response={200: None})
def take_out(request: HttpRequest, body: Taking) -> HttpResponse:
    """Act `person.export`: a CSV with the fields that were asked for. Each person in it can see that."""
    made = queries.export(asker(request), site=body.site, fields=list(body.fields), reason=body.reason)
    return HttpResponse(made.content, content_type="text/csv; charset=utf-8")


@people.get("/due", response=page_schema(PersonOut), operation_id="listPersonsDue")
def due(request: HttpRequest) -> JsonObject:
    """Whose vetting or training must be done again, the most urgent first."""
    return page_of(queries.due(asker(request), instant.now().date()))


@people.get("/{ref}", response=PersonOut, operation_id="getPerson")
def person(request: HttpRequest, ref: Ref) -> JsonObject:
    """One person."""
    return answer(queries.person(asker(request), ref, "api"))


@people.post("/{ref}/change", response=PersonOut, operation_id="changePerson")
def change(request: HttpRequest, ref: Ref, body: PersonChange) -> JsonObject:
    """Act `person.change`."""
    nullable = {"zone", "training_until", "visit_begin", "visit_end"}
    given = body.model_dump(exclude_unset=True)
    changes = {name: value for name, value in given.items() if value is not None or name in nullable}
    site = changes.pop("site", None) or ""
    person_acts.change(asker(request), ref, changes, site=site)
    return answer(queries.person(asker(request), ref, "api"))


@people.post("/{ref}/vet", response=PersonOut, operation_id="vetPerson")
def vet(request: HttpRequest, ref: Ref, body: Vetting) -> JsonObject:
    """Act `person.vet`."""
    person_acts.vet(asker(request), ref, **body.model_dump())
    return answer(queries.person(asker(request), ref, "api"))


@people.post("/{ref}/choose", response=PersonOut, operation_id="chooseHowSeen")
def choose(request: HttpRequest, ref: Ref, body: Choice) -> JsonObject:
    """Act `person.choose`: the person's own, or their warden's at their asking."""
    person_acts.choose(asker(request), ref, **body.model_dump())
    return answer(queries.person(asker(request), ref, "api"))


@people.post("/{ref}/leave", response=PersonOut, operation_id="leaveList")
def leave(request: HttpRequest, ref: Ref) -> JsonObject:
    """Act `person.leave`."""
    person_acts.leave(asker(request), ref)
    return answer(queries.person(asker(request), ref, "api"))


@zones.get("", response=page_schema(ZoneOut), operation_id="listZones")
def list_zones(request: HttpRequest, site: Site = None) -> JsonObject:
    """Open zones."""
    return page_of(queries.zones(asker(request), site or ""))


@zones.post("", response={201: ZoneOut}, operation_id="makeZone")
def make_zone(request: HttpRequest, body: ZoneIn) -> Status[Any]:
    """Act `zone.make`."""
    return created(request, person_acts.make_zone, queries.zone, **_zone(body))


@zones.post("/{ref}/change", response=ZoneOut, operation_id="changeZone")
def change_zone(request: HttpRequest, ref: Ref, body: ZoneChange) -> JsonObject:
    """Act `zone.change`."""
    person_acts.change_zone(asker(request), ref, **_zone(body))
    return answer(queries.zone(asker(request), ref))


@zones.post("/{ref}/close", response=ZoneOut, operation_id="closeZone")
def close_zone(request: HttpRequest, ref: Ref) -> JsonObject:
    """Act `zone.close`."""
    person_acts.close_zone(asker(request), ref)
    return answer(queries.zone(asker(request), ref))


def _zone(body: ZoneIn | ZoneChange) -> dict[str, Any]:
    return {**body.model_dump(), "alternates": list(body.alternates)}
