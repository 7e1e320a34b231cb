"""Whom a call for help is told to by message, the farther it climbs. Officers see it at once, on every page.

The message names nobody and no place, and never goes to whoever calls: somebody else may be holding that phone.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from safeconduct.people.channels.messages import register
from safeconduct.people.models import Person, Zone
from safeconduct.people.persons import GUARD

MESSAGE = "sos"

register(
    MESSAGE,
    _("Somebody calls for help near you or of your zone. Open your page, or call the operations room."),
)


def to_tell(caller: Person, rung: int) -> list[Person]:
    """Who is told when a call reaches `rung`, within an act.

    0: the warden of the caller's zone · 1: its alternates · 2: all wardens of the site · 3: its guards.
    """
    here = Person.objects.filter(party=caller.party, left_at=None).exclude(pk=caller.pk)
    zone = caller.zone
    if rung >= 3:
        return list(here.filter(site=caller.site, kind=GUARD))
    if rung == 2:
        zones = Zone.objects.filter(site=caller.site, closed_at=None)
        return list(here.filter(pk__in=_wardens(zones)))
    if zone is None:
        return []
    return list(here.filter(Q(pk__in=zone.alternates) if rung else Q(pk=zone.warden_id)))


def _wardens(zones: Iterable[Zone]) -> set[uuid.UUID]:
    return {uuid.UUID(str(ref)) for zone in zones for ref in (zone.warden_id, *zone.alternates) if ref}
