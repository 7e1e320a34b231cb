"""Reads of the versions of the accord."""

from __future__ import annotations

from safeconduct import release
from safeconduct.council.models import Enacted
from safeconduct.release import Projection
from safeconduct.terms.party import Principal


def versions(principal: Principal) -> list[Projection]:
    """Versions that were in force, newest first."""
    return release.listing(Enacted, principal, lambda rows: rows.order_by("-version"))
