"""Reads of alarms about reading, decoys and looks."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from safeconduct import release
from safeconduct.paging import Page, page
from safeconduct.people.models import Canary, Look, Person, ReadingAlarm
from safeconduct.release import Projection
from safeconduct.terms.party import Principal


def alarms(principal: Principal) -> list[Projection]:
    """Alarms about reading, the open ones first, then the newest."""
    return release.listing(ReadingAlarm, principal, lambda rows: rows.order_by("-state", "-id")[:200])


def alarms_page(principal: Principal, after: str | None, limit: int) -> Page:
    return page(ReadingAlarm, principal, after, limit)


def alarm(principal: Principal, ref: uuid.UUID | str) -> Projection:
    return release.one(ReadingAlarm, principal, ref)


def canaries(principal: Principal) -> list[Projection]:
    """Decoys, those that stand first."""
    rows = release.listing(Canary, principal, lambda rows: rows.order_by("-id")[:200])
    return sorted(rows, key=lambda one: one["removed_at"] is not None)


def canaries_page(principal: Principal, after: str | None, limit: int) -> Page:
    return page(Canary, principal, after, limit)


def canary(principal: Principal, ref: uuid.UUID | str) -> Projection:
    return release.one(Canary, principal, ref)


def references(principal: Principal, refs: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """The references of those of `refs` whom this reader may know."""
    rows = release.listing(Person, principal, lambda rows: rows.filter(pk__in=refs), fields=("reference",))
    return {one.id: one["reference"] for one in rows}


def looks_page(principal: Principal, of: uuid.UUID, after: str | None, limit: int) -> Page:
    """Looks at the thing `of` that this reader may know of, newest first."""
    return page(Look, principal, after, limit, lambda rows: rows.filter(of=of))
