"""What the sender reads of messages that are due: to whom, by what channel, in which language. For the node alone."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from safeconduct.people.channels.ladder import Contacts
from safeconduct.people.models import Delivery
from safeconduct.store.guard import passage


@dataclass(frozen=True)
class Due:
    """A message that waits. `about` is the answer that its link is for."""

    id: uuid.UUID
    channel: str
    what: str
    about: uuid.UUID | None
    contacts: Contacts
    language: str


def due(channel: str, at: datetime, limit: int, but: Collection[uuid.UUID]) -> list[Due]:
    """The oldest messages of a channel that are to be sent at `at`, but for those that are under way."""
    with passage("release"):
        rows = (
            Delivery.objects.filter(state="queued", due_at__lte=at, channel=channel)
            .order_by("due_at", "id")
            .values_list("pk", "channel", "what", "about_id", "person__contacts", "person__language")
        )
        # Those under way are the oldest: asking for as many more is cheaper than excluding them by name.
        found = [Due(*row) for row in rows[: limit + len(but)]]
    return [one for one in found if one.id not in but][:limit]


def channels_due(at: datetime) -> set[str]:
    """The channels that have messages to send."""
    with passage("release"):
        return set(
            Delivery.objects.filter(state="queued", due_at__lte=at)
            .order_by()
            .values_list("channel", flat=True)
            .distinct()
        )


def has_climbs(at: datetime) -> bool:
    with passage("release"):
        return Delivery.objects.filter(climbs_at__lte=at).exists()
