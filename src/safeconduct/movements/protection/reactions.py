"""What the clock does for late release: opens and closes windows, compares plans, reduces manifests."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db.models import Q

from safeconduct import node
from safeconduct.accord.agreement import Accord
from safeconduct.accord.protection import Conflicts
from safeconduct.acts import together
from safeconduct.listening import Listener
from safeconduct.movements.models import DEPARTED, HELD, PLANNED, REQUESTED, Conflict, Leg, Movement
from safeconduct.movements.protection import acts, disclosure, manifest
from safeconduct.movements.protection.conflict import NO_PLAN, STANDS, UNTOLD, Clash, Way, clashes
from safeconduct.people.reading.acts import raise_alarm
from safeconduct.people.reading.rules import PROBING
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
        compare_plans(marking_of(event.label_id).originator)


def _movement_of(event: Event) -> uuid.UUID | None:
    if event.kind == Leg.info_class:
        return Leg.objects.filter(pk=event.ref).values_list("movement", flat=True).first()
    return event.ref


def compare_plans(mover: str) -> None:
    """Note each conflict that there is now, and take back those that are no more. `mover`: whose plan changed.

    Whose plans began or ceased to conflict too often by their own doing is told of none for a while, neither that one
    began nor that one ended: what they are told then is the same whatever the other party plans. Inside an act.
    """
    accord, at, clock = node.current().accord, instant.now(), node.current().system("node.clock")
    terms = accord.schedule.conflicts
    if terms is None:
        return
    noted = list(Conflict.objects.filter(ended_at=None))
    parties = {row.pk: marking_of(row.label_id).originator for row in noted}
    untold = {parties[row.pk] for row in noted if row.state == UNTOLD and row.since > at - terms.within}
    now = {(one.movement, one.other): one for one in clashes(ways(), terms)}
    known = {(row.movement, row.other) for row in noted}
    fresh = [one for key, one in now.items() if key not in known and one.party not in untold]
    ended = [
        row.pk
        for row in noted
        if parties[row.pk] not in untold and (row.state == UNTOLD or (row.movement, row.other) not in now)
    ]
    if fresh or ended:
        acts.note_conflicts(clock, sorted(fresh, key=lambda one: str(one.movement)), ended, mover)
    if mover and mover not in untold and _flips(mover, at - terms.within) > terms.tries:
        _tell_no_more(accord, terms, mover)


def _flips(party: str, since: datetime) -> int:
    """How often its own plans began or ceased to conflict since then because it moved them."""
    rows = Conflict.objects.filter(Q(begun_by=party, since__gt=since) | Q(ended_by=party, ended_at__gt=since))
    own = [row for row in rows if marking_of(row.label_id).originator == party and row.state == STANDS]
    begun = sum(row.begun_by == party and row.since > since for row in own)
    return begun + sum(row.ended_by == party and row.ended_at is not None and row.ended_at > since for row in own)


def _tell_no_more(accord: Accord, terms: Conflicts, party: str) -> None:
    others = [one for one in accord.parties if one != party]
    clock = node.current().system("node.clock")
    notices = [Clash(NO_PLAN, party, "", NO_PLAN, one, terms.call[one], UNTOLD) for one in others]
    acts.note_conflicts(clock, notices, [], party)
    for one in others:
        raise_alarm(
            clock,
            rule=PROBING,
            originator=one,
            reader="",
            party=party,
            role="",
            of_class=Movement.info_class,
            count=_flips(party, instant.now() - terms.within),
            begin=instant.now() - terms.within,
        )


def forget_old_notices() -> int:
    """Compare anew where somebody was told nothing for long enough."""
    terms = node.current().accord.schedule.conflicts
    if terms is None:
        return 0
    with passage("release"):
        old = Conflict.objects.filter(state=UNTOLD, ended_at=None, since__lte=instant.now() - terms.within).count()
    if old:
        with together():
            compare_plans("")
    return old


def ways() -> list[Way]:
    """The legs of all plans that are compared. Inside an act."""
    plans = {one.pk: one for one in Movement.objects.filter(state__in=COMPARED)}
    gates = {(site, name) for site, name in Place.objects.filter(role="gate").values_list("site", "name")}
    return [
        Way(
            movement=leg.movement,
            party=marking_of(plans[leg.movement].label_id).originator,
            site=leg.site,
            routes=frozenset({leg.route, *leg.alternates}),
            gates=frozenset(one for one in (leg.origin, leg.destination) if (leg.site, one) in gates),
            begin=leg.begin_at,
            end=leg.end_at,
        )
        for leg in Leg.objects.filter(movement__in=plans)
    ]


LISTENER = Listener("protection", frozenset({Movement.info_class, Leg.info_class}), react)


def look() -> None:
    """What the clock looks through every second."""
    disclose_what_is_due()
    forget_old_notices()
    reduce_old_manifests()
