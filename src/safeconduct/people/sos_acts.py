"""Calls for help. While one lasts its exact place is kept; the host gets where, when and in what state, never who."""

from __future__ import annotations

import math
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from safeconduct.acts import Doing, act
from safeconduct.people import whereabouts
from safeconduct.people.channels.acts import tell
from safeconduct.people.models import Person, Sos, Whereabouts
from safeconduct.people.own import own_person
from safeconduct.people.sos_ladder import MESSAGE, to_tell
from safeconduct.terms.errors import BadInput, Fault, require_state, shown
from safeconduct.terms.place import Point

OPEN, ANSWERED, ENDED = "open", "answered", "ended"
BUTTON, DURESS = "button", "duress"
WAYS = (BUTTON, DURESS)
BY_PERSON = "person"
"""How a call was ended by whoever made it; officers give a reason of their own."""
NOTED_EVERY = timedelta(minutes=1)
"""How often the place of a call is a fact of the person's whereabouts."""
RUNGS_S = (60, 180, 600)
"""A call that nobody answers climbs so many seconds after it came."""


@dataclass(frozen=True)
class Spot:
    """Where a phone says that it is: degrees, metres of error, and when."""

    lon: float
    lat: float
    accuracy_m: float | None
    at: datetime

    def faults(self) -> list[Fault]:
        found: list[Fault] = []
        if not (math.isfinite(self.lon) and -180 <= self.lon <= 180):
            found.append(Fault("lon", shown(self.lon), "degrees from -180 to 180"))
        if not (math.isfinite(self.lat) and -90 <= self.lat <= 90):
            found.append(Fault("lat", shown(self.lat), "degrees from -90 to 90"))
        if self.accuracy_m is not None and not (math.isfinite(self.accuracy_m) and self.accuracy_m >= 0):
            found.append(Fault("accuracy_m", shown(self.accuracy_m), "metres from 0"))
        return found


@dataclass(frozen=True)
class Call:
    """A call as it arrived, by the phone's own id. `way` is no detail of the act: the record tells of no duress."""

    client_id: uuid.UUID
    claimed_at: datetime
    silent: bool
    spot: Spot | None = None
    way: str = BUTTON


@act("person.sos", creates=Sos)
def call(doing: Doing, made: Call, *, site: str) -> Sos | None:
    """The actor calls for help. The same call twice is one, and so is a second while one lasts: its place is newer.

    A call is taken whatever its claimed time.
    """
    person = own_person(doing, site)
    if Sos.objects.filter(person=person.pk, client_id=made.client_id).exists():
        return None
    if made.spot and (faults := made.spot.faults()):
        raise BadInput("sos", faults)
    lasting = Sos.objects.select_for_update().filter(person=person.pk).exclude(state=ENDED).first()
    if lasting is not None:
        return _called_again(doing, lasting, made, person)
    sos = Sos(
        label_id=doing.label_id,
        site=site,
        person=person.pk,
        client_id=made.client_id,
        silent=made.silent,
        way=made.way,
        claimed_at=min(made.claimed_at, doing.at),
        logged_at=doing.at,
    )
    _place(doing, sos, made.spot, person)
    sos.save(force_insert=True)
    tell(doing, to_tell(person, 0), what=MESSAGE)
    return sos


def _called_again(doing: Doing, sos: Sos, made: Call, person: Person) -> Sos:
    """The call that lasts, by what is new in another: whoever calls aloud is heard aloud, duress makes it silent."""
    sos.silent = made.way == DURESS or (sos.silent and made.silent)
    sos.way = DURESS if DURESS in (sos.way, made.way) else sos.way
    _place(doing, sos, made.spot, person)
    sos.save()
    return sos


@act("sos.move", on=Sos)
def move(doing: Doing, sos: Sos, spot: Spot) -> None:
    """Where the caller is now. The place is no detail of the act: it is gone when the call has ended."""
    _require_lasting(sos)
    if faults := spot.faults():
        raise BadInput("sos", faults)
    _place(doing, sos, spot, Person.objects.get(pk=sos.person))


def _place(doing: Doing, sos: Sos, spot: Spot | None, person: Person) -> None:
    # What waited on the phone may come after what is newer.
    if spot is None or (sos.moved_at is not None and spot.at < sos.moved_at):
        return
    at = min(spot.at, doing.at)
    noted = Whereabouts.objects.filter(person=person, source="sos", exact=True, occurred_at__gt=at - NOTED_EVERY)
    if not noted.exists():
        whereabouts.note(
            doing, person, source="sos", at=at, site=person.site, point=Point(spot.lon, spot.lat), exact=True
        )
    sos.lon, sos.lat, sos.accuracy_m, sos.moved_at = spot.lon, spot.lat, spot.accuracy_m, at


@act("sos.answer", on=Sos)
def answer(doing: Doing, sos: Sos) -> None:
    """An officer of the caller's side takes the call: it climbs no further."""
    require_state("sos", sos.state, OPEN)
    sos.state, sos.answered_at, sos.answered_by = ANSWERED, doing.at, doing.principal.name


@act("sos.acknowledge", on=Sos)
def acknowledge(doing: Doing, sos: Sos) -> None:
    """The host has seen the call."""
    _require_lasting(sos)
    if sos.acknowledged_at is not None:
        raise BadInput("sos", [Fault("acknowledged_at", str(sos.acknowledged_at), "a call that nobody acknowledged")])
    sos.acknowledged_at, sos.acknowledged_by = doing.at, doing.principal.name


@act("sos.end", on=Sos)
def end(doing: Doing, sos: Sos, by_pin: bool = False, *, reason: str) -> None:
    """End a call; its exact place goes. Whoever made it ends it by PIN alone, which their page asks for."""
    _require_lasting(sos)
    if not by_pin and Person.objects.filter(pk=sos.person, user_name=doing.principal.name).exists():
        raise BadInput("sos", [Fault("pin", "none", "the PIN of the phone that called")])
    if not 0 < len(reason.strip()) <= 500:
        raise BadInput("sos", [Fault("reason", f"{len(reason.strip())} characters", "1 to 500")])
    sos.state, sos.ended_at, sos.end_reason = ENDED, doing.at, reason.strip()
    sos.lon = sos.lat = sos.accuracy_m = None
    Whereabouts.objects.filter(person=sos.person, exact=True).update(lon=None, lat=None, exact=False)


@act("sos.climb", on=Sos)
def climb(doing: Doing, sos: Sos, *, rung: int) -> None:
    """A call that nobody answers goes to more people."""
    if sos.state != OPEN or sos.rung >= rung:
        raise BadInput("sos", [Fault("rung", str(rung), "the next rung of an open call")])
    doing.enter(unanswered_s=round((doing.at - sos.logged_at).total_seconds()))
    caller = Person.objects.select_related("zone").get(pk=sos.person)
    told = [one for step in range(sos.rung + 1, rung + 1) for one in to_tell(caller, step)]
    tell(doing, list({one.pk: one for one in told}.values()), what=MESSAGE)
    sos.rung = rung


def _require_lasting(sos: Sos) -> None:
    if sos.state == ENDED:
        raise BadInput("sos", [Fault("state", sos.state, "a call that lasts")])
