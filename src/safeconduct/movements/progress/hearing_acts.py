"""The act by which a movement hears what a traveller said by phone: that they boarded, or arrived."""

from __future__ import annotations

import uuid

from safeconduct.acts import Doing, act
from safeconduct.movements.models import ARRIVED, DEPARTED, HELD, PLANNED, Movement
from safeconduct.movements.progress.asking import note_arrival
from safeconduct.movements.progress.plan import destination_of
from safeconduct.people.checkin_acts import ARRIVED as HAS_ARRIVED
from safeconduct.people.models import CheckIn
from safeconduct.terms.errors import BadInput, Fault
from safeconduct.terms.instant import iso, parse

HEARD_IN = frozenset({PLANNED, HELD, DEPARTED, ARRIVED})


@act("movement.hear", on=Movement)
def hear(doing: Doing, movement: Movement, *, check_in: uuid.UUID) -> None:
    """Keep what one of its travellers said last of boarding or arriving, with when it was so and when it was told.

    What waited on a phone may come after what was said later; that stays. Who has arrived is at the destination. Raises
    BadInput for a check-in of no traveller of this movement.
    """
    told = CheckIn.objects.filter(pk=check_in, journey=movement.pk).first()
    if told is None or str(told.person) not in movement.travellers or movement.state not in HEARD_IN:
        raise BadInput(f"movement {movement.name}", [Fault("check_in", str(check_in), "one of a traveller on the way")])
    person = str(told.person)
    known = movement.said.get(person, {})
    if told.stage in known and parse(known[told.stage]["at"]) >= told.claimed_at:
        return
    said = {"at": iso(told.claimed_at), "received_at": iso(told.logged_at)}
    movement.said = movement.said | {person: known | {told.stage: said}}
    if told.stage == HAS_ARRIVED:
        site = destination_of(movement.pk) or movement.site
        note_arrival(doing, [person], site, at=told.claimed_at)
