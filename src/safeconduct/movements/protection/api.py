"""REST: legs that are about to begin, and manifests. There is no export of itineraries."""

from __future__ import annotations

import uuid

from django.http import HttpRequest
from ninja import Router
from pydantic import BaseModel

from safeconduct.movements.protection import acts, queries
from safeconduct.rest import (
    After,
    JsonList,
    JsonObject,
    Limit,
    Moment,
    Ref,
    answer,
    asker,
    page_of,
    page_schema,
    released,
)

LegDueOut = released(
    "LegDue",
    "leg_due",
    movement=uuid.UUID,
    name=str,
    number=int,
    site=str,
    route=str,
    begin_at=Moment,
    end_at=Moment,
    vehicles=int,
    tracker=str,
    gate=JsonList,
)
ManifestOut = released("Manifest", "manifest", movement=uuid.UUID, site=str, people=int, opened_at=Moment)
LineOut = released("ManifestLine", "manifest_line", reference=str, name=str, vehicle=str)


class Lines(BaseModel):
    """Who travels. This view is an entry on the record."""

    lines: list[LineOut]  # pyright: ignore[reportInvalidTypeForm]  # a schema made from the vocabulary


legs_due = Router(tags=["movements"], exclude_unset=True)
manifests = Router(tags=["movements"], exclude_unset=True)


@legs_due.get("", response=page_schema(LegDueOut), operation_id="listLegsDue")
def list_legs_due(request: HttpRequest, after: After = None, limit: Limit = 50) -> JsonObject:
    """Legs that are told late, from when they are; each post those of its own site."""
    page = queries.legs_due(asker(request), after, limit)
    return page_of(page.rows, page.next)


@manifests.get("", response=page_schema(ManifestOut), operation_id="listManifests")
def list_manifests(request: HttpRequest, after: After = None, limit: Limit = 50) -> JsonObject:
    """Manifests that are open to the reader, without their lines."""
    page = queries.manifests_page(asker(request), after, limit)
    return page_of(page.rows, page.next)


@manifests.post("/{ref}/view", response=Lines, operation_id="viewManifest")
def view_manifest(request: HttpRequest, ref: Ref) -> JsonObject:
    """Act `manifest.view`: reference, name and vehicle of each traveller."""
    who = asker(request)
    lines = acts.view_manifest(who, ref, what="manifest")
    manifest = queries.manifest(who, ref)
    return {"lines": [answer(one) for one in queries.released_lines(who, manifest, lines)]}
