"""Reads of measures."""

from __future__ import annotations

import uuid

from safeconduct import release
from safeconduct.paging import Page, page
from safeconduct.release import Projection
from safeconduct.strategy.models import Measure
from safeconduct.terms.party import Principal


def measures(principal: Principal) -> list[Projection]:
    """Requests and measures of this reader, newest first."""
    return release.listing(Measure, principal, lambda rows: rows.order_by("-id")[:100])


def measures_page(principal: Principal, after: str | None, limit: int) -> Page:
    return page(Measure, principal, after, limit)


def measure(principal: Principal, ref: uuid.UUID | str) -> Projection:
    return release.one(Measure, principal, ref)
