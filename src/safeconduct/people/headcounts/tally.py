"""How a headcount is counted: the states that someone passes through, the numbers of each, and the shares to reach.

`counts` are {state: people}. Delivered is not answered; answered by someone else is an answer, and kept as such.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from safeconduct.accord.schedule import ResponseTime
from safeconduct.terms import instant

ASKED, SENT, DELIVERED, READ = "asked", "sent", "delivered", "read"
SAFE, NEED_HELP, NOT_IN_AREA = "safe", "need_help", "not_in_area"
REACHED = (ASKED, SENT, DELIVERED, READ)
ANSWERS = (SAFE, NEED_HELP, NOT_IN_AREA)
STATES = (*REACHED, *ANSWERS)
TIME_OF = {SENT: "sent_at", DELIVERED: "delivered_at", READ: "read_at"}

PROPOSED, OPEN, CLOSED = "proposed", "open", "closed"
LIVE, DRILL = "live", "drill"
KINDS = (LIVE, DRILL)
TARGETS = ("headcount-half", "headcount-most")
"""Response times of the accord that a headcount is held to."""

NO_ZONE = "-"
"""The key of those who belong to no zone."""

Counts = Mapping[str, int]


def asked(counts: Counts) -> int:
    return sum(counts.values())


def accounted(counts: Counts) -> int:
    return sum(counts.get(state, 0) for state in ANSWERS)


def unaccounted(counts: Counts) -> int:
    return asked(counts) - accounted(counts)


def unresolved(counts: Counts) -> int:
    """Who keeps a headcount from closing by itself: nobody knows of them, or they wait for help."""
    return unaccounted(counts) + counts.get(NEED_HELP, 0)


def share(counts: Counts) -> float:
    """Of those asked, how much is accounted for; 1 where nobody was asked."""
    return accounted(counts) / asked(counts) if asked(counts) else 1.0


def goes_on(before: str, after: str) -> bool:
    """Whether the news that someone is `after` changes `before`: messages go forward only, an answer is corrected."""
    if after in ANSWERS:
        return before != after
    return before in REACHED and REACHED.index(after) > REACHED.index(before)


def moved(counts: Counts, before: str, after: str, people: int = 1) -> dict[str, int]:
    """The counts when `people` went from one state to another; states that nobody is in are absent."""
    fresh = dict(counts)
    fresh[before] = fresh.get(before, 0) - people
    fresh[after] = fresh.get(after, 0) + people
    if fresh[before] < 0:
        raise ValueError(f"{people} of {counts.get(before, 0)} {before} became {after}")
    return {state: count for state, count in fresh.items() if count}


def summed(every: Iterable[Counts]) -> dict[str, int]:
    """The counts of several together, in the order of the states."""
    total: dict[str, int] = {}
    for counts in every:
        for state, count in counts.items():
            total[state] = total.get(state, 0) + count
    return {state: total[state] for state in STATES if state in total}


def targets_of(promised: Iterable[ResponseTime]) -> list[dict[str, Any]]:
    """The shares that the accord wants reached, none of them yet."""
    wanted = [one for one in promised if one.id in TARGETS]
    return [
        {"id": one.id, "share": one.share, "within_s": int(one.within.total_seconds()), "met_at": None}
        for one in wanted
    ]


def met(targets: Sequence[Mapping[str, Any]], counts: Counts, at: datetime) -> list[dict[str, Any]]:
    """The targets with the time of those that are reached now for the first time. A correction takes none back."""
    now = share(counts)
    return [{**one, "met_at": one["met_at"] or (instant.iso(at) if now >= one["share"] else None)} for one in targets]


@dataclass(frozen=True)
class Standing:
    """A target as it stands: `state` is met, late (met after its time), missed or open; `left_s` until its time."""

    share: float
    within_s: int
    due_at: datetime
    met_at: datetime | None
    state: str
    left_s: float

    @property
    def percent(self) -> int:
        return round(self.share * 100)


def standing(target: Mapping[str, Any], begun_at: datetime, at: datetime) -> Standing:
    due_at = begun_at + timedelta(seconds=target["within_s"])
    met_at = instant.parse(target["met_at"]) if target["met_at"] else None
    in_time = (met_at or at) <= due_at
    state = ("met" if in_time else "late") if met_at else ("open" if in_time else "missed")
    return Standing(target["share"], target["within_s"], due_at, met_at, state, (due_at - at).total_seconds())
