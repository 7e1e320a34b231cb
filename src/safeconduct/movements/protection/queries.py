"""Reads of late release: who has seen a plan, its conflicts, manifests, and what a calendar shows."""

from __future__ import annotations

import uuid
from datetime import timedelta

from safeconduct import node, release
from safeconduct.movements.models import Conflict, LegDue, Manifest, Movement
from safeconduct.movements.protection.conflict import UNTOLD
from safeconduct.movements.protection.disclosure import within
from safeconduct.movements.protection.manifest import Line
from safeconduct.movements.queries import knows_times
from safeconduct.paging import Page, page
from safeconduct.release import Projection
from safeconduct.terms import instant
from safeconduct.terms.party import Principal

SHOWN_BEFORE = timedelta(days=7)
SHOWN_AFTER = timedelta(days=60)
MOST_EVENTS = 500


def manifests(principal: Principal, movement: uuid.UUID) -> list[Projection]:
    """The manifest of a movement at each site at which this reader may view it."""
    return release.listing(Manifest, principal, lambda rows: rows.filter(movement=movement).order_by("site"))


def manifests_page(principal: Principal, after: str | None, limit: int) -> Page:
    return page(Manifest, principal, after, limit)


def manifest(principal: Principal, ref: uuid.UUID | str) -> Projection:
    return release.one(Manifest, principal, ref)


def conflicts(principal: Principal, movement: uuid.UUID) -> list[Projection]:
    """That this plan conflicts with another party's, or that its party is told of no conflict for now."""
    return release.listing(
        Conflict,
        principal,
        lambda rows: (rows.filter(movement=movement) | rows.filter(state=UNTOLD)).filter(ended_at=None).order_by("id"),
    )


def legs_due(principal: Principal, after: str | None, limit: int) -> Page:
    """Legs that are about to begin, as those are told of them who are told late."""
    return page(LegDue, principal, after, limit)


def released_lines(principal: Principal, manifest: Projection, lines: list[Line]) -> list[Projection]:
    """The lines of a manifest that was just viewed, with the fields that the accord gives this reader."""
    accord = node.current().accord
    row = manifest.marking
    marking = within(accord.marking("manifest_line", row.originator, row.area), [row])
    allowed = accord.fields(principal, marking)
    return [
        Projection(
            uuid.uuid5(manifest.id, str(line.person)),
            marking,
            {name: getattr(line, name) for name in ("reference", "name", "vehicle") if name in allowed},
        )
        for line in lines
    ]


def in_calendar(principal: Principal) -> list[Projection]:
    """Movements about now whose times this reader may have; none where some are withheld."""
    if not knows_times(principal):
        return []
    at = instant.now()
    return release.listing(
        Movement,
        principal,
        lambda rows: rows.filter(depart_at__gt=at - SHOWN_BEFORE, depart_at__lt=at + SHOWN_AFTER).order_by(
            "depart_at", "id"
        )[:MOST_EVENTS],
    )
