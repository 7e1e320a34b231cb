"""Reads of alerts, positions, expected presences and feeds."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from safeconduct import release
from safeconduct.paging import PAGE, Page
from safeconduct.release import Projection
from safeconduct.terms import instant
from safeconduct.terms.errors import BadInput, Fault, shown
from safeconduct.terms.party import Principal
from safeconduct.watch.models import ASSESSED, Alert, Expected, Feed, Position, Shelf
from safeconduct.watch.positions import each
from safeconduct.watch.shelves import CRITICAL, EXPIRED, Shelves, holds

QUEUE = 200
"""So many of each severity at most are told on the queue and the map; the rest is in the list of alerts."""


def queue(principal: Principal) -> list[Projection]:
    """Alerts that still want a person, newest first. Notices come too: the page shows them apart from alarms.

    In a flood each severity has QUEUE places of its own: no number of notices crowds out an alarm.
    """

    def waiting(rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.exclude(state=ASSESSED).order_by("-raised_at", "-id")

    newest = release.listing(Alert, principal, lambda rows: waiting(rows)[:QUEUE])
    if len(newest) < QUEUE or not all("severity" in alert for alert in newest):
        return newest
    ranked = [
        alert
        for severity in ("critical", "alert", "notice")
        for alert in release.listing(
            Alert, principal, lambda rows, s=severity: waiting(rows.filter(severity=s))[:QUEUE]
        )
    ]
    return sorted(ranked, key=lambda alert: alert["raised"], reverse=True)


def alerts(principal: Principal, after: str | None = None, limit: int = PAGE) -> Page:
    """All alerts of this reader, newest first. `after` is the cursor that the page before gave. Raises BadInput."""
    begin = _cursor(after) if after else None

    def narrow(rows: QuerySet[Any]) -> QuerySet[Any]:
        if begin:
            raised, ref = begin
            rows = rows.filter(Q(raised_at__lt=raised) | Q(raised_at=raised, id__lt=ref))
        return rows.order_by("-raised_at", "-id")[: limit + 1]

    found = release.listing(Alert, principal, narrow)
    more = len(found) > limit
    last = found[limit - 1] if more else None
    return Page(found[:limit], f"{instant.iso(last['raised'])}_{last.id}" if last else None)


def _cursor(text: str) -> tuple[datetime, uuid.UUID]:
    raised, _, ref = text.partition("_")
    try:
        return instant.parse(raised), uuid.UUID(ref)
    except (BadInput, ValueError):
        raise BadInput("page", [Fault("after", shown(text), "the cursor of a page before")]) from None


def alert(principal: Principal, ref: uuid.UUID | str) -> Projection:
    return release.one(Alert, principal, ref)


def alerts_of(principal: Principal, refs: Sequence[str]) -> list[Projection]:
    """Those of the alerts `refs` that this reader may see, oldest first."""
    return release.listing(Alert, principal, lambda rows: rows.filter(pk__in=refs).order_by("raised_at", "id"))


def unassessed(principal: Principal) -> list[Projection]:
    """Every alert that still wants a person, newest first, with no more of it than the queue is made from."""
    return release.listing(
        Alert,
        principal,
        lambda rows: rows.exclude(state=ASSESSED).order_by("-raised_at", "-id"),
        ("kind", "site", "ring", "severity", "raised", "state"),
    )


EARLIER = timedelta(days=1)
"""A notice that becomes an alarm does so within this."""


def alerts_between(principal: Principal, begin: datetime, end: datetime) -> list[Projection]:
    """What the figures of the alarm load rest on: alerts that were raised, or may have become alarms, in [begin, end).

    Rows of before `begin` may come too; the caller goes by what each tells of its time.
    """

    def narrow(rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(raised_at__gte=begin - EARLIER, raised_at__lt=end, updated_at__gte=begin)

    fields = ("kind", "site", "ring", "severity", "raised", "steps", "state", "acknowledged_at", "disposition")
    return release.listing(Alert, principal, narrow, fields)


def shelves(principal: Principal) -> list[Projection]:
    """The shelves that hold now, those that end first before others."""
    at = instant.now()
    found = release.listing(Shelf, principal, lambda rows: rows.filter(ended_at=None, until__gt=at).order_by("until"))
    return [one for one in found if holds(one, at)]


def shelved(principal: Principal) -> Shelves:
    """What is shelved now, as this reader knows it."""
    return Shelves(shelves(principal))


def shelf(principal: Principal, ref: uuid.UUID | str) -> Projection:
    return release.one(Shelf, principal, ref)


def shelves_over(principal: Principal) -> list[tuple[Projection, str]]:
    """The shelves that are to end, each with why: its time has passed, or the alert that it is for became critical."""
    at = instant.now()
    standing = release.listing(Shelf, principal, lambda rows: rows.filter(ended_at=None))
    single = [one for one in standing if one["alert"] and not one["critical"]]
    found = alerts_of(principal, [str(one["alert"]) for one in single]) if single else []
    critical = {alert.id for alert in found if alert["severity"] == CRITICAL}
    due = [(one, EXPIRED if one["until"] <= at else CRITICAL if one["alert"] in critical else "") for one in standing]
    return [(one, why) for one, why in due if why]


def positions(principal: Principal, site: str | None = None) -> list[Projection]:
    """The live positions inside rings, one of each vehicle."""
    return [vehicle for row in pictures(principal, site) for vehicle in each(row)]


def pictures(principal: Principal, site: str | None = None) -> list[Projection]:
    """The live positions by site, each field a column (positions.py)."""
    return release.listing(
        Position, principal, lambda rows: (rows.filter(site=site) if site else rows).order_by("site")
    )


def expected(principal: Principal) -> list[Projection]:
    """Expected presences that have not ended."""
    at = instant.now()
    return release.listing(Expected, principal, lambda rows: rows.filter(end__gt=at).order_by("begin"))


def expected_between(principal: Principal, begin: datetime, end: datetime) -> list[Projection]:
    """Expected presences of any time in [begin, end), those that have ended or were withdrawn since too."""
    return release.listing(
        Expected, principal, lambda rows: rows.filter(begin__lt=end, end__gt=begin).order_by("begin")
    )


def one_expected(principal: Principal, ref: uuid.UUID | str) -> Projection:
    return release.one(Expected, principal, ref)


def feed(principal: Principal, ref: uuid.UUID | str) -> Projection:
    return release.one(Feed, principal, ref)


def feeds(principal: Principal) -> list[Projection]:
    return release.listing(Feed, principal, lambda rows: rows.filter(closed_at=None).order_by("name"))
