"""The facts that a gate rests on, read from the tables. Runs inside an act or a release, never outside."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from django.db.models import Q, QuerySet

from safeconduct import node
from safeconduct.movements.gate import GateFacts, Standing, Stretch
from safeconduct.movements.models import Movement, Sweep
from safeconduct.sites.models import Place
from safeconduct.sites.routes import RouteLine
from safeconduct.terms.place import Point
from safeconduct.watch.models import ASSESSED, STANDING_DISPOSITIONS, Alert
from safeconduct.watch.rules import ALARMS


class Ground:
    """What the gates of several movements rest on alike, read once: for lists. A gate that decides reads its own."""

    def __init__(self) -> None:
        self.standing = cache(_standing)
        self.route_line = cache(route_line)


def facts_of(movement: Movement, at: datetime, ground: Ground | None = None) -> GateFacts:
    """What is known about `movement` at this moment, whoever asks: the gate is the same for both parties."""
    accord, ground = node.current().accord, ground or Ground()
    return GateFacts(
        at=at,
        state=movement.state,
        parties=list(accord.parties),
        keys=movement.keys,
        holds=movement.holds,
        escort=movement.escort,
        route=ground.route_line(movement.site, movement.route),
        stretches=[
            Stretch(sweep.begin_m, sweep.end_m, sweep.searched_at, sweep.valid_until, sweep.void_at, sweep.label_id)
            for sweep in Sweep.objects.filter(site=movement.site, route=movement.route, valid_until__gt=at)
        ],
        standing=ground.standing(movement.site),
    )


def _standing(site: str) -> list[Standing]:
    rows = standing_alarms(site).values_list("pk", "lon", "lat")
    return [Standing(str(ref), Point(lon, lat)) for ref, lon, lat in rows]


def standing_alarms(site: str) -> QuerySet[Alert]:
    """Alarms that nobody has assessed, or that were assessed as suspicious or hostile and have not ended."""
    unassessed = ~Q(state=ASSESSED)
    grave = Q(disposition__in=STANDING_DISPOSITIONS, ended_at=None)
    return Alert.objects.filter(unassessed | grave, site=site, severity__in=ALARMS).order_by("raised_at")


def is_standing(alert: Alert) -> bool:
    """Whether `alert` is among the `standing_alarms` of its site."""
    is_grave = alert.disposition in STANDING_DISPOSITIONS and alert.ended_at is None
    return alert.severity in ALARMS and (alert.state != ASSESSED or is_grave)


def route_line(site: str, name: str) -> RouteLine | None:
    place = Place.objects.filter(site=site, name=name, role="route").first()
    if place is None:
        return None
    points = tuple(Point(lon, lat) for lon, lat, *_ in place.geometry["coordinates"])
    return RouteLine(name, points, float(place.properties["width_m"]))
