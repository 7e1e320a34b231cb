"""Reads of movements, their gates and sweeps."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from safeconduct import node, release
from safeconduct.movements import gate
from safeconduct.movements.facts import Ground
from safeconduct.movements.gate import Condition, GateFacts
from safeconduct.movements.models import (
    DEFERRED,
    DEPARTED,
    DRAFT,
    HELD,
    PLANNED,
    REQUESTED,
    CouncilRule,
    Leg,
    LegDue,
    LegSoon,
    Movement,
    Sweep,
    Template,
    Vehicle,
)
from safeconduct.paging import Page, page
from safeconduct.people.models import Person
from safeconduct.release import Projection
from safeconduct.sites.queries import places
from safeconduct.sites.routes import RouteLine
from safeconduct.store.guard import passage
from safeconduct.terms import instant
from safeconduct.terms.party import Principal
from safeconduct.terms.place import Point
from safeconduct.watch import queries as watch

UNDER_WAY = (PLANNED, HELD, DEPARTED)
"""States of a movement that is cleared to travel, or travels."""
TO_COME = (DRAFT, REQUESTED, DEFERRED, *UNDER_WAY)
"""States of a movement that still concerns someone: its gate is shown."""


def knows_times(principal: Principal) -> bool:
    """Whether this reader gets the departure of every movement that they get: else no list is in its order."""
    accord = node.current().accord
    markings = release.markings_of(principal, Movement.info_class)
    return all("depart_at" in accord.fields(principal, marking) for marking in markings)


def movements(principal: Principal) -> list[Projection]:
    """All movements of this reader, those due next first."""
    order = ("-depart_at", "-id") if knows_times(principal) else ("-id",)
    rows = release.listing(Movement, principal, lambda rows: rows.order_by(*order))
    return _less_unseen(principal, rows)


def due(principal: Principal, limit: int = 50) -> list[Projection]:
    """Movements that are still to go or on their way, the next first."""
    order = ("depart_at", "id") if knows_times(principal) else ("-id",)
    rows = release.listing(Movement, principal, lambda rows: rows.filter(state__in=TO_COME).order_by(*order)[:limit])
    return _less_unseen(principal, rows)


def past(principal: Principal, limit: int = 20) -> list[Projection]:
    """Movements that are over, or were refused, the latest first."""
    order = ("-depart_at", "-id") if knows_times(principal) else ("-id",)
    rows = release.listing(Movement, principal, lambda rows: rows.exclude(state__in=TO_COME).order_by(*order)[:limit])
    return _less_unseen(principal, rows)


def cleared(principal: Principal) -> list[Projection]:
    """Movements whose review cleared them, that are not gone."""
    return release.listing(Movement, principal, lambda rows: rows.filter(state__in=(PLANNED, HELD)))


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


_FIELDS = {
    "keys": "keys",
    "no_hold": "holds",
    "escort": "escort",
    "cleared": "review",
    "met": "conditions",
    "vehicle_class": "vehicles",
    "training": "people",
    "vetting": "people",
    "risk": "risk",
}
"""Condition of the gate to the field of the movement that its detail tells."""


def gate_of(principal: Principal, ref: uuid.UUID | str) -> list[Condition]:
    """The gate as this reader may have it: empty without the field `gate`.

    Whether a condition holds is the same for everyone. Its detail has the alerts and rests on the certificates that the
    reader may see, and is empty where it tells of a field that is not released to them.
    """
    movement = release.one(Movement, principal, ref)
    return gates_of(principal, [movement]).get(movement.id, [])


def gates_of(principal: Principal, movements: Sequence[Projection]) -> dict[uuid.UUID, list[Condition]]:
    """The gate of each of `movements`, as `gate_of` gives it; those without the field `gate` are absent.

    Whoever is told legs late has the gate with the first of them, and what the gate says of their way.
    """
    late = _told_late(principal, [one.id for one in movements if "gate" not in one])
    shown = [one for one in movements if "gate" in one or one.id in late]
    with passage("release"):
        rows = Movement.objects.in_bulk([one.id for one in shown])
        ground = Ground(list(rows.values()), instant.now())
        facts = {ref: ground.facts(row) for ref, row in rows.items()}
    gates = {ref: gate.conditions(known) for ref, known in facts.items()}
    decisions = {one.decision for found in gates.values() for one in found if one.decision}
    told = {str(one.id) for one in _decisions(principal, sorted(decisions))}
    near = {ref for found in gates.values() for one in found for ref in one.detail.get("alerts", ())}
    seen = {str(alert.id) for alert in watch.alerts_of(principal, sorted(near))} if near else set[str]()
    return {
        one.id: [
            _released(principal, one, facts[one.id], _less_untold(condition, told), seen, late)
            for condition in gates[one.id]
        ]
        for one in shown
        if one.id in gates
    }


def _decisions(principal: Principal, refs: Sequence[str]) -> list[Projection]:
    return release.listing(CouncilRule, principal, lambda rows: rows.filter(pk__in=refs)) if refs else []


def _less_untold(condition: Condition, told: Collection[str]) -> Condition:
    """The condition without the name of a decision that its reader may not see."""
    return replace(condition, decision="") if condition.decision not in told else condition


def _told_late(principal: Principal, refs: Sequence[uuid.UUID]) -> frozenset[uuid.UUID]:
    """Those movements of which a leg is about to begin that this reader is told, with what stands near it."""
    rows = release.listing(LegDue, principal, lambda rows: rows.filter(movement__in=refs)) if refs else []
    return frozenset(row["movement"] for row in rows if "movement" in row and "gate" in row and "route" in row)


def _released(
    principal: Principal,
    movement: Projection,
    facts: GateFacts,
    condition: Condition,
    seen: Collection[str],
    late: Collection[uuid.UUID],
) -> Condition:
    """`seen`: ids of the alerts near that this reader may see. `late`: movements whose way they are told late."""
    if condition.code in ("no_alarm", "swept") and "route" not in movement and movement.id not in late:
        return replace(condition, detail={})
    if condition.code == "no_alarm":
        refs = condition.detail["alerts"]
        return replace(condition, detail={**condition.detail, "alerts": [ref for ref in refs if ref in seen]})
    if condition.code == "swept":
        readable = release.label_ids(principal, Sweep.info_class)
        ways = [
            replace(way, stretches=[one for one in way.stretches if one.label_id in readable]) for way in facts.ways
        ]
        return replace(condition, detail=gate.swept(replace(facts, ways=ways)).detail)
    field = _FIELDS.get(condition.code)
    return replace(condition, detail={}) if field is not None and field not in movement else condition


def legs(principal: Principal, refs: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Projection]]:
    """The legs of each of those movements, as far as this reader may know of them, in order.

    Whoever does not read legs gets those that are told late, from when they are.
    """
    found = _parts(Leg, principal, refs, "number")
    without = [ref for ref, of in found.items() if not of]
    for model in (LegSoon, LegDue):
        found |= {ref: of for ref, of in _parts(model, principal, without, "number").items() if of}
    return found


def vehicles(principal: Principal, refs: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Projection]]:
    """The vehicles of each of those movements, as far as this reader may know of them."""
    return _parts(Vehicle, principal, refs, "id")


def _parts(
    model: type[Leg | LegSoon | LegDue | Vehicle], principal: Principal, refs: Sequence[uuid.UUID], order: str
) -> dict[uuid.UUID, list[Projection]]:
    rows = (
        release.listing(model, principal, lambda rows: rows.filter(movement__in=refs).order_by(order)) if refs else []
    )
    found: dict[uuid.UUID, list[Projection]] = {ref: [] for ref in refs}
    for row in rows:
        if "movement" in row:
            found[row["movement"]].append(row)
    return found


def templates(principal: Principal) -> list[Projection]:
    """Templates of this reader's party that are kept, by name."""
    return release.listing(Template, principal, lambda rows: rows.filter(removed=False).order_by("name", "id"))


def template(principal: Principal, ref: uuid.UUID | str) -> Projection:
    return release.one(Template, principal, ref)


def council_rules(principal: Principal) -> list[Projection]:
    """What was proposed or decided in council, the newest first."""
    return release.listing(CouncilRule, principal, lambda rows: rows.order_by("-id")[:200])


def council_rule(principal: Principal, ref: uuid.UUID | str) -> Projection:
    return release.one(CouncilRule, principal, ref)


def person_ids(principal: Principal, references: Collection[str]) -> dict[str, str]:
    """Reference to id, of those people of the reader's own party who are on its list and whom they may read."""
    rows = release.listing(Person, principal, lambda rows: rows.filter(reference__in=references, left_at=None))
    return {
        row["reference"]: str(row.id)
        for row in rows
        if "reference" in row and row.marking.originator == principal.party
    }


def references(principal: Principal, refs: Collection[str]) -> dict[str, str]:
    """Id to reference, of those people whom the reader may read."""
    ids = [one for one in refs if one]
    rows = release.listing(Person, principal, lambda rows: rows.filter(pk__in=ids)) if ids else []
    return {str(row.id): row["reference"] for row in rows if "reference" in row}


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
