"""What alarms cost those who must act on each: a rate with the interval that holds it, the worst ten minutes, floods.

Limits and floods are those of load.py; here there is no more to go by than when alarms came.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from safeconduct.watch.load import BEGINS_ABOVE, HOUR, STEADY, WITHIN, flood_share, floods, peak

STEADY_PER_HOUR = STEADY * (HOUR / WITHIN)
LEAST_HOURS = 8
"""From so many hours on, how unevenly alarms come widens the interval of their rate."""
Z_95 = 1.959964


@dataclass(frozen=True)
class Cost:
    """Alarms over a span. Rates are for each operator and hour; `low` and `high` bound the rate with 95 %."""

    alarms: int
    hours: float
    operators: int
    per_hour: float
    low: float
    high: float
    peak_10_min: int
    flood_share: float

    @property
    def within_limits(self) -> bool:
        """Whether the rate is sustainable and no flood came."""
        return self.per_hour <= STEADY_PER_HOUR and self.peak_10_min <= BEGINS_ABOVE * self.operators

    def to_plain(self) -> dict[str, Any]:
        rounded = {name: round(value, 4) if isinstance(value, float) else value for name, value in asdict(self).items()}
        return rounded | {"within_limits": self.within_limits}


def cost_of(
    times: Sequence[datetime], begin: datetime, end: datetime, operators: int = 1, watched: timedelta | None = None
) -> Cost:
    """The cost of alarms at `times` (any order) over [begin, end), shared evenly by `operators`.

    `watched` is how much of the span there were observations for; all of it where it is not given.
    """
    times = sorted(times)
    hours = (watched or end - begin) / HOUR
    low, high = bounds(len(times), _unevenness(times, begin, end))
    share = 1 / (hours * operators)
    in_flood = flood_share(floods(times, end, operators), begin, end) * ((end - begin) / HOUR)
    return Cost(
        alarms=len(times),
        hours=hours,
        operators=operators,
        per_hour=len(times) * share,
        low=low * share,
        high=high * share,
        peak_10_min=peak(times),
        flood_share=min(1.0, in_flood / hours),
    )


def bounds(count: int, unevenness: float = 1.0) -> tuple[float, float]:
    """The interval that holds the expected count with 95 % where `count` came: Poisson's, wider by `unevenness`.

    Source: Byar's approximation (Breslow and Day, 1987).
    """
    n = count / unevenness
    low = n * max(0.0, 1 - 1 / (9 * n) - Z_95 / (3 * math.sqrt(n))) ** 3 if n else 0.0
    high = (n + 1) * (1 - 1 / (9 * (n + 1)) + Z_95 / (3 * math.sqrt(n + 1))) ** 3
    return low * unevenness, high * unevenness


def _unevenness(times: Sequence[datetime], begin: datetime, end: datetime) -> float:
    """Variance over mean of the counts of whole hours; 1 where they are as even as chance, or too few."""
    hours = (end - begin) // HOUR
    if hours < LEAST_HOURS or not times:
        return 1.0
    edges = [begin + number * HOUR for number in range(hours + 1)]
    counts = [bisect_left(times, last) - bisect_left(times, first) for first, last in pairwise(edges)]
    mean = sum(counts) / hours
    variance = sum((count - mean) ** 2 for count in counts) / (hours - 1)
    return max(1.0, variance / mean) if mean else 1.0
