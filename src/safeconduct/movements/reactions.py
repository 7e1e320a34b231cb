"""What alerts do to movements and sweeps: propose a hold, void a sweep. The clock process runs it."""

from __future__ import annotations

from functools import cache

from safeconduct import node
from safeconduct.listening import Listener
from safeconduct.movements import acts
from safeconduct.movements.facts import is_standing, route_line
from safeconduct.movements.gate import STANDS_ON_IT, STOPPED_SINCE
from safeconduct.movements.models import DEPARTED, HELD, PLANNED, Movement, Sweep
from safeconduct.sites.routes import REACH_M
from safeconduct.store.models import Event
from safeconduct.terms import instant
from safeconduct.terms.place import Point
from safeconduct.watch.models import ASSESSED, STANDING_DISPOSITIONS, Alert

STOPS = frozenset({"dwell", "repeat", "sweep_void"})
"""Kinds of alerts that tell of a stop. A vehicle that circles or a camera that is silent has not stopped on a road."""


def react(event: Event) -> None:
    """Take back the sweeps that a stop makes worthless, and advise the duty officer of an alarm."""
    if event.kind == Sweep.info_class:
        for sweep in Sweep.objects.filter(pk=event.ref, void_at=None):
            for alert in Alert.objects.filter(site=sweep.site, kind__in=STOPS, ended_at=None):
                _void_if_stopped_on(sweep, alert)
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
    line = cache(lambda route: route_line(alert.site, route))
    for movement in Movement.objects.filter(site=alert.site, state__in=(PLANNED, HELD, DEPARTED)):
        if any(one["alert"] == str(alert.pk) for one in movement.proposals):
            continue
        if (route := line(movement.route)) and (distance_m := route.distance_m(point)) <= REACH_M:
            acts.propose_hold(watch, movement.pk, alert=alert.pk, distance_m=distance_m)


LISTENER = Listener("movements", frozenset({Alert.info_class, Sweep.info_class}), react)
