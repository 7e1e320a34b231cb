"""Reads of whereabouts and of strengths."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from safeconduct import release
from safeconduct.paging import Page, page
from safeconduct.people.models import Person, Strength, Whereabouts, Zone
from safeconduct.release import Projection
from safeconduct.terms.party import Principal


def latest_by_site(principal: Principal) -> list[Projection]:
    """Where and when everyone whom this reader may see was last heard of; nothing else of them is read."""
    return release.listing(
        Whereabouts, principal, lambda rows: rows.filter(latest=True), fields=("person", "site", "occurred_at")
    )


def listed_by_site(principal: Principal) -> list[Projection]:
    """The site that the list has for everyone on it whom this reader may see."""
    return release.listing(
        Person, principal, lambda rows: rows.filter(left_at=None), fields=("site", "visit_begin", "visit_end")
    )


def at_site(principal: Principal, site: str, begin: int, limit: int) -> list[Projection]:
    """The last fact of everyone who was last heard of at `site`, the oldest first: whom to ask after."""

    def narrow(rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(latest=True, site=site).order_by("occurred_at", "id")[begin : begin + limit]

    return release.listing(Whereabouts, principal, narrow)


def whereabouts_page(principal: Principal, site: str | None, after: str | None, limit: int) -> Page:
    def narrow(rows: QuerySet[Any]) -> QuerySet[Any]:
        rows = rows.filter(latest=True)
        return rows if site is None else rows.filter(site=site)

    return page(Whereabouts, principal, after, limit, narrow)


def strengths(principal: Principal) -> list[Projection]:
    return release.listing(Strength, principal, lambda rows: rows.order_by("site"))


def people(principal: Principal, refs: Sequence[uuid.UUID]) -> dict[uuid.UUID, Projection]:
    found = release.listing(Person, principal, lambda rows: rows.filter(pk__in=refs), fields=("reference", "name"))
    return {one.id: one for one in found}


def zones(principal: Principal, refs: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    found = release.listing(Zone, principal, lambda rows: rows.filter(pk__in=refs), fields=("name",))
    return {one.id: one["name"] for one in found}
