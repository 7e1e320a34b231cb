"""What a movement means for its people: its drivers are asked for a word in silence, and arrivals are whereabouts."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from safeconduct.acts import Doing
from safeconduct.movements.models import Movement, Vehicle
from safeconduct.people.channels.acts import tell
from safeconduct.people.channels.messages import register
from safeconduct.people.models import Person
from safeconduct.people.whereabouts.acts import Seen, note_many

WORD = "movement_word"
register(WORD, _("Please report where you are now, or answer the call that follows."))


def ask_drivers(doing: Doing, movement: Movement) -> int:
    """Queue the message to every driver who is on the list, within the act `doing`; how many there are."""
    ids = [one for one in Vehicle.objects.filter(movement=movement.pk).values_list("driver", flat=True) if one]
    drivers = list(Person.objects.filter(pk__in=ids, left_at=None))
    return len(tell(doing, drivers, what=WORD))


def note_arrival(doing: Doing, refs: list[str], site: str, at: datetime | None = None) -> None:
    """Keep, within the act `doing`, that these travellers are at the site since `at`, as coarsely as each chose."""
    people = list(Person.objects.filter(pk__in=refs, left_at=None))
    if people:
        note_many(doing, [Seen(person, site) for person in people], source="movement", at=at)
