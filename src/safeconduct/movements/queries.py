"""Reads of movements, their gates and sweeps."""

from __future__ import annotations

import uuid
from dataclasses import replace

from safeconduct import release
from safeconduct.movements import gate
from safeconduct.movements.facts import facts_of
from safeconduct.movements.gate import Condition
from safeconduct.movements.models import Movement, Sweep
from safeconduct.release import Projection
from safeconduct.store.guard import passage
from safeconduct.terms import instant
from safeconduct.terms.party import Principal
from safeconduct.watch import queries as watch


def movements(principal: Principal) -> list[Projection]:
    """All movements of this reader, those due next first."""
    return release.listing(Movement, principal, lambda rows: rows.order_by("-depart_at", "-id"))


def movement(principal: Principal, ref: uuid.UUID | str) -> Projection:
    return release.one(Movement, principal, ref)


def gate_of(principal: Principal, ref: uuid.UUID | str) -> list[Condition]:
    """The gate as this reader may have it: empty without the field `gate`; of the alerts, those that it may see."""
    if "gate" not in release.one(Movement, principal, ref):
        return []
    with passage("release"):
        found = gate.conditions(facts_of(Movement.objects.get(pk=ref), instant.now()))
    seen = {str(alert.id) for alert in watch.queue(principal)}
    return [_released(condition, seen) for condition in found]


def _released(condition: Condition, seen: set[str]) -> Condition:
    if condition.code != "no_alarm":
        return condition
    alerts = [ref for ref in condition.detail["alerts"] if ref in seen]
    return replace(condition, detail={**condition.detail, "alerts": alerts})


def sweeps(principal: Principal, site: str | None = None) -> list[Projection]:
    """Sweep certificates, newest first, void and expired ones too."""
    return release.listing(
        Sweep, principal, lambda rows: (rows.filter(site=site) if site else rows).order_by("-searched_at", "-id")[:100]
    )
