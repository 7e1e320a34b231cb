"""REST: versions of the accord, suspensions, wider release, erasure."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status
from pydantic import Field

from safeconduct.council import acts, queries
from safeconduct.rest import Input, JsonObject, Moment, Reason, Ref, Text, answer, asker, page_of, page_schema, released

AccordOut = released(
    "AccordState",
    "accord",
    name=str,
    version=int,
    digest=str,
    enacted=Moment,
    text=str,
    party=str,
    begin=Moment,
    end=Moment,
    reason=str,
)


class Widening(Input):
    """Which item goes to which party too."""

    kind: Text = Field(
        description="Its information class; none that tells of a person.",
        examples=["measure"],
    )
    to: Text = Field(description="The party that gets it.", examples=["partner"])


class ErasureIn(Input):
    """Which entry's content is destroyed, and why. The entry itself stays and still proves that it was made."""

    index: int = Field(ge=0, lt=2**62)
    reason: Text


council = Router(tags=["council"], exclude_unset=True)


@council.get("/versions", response=page_schema(AccordOut), operation_id="listVersions")
def list_versions(request: HttpRequest) -> JsonObject:
    """Versions of the accord that were in force, newest first."""
    return page_of(queries.versions(asker(request)))


@council.get("/suspensions", response=page_schema(AccordOut), operation_id="listSuspensions")
def list_suspensions(request: HttpRequest) -> JsonObject:
    """Suspensions of either party, newest first."""
    return page_of(queries.suspensions(asker(request)))


@council.post("/suspensions", response={201: AccordOut}, operation_id="suspend")
def suspend(request: HttpRequest, body: Reason) -> Status[Any]:
    """Act `accord.suspend`: the flow of information and the travel of your own party rest, at once."""
    row = acts.suspend(asker(request), reason=body.reason)
    return Status(201, answer(queries.suspension(asker(request), row.pk)))


@council.post("/suspensions/{ref}/resume", response=AccordOut, operation_id="resume")
def resume(request: HttpRequest, ref: Ref) -> JsonObject:
    """Act `accord.resume`."""
    acts.resume(asker(request), ref)
    return answer(queries.suspension(asker(request), ref))


@council.post("/widen/{ref}", response={204: None}, operation_id="widenRelease")
def widen(request: HttpRequest, ref: Ref, body: Widening) -> Status[None]:
    """Act `release.widen`, for the originator's own party. 422 says which classes may be, and why another may not."""
    acts.widen(asker(request), ref, kind=body.kind, to=body.to)
    return Status(204, None)


@council.post("/erasures", response={204: None}, operation_id="erase")
def erase(request: HttpRequest, body: ErasureIn) -> Status[None]:
    """Act `record.erase`, for a data protection officer."""
    acts.erase(asker(request), index=body.index, reason=body.reason)
    return Status(204, None)
