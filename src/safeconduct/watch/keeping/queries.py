"""Reads of questions, evidence and deletions."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from safeconduct import release
from safeconduct.paging import PAGE, Page, page
from safeconduct.release import Projection
from safeconduct.terms.party import Principal
from safeconduct.watch.models import Alert, Evidence, Expiry, Question


def questions(principal: Principal, after: str | None = None, limit: int = PAGE) -> Page:
    """Who of this reader's side asked what, newest first. Raises BadInput."""
    return page(Question, principal, after, limit)


def question(principal: Principal, ref: uuid.UUID | str) -> Projection:
    return release.one(Question, principal, ref)


def evidence(principal: Principal, after: str | None = None, limit: int = PAGE) -> Page:
    """What is or was held, newest first. Raises BadInput."""
    return page(Evidence, principal, after, limit)


def one_evidence(principal: Principal, ref: uuid.UUID | str) -> Projection:
    return release.one(Evidence, principal, ref)


def standing_evidence(principal: Principal) -> list[Projection]:
    """All holds that were not lifted, whether their time is over or not."""
    return release.listing(Evidence, principal, lambda rows: rows.filter(lifted_at=None))


MOST_ALERTS = 1000


def alerts_about(principal: Principal, site: str, begin: datetime, end: datetime) -> list[Projection]:
    """The alerts at a site that may be of stays in [begin, end): raised within a day of it."""
    day = timedelta(days=1)
    return release.listing(
        Alert,
        principal,
        lambda rows: rows.filter(site=site, raised_at__gte=begin - day, raised_at__lt=end + day).order_by("-raised_at")[
            :MOST_ALERTS
        ],
    )


def expiries(principal: Principal, after: str | None = None, limit: int = PAGE) -> Page:
    """What was deleted, newest first. Raises BadInput."""
    return page(Expiry, principal, after, limit)
