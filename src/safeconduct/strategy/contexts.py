"""What the pages of measures show, filled from projections."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from safeconduct.acts import Act
from safeconduct.release import Projection
from safeconduct.sites.queries import sites
from safeconduct.strategy import acts, queries
from safeconduct.strategy.models import LIFTED, ORDERED, REQUESTED
from safeconduct.terms.decision import Decision
from safeconduct.terms.party import ANYWHERE, Principal
from safeconduct.watch import queries as watch


@dataclass(frozen=True)
class Row:
    measure: Projection
    may_lift: bool


@dataclass(frozen=True)
class MeasuresPage:
    """`may_request` and `may_order` hold for the first site that allows them."""

    standing: Sequence[Row]
    asked: Sequence[Row]
    lifted: Sequence[Row]
    sites: Sequence[str]
    may_request: Decision
    may_order: Decision


@dataclass(frozen=True)
class NearPage:
    """Measures at the site of the alert `alert`, those that stand and those that are asked for."""

    alert: Projection
    rows: Sequence[Row]
    may_request: Decision
    may_order: Decision


def measures_page(principal: Principal) -> MeasuresPage:
    rows = [_row(principal, one) for one in queries.measures(principal)]
    known = sites(principal)
    return MeasuresPage(
        standing=[row for row in rows if row.measure["state"] == ORDERED],
        asked=[row for row in rows if row.measure["state"] == REQUESTED],
        lifted=[row for row in rows if row.measure["state"] == LIFTED],
        sites=known,
        may_request=_asked(acts.request_measure, principal, known),
        may_order=_asked(acts.order_measure, principal, known),
    )


def near_page(principal: Principal, ref: uuid.UUID | str) -> NearPage:
    """Raises NotFound where this reader may not see the alert."""
    alert = watch.alert(principal, ref)
    measures = [one for one in queries.measures(principal) if one["site"] == alert["site"]]
    return NearPage(
        alert=alert,
        rows=[_row(principal, one) for one in measures if one["state"] != LIFTED],
        may_request=_asked(acts.request_measure, principal, [alert["site"]]),
        may_order=_asked(acts.order_measure, principal, [alert["site"]]),
    )


def _row(principal: Principal, measure: Projection) -> Row:
    lifts = measure["state"] == ORDERED and acts.lift_measure.decision(principal, measure.marking).allowed
    return Row(measure, lifts)


def _asked(act: Act[Any], principal: Principal, areas: Sequence[str]) -> Decision:
    asked = [act.decision(principal, act.marking_for_new(principal, area)) for area in areas or [ANYWHERE]]
    return next((one for one in asked if one.allowed), asked[0])
