"""What makes reading unusual. Plain values in; thresholds come from the accord.

many         more things than one needs
odd_hours    things read at hours at which this reader never reads
elsewhere    things of places of which this reader never reads
in_sequence  one after another, in the order in which they were made
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from safeconduct.accord.protection import ReadingLimit

HABIT_DAYS = 5
"""Of a reader with fewer days of reading nobody says what is usual."""

CANARY, STOPPED, PROBING = "canary", "stopped", "probing"
"""Rules without a threshold: a decoy was read, a reader was stopped, plans were moved about to learn of others."""


@dataclass(frozen=True)
class Seen:
    """One look, as it is judged: at which thing, where that lies, when and in which hour of the node's day."""

    of: uuid.UUID
    site: str
    at: datetime
    hour: int
    alone: bool
    """Whether the thing was opened by itself, not among others in a list."""


@dataclass(frozen=True)
class Habit:
    """What is usual for one reader: the hours and the sites at which they read before, on how many days."""

    days: int
    hours: frozenset[int]
    sites: frozenset[str]

    @property
    def is_known(self) -> bool:
        return self.days >= HABIT_DAYS


def things(limit: ReadingLimit, looks: Sequence[Seen], habit: Habit, order: Mapping[uuid.UUID, int]) -> set[uuid.UUID]:
    """The things by which `looks`, all within the limit's time and oldest first, break it; empty where they do not.

    `order` numbers the things of the class as they were made, for in_sequence.
    """
    if limit.rule == "in_sequence":
        found: Collection[uuid.UUID] = longest_run([one.of for one in looks if one.alone], order)
    else:
        found = [one.of for one in looks if _counts(limit.rule, one, habit)]
    distinct = set(found)
    return distinct if len(distinct) > limit.most else set()


def _counts(rule: str, look: Seen, habit: Habit) -> bool:
    if rule == "odd_hours":
        return habit.is_known and look.hour not in habit.hours
    if rule == "elsewhere":
        return habit.is_known and look.site not in habit.sites
    return rule == "many"


def longest_run(refs: Iterable[uuid.UUID], order: Mapping[uuid.UUID, int]) -> list[uuid.UUID]:
    """The most of `refs` that follow one another up or down in `order` without a gap."""
    best: list[uuid.UUID] = []
    run: list[uuid.UUID] = []
    step = 0
    for ref in refs:
        if ref not in order or (run and ref == run[-1]):
            continue
        by = order[ref] - order[run[-1]] if run else 0
        if run and abs(by) == 1 and step in (0, by):
            run.append(ref)
            step = by
        else:
            run, step = ([run[-1], ref], by) if run and abs(by) == 1 else ([ref], 0)
        best = max(best, run, key=len)
    return list(best)


def with_neighbours(hours: Iterable[int]) -> frozenset[int]:
    """Hours of the day with those beside them: nobody is unusual for coming an hour early."""
    return frozenset((hour + by) % 24 for hour in hours for by in (-1, 0, 1))
