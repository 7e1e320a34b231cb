"""The load that alarms put on operators: rates, floods, times to acknowledge, and where alarms come from.

Figures of a plain list of alarms, whoever may see it. Source: EEMUA 191 and ISA-18.2: an operator can take one alarm in
10 minutes for long, two at most; more than 10 in 10 minutes is a flood, which ends below 5 in 10 minutes.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

WITHIN = timedelta(minutes=10)
STEADY, MANAGEABLE = 1, 2
"""Alarms in 10 minutes that one operator can take for long, and at most."""
BEGINS_ABOVE, ENDS_BELOW = 10, 5
"""Alarms in 10 minutes an operator, above which a flood begins and below which it ends."""
FLOOD_SHARE = 0.01
"""At most this share of the time should be flood."""
STALE_AFTER = timedelta(hours=24)
"""An alarm that has waited for so long tells an operator nothing any more."""
HOUR = timedelta(hours=1)


class Source(NamedTuple):
    """Where alarms come from: a place and a cause."""

    site: str
    ring: str
    kind: str


class Alarm(NamedTuple):
    """`at` is when it became an alarm. `acknowledged` is None while nobody has."""

    at: datetime
    source: Source
    severity: str
    acknowledged: datetime | None
    disposition: str


class Flood(NamedTuple):
    """Half-open; `end` is None for one that goes on. `alarms` counts those that made it and those within it."""

    begin: datetime
    end: datetime | None
    alarms: int


class Wait(NamedTuple):
    """A time to acknowledge; `or_more` where the alarm that it stands for is not acknowledged yet."""

    seconds: float
    or_more: bool


@dataclass(frozen=True)
class Slot:
    """A part [begin, end) of a period: its alarms, and the most of any ten minutes of it that begin on the clock."""

    begin: datetime
    end: datetime
    alarms: int
    busiest: int


@dataclass(frozen=True)
class Load:
    """The figures of a period [begin, end). `rate` is alarms an operator and hour, `peak` the most in any ten minutes.

    `half` and `most` are the times within which 50 and 90 % of the alarms were acknowledged, of those that are not yet
    the time so far; None without alarms.
    """

    begin: datetime
    end: datetime
    operators: int
    alarms: int
    rate: float
    average: float
    peak: int
    floods: Sequence[Flood]
    flood_share: float
    half: Wait | None
    most: Wait | None
    waiting: int
    severities: Sequence[tuple[str, int]]
    dispositions: Sequence[tuple[str, int]]
    sources: Sequence[tuple[Source, int]]
    slots: Sequence[Slot]


def floods(times: Sequence[datetime], until: datetime, operators: int = 1) -> list[Flood]:
    """The floods of alarms at `times`, in order, as known at `until`.

    An alarm counts for ten minutes from its moment on, and no longer at their end.
    """
    found: list[Flood] = []
    begin: datetime | None = None
    for at, count in _counts(times, until):
        if begin is None and count > BEGINS_ABOVE * operators:
            begin = at
        elif begin is not None and count < ENDS_BELOW * operators:
            found.append(Flood(begin, at, _between(times, begin, at)))
            begin = None
    if begin is not None:
        found.append(Flood(begin, None, _between(times, begin, until)))
    return found


def _counts(times: Sequence[datetime], until: datetime) -> Iterator[tuple[datetime, int]]:
    """Each instant at which the number of alarms within the last ten minutes changes, with that number."""
    for at in sorted({*times, *(at + WITHIN for at in times)}):
        if at <= until:
            yield at, recent(times, at)


def _between(times: Sequence[datetime], begin: datetime, end: datetime) -> int:
    return bisect_right(times, end) - bisect_right(times, begin - WITHIN)


def flood_now(times: Sequence[datetime], at: datetime, operators: int = 1) -> Flood | None:
    """The flood that goes on at `at`, or None."""
    found = floods(times, at, operators)
    return found[-1] if found and found[-1].end is None else None


def recent(times: Sequence[datetime], at: datetime) -> int:
    """How many alarms there were within ten minutes of `at`."""
    return bisect_right(times, at) - bisect_right(times, at - WITHIN)


def peak(times: Sequence[datetime]) -> int:
    """The most alarms in any ten minutes."""
    return max((recent(times, at) for at in times), default=0)


def flood_share(crests: Iterable[Flood], begin: datetime, end: datetime) -> float:
    """The share of [begin, end) that is flood."""
    lasted = sum((min(one.end or end, end) - max(one.begin, begin) for one in crests), timedelta())
    return lasted / (end - begin)


def load_of(
    alarms: Sequence[Alarm], begin: datetime, end: datetime, *, slot: timedelta, now: datetime, operators: int = 1
) -> Load:
    """The figures of [begin, end) from `alarms` in order; those before `begin` tell whether it begins in a flood."""
    times = [one.at for one in alarms]
    within = alarms[bisect_left(times, begin) : bisect_left(times, end)]
    hours = (end - begin) / HOUR * operators
    crests = [one for one in floods(times, end, operators) if one.end is None or one.end > begin]
    waits = sorted((_wait(one, now) for one in within), key=lambda wait: (wait.or_more, wait.seconds))
    return Load(
        begin=begin,
        end=end,
        operators=operators,
        alarms=len(within),
        rate=len(within) / hours,
        average=len(within) / hours / (HOUR / WITHIN),
        peak=max((recent(times, one.at) for one in within), default=0),
        floods=crests,
        flood_share=flood_share(crests, begin, end),
        half=_ranked(waits, 0.5),
        most=_ranked(waits, 0.9),
        waiting=sum(wait.or_more for wait in waits),
        severities=Counter(one.severity for one in within).most_common(),
        dispositions=Counter(one.disposition for one in within).most_common(),
        sources=Counter(one.source for one in within).most_common(),
        slots=list(_slots([one.at for one in within], begin, end, slot)),
    )


def _wait(alarm: Alarm, now: datetime) -> Wait:
    until = alarm.acknowledged or now
    return Wait(max(0.0, (until - alarm.at).total_seconds()), alarm.acknowledged is None)


def _ranked(waits: Sequence[Wait], share: float) -> Wait | None:
    """The wait that `share` of them do not exceed (nearest rank)."""
    rank = -int(-share * len(waits) // 1)
    return waits[max(rank, 1) - 1] if waits else None


def _slots(times: Sequence[datetime], begin: datetime, end: datetime, slot: timedelta) -> Iterator[Slot]:
    edges = [begin]
    while edges[-1] < end:
        edges.append(min(edges[-1] + slot, end))
    for first, last in pairwise(edges):
        mine = times[bisect_left(times, first) : bisect_left(times, last)]
        tens = Counter((at - first) // WITHIN for at in mine)
        yield Slot(first, last, len(mine), max(tens.values(), default=0))
