"""Whoever is told late is not told early by what an act answers."""

from __future__ import annotations

from safeconduct.acts import Doing
from safeconduct.movements.models import LegDue, Movement
from safeconduct.store.labels import marking_of
from safeconduct.terms.errors import BadInput, Fault


def want_told(doing: Doing, movement: Movement) -> None:
    """Raise BadInput for whoever knows neither the route nor a leg that is due: the gate would tell them of it."""
    if "route" in doing.accord.fields(doing.principal, marking_of(movement.label_id)):
        return
    rows = LegDue.objects.filter(movement=movement.pk).values_list("label_id", flat=True)
    if not any("route" in doing.accord.fields(doing.principal, marking_of(label)) for label in rows):
        raise BadInput(f"movement {movement.name}", [Fault("state", "not due yet", "one that is about to leave")])
