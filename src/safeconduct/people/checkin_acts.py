"""Check-ins: what a person says of themselves. What waited on a phone comes with the time that the phone gives."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from safeconduct.acts import Doing, act, together
from safeconduct.people import whereabouts
from safeconduct.people.headcounts import tally
from safeconduct.people.headcounts.acts import answer
from safeconduct.people.models import CheckIn, HeadcountAnswer, Person
from safeconduct.people.own import own_person, person_of
from safeconduct.terms.errors import BadInput, Fault, shown
from safeconduct.terms.instant import iso
from safeconduct.terms.party import Principal
from safeconduct.terms.place import Point

SAFE, NEED_HELP, NOT_HERE = "safe", "need_help", "not_here"
STATES = (SAFE, NEED_HELP, NOT_HERE)
BOARDED, ARRIVED = "boarded", "arrived"
STAGES = (BOARDED, ARRIVED)
OLDEST = timedelta(days=8)
"""A check-in that waited longer is refused: a phone gives it up after a week."""


@dataclass(frozen=True)
class Said:
    """A check-in as it arrived: `client_id` is the phone's own, `spot` where it says it is, if it says so."""

    client_id: uuid.UUID
    state: str
    claimed_at: datetime
    spot: Point | None = None
    journey: uuid.UUID | None = None
    stage: str = ""


@act("person.check_in", creates=CheckIn)
def check_in(doing: Doing, said: Said, *, site: str, via: str = "page") -> CheckIn | None:
    """The actor checks in for themselves; nothing happens where the same one was taken before. Raises BadInput."""
    person = own_person(doing, site)
    if CheckIn.objects.filter(person=person.pk, client_id=said.client_id).exists():
        return None
    return take(doing, person, said, via=via, label_id=doing.label_id)


def take(doing: Doing, person: Person, said: Said, *, via: str, label_id: int) -> CheckIn:
    """Keep what was said, inside an act, and tell whereabouts and headcounts of it. Raises BadInput."""
    faults: list[Fault] = []
    if said.state not in STATES:
        faults.append(Fault("state", shown(said.state), "one of " + ", ".join(STATES)))
    if said.stage not in ("", *STAGES) or (said.journey is None) != (not said.stage):
        faults.append(Fault("stage", shown(said.stage), "of a journey, one of " + ", ".join(STAGES)))
    if said.claimed_at < doing.at - OLDEST:
        faults.append(Fault("at", iso(said.claimed_at), f"a time within {OLDEST.days} days"))
    if faults:
        raise BadInput("check-in", faults)
    doing.enter(state=said.state)
    made = CheckIn.objects.create(
        label_id=label_id,
        site=person.site,
        person=person.pk,
        client_id=said.client_id,
        state=said.state,
        # Nobody is safe at a time that is still to come: a phone whose clock is fast said it when it arrived.
        claimed_at=min(said.claimed_at, doing.at),
        logged_at=doing.at,
        via=via,
        journey=said.journey,
        stage=said.stage,
    )
    # Where a journey has led is for the room that knows journeys to say.
    here = person.site if said.state != NOT_HERE and said.stage != ARRIVED else ""
    whereabouts.note(doing, person, source="check_in", at=made.claimed_at, site=here, point=said.spot)
    return made


ANSWERS = {SAFE: tally.SAFE, NEED_HELP: tally.NEED_HELP, NOT_HERE: tally.NOT_IN_AREA}


def check_in_once(principal: Principal, said: Said) -> bool:
    """Check in, and answer the headcounts that asked before; False where this very check-in was taken before.

    Raises NotFound for who is nobody's phone, BadInput.
    """
    person = person_of(principal)
    with together():
        made = check_in(principal, said, site=person.marking.area)
        if made is None:
            return False
        for site, refs in _asked(person.id, made.claimed_at).items():
            answer(principal, refs, site=site, says=ANSWERS[said.state], way="page")
    return True


def _asked(person: uuid.UUID, at: datetime) -> dict[str, list[uuid.UUID]]:
    """What open headcounts had asked of this person by then, by the site that asked. In an act."""
    asked = HeadcountAnswer.objects.filter(person=person, headcount__state=tally.OPEN, asked_at__lte=at)
    by_site: dict[str, list[uuid.UUID]] = {}
    for ref, site in asked.values_list("pk", "site"):
        by_site.setdefault(site, []).append(ref)
    return by_site
