"""How heavy a series of alarms is on those who must act on each: rate, peaks and floods.

Source: EEMUA 191 and ISA-18.2: at most 6 alarms an hour for each operator in the long run (one in ten minutes); a flood
begins with more than 10 in ten minutes and lasts until fewer than 5 came in ten.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

SUSTAINED_PER_HOUR = 6.0
FLOOD_FROM, FLOOD_UNDER = 10, 5
WINDOW_MS = 600_000
HOUR_MS = 3_600_000
LEAST_HOURS = 8
"""From so many hours on, how unevenly alarms come widens the interval of their rate."""
Z_95 = 1.959964


@dataclass(frozen=True)
class Load:
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
        return self.per_hour <= SUSTAINED_PER_HOUR and self.peak_10_min <= FLOOD_FROM * self.operators

    def to_plain(self) -> dict[str, Any]:
        rounded = {name: round(value, 4) if isinstance(value, float) else value for name, value in asdict(self).items()}
        return rounded | {"within_limits": self.within_limits}


def load_of(
    times_ms: Sequence[int], begin_ms: int, end_ms: int, operators: int = 1, watched_ms: int | None = None
) -> Load:
    """The load of alarms at `times_ms` (any order) over [begin_ms, end_ms), shared evenly by `operators`.

    `watched_ms` is how much of the span there were observations for; all of it where it is not given.
    """
    times = sorted(times_ms)
    whole_ms = max(end_ms - begin_ms if watched_ms is None else watched_ms, 1)
    hours = whole_ms / HOUR_MS
    low, high = bounds(len(times), _unevenness(times, begin_ms, end_ms))
    share = 1 / (hours * operators)
    floods = sum(end - begin for begin, end in floods_of(times, begin_ms, end_ms, operators))
    return Load(
        alarms=len(times),
        hours=hours,
        operators=operators,
        per_hour=len(times) * share,
        low=low * share,
        high=high * share,
        peak_10_min=peak(times),
        flood_share=min(1.0, floods / whole_ms),
    )


def bounds(count: int, unevenness: float = 1.0) -> tuple[float, float]:
    """The interval that holds the expected count with 95 % where `count` came: Poisson's, wider by `unevenness`.

    Source: Byar's approximation (Breslow and Day, 1987).
    """
    n = count / unevenness
    low = n * max(0.0, 1 - 1 / (9 * n) - Z_95 / (3 * math.sqrt(n))) ** 3 if n else 0.0
    high = (n + 1) * (1 - 1 / (9 * (n + 1)) + Z_95 / (3 * math.sqrt(n + 1))) ** 3
    return low * unevenness, high * unevenness


def _unevenness(times: Sequence[int], begin_ms: int, end_ms: int) -> float:
    """Variance over mean of the counts of whole hours; 1 where they are as even as chance, or too few."""
    hours = (end_ms - begin_ms) // HOUR_MS
    if hours < LEAST_HOURS or not times:
        return 1.0
    edges = [begin_ms + hour * HOUR_MS for hour in range(int(hours) + 1)]
    counts = [bisect_left(times, last) - bisect_left(times, first) for first, last in pairwise(edges)]
    mean = sum(counts) / hours
    variance = sum((count - mean) ** 2 for count in counts) / (hours - 1)
    return max(1.0, variance / mean) if mean else 1.0


def peak(times: Sequence[int]) -> int:
    """The most alarms in any ten minutes; `times` are sorted."""
    return max((bisect_left(times, at + WINDOW_MS) - number for number, at in enumerate(times)), default=0)


def floods_of(times: Sequence[int], begin_ms: int, end_ms: int, operators: int = 1) -> list[tuple[int, int]]:
    """The spans in flood. The ten minutes are those before each instant; `times` are sorted."""
    edges = sorted({*times, *(at + WINDOW_MS for at in times)})
    found: list[tuple[int, int]] = []
    since: int | None = None
    for at in edges:
        count = bisect_right(times, at) - bisect_right(times, at - WINDOW_MS)
        if since is None and count > FLOOD_FROM * operators:
            since = at
        elif since is not None and count < FLOOD_UNDER * operators:
            found.append((since, at))
            since = None
    if since is not None:
        found.append((since, end_ms))
    return [(max(first, begin_ms), min(last, end_ms)) for first, last in found if first < end_ms and last > begin_ms]
