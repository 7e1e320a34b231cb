"""Reads of obligations."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db.models import Q

from safeconduct import release
from safeconduct.obligations.models import BREACHED, OPEN, UNSETTLED, Obligation
from safeconduct.paging import Page, page
from safeconduct.release import Projection
from safeconduct.store.guard import passage
from safeconduct.terms.party import Principal

MOST = 200


class Running(NamedTuple):
    """What is owed and not overdue yet, for the clock."""

    ref: uuid.UUID
    arose_at: datetime
    due_at: datetime
    remind_s: Sequence[float]
    reminded: int


def running() -> list[Running]:
    """All that is owed and not noted as missed, what is due first before the rest."""
    with passage("release"):
        rows = Obligation.objects.filter(state=OPEN).order_by("due_at", "id")
        return [Running(*one) for one in rows.values_list("pk", "arose_at", "due_at", "remind_s", "reminded")]


def unsettled(principal: Principal) -> list[Projection]:
    """What is owed, missed deadlines first."""
    return release.listing(
        Obligation, principal, lambda rows: rows.filter(state__in=UNSETTLED).order_by("due_at", "id")[:MOST]
    )


def settled(principal: Principal) -> list[Projection]:
    """What was settled last."""
    return release.listing(
        Obligation, principal, lambda rows: rows.exclude(state__in=UNSETTLED).order_by("-settled_at", "-id")[:50]
    )


def agenda(principal: Principal) -> list[Projection]:
    """Deadlines that were missed and that no meeting has had before it, the oldest first."""
    missed = Q(noted_at__isnull=False, tabled="")
    return release.listing(Obligation, principal, lambda rows: rows.filter(missed).order_by("due_at", "id")[:MOST])


def of_thing(principal: Principal, ref: uuid.UUID) -> list[Projection]:
    """What is or was owed because of an act on `ref`, as it arose."""
    return release.listing(Obligation, principal, lambda rows: rows.filter(of=ref).order_by("id")[:50])


def obligations_page(principal: Principal, after: str | None, limit: int, state: str = "") -> Page:
    narrow = (lambda rows: rows.filter(state=state)) if state else None
    return page(Obligation, principal, after, limit, narrow)


def obligation(principal: Principal, ref: uuid.UUID | str) -> Projection:
    return release.one(Obligation, principal, ref)


def missed_count(principal: Principal) -> int:
    """How many deadlines have passed and are not made good."""
    return release.count(Obligation, principal, lambda rows: rows.filter(state=BREACHED))
