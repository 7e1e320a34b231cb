"""Reads of headcounts and of the answers to them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from safeconduct import release
from safeconduct.paging import Page, page
from safeconduct.people.headcounts import tally
from safeconduct.people.models import Headcount, HeadcountAnswer, Person, Zone
from safeconduct.release import Projection
from safeconduct.terms.errors import NotFound
from safeconduct.terms.party import Principal

MOST_CALLS = 200
WAITING = tally.REACHED


def headcounts(principal: Principal) -> list[Projection]:
    """Headcounts of this reader, newest first, those of one call beside one another."""
    return release.listing(Headcount, principal, lambda rows: rows.order_by("-proposed_at", "site")[: MOST_CALLS * 5])


def headcounts_page(principal: Principal, after: str | None, limit: int) -> Page:
    return page(Headcount, principal, after, limit)


def headcount(principal: Principal, ref: uuid.UUID | str) -> Projection:
    return release.one(Headcount, principal, ref)


def headcounts_of(principal: Principal, call: uuid.UUID) -> list[Projection]:
    """Those of one call that this reader may see, by site."""
    return release.listing(Headcount, principal, lambda rows: rows.filter(call=call).order_by("site"))


def open_headcounts(principal: Principal) -> list[Projection]:
    return release.listing(Headcount, principal, lambda rows: rows.filter(state=tally.OPEN).order_by("-begun_at"))


def answers(
    principal: Principal,
    call: uuid.UUID,
    states: Sequence[str],
    *,
    zone: str = "",
    begin: int = 0,
    limit: int = 50,
) -> list[Projection]:
    """Answers of a call in some states, by zone and then in the order in which people were asked."""

    def narrow(rows: QuerySet[Any]) -> QuerySet[Any]:
        rows = rows.filter(call=call, state__in=states)
        if zone:
            rows = rows.filter(zone=None if zone == tally.NO_ZONE else zone)
        return rows.order_by("site", "zone_id", "id")[begin : begin + limit]

    return release.listing(HeadcountAnswer, principal, narrow)


def answers_page(principal: Principal, headcounts: Sequence[uuid.UUID], after: str | None, limit: int) -> Page:
    return page(HeadcountAnswer, principal, after, limit, lambda rows: rows.filter(headcount__in=headcounts))


def answer(principal: Principal, ref: uuid.UUID | str) -> Projection:
    return release.one(HeadcountAnswer, principal, ref)


def people(principal: Principal, refs: Sequence[uuid.UUID]) -> dict[uuid.UUID, Projection]:
    """Those of `refs` whom this reader may know, by id."""
    found = release.listing(
        Person, principal, lambda rows: rows.filter(pk__in=refs), fields=("reference", "name", "contacts", "zone")
    )
    return {one.id: one for one in found}


def zones(principal: Principal, sites: Sequence[str]) -> dict[str, Projection]:
    """The zones of `sites` that this reader may see, by id."""
    return {str(one.id): one for one in release.listing(Zone, principal, lambda rows: rows.filter(site__in=sites))}


def peopled_sites(principal: Principal) -> list[str]:
    """The sites at which this reader knows people, whom they may ask."""
    found = release.listing(Person, principal, lambda rows: rows.filter(left_at=None), fields=("site",))
    return sorted({one["site"] for one in found})


def answers_by_id(principal: Principal, call: uuid.UUID, refs: Sequence[uuid.UUID]) -> list[Projection]:
    """Those of `refs` that are of this call and that this reader may see."""
    return release.listing(HeadcountAnswer, principal, lambda rows: rows.filter(call=call, pk__in=refs))


def own_answers(principal: Principal) -> list[Projection]:
    """What the person behind this account is asked in headcounts that are open, the newest first."""

    def narrow(rows: QuerySet[Any]) -> QuerySet[Any]:
        own = rows.filter(person__user_name=principal.name or None, headcount__state=tally.OPEN)
        return own.order_by("-asked_at")

    return release.listing(HeadcountAnswer, principal, narrow)


def own_answer(principal: Principal, headcount: uuid.UUID | str) -> Projection | None:
    """The same in one headcount. Raises NotFound for what is no id."""
    try:
        ref = uuid.UUID(str(headcount))
    except ValueError:
        raise NotFound("headcount", str(headcount)) from None
    return next((one for one in own_answers(principal) if one.get("headcount") == ref), None)
