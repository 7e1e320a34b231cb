"""The weekly pattern of a template: on which days it is made, how far ahead, and how its times vary. Plain values.

Who leaves at the same minute each day is waited for: times vary by themselves within a span.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, cast

from safeconduct.terms.errors import Fault, shown

MOST_AHEAD_DAYS, MOST_SPREAD_MIN = 28, 120
USUAL_SPREAD_MIN = 20
"""The span that is proposed, either way."""
STEP_MIN = 1

_CLOCK = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d", re.ASCII)


@dataclass(frozen=True)
class Pattern:
    """On `weekdays` (0 is Monday) at `time` by the node's clock, give or take `spread_min`, on days of [begin, end]."""

    weekdays: frozenset[int]
    time: time
    spread_min: int
    begin: date
    end: date | None
    ahead_days: int

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> tuple[Pattern | None, list[Fault]]:
        """The pattern in `given`, or what is wrong with it."""
        faults: list[Fault] = []
        days = given.get("weekdays")
        weekdays = frozenset(cast("list[int]", days)) if _are_weekdays(days) else frozenset[int]()
        if not weekdays:
            faults.append(Fault("weekdays", shown(days), "days from 0, Monday, to 6"))
        clock = given.get("time")
        if not isinstance(clock, str) or not _CLOCK.fullmatch(clock):
            faults.append(Fault("time", shown(clock), "a time of the day like 07:30"))
        begin, end = _day(given.get("begin")), _day(given.get("end"))
        if begin is None:
            faults.append(Fault("begin", shown(given.get("begin")), "a date like 2026-11-24"))
        if given.get("end") and (end is None or (begin is not None and end < begin)):
            faults.append(Fault("end", shown(given.get("end")), "a date that is not before the first"))
        spread, ahead = given.get("spread_min", USUAL_SPREAD_MIN), given.get("ahead_days", 7)
        for where, value, least, most in (
            ("spread_min", spread, 0, MOST_SPREAD_MIN),
            ("ahead_days", ahead, 1, MOST_AHEAD_DAYS),
        ):
            if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
                faults.append(Fault(where, shown(value), f"{least} to {most}"))
        if faults or begin is None:
            return None, faults
        return cls(weekdays, time.fromisoformat(cast(str, clock)), spread, begin, end, ahead), []

    def kept(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "weekdays": sorted(self.weekdays),
            "time": self.time.isoformat("minutes"),
            "spread_min": self.spread_min,
            "begin": self.begin.isoformat(),
            "end": self.end.isoformat() if self.end else None,
            "ahead_days": self.ahead_days,
        }


def _are_weekdays(value: object) -> bool:
    days = cast("list[object]", value) if isinstance(value, list | tuple) else []
    return bool(days) and all(isinstance(one, int) and not isinstance(one, bool) and 0 <= one <= 6 for one in days)


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def due_dates(pattern: Pattern, today: date, made_until: date | None) -> list[date]:
    """The days within the time ahead whose occurrence is not made yet, in order."""
    first = max(today, pattern.begin, (made_until or date.min) + timedelta(days=1) if made_until else today)
    last = today + timedelta(days=pattern.ahead_days)
    if pattern.end is not None:
        last = min(last, pattern.end)
    days = [first + timedelta(days=count) for count in range(max(0, (last - first).days + 1))]
    return [day for day in days if day.weekday() in pattern.weekdays]


def varied(planned: datetime, spread_min: int, below: Callable[[int], int]) -> datetime:
    """A time within `spread_min` minutes of the planned one, either way; `below(n)` gives a number from 0 to n - 1."""
    return planned + timedelta(minutes=(below(2 * spread_min + 1) - spread_min) if spread_min else 0)
