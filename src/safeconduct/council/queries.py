"""Reads of the versions of the accord."""

from __future__ import annotations

import uuid

from safeconduct import release
from safeconduct.council.models import Enacted, Suspension
from safeconduct.release import Projection
from safeconduct.terms.party import Principal


def versions(principal: Principal) -> list[Projection]:
    """Versions that were in force, newest first."""
    return release.listing(Enacted, principal, lambda rows: rows.order_by("-version"))


def suspensions(principal: Principal) -> list[Projection]:
    """Suspensions of either party, newest first."""
    return release.listing(Suspension, principal, lambda rows: rows.order_by("-begin"))


def suspension(principal: Principal, ref: uuid.UUID | str) -> Projection:
    return release.one(Suspension, principal, ref)
