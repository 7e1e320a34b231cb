"""Reads of movements, their gates and sweeps."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from safeconduct import release
from safeconduct.movements import gate
from safeconduct.movements.facts import Ground, facts_of
from safeconduct.movements.gate import Condition, GateFacts
from safeconduct.movements.models import DEPARTED, HELD, PLANNED, Movement, Sweep
from safeconduct.paging import Page, page
from safeconduct.release import Projection
from safeconduct.sites.queries import places
from safeconduct.sites.routes import RouteLine
from safeconduct.store.guard import passage
from safeconduct.terms import instant
from safeconduct.terms.party import Principal
from safeconduct.terms.place import Point
from safeconduct.watch import queries as watch

UNDER_WAY = (PLANNED, HELD, DEPARTED)
"""States of a movement that still concerns someone."""


def movements(principal: Principal) -> list[Projection]:
    """All movements of this reader, those due next first."""
    rows = release.listing(Movement, principal, lambda rows: rows.order_by("-depart_at", "-id"))
    return _less_unseen(principal, rows)


def due(principal: Principal, limit: int = 50) -> list[Projection]:
    """Movements that are still to go or on their way, the next first."""
    rows = release.listing(
        Movement, principal, lambda rows: rows.filter(state__in=UNDER_WAY).order_by("depart_at", "id")[:limit]
    )
    return _less_unseen(principal, rows)


def past(principal: Principal, limit: int = 20) -> list[Projection]:
    """Movements that arrived or were cancelled, the latest first."""
    rows = release.listing(
        Movement, principal, lambda rows: rows.exclude(state__in=UNDER_WAY).order_by("-depart_at", "-id")[:limit]
    )
    return _less_unseen(principal, rows)


def movements_page(principal: Principal, after: str | None, limit: int) -> Page:
    """Movements by when they were planned, newest first."""
    found = page(Movement, principal, after, limit)
    return replace(found, rows=_less_unseen(principal, found.rows))


def movement(principal: Principal, ref: uuid.UUID | str) -> Projection:
    return _less_unseen(principal, [release.one(Movement, principal, ref)])[0]


def departures(refs: Sequence[uuid.UUID]) -> dict[uuid.UUID, datetime]:
    """When those of `refs` that are gone left: no field that anyone is released, and for the watch alone.

    Where a movement is by now decides what it must look at.
    """
    with passage("release"):
        rows = Movement.objects.filter(pk__in=refs).values_list("pk", "departed_at")
        return {ref: departed_at for ref, departed_at in rows if departed_at}


def _less_unseen(principal: Principal, rows: Sequence[Projection]) -> list[Projection]:
    """The rows without the proposals that name an alert which this reader may not see."""
    proposed = {one["alert"] for row in rows for one in row.get("gate", ())}
    if not proposed:
        return list(rows)
    seen = {str(alert.id) for alert in watch.alerts_of(principal, sorted(proposed))}
    return [
        row.replaced(gate=[one for one in row["gate"] if one["alert"] in seen]) if "gate" in row else row
        for row in rows
    ]


_FIELDS = {"keys": "keys", "no_hold": "holds", "escort": "escort"}
"""Condition of the gate to the field of the movement that its detail tells."""


def gate_of(principal: Principal, ref: uuid.UUID | str) -> list[Condition]:
    """The gate as this reader may have it: empty without the field `gate`.

    Whether a condition holds is the same for everyone. Its detail has the alerts and rests on the certificates that the
    reader may see, and is empty where it tells of a field that is not released to them.
    """
    movement = release.one(Movement, principal, ref)
    return gates_of(principal, [movement]).get(movement.id, [])


def gates_of(principal: Principal, movements: Sequence[Projection]) -> dict[uuid.UUID, list[Condition]]:
    """The gate of each of `movements`, as `gate_of` gives it; those without the field `gate` are absent."""
    shown = [one for one in movements if "gate" in one]
    with passage("release"):
        ground, at = Ground(), instant.now()
        rows = Movement.objects.in_bulk([one.id for one in shown])
        facts = {one.id: facts_of(rows[one.id], at, ground) for one in shown if one.id in rows}
    gates = {ref: gate.conditions(known) for ref, known in facts.items()}
    near = {ref for found in gates.values() for one in found for ref in one.detail.get("alerts", ())}
    seen = {str(alert.id) for alert in watch.alerts_of(principal, sorted(near))} if near else set[str]()
    return {
        one.id: [_released(principal, one, facts[one.id], condition, seen) for condition in gates[one.id]]
        for one in shown
        if one.id in gates
    }


def _released(
    principal: Principal, movement: Projection, facts: GateFacts, condition: Condition, seen: Collection[str]
) -> Condition:
    """`seen`: ids of the alerts near that this reader may see."""
    if condition.code == "no_alarm":
        refs = condition.detail["alerts"]
        return replace(condition, detail={**condition.detail, "alerts": [ref for ref in refs if ref in seen]})
    if condition.code == "swept":
        readable = release.label_ids(principal, Sweep.info_class)
        told = replace(facts, stretches=[one for one in facts.stretches if one.label_id in readable])
        return replace(condition, detail=gate.swept(told).detail)
    field = _FIELDS.get(condition.code)
    return replace(condition, detail={}) if field is not None and field not in movement else condition


def route_of(principal: Principal, site: str, name: str) -> RouteLine | None:
    """A route of `site` as this reader may have it."""
    for place in places(principal, site):
        if place.get("role") == "route" and place["name"] == name and "geometry" in place:
            points = tuple(Point(lon, lat) for lon, lat, *_ in place["geometry"]["coordinates"])
            return RouteLine(name, points, float(place.get("width_m") or 0.0))
    return None


def routes(principal: Principal) -> list[Projection]:
    """Every route of which this reader may know, by site and name."""
    return [place for place in places(principal) if place.get("role") == "route"]


def sweep(principal: Principal, ref: uuid.UUID | str) -> Projection:
    return release.one(Sweep, principal, ref)


def sweeps_page(principal: Principal, after: str | None, limit: int) -> Page:
    """Sweep certificates, newest first, void and expired ones too."""
    return page(Sweep, principal, after, limit)


def sweeps(principal: Principal, site: str | None = None) -> list[Projection]:
    """Sweep certificates, newest first, void and expired ones too."""
    return release.listing(
        Sweep, principal, lambda rows: (rows.filter(site=site) if site else rows).order_by("-searched_at", "-id")[:100]
    )
