"""Reads of measures."""

from __future__ import annotations

from safeconduct import release
from safeconduct.release import Projection
from safeconduct.strategy.models import Measure
from safeconduct.terms.party import Principal


def measures(principal: Principal) -> list[Projection]:
    """Requests and measures of this reader, newest first."""
    return release.listing(Measure, principal, lambda rows: rows.order_by("-id")[:100])
