"""Manifests: who travels in which vehicle, read anew at each view, and reduced to a count when their time is over."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from safeconduct.accord.agreement import Accord
from safeconduct.movements.models import CANCELLED, CLOSED, REFUSED, Movement, Vehicle
from safeconduct.people.models import Person

OVER = (CLOSED, CANCELLED, REFUSED)
"""States in which nobody needs a manifest any more."""


@dataclass(frozen=True)
class Line:
    """One traveller or driver. `vehicle` is the callsign that they drive, or empty."""

    person: uuid.UUID
    reference: str
    name: str
    vehicle: str


def lines_of(movement: Movement) -> list[Line]:
    """Everyone who travels or drives, by reference. Inside an act."""
    drives = {one.driver: one.callsign for one in Vehicle.objects.filter(movement=movement.pk).exclude(driver="")}
    people = Person.objects.filter(pk__in={*movement.travellers, *drives}).order_by("reference")
    return [Line(one.pk, one.reference, one.name, drives.get(str(one.pk), "")) for one in people]


def is_over(accord: Accord, movement: Movement, at: datetime) -> bool:
    """Whether the time for which who travelled is kept has passed, counted from when it was to arrive."""
    terms = accord.classes.get("manifest") or accord.classes["movement"]
    ended = movement.arrived_at or movement.arrive_at or movement.depart_at
    return movement.state in OVER and at >= ended + timedelta(days=terms.retention_days)


def over(accord: Accord, at: datetime, most: int = 100) -> list[Movement]:
    """Movements whose manifests are to be reduced, at most so many. Inside an act."""
    driven = Vehicle.objects.exclude(driver="").values("movement")
    rows = Movement.objects.filter(state__in=OVER, depart_at__lt=at)
    found = rows.exclude(travellers=[]) | rows.filter(pk__in=driven)
    return [one for one in found.distinct().order_by("depart_at")[:most] if is_over(accord, one, at)]
