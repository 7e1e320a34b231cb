"""What the clock does for late release: opens and closes windows, compares plans, reduces manifests."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db.models import Q

from safeconduct import node
from safeconduct.accord.agreement import Accord
from safeconduct.listening import Listener
from safeconduct.movements.models import DEPARTED, HELD, PLANNED, REQUESTED, Conflict, Leg, Movement
from safeconduct.movements.protection import acts, disclosure, manifest
from safeconduct.movements.protection.conflict import Clash, Way, clashes, over_tried
from safeconduct.people.reading.acts import raise_alarm
from safeconduct.sites.models import Place
from safeconduct.store.guard import passage
from safeconduct.store.labels import marking_of
from safeconduct.store.models import Event
from safeconduct.terms import instant

COMPARED = (REQUESTED, PLANNED, HELD, DEPARTED)
"""States of plans that are compared: a draft says nothing to anybody."""

TELLING = frozenset({"site", "route", "depart_at", "arrive_at", "state", "begin_at", "end_at", "origin", "destination"})
"""Fields of a plan by which it may begin or cease to conflict."""


def disclose_what_is_due() -> int:
    """Open the windows whose time has come and close those that are over; how many movements it was about."""
    accord, at, clock = node.current().accord, instant.now(), node.current().system("node.clock")
    with passage("release"):
        stale = [
            one.movement
            for one in disclosure.told(disclosure.to_look_at(accord, at))
            if disclosure.is_stale(accord, one, at)
        ]
    for movement in stale:
        acts.disclose(clock, site=movement.site, movement=movement.pk)
    return len(stale)


def reduce_old_manifests() -> int:
    """Forget who travelled where the time for it has passed."""
    accord, at, clock = node.current().accord, instant.now(), node.current().system("node.clock")
    with passage("release"):
        old = manifest.over(accord, at)
    for movement in old:
        acts.reduce_manifest(clock, site=movement.site, movement=movement.pk)
    return len(old)


def react(event: Event) -> None:
    """A plan changed: what is told of it changes with it, and so may what it conflicts with."""
    if event.ref is None:
        return
    movement = Movement.objects.filter(pk=_movement_of(event)).first()
    if movement is not None:
        accord, at = node.current().accord, instant.now()
        if disclosure.is_stale(accord, disclosure.told([movement])[0], at):
            acts.disclose(node.current().system("node.clock"), site=movement.site, movement=movement.pk)
    if TELLING & set(event.fields.strip(",").split(",")):
        compare_plans()


def _movement_of(event: Event) -> uuid.UUID | None:
    if event.kind == Leg.info_class:
        return Leg.objects.filter(pk=event.ref).values_list("movement", flat=True).first()
    return event.ref


def compare_plans() -> None:
    """Note each conflict that there is now, and take back those that are no more. Inside an act."""
    accord, at = node.current().accord, instant.now()
    terms = accord.schedule.conflicts
    if terms is None:
        return
    now = clashes(ways(), terms)
    noted = {(one.movement, one.other): one for one in Conflict.objects.filter(ended_at=None)}
    fresh = [one for one in now if (one.movement, one.other) not in noted]
    wanted = {(one.movement, one.other) for one in now}
    ended = [row.pk for key, row in noted.items() if key not in wanted]
    if fresh or ended:
        untold = list(over_tried(_flips(accord, at), terms, at))
        _note(sorted(fresh, key=lambda one: (one.site, str(one.movement))), ended, untold)


def _note(fresh: list[Clash], ended: list[uuid.UUID], untold: list[str]) -> None:
    clock = node.current().system("node.clock")
    acts.note_conflicts(clock, site="", clashes=fresh, ended=ended, untold=untold)
    for clash in fresh:
        if clash.party in untold:
            raise_alarm(
                clock,
                rule="probing",
                originator=clash.with_party,
                reader="",
                party=clash.party,
                role="",
                of_class=Movement.info_class,
                count=len(fresh),
                begin=instant.now(),
            )


def _flips(accord: Accord, at: datetime) -> list[tuple[str, datetime]]:
    """Each beginning and end of a conflict of late, with the party whose own plan it was."""
    assert accord.schedule.conflicts
    since = at - accord.schedule.conflicts.within
    rows = Conflict.objects.filter(Q(since__gt=since) | Q(ended_at__gt=since))
    flips: list[tuple[str, datetime]] = []
    for row in rows:
        party = marking_of(row.label_id).originator
        flips += [(party, when) for when in (row.since, row.ended_at) if when is not None and when > since]
    return flips


def ways() -> list[Way]:
    """The legs of all plans that are compared. Inside an act."""
    plans = {one.pk: one for one in Movement.objects.filter(state__in=COMPARED)}
    gates = {(site, name) for site, name in Place.objects.filter(role="gate").values_list("site", "name")}
    found: list[Way] = []
    for leg in Leg.objects.filter(movement__in=plans):
        found.append(
            Way(
                movement=leg.movement,
                party=marking_of(plans[leg.movement].label_id).originator,
                site=leg.site,
                routes=frozenset({leg.route, *leg.alternates}),
                gates=frozenset(one for one in (leg.origin, leg.destination) if (leg.site, one) in gates),
                begin=leg.begin_at,
                end=leg.end_at,
            )
        )
    return found


LISTENER = Listener("protection", frozenset({Movement.info_class, Leg.info_class}), react)


def look() -> None:
    """What the clock looks through every second."""
    disclose_what_is_due()
    reduce_old_manifests()
