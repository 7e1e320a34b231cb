"""The outbox's age: an event that names no row tells that much moved at once, and nobody asks for it an hour later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from safeconduct.store.models import Event

KEPT = timedelta(hours=1)


@dataclass
class Outbox:
    """Several events a second that name no row, of some `kinds`. All others stay."""

    kinds: frozenset[str]
    looked_to: int = 0
    """All up to this event were looked through."""

    def forget(self, now: datetime) -> int:
        """Delete those older than KEPT, inside an act; how many."""
        old = Event.objects.filter(pk__gt=self.looked_to, kind__in=self.kinds, ref=None, at__lt=now - KEPT)
        newest = old.order_by("-pk").values_list("pk", flat=True).first()
        if newest is None:
            return 0
        gone, _ = old.filter(pk__lte=newest).delete()
        self.looked_to = newest
        return gone
