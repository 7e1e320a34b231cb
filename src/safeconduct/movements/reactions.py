"""What alerts do to movements and sweeps: propose a hold, void a sweep. The clock process runs it."""

from __future__ import annotations

from safeconduct import node
from safeconduct.listening import Listener
from safeconduct.movements import acts
from safeconduct.movements.facts import route_line, standing_alarms
from safeconduct.movements.gate import REACH_M, STOPPED_SINCE
from safeconduct.movements.models import DEPARTED, HELD, PLANNED, Movement, Sweep
from safeconduct.store.models import Event
from safeconduct.terms import instant
from safeconduct.terms.place import Point
from safeconduct.watch.models import Alert


def react(event: Event) -> None:
    """An alert was raised or went on: advise the duty officer, and take sweeps back that it makes worthless."""
    alert = Alert.objects.filter(pk=event.ref).first()
    if alert is not None:
        _void_sweeps(alert)
        _propose_holds(alert)


def _void_sweeps(alert: Alert) -> None:
    """A stop on a swept stretch, at any time since it was searched, means that the search no longer holds."""
    point = Point(alert.lon, alert.lat)
    at = instant.now()
    for sweep in Sweep.objects.filter(site=alert.site, void_at=None, valid_until__gt=at):
        line = route_line(sweep.site, sweep.route)
        stood_since = alert.ended_at is None or alert.ended_at > sweep.searched_at
        if line and stood_since and line.is_on(point) and sweep.begin_m <= line.along_m(point) <= sweep.end_m:
            acts.void_sweep(node.current().system("node.watch"), sweep.pk, reason=STOPPED_SINCE)


def _propose_holds(alert: Alert) -> None:
    if alert.pk not in {one.pk for one in standing_alarms(alert.site)}:
        return
    point = Point(alert.lon, alert.lat)
    for movement in Movement.objects.filter(site=alert.site, state__in=(PLANNED, HELD, DEPARTED)):
        line = route_line(movement.site, movement.route)
        if line and (distance_m := line.distance_m(point)) <= REACH_M:
            watch = node.current().system("node.watch")
            acts.propose_hold(watch, movement.pk, alert=alert.pk, distance_m=distance_m)


LISTENER = Listener("movements", frozenset({Alert.info_class}), react)
