"""The alarm load the slow way: every second is looked at, and every alarm counted for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from safeconduct.watch.load import Alarm

SECOND = timedelta(seconds=1)


def count_at(times: Sequence[datetime], at: datetime) -> int:
    """EEMUA 191: the alarms of the last ten minutes."""
    return len([one for one in times if at - timedelta(minutes=10) < one <= at])


def in_flood(times: Sequence[datetime], operators: int, until: datetime) -> Iterator[tuple[datetime, bool]]:
    """Each second from the first alarm on, and whether it is of a flood: from above 10 until below 5."""
    flood, at = False, min(times, default=until)
    while at <= until:
        count = count_at(times, at)
        if count > 10 * operators:
            flood = True
        elif count < 5 * operators:
            flood = False
        yield at, flood
        at += SECOND


def flood_seconds(times: Sequence[datetime], operators: int, begin: datetime, end: datetime) -> int:
    return sum(flood for at, flood in in_flood(times, operators, end - SECOND) if begin <= at)


def peak(times: Sequence[datetime], begin: datetime, end: datetime) -> int:
    seconds = int((end - begin).total_seconds())
    return max(count_at(times, begin + SECOND * number) for number in range(seconds)) if times else 0


def within_which(alarms: Sequence[Alarm], share: float, now: datetime) -> tuple[float, bool] | None:
    """The shortest time within which so many were acknowledged; else that of one that still waits."""
    done = sorted((one.acknowledged - one.at).total_seconds() for one in alarms if one.acknowledged)
    for seconds in done:
        if len([one for one in done if one <= seconds]) >= share * len(alarms):
            return seconds, False
    open_ = sorted((now - one.at).total_seconds() for one in alarms if not one.acknowledged)
    for seconds in open_:
        if len(done) + len([one for one in open_ if one <= seconds]) >= share * len(alarms):
            return seconds, True
    return None
