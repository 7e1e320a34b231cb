"""Acts about reading: alarms and what came of them, decoys."""

from __future__ import annotations

import uuid
from datetime import datetime

from safeconduct.acts import Doing, act
from safeconduct.people.looked import labels_of
from safeconduct.people.models import Canary, ReadingAlarm
from safeconduct.store.labels import intern, marking_of
from safeconduct.terms.errors import BadInput, Fault, NotFound, shown

CANARY_CLASSES = ("movement", "person")


@act("reading.alarm", creates=ReadingAlarm, recorded=False)
def raise_alarm(
    doing: Doing,
    *,
    site: str = "",
    rule: str,
    originator: str,
    reader: str,
    party: str,
    role: str,
    of_class: str,
    count: int,
    begin: datetime,
) -> ReadingAlarm:
    """Tell the party `originator`, whose things were read, of reading that is unusual.

    No entry: whoever reads could learn from the record which thing is the decoy. The answer to it is one.
    """
    return ReadingAlarm.objects.create(
        label_id=intern(doing.accord.marking(ReadingAlarm.info_class, originator)),
        rule=rule,
        reader=reader,
        party=party,
        role=role,
        of_class=of_class,
        count=count,
        begin=begin,
        at=doing.at,
    )


@act("reading.answer", on=ReadingAlarm)
def answer_alarm(doing: Doing, alarm: ReadingAlarm, *, answer: str) -> None:
    """Enter what came of it; the entry says what it was."""
    if alarm.state != "open":
        raise BadInput("reading alarm", [Fault("state", alarm.state, "an alarm that is open")])
    if not 0 < len(answer.strip()) <= 500:
        raise BadInput("reading alarm", [Fault("answer", f"{len(answer.strip())} characters", "1 to 500")])
    alarm.state, alarm.answer = "closed", answer.strip()
    alarm.answered_by, alarm.answered_at = doing.principal.name, doing.at
    doing.enter(rule=alarm.rule, reader=alarm.reader, party=alarm.party, of_class=alarm.of_class, count=alarm.count)


@act("canary.place", creates=Canary)
def place_canary(doing: Doing, *, site: str = "", of_class: str, of: uuid.UUID, note: str = "") -> Canary:
    """Let a plan or a person of the actor's own party be a decoy from now on. Raises NotFound for another's."""
    if of_class not in CANARY_CLASSES:
        raise BadInput("decoy", [Fault("of_class", shown(of_class), "one of " + ", ".join(CANARY_CLASSES))])
    label = labels_of(of_class, [of]).get(of)
    if label is None or marking_of(label).originator != doing.principal.party:
        raise NotFound(of_class, str(of))
    if len(note) > 200:
        raise BadInput("decoy", [Fault("note", f"{len(note)} characters", "at most 200")])
    if Canary.objects.filter(of=of, removed_at=None).exists():
        raise BadInput("decoy", [Fault("of", "a decoy already", "one that is none")])
    doing.details.clear()
    return Canary.objects.create(
        label_id=doing.label_id, of_class=of_class, of=of, note=note, by=doing.principal.name, placed_at=doing.at
    )


@act("canary.remove", on=Canary)
def remove_canary(doing: Doing, canary: Canary) -> None:
    """It is a decoy no more."""
    if canary.removed_at is not None:
        raise BadInput("decoy", [Fault("removed_at", "one that was removed", "one that stands")])
    canary.removed_at = doing.at
