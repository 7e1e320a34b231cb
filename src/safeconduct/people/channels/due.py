"""What the sender reads of messages that are due: to whom, by what channel, in which language. For the node alone."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from safeconduct import node
from safeconduct.people.channels.ladder import Contacts
from safeconduct.people.headcounts.links import address_digest
from safeconduct.people.models import Delivery, Person
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


def waiting() -> dict[str, dict[str, int]]:
    """How many messages of each channel stand in each state."""
    with passage("release"):
        rows = Delivery.objects.order_by().values_list("channel", "state").annotate(count=Count("pk"))
        found: dict[str, dict[str, int]] = {}
        for channel, state, count in rows:
            found.setdefault(channel, {})[state] = count
    return found


def is_on_list(address: str) -> bool:
    """Whether anyone who is on the list is reached at that address: no test may go there."""
    secret = node.current().secret
    digest = address_digest(secret, address)
    with passage("release"):
        every = Person.objects.filter(left_at=None).values_list("contacts", flat=True).iterator()
        return any(address_digest(secret, one["address"]) == digest for contacts in every for one in contacts)
