"""REST: alert states of sites, sets of minimum standards, controls, and inspection rounds."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.params.functions import Query
from ninja.responses import Status
from pydantic import Field

from safeconduct.rest import (
    After,
    Input,
    Instant,
    JsonList,
    JsonObject,
    Limit,
    Moment,
    Reason,
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
from safeconduct.sites import control_acts as acts
from safeconduct.sites import inspection_acts as rounds
from safeconduct.sites import photos as pictures
from safeconduct.sites import standard_deeds as deeds
from safeconduct.sites import standard_queries as reads
from safeconduct.sites.posture import postures as known_postures
from safeconduct.sites.posture_acts import set_posture

PostureOut = released("Posture", "posture", site=str, state=str, since=Moment, follows=bool, reason=str, by=str)
StandardOut = released("Standard", "standard", name=str, version=int, controls=JsonList, imported_at=Moment, by=str)
ControlOut = released(
    "Control",
    "control",
    site=str,
    standard=str,
    version=int,
    code=str,
    category=str,
    statement=JsonObject,
    likelihood=str,
    impact=str,
    evidence=str,
    interval_days=int,
    compliance=str,
    tested_at=Moment,
    due_at=Moment,
    overdue=bool,
    waiver=JsonObject,
)
InspectionOut = released(
    "Inspection",
    "inspection",
    site=str,
    planned_for=date,
    controls=JsonList,
    state=str,
    inspector=str,
    begun_at=Moment,
    finished_at=Moment,
    signer=str,
    signed_at=Moment,
    returned=str,
)
FindingOut = released(
    "Finding",
    "finding",
    inspection=uuid.UUID,
    site=str,
    control=uuid.UUID,
    result=str,
    note=str,
    found_at=Moment,
    by=str,
)
PhotoOut = released(
    "Photo",
    "photo",
    inspection=uuid.UUID,
    site=str,
    control=uuid.UUID,
    sha256=str,
    width=int,
    height=int,
    size=int,
    added_at=Moment,
    by=str,
)


class PostureSet(Input):
    """An alert state: `normal`, `heightened`, `substantial`, `critical`, or `unset` to take it back."""

    site: Text = Field(default="", description="Empty: all sites that have none of their own.")
    state: Text
    reason: Text


class StandardImport(Input):
    """A set of controls as the text of a CSV file."""

    name: Text
    text: str = Field(max_length=1 << 20)


class ControlsApply(Input):
    """Which set a site is to have."""

    site: Text
    standard: Text


class ControlTest(Input):
    """How a control is met: `full`, `partial`, `none` or `n/a`; all but the first with a note."""

    result: Text
    note: Text = ""


class RoundFinding(ControlTest):
    """What was found of one control of a round."""

    control: Text


class Waiver(Reason):
    """Until when someone answers for a gap."""

    until: Instant


class RoundPlan(Input):
    """A round of all the controls of one's own party at a site, or of those named."""

    site: Text
    planned_for: date
    controls: list[Text] = []


class PhotoGone(Input):
    """A photo of the round, which is to be taken out."""

    photo: uuid.UUID


OfControl = Annotated[Text, Query(description="The control of the round that the photo is of.")]
PHOTO_BODY: JsonObject = {
    "requestBody": {
        "required": True,
        "description": f"The bytes of a JPEG or PNG: at most {pictures.MOST_BYTES:,}.",
        "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in ("image/jpeg", "image/png")},
    }
}

postures = Router(tags=["sites"], exclude_unset=True)
standards = Router(tags=["standards"], exclude_unset=True)
controls = Router(tags=["standards"], exclude_unset=True)
inspections = Router(tags=["standards"], exclude_unset=True)
photos = Router(tags=["standards"], exclude_unset=True)


@postures.get("", response=page_schema(PostureOut), operation_id="listPostures")
def list_postures(request: HttpRequest) -> JsonObject:
    """Alert states of sites. A site that is not listed is unknown, which is not normal."""
    return page_of(known_postures(asker(request)))


@postures.post("", response=page_schema(PostureOut), operation_id="setPosture")
def post_posture(request: HttpRequest, body: PostureSet) -> JsonObject:
    """Act `posture.set`."""
    set_posture(asker(request), **body.model_dump())
    return page_of(known_postures(asker(request)))


@standards.get("", response=page_schema(StandardOut), operation_id="listStandards")
def list_standards(request: HttpRequest, after: After = None, limit: Limit = 50) -> JsonObject:
    """Sets of controls, every version, newest first."""
    page = reads.standards_page(asker(request), after, limit)
    return page_of(page.rows, page.next)


@standards.post("", response={201: StandardOut}, operation_id="importStandard")
def import_standard(request: HttpRequest, body: StandardImport) -> Status[Any]:
    """Act `standard.import`. 422 names every fault by its row, and nothing is changed."""
    return created(request, acts.import_standard, reads.standard, **body.model_dump())


@standards.get("/{ref}", response=StandardOut, operation_id="getStandard")
def get_standard(request: HttpRequest, ref: Ref) -> JsonObject:
    """One version of a set."""
    return answer(reads.standard(asker(request), ref))


@controls.get("", response=page_schema(ControlOut), operation_id="listControls")
def list_controls(request: HttpRequest, site: Site = None, after: After = None, limit: Limit = 50) -> JsonObject:
    """Controls of sites. One whose `due_at` is past, or that has no `compliance`, is unknown: never met."""
    page = reads.controls_page(asker(request), after, limit, site)
    return page_of(page.rows, page.next)


@controls.post("/apply", response=page_schema(ControlOut), operation_id="applyStandard")
def apply_standard(request: HttpRequest, body: ControlsApply) -> JsonObject:
    """Act `control.apply`: give a site the controls of a set."""
    acts.apply_standard(asker(request), **body.model_dump())
    return page_of(reads.controls(asker(request), body.site))


@controls.get("/{ref}", response=ControlOut, operation_id="getControl")
def get_control(request: HttpRequest, ref: Ref) -> JsonObject:
    """One control."""
    return answer(reads.control(asker(request), ref))


@controls.get("/{ref}/findings", response=page_schema(FindingOut), operation_id="listFindingsOfControl")
def list_findings_of_control(request: HttpRequest, ref: Ref) -> JsonObject:
    """What was found of a control, newest first."""
    return page_of(reads.findings_of(asker(request), reads.control(asker(request), ref).id))


@controls.post("/{ref}/test", response=ControlOut, operation_id="testControl")
def test_control(request: HttpRequest, ref: Ref, body: ControlTest) -> JsonObject:
    """Act `control.test`."""
    acts.enter_test(asker(request), ref, **body.model_dump())
    return answer(reads.control(asker(request), ref))


@controls.post("/{ref}/waive", response=ControlOut, operation_id="waiveControl")
def waive_control(request: HttpRequest, ref: Ref, body: Waiver) -> JsonObject:
    """Act `control.waive`. The gap stays a gap."""
    acts.waive(asker(request), ref, **body.model_dump())
    return answer(reads.control(asker(request), ref))


@controls.post("/{ref}/unwaive", response=ControlOut, operation_id="unwaiveControl")
def unwaive_control(request: HttpRequest, ref: Ref) -> JsonObject:
    """Act `control.unwaive`."""
    acts.unwaive(asker(request), ref)
    return answer(reads.control(asker(request), ref))


@inspections.get("", response=page_schema(InspectionOut), operation_id="listInspections")
def list_inspections(request: HttpRequest, after: After = None, limit: Limit = 50) -> JsonObject:
    """Inspection rounds, newest first."""
    page = reads.inspections_page(asker(request), after, limit)
    return page_of(page.rows, page.next)


@inspections.post("", response={201: InspectionOut}, operation_id="planInspection")
def plan_inspection(request: HttpRequest, body: RoundPlan) -> Status[Any]:
    """Act `inspection.plan`."""
    return created(request, rounds.plan_inspection, reads.inspection, **body.model_dump())


@inspections.get("/{ref}", response=InspectionOut, operation_id="getInspection")
def get_inspection(request: HttpRequest, ref: Ref) -> JsonObject:
    """One round."""
    return answer(reads.inspection(asker(request), ref))


@inspections.get("/{ref}/findings", response=page_schema(FindingOut), operation_id="listFindings")
def list_findings(request: HttpRequest, ref: Ref) -> JsonObject:
    """What was found in a round, as far as it is released."""
    return page_of(reads.findings_in(asker(request), reads.inspection(asker(request), ref).id).values())


@inspections.post("/{ref}/find", response=InspectionOut, operation_id="enterFinding")
def enter_finding(request: HttpRequest, ref: Ref, body: RoundFinding) -> JsonObject:
    """Act `inspection.find`."""
    rounds.find(asker(request), ref, **body.model_dump())
    return answer(reads.inspection(asker(request), ref))


@inspections.get("/{ref}/photos", response=page_schema(PhotoOut), operation_id="listPhotos")
def list_photos(request: HttpRequest, ref: Ref) -> JsonObject:
    """The photos of a round, as far as they are released, in the order in which they were added."""
    found = reads.photos_in(asker(request), reads.inspection(asker(request), ref).id)
    return page_of(sorted((row for rows in found.values() for row in rows), key=lambda row: row.id))


@inspections.post("/{ref}/photos", response=page_schema(PhotoOut), operation_id="attachPhoto", openapi_extra=PHOTO_BODY)
def attach_photo(request: HttpRequest, ref: Ref, control: OfControl) -> JsonObject:
    """Act `inspection.attach`: the body is a JPEG or PNG. The picture alone is kept, without place, time or device."""
    # Not `request.body`, which would take less than a page does.
    deeds.add_photo(asker(request), ref, control, request.read(pictures.MOST_BYTES + 1))
    return list_photos(request, ref)


@inspections.post("/{ref}/detach", response=page_schema(PhotoOut), operation_id="detachPhoto")
def detach_photo(request: HttpRequest, ref: Ref, body: PhotoGone) -> JsonObject:
    """Act `inspection.detach`."""
    rounds.detach(asker(request), ref, photo=body.photo)
    return list_photos(request, ref)


@photos.get("/{ref}", operation_id="getPhoto", response={200: None})
def get_photo(request: HttpRequest, ref: Ref) -> HttpResponse:
    """The picture, a JPEG."""
    return HttpResponse(reads.photo(asker(request), ref), content_type="image/jpeg")


@inspections.post("/{ref}/finish", response=InspectionOut, operation_id="finishInspection")
def finish_inspection(request: HttpRequest, ref: Ref) -> JsonObject:
    """Act `inspection.finish`."""
    rounds.finish(asker(request), ref)
    return answer(reads.inspection(asker(request), ref))


@inspections.post("/{ref}/sign", response=InspectionOut, operation_id="signInspection")
def sign_inspection(request: HttpRequest, ref: Ref) -> JsonObject:
    """Act `inspection.sign`, by a second person: from now on its findings count."""
    rounds.sign(asker(request), ref)
    return answer(reads.inspection(asker(request), ref))


@inspections.post("/{ref}/return", response=InspectionOut, operation_id="returnInspection")
def return_inspection(request: HttpRequest, ref: Ref, body: Reason) -> JsonObject:
    """Act `inspection.return`."""
    rounds.give_back(asker(request), ref, reason=body.reason)
    return answer(reads.inspection(asker(request), ref))


@inspections.post("/{ref}/cancel", response=InspectionOut, operation_id="cancelInspection")
def cancel_inspection(request: HttpRequest, ref: Ref, body: Reason) -> JsonObject:
    """Act `inspection.cancel`."""
    rounds.cancel(asker(request), ref, reason=body.reason)
    return answer(reads.inspection(asker(request), ref))
