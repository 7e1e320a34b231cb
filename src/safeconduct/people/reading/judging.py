"""Judging reading: each look is held against the limits of the accord and the decoys. The clock process runs it."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from django.utils.timezone import localtime

from safeconduct import node
from safeconduct.accord.protection import ReadingLimit
from safeconduct.acts import together
from safeconduct.listening import Listener
from safeconduct.people.looked import BY_ITSELF, labels_of
from safeconduct.people.models import Canary, Look, ReadingAlarm
from safeconduct.people.reading.acts import raise_alarm
from safeconduct.people.reading.rules import CANARY, Habit, Seen, things, with_neighbours
from safeconduct.store.labels import marking_of
from safeconduct.store.models import Event, model_of
from safeconduct.terms import instant

HABIT = timedelta(days=28)
MOST_LOOKS = 5000
"""Of one reader so many of the newest are judged, and so many again tell their habit."""

IN_PASSING = "list"
"""In this form many are shown at once: a decoy among them was not sought."""


@dataclass(frozen=True)
class Reader:
    """Whose looks are judged, as the look that gave rise to it says."""

    name: str
    party: str
    role: str


def react(event: Event) -> None:
    """Judge a reader after a look. The looks of one page come at once and are judged once."""
    look = Look.objects.filter(pk=event.ref).first()
    if look is None or look.what == BY_ITSELF:
        return
    reader = Reader(look.reader, look.party, look.role)
    if look.what != IN_PASSING:
        _judge_decoy(reader, look)
    if not Look.objects.filter(reader=look.reader, at=look.at, of_class=look.of_class, pk__lt=look.pk).exists():
        for limit in node.current().accord.schedule.reading_limits:
            if limit.of == look.of_class:
                _judge(reader, limit, look.at)


def _judge_decoy(reader: Reader, look: Look) -> None:
    canary = Canary.objects.filter(of=look.of, removed_at=None).first()
    if canary is not None and canary.by != reader.name:
        originator = marking_of(canary.label_id).originator
        tell(reader, CANARY, look.of_class, {originator: 1}, look.at)


def _judge(reader: Reader, limit: ReadingLimit, at: datetime) -> None:
    rows = Look.objects.filter(reader=reader.name, of_class=limit.of, at__gt=at - limit.within, at__lte=at)
    rows = rows.exclude(what=BY_ITSELF)
    looks = _seen(list(rows.order_by("-at", "-pk")[:MOST_LOOKS])[::-1])
    order = _order(limit.of, [one.of for one in looks]) if limit.rule == "in_sequence" else {}
    found = things(limit, looks, habit_of(reader.name, at.date().isoformat()), order)
    if not found or _was_told(reader, limit.rule, limit, at):
        return
    originators: defaultdict[str, int] = defaultdict(int)
    for label in labels_of(limit.of, list(found)).values():
        originators[marking_of(label).originator] += 1
    begin = min(one.at for one in looks if one.of in found)
    tell(reader, limit.rule, limit.of, originators, begin)


def _was_told(reader: Reader, rule: str, limit: ReadingLimit, at: datetime) -> bool:
    told = ReadingAlarm.objects.filter(reader=reader.name, rule=rule, of_class=limit.of)
    return told.filter(at__gt=at - limit.within).exists()


def tell_once(reader: Reader, rule: str, limit: ReadingLimit, originators: Mapping[str, int], at: datetime) -> None:
    """Raise the alarm `rule` of this reader unless it was raised within the limit's time."""
    with together():
        if not _was_told(reader, rule, limit, at):
            tell(reader, rule, limit.of, originators, at)


def tell(reader: Reader, rule: str, of_class: str, originators: Mapping[str, int], begin: datetime) -> None:
    """Raise the alarm to each party whose things were read. Inside an act or on its own."""
    for originator, count in sorted(originators.items()):
        raise_alarm(
            node.current().system("node.clock"),
            rule=rule,
            originator=originator,
            reader=reader.name,
            party=reader.party,
            role=reader.role,
            of_class=of_class,
            count=count,
            begin=begin,
        )


def _seen(looks: Iterable[Look]) -> list[Seen]:
    return [
        Seen(one.of, marking_of(one.label_id).area, one.at, localtime(one.at).hour, one.what != IN_PASSING)
        for one in looks
    ]


@lru_cache(maxsize=1024)
def habit_of(reader: str, day: str) -> Habit:
    """What was usual for `reader` in the weeks before `day`, an ISO date."""
    end = instant.parse(f"{day}T00:00:00Z")
    rows = Look.objects.filter(reader=reader, at__gte=end - HABIT, at__lt=end).exclude(what=BY_ITSELF).order_by("-at")
    looks = rows.values_list("at", "label_id")[:MOST_LOOKS]
    local = [(localtime(at), label) for at, label in looks]
    return Habit(
        days=len({at.date() for at, _ in local}),
        hours=with_neighbours({at.hour for at, _ in local}),
        sites=frozenset(marking_of(label).area for _, label in local),
    )


def _order(of_class: str, refs: list[uuid.UUID]) -> dict[uuid.UUID, int]:
    """The number of each of `refs` among all things of its class: ids sort by when they were made."""
    if not refs:
        return {}
    model = model_of(of_class)
    rows = model._default_manager.filter(pk__gte=min(refs), pk__lte=max(refs)).order_by("pk")
    return {ref: number for number, ref in enumerate(rows.values_list("pk", flat=True))}


LISTENER = Listener("reading", frozenset({Look.info_class}), react)
