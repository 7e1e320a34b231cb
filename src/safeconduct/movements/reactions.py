"""What alerts, alert states and check-ins do to movements and sweeps: propose a hold, void a sweep, end a clearance,
tell that a traveller boarded or arrived.

The clock process runs it.
"""

from __future__ import annotations

import math
import uuid
from functools import cache

from safeconduct import node
from safeconduct.listening import Listener
from safeconduct.movements import acts
from safeconduct.movements.ending import lapse_if_over
from safeconduct.movements.facts import is_standing, route_line
from safeconduct.movements.gate import STANDS_ON_IT, STOPPED_SINCE
from safeconduct.movements.models import DEPARTED, HELD, PLANNED, Leg, Movement, Sweep
from safeconduct.movements.progress.hearing_acts import hear
from safeconduct.people.models import CheckIn
from safeconduct.sites.models import Posture
from safeconduct.sites.routes import REACH_M
from safeconduct.store.models import Event
from safeconduct.terms import instant
from safeconduct.terms.place import Point
from safeconduct.watch.models import ASSESSED, STANDING_DISPOSITIONS, Alert

STOPS = frozenset({"dwell", "repeat", "sweep_void"})
"""Kinds of alerts that tell of a stop. A vehicle that circles or a camera that is silent has not stopped on a road."""


def react(event: Event) -> None:
    """Do what one event means for movements and sweeps."""
    if event.kind == Sweep.info_class:
        for sweep in Sweep.objects.filter(pk=event.ref, void_at=None):
            for alert in Alert.objects.filter(site=sweep.site, kind__in=STOPS, ended_at=None):
                _void_if_stopped_on(sweep, alert)
    elif event.kind == Posture.info_class:
        for posture in Posture.objects.filter(pk=event.ref):
            _lapse_cleared(posture)
    elif event.kind == CheckIn.info_class:
        for told in CheckIn.objects.filter(pk=event.ref).exclude(journey=None):
            hear(node.current().system("node.clock"), told.journey, check_in=told.pk)
    elif (alert := Alert.objects.filter(pk=event.ref).first()) is not None:
        _void_sweeps(alert)
        _propose_holds(alert)


def _void_sweeps(alert: Alert) -> None:
    for sweep in Sweep.objects.filter(site=alert.site, void_at=None, valid_until__gt=instant.now()):
        _void_if_stopped_on(sweep, alert)


def _void_if_stopped_on(sweep: Sweep, alert: Alert) -> None:
    """A stop on a swept stretch, at any time since it was searched, means that the search no longer holds.

    Unless a person has found the stop harmless before: then whoever searched knew of it.
    """
    point, line = Point(alert.lon, alert.lat), route_line(sweep.site, sweep.route)
    if alert.kind not in STOPS or (alert.state == ASSESSED and alert.disposition not in STANDING_DISPOSITIONS):
        return
    stood_since = alert.ended_at is None or alert.ended_at > sweep.searched_at
    if line and stood_since and line.is_on(point) and sweep.begin_m <= line.along_m(point) <= sweep.end_m:
        reason = STOPPED_SINCE if alert.started_at > sweep.searched_at else STANDS_ON_IT
        acts.void_sweep(node.current().system("node.watch"), sweep.pk, reason=reason)


def _propose_holds(alert: Alert) -> None:
    """Once an alert and movement: it goes on with every word of the watch, the advice stays the same."""
    if not is_standing(alert):
        return
    point, watch = Point(alert.lon, alert.lat), node.current().system("node.watch")
    distance_of = cache(lambda route: _distance_m(alert.site, route, point))
    nearest: dict[uuid.UUID, float] = {}
    for movement, route in _legs_under_way(alert.site):
        if (distance_m := distance_of(route)) <= REACH_M:
            nearest[movement] = min(distance_m, nearest.get(movement, distance_m))
    for movement in Movement.objects.filter(pk__in=nearest).order_by("id"):
        if all(one["alert"] != str(alert.pk) for one in movement.proposals):
            acts.propose_hold(watch, movement.pk, alert=alert.pk, distance_m=nearest[movement.pk])


def _distance_m(site: str, route: str, point: Point) -> float:
    line = route_line(site, route)
    return line.distance_m(point) if line else math.inf


def _legs_under_way(site: str) -> list[tuple[uuid.UUID, str]]:
    moving = Movement.objects.filter(state__in=(PLANNED, HELD, DEPARTED)).values("pk")
    return list(Leg.objects.filter(site=site, movement__in=moving).values_list("movement", "route"))


def _lapse_cleared(posture: Posture) -> None:
    """End the clearances that a more severe alert state ends: at its site, or anywhere where it is the node's own."""
    legs = Leg.objects.filter(site=posture.site) if posture.site else Leg.objects.all()
    cleared = Movement.objects.filter(state__in=(PLANNED, HELD), pk__in=legs.values("movement"))
    for ref in cleared.order_by("id").values_list("pk", flat=True):
        lapse_if_over(ref)


LISTENER = Listener(
    "movements", frozenset({Alert.info_class, Sweep.info_class, Posture.info_class, CheckIn.info_class}), react
)
