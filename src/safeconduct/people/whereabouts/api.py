"""REST: whereabouts and strengths."""

from __future__ import annotations

import uuid

from django.http import HttpRequest
from ninja import Router

from safeconduct.people.whereabouts import queries
from safeconduct.rest import (
    After,
    JsonObject,
    Limit,
    Moment,
    Number,
    Site,
    asker,
    page_of,
    page_schema,
    released,
)

WhereaboutsOut = released(
    "Whereabouts",
    "whereabouts",
    person=uuid.UUID,
    site=str,
    zone=uuid.UUID,
    cell=str,
    lon=Number,
    lat=Number,
    exact=bool,
    source=str,
    occurred_at=Moment,
    logged_at=Moment,
)
StrengthOut = released("Strength", "strength", site=str, people=int, as_of=Moment)

whereabouts = Router(tags=["people"], exclude_unset=True)
strength = Router(tags=["people"], exclude_unset=True)


@whereabouts.get("", response=page_schema(WhereaboutsOut), operation_id="listWhereabouts")
def list_whereabouts(request: HttpRequest, site: Site = None, after: After = None, limit: Limit = 50) -> JsonObject:
    """The last fact of each person, as coarse as they chose; `cell` is an H3 cell."""
    page = queries.whereabouts_page(asker(request), site, after, limit)
    return page_of(page.rows, page.next)


@strength.get("", response=page_schema(StrengthOut), operation_id="listStrength")
def list_strength(request: HttpRequest) -> JsonObject:
    """How many people each site has, rounded up to a multiple of five."""
    return page_of(queries.strengths(asker(request)))
