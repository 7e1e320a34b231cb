"""Whom a link, a message or a telephone stands for. Read before anyone's standing is known: for the doors alone."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from safeconduct import node
from safeconduct.people.enrolment_acts import stand_in
from safeconduct.people.headcounts import tally
from safeconduct.people.headcounts.acts import PERSON_NAME, answer
from safeconduct.people.headcounts.links import address_digest, digest_of
from safeconduct.people.models import Delivery, HeadcountAnswer
from safeconduct.store.guard import passage
from safeconduct.terms.party import Principal


@dataclass(frozen=True)
class Asked:
    """One person asked: what they may still say by a link or a telephone, and in which language they read."""

    answer: uuid.UUID
    site: str
    party: str
    reference: str
    language: str
    state: str
    kind: str
    is_open: bool

    @property
    def may_say(self) -> tuple[str, ...]:
        """A link is good for one answer; whoever then needs help can still say so. The rest is their warden's."""
        if not self.is_open or self.state == tally.NEED_HELP:
            return ()
        return tally.ANSWERS if self.state in tally.REACHED else (tally.NEED_HELP,)

    @property
    def principal(self) -> Principal:
        return stand_in(node.current().accord, PERSON_NAME + self.reference, self.party)

    def say(self, says: str, way: str) -> bool:
        """Answer as this person; whether it was theirs to say."""
        if says not in self.may_say and not (says == tally.READ and self.is_open):
            return False
        answer(self.principal, [self.answer], site=self.site, says=says, way=way)
        return True


_COLUMNS = {
    "answer": "pk",
    "site": "site",
    "party": "person__party",
    "reference": "person__reference",
    "language": "person__language",
    "state": "state",
    "kind": "headcount__kind",
    "is_open": "headcount__state",
}


def by_link(link: str) -> Asked | None:
    """Whoever a link was made for; None for one that is none."""
    return next(iter(_asked(link_digest=digest_of(link))), None)


def by_messages(channel: str, messages: Sequence[str]) -> dict[str, Asked]:
    """Whom messages of a channel asked, by the ids as given; without those that are none, or that asked nobody."""
    refs = {one: ref for one in messages if (ref := _id_of(one)) is not None}
    with passage("release"):
        rows = Delivery.objects.filter(pk__in=refs.values(), channel=channel, about__isnull=False)
        about: dict[uuid.UUID, uuid.UUID] = dict(rows.values_list("pk", "about_id"))
    asked = {one.answer: one for one in _asked(pk__in=list(about.values()))} if about else {}
    found = {one: about[ref] for one, ref in refs.items() if ref in about}
    return {one: asked[ref] for one, ref in found.items() if ref in asked}


def _id_of(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def by_address(channel: str, address: str) -> list[Asked]:
    """Everyone whom messages of a channel to that address asked in open headcounts, for the latest of each person."""
    digest = address_digest(node.current().secret, address)
    with passage("release"):
        sent = Delivery.objects.filter(
            address_digest=digest, channel=channel, about__headcount__state=tally.OPEN, about__isnull=False
        ).order_by("queued_at", "id")
        newest = dict(sent.values_list("person_id", "about_id"))
    return _asked(pk__in=list(newest.values())) if newest else []


def _asked(**how: Any) -> list[Asked]:
    with passage("release"):
        rows: Sequence[Sequence[Any]] = list(HeadcountAnswer.objects.filter(**how).values_list(*_COLUMNS.values()))
    found = [dict(zip(_COLUMNS, row, strict=True)) for row in rows]
    return [Asked(**{**one, "is_open": one["is_open"] == tally.OPEN}) for one in found]
