"""Acts on messages to people: queue them, note what became of them, climb to the next way.

Rooms above call `tell` within acts of their own. Sending itself is the clock's (sender.py).
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from safeconduct import node
from safeconduct.acts import Doing, act
from safeconduct.people.channels.channel_file import Channels, read_channels
from safeconduct.people.channels.ladder import APP, VISIT, Channel, address_for, next_after, retry_at, rungs
from safeconduct.people.channels.messages import known
from safeconduct.people.headcounts import tally
from safeconduct.people.headcounts.links import address_digest
from safeconduct.people.headcounts.reaching import reach
from safeconduct.people.models import Delivery, HeadcountAnswer, Person
from safeconduct.people.party_labels import PartyLabels
from safeconduct.terms.party import ANYWHERE

MOST_CLIMBS = 500
SENT, DELIVERED, READ, FAILED = "sent", "delivered", "read", "failed"
_BEFORE = {SENT: ("queued",), DELIVERED: ("queued", SENT), READ: ("queued", SENT, DELIVERED), FAILED: ("queued", SENT)}
"""From which states what is told of a message takes it on."""


def tell(
    doing: Doing, people: Sequence[Person], *, what: str, about: Mapping[uuid.UUID, uuid.UUID] | None = None
) -> list[Delivery]:
    """Queue, within the act `doing`, the message `what` to each of `people`, by the first rung of their ladder.

    `about` is person to the answer of a headcount that the message asks for: such a message climbs until it is
    answered, any other until it is sent. Raises BadInput for a message that has no text.
    """
    known(what)
    channels = read_channels(node.current().path)
    return _queue(doing, [(one, None) for one in people], channels, what=what, about=about or {})


def _queue(
    doing: Doing,
    people: Iterable[tuple[Person, str | None]],
    channels: Channels,
    *,
    what: str,
    about: Mapping[uuid.UUID, uuid.UUID],
) -> list[Delivery]:
    """A message to each of (person, the channel that was tried before)."""
    made: list[Delivery] = []
    labels = PartyLabels(doing)
    for person, before in people:
        ladder = rungs(channels.channels, person.contacts, person.user_name is not None, channels.app_wait_s)
        rung = ladder[0] if before is None else next_after(before, ladder, channels.order)
        if rung is not None and (rung.kind != VISIT or person.pk in about):
            made.append(_message(doing, labels, person, rung, what, about.get(person.pk)))
    return Delivery.objects.bulk_create(made, batch_size=500)


def _message(
    doing: Doing, labels: PartyLabels, person: Person, rung: Channel, what: str, about: uuid.UUID | None
) -> Delivery:
    of_node = rung.kind in (APP, VISIT)
    address = None if of_node else address_for(rung, person.contacts)
    return Delivery(
        label_id=labels.of("delivery", person.party, person.site),
        person=person,
        what=what,
        about_id=about,
        channel=rung.name,
        address_digest=address_digest(node.current().secret, address) if address else "",
        state=SENT if rung.kind == APP else "queued",
        queued_at=doing.at,
        due_at=None if of_node else doing.at,
        sent_at=doing.at if rung.kind == APP else None,
        climbs_at=doing.at + timedelta(seconds=rung.wait_s) if rung.kind == APP and about else None,
    )


@act("message.send", creates=Delivery)
def send(doing: Doing, people: Sequence[uuid.UUID], *, site: str = ANYWHERE, what: str) -> list[Delivery] | None:
    """Queue the message `what` to those of `people` whose list is the actor's party's. None where there is nobody."""
    found = list(Person.objects.filter(pk__in=people, left_at=None))
    if doing.principal.name != "node.clock":
        found = [one for one in found if one.party == doing.principal.party and site in (ANYWHERE, one.site)]
    doing.enter(messages=len(found))
    return tell(doing, found, what=what) or None


@act("message.note", creates=Delivery)
def note(
    doing: Doing, outcomes: Sequence[Mapping[str, Any]], *, site: str = ANYWHERE, channel: str = ""
) -> list[Delivery] | None:
    """Keep what became of messages: [{"id", "state": sent | delivered | read | failed | retry, "error"}].

    Those of one `channel`, if it is named, and no others; what is older than what is known changes nothing.
    """
    told: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in outcomes:
        told[one["state"], one.get("error", "")].append(one["id"])
    channels = {one.name: one for one in read_channels(node.current().path).channels}
    changed = sum(_note(doing, state, error, ids, channel, channels) for (state, error), ids in told.items())
    if not changed:
        return None
    doing.enter(messages=changed)
    return []


def _note(
    doing: Doing, state: str, error: str, ids: Sequence[str], channel: str, channels: Mapping[str, Channel]
) -> int:
    rows = Delivery.objects.filter(pk__in=ids, **({"channel": channel} if channel else {}))
    if state == "retry":
        return _try_again(doing, rows, error, channels)
    known_rows = list(rows.filter(state__in=_BEFORE[state]).values_list("pk", "channel", "about_id"))
    fresh: dict[str, Any] = {"state": state, f"{state}_at": doing.at, "due_at": None}
    if state == FAILED:
        fresh |= {"error": error[:32], "climbs_at": doing.at}
    for name in {name for _, name, _ in known_rows}:
        refs = [ref for ref, its, _ in known_rows if its == name]
        if state == SENT:
            wait_s = channels[name].wait_s if name in channels else 0.0
            Delivery.objects.filter(pk__in=refs, about__isnull=False).update(
                climbs_at=doing.at + timedelta(seconds=wait_s)
            )
        Delivery.objects.filter(pk__in=refs).update(**fresh)
    if state != FAILED:
        reach(doing, [about for _, _, about in known_rows if about], state)
    return len(known_rows)


def _try_again(doing: Doing, rows: Any, error: str, channels: Mapping[str, Channel]) -> int:
    waiting = list(rows.filter(state="queued").values_list("pk", "channel", "attempts"))
    by_attempts: dict[tuple[str, int], list[uuid.UUID]] = defaultdict(list)
    for ref, name, attempts in waiting:
        by_attempts[name, attempts + 1].append(ref)
    for (name, attempts), refs in by_attempts.items():
        tries = channels[name].tries if name in channels else 0
        fresh: dict[str, Any] = {"attempts": attempts, "error": error[:32]}
        if attempts >= tries:
            fresh |= {"state": FAILED, "failed_at": doing.at, "due_at": None, "climbs_at": doing.at}
        else:
            fresh |= {"due_at": retry_at(attempts, doing.at)}
        Delivery.objects.filter(pk__in=refs).update(**fresh)
    return len(waiting)


@act("message.climb", creates=Delivery)
def climb(doing: Doing, *, site: str = ANYWHERE) -> list[Delivery] | None:
    """Try the next way for each message whose time is over, at most MOST_CLIMBS. None where there is none."""
    due = list(
        Delivery.objects.filter(climbs_at__lte=doing.at)
        .select_related("person", "about", "about__headcount")
        .order_by("climbs_at")[:MOST_CLIMBS]
    )
    if not due:
        return None
    Delivery.objects.filter(pk__in=[one.pk for one in due]).update(climbs_at=None)
    channels = read_channels(node.current().path)
    made = 0
    for what in {one.what for one in due}:
        waiting = [one for one in due if one.what == what and (one.about is None or _is_open(one.about))]
        about = {one.person_id: one.about_id for one in waiting if one.about_id}
        made += len(_queue(doing, [(one.person, one.channel) for one in waiting], channels, what=what, about=about))
    doing.enter(due=len(due), messages=made)
    return []


def _is_open(answer: HeadcountAnswer) -> bool:
    return answer.state in tally.REACHED and answer.headcount.state == tally.OPEN


def drop_for(answers: Sequence[uuid.UUID]) -> None:
    """Take back, within an act, what is not yet sent of messages about `answers`, and climb no further."""
    waiting = Delivery.objects.filter(about__in=answers)
    waiting.filter(state="queued").update(state="dropped", due_at=None, climbs_at=None)
    waiting.filter(climbs_at__isnull=False).update(climbs_at=None)
