"""What is usual at a place: how long stays last, for each cell of 50 m and each hour of the week, kind by kind.

It explains and ranks alerts and decides nothing: no alarm is held back because it is usual. Learnt day by day
(learning.py); here, days become one baseline, and a stay is ranked by it. Stays in exempt places are kept apart from
those beside them.

So that nobody teaches it that waiting is normal: one token counts once a day and cell, by its longest stay; one day
weighs at most DAY_STAYS in a cell; fewer than LEAST_STAYS stays or LEAST_DAYS days say nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from safeconduct.terms.errors import BadInput, Fault, shown
from safeconduct.watch.baseline_cells import (
    AROUND,
    BIN_BITS,
    CLASS_BITS,
    HOUR_BITS,
    NEIGHBOURS,
    bin_of,
    cell_of,
    cells_near,
    class_of,
    share_below,
)

DAY_STAYS = 40
"""What one day weighs in a cell, at most, in stays."""
LEAST_STAYS, LEAST_DAYS = 20, 3
NEIGHBOUR_WEIGHT = 0.25
HOUR_WEIGHTS = (1.0, 0.5, 0.25)
"""Of the same hour of the day, of the hours beside it, and of the others in the same part of the day."""
PRIOR_STAYS = 5.0
"""How many stays at the place itself weigh as much as all those around it."""
UNITS = 16
"""A stay's weight is kept in whole parts of this."""

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PARTS = (("night", 6), ("morning", 10), ("midday", 16), ("evening", 22), ("night", 24))
"""Parts of the day, each with the hour at which it ends."""

Keys = NDArray[np.int64]
"""Cell, class, hour of the week and bin of a count in one number, as baseline_cells.py lays them out."""


class Stay(NamedTuple):
    """A presence that was seen to end. `waits`: in an exempt place. `token` is 0 where no plate was read."""

    lon: float
    lat: float
    kind: str
    waits: bool
    begin_ms: int
    end_ms: int
    token: int = 0


class Rank(NamedTuple):
    """Where a stay stands among those of its place and hour. `longer_than` is None where they are too few to tell."""

    longer_than: float | None
    stays: int
    days: int
    when: str

    def to_plain(self) -> dict[str, Any]:
        """As an alert's explanation holds it."""
        # Cut, not rounded: nothing is longer than all.
        share = None if self.longer_than is None else math.floor(self.longer_than * 10_000) / 10_000
        return {"longer_than": share, "stays": self.stays, "days": self.days, "when": self.when}


@dataclass(frozen=True)
class Counts:
    """Sorted keys with a count each: the stays of one day."""

    keys: Keys
    counts: NDArray[np.uint32]


def counted(stays: Iterable[Stay], calendar: Calendar) -> Counts:
    """The stays of one day as counts; of one token at one cell and in one class, the longest alone."""
    longest: dict[tuple[int, int, int], tuple[int, int]] = {}
    keys: list[int] = []
    for stay in stays:
        cell, kind = cell_of(stay.lon, stay.lat), class_of(stay.kind, stay.waits)
        length_ms = stay.end_ms - stay.begin_ms
        place = ((cell << CLASS_BITS | kind) << HOUR_BITS) | calendar.hour_of_week(stay.begin_ms)
        key = place << BIN_BITS | bin_of(length_ms / 1000)
        if not stay.token:
            keys.append(key)
            continue
        whose = (stay.token, cell, kind)
        longest[whose] = max(longest.get(whose, (-1, 0)), (length_ms, key))
    keys += [key for _, key in longest.values()]
    found, counts = np.unique(np.array(keys, dtype=np.int64), return_counts=True)
    return Counts(found, counts.astype(np.uint32))


@dataclass(frozen=True)
class Calendar:
    """The site's time zone (IANA) and the days that are no working days there."""

    zone: str = "UTC"
    weekend: tuple[str, ...] = ("sat", "sun")
    _zone: ZoneInfo = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        try:
            object.__setattr__(self, "_zone", ZoneInfo(self.zone))
        except (KeyError, ValueError, OSError) as error:
            wanted = "an IANA name, as Asia/Karachi"
            raise BadInput("baseline", [Fault("time zone", shown(self.zone), wanted)]) from error
        if unknown := set(self.weekend) - set(WEEKDAYS):
            raise BadInput("baseline", [Fault("weekend", shown(sorted(unknown)), "some of " + ", ".join(WEEKDAYS))])

    def local(self, at_ms: int) -> datetime:
        return datetime.fromtimestamp(at_ms / 1000, self._zone)

    def hour_of_week(self, at_ms: int) -> int:
        """0 is Monday from midnight to one."""
        local = self.local(at_ms)
        return local.weekday() * 24 + local.hour

    def part_of(self, hour: int) -> str:
        """The part of the week that an hour of it lies in: `weekday_evening`."""
        day = "weekend" if WEEKDAYS[hour // 24] in self.weekend else "weekday"
        return f"{day}_{next(name for name, end in PARTS if hour % 24 < end)}"

    def weights(self, hour: int) -> NDArray[np.float64]:
        """What each hour of the week tells about `hour`: nothing where it lies in another part of the week."""
        part = self.part_of(hour)
        found = np.zeros(1 << HOUR_BITS)
        for other in range(168):
            if self.part_of(other) == part:
                apart = abs(other % 24 - hour % 24)
                found[other] = HOUR_WEIGHTS[min(apart, 24 - apart, len(HOUR_WEIGHTS) - 1)]
        return found


@dataclass(frozen=True)
class Baseline:
    """`keys` with their `weights` in UNITS; `hours` (keys without the bin) with the number of `days` that had stays."""

    calendar: Calendar
    keys: Keys
    weights: NDArray[np.uint32]
    hours: Keys
    days: NDArray[np.uint32]

    @classmethod
    def of_days(cls, days: Sequence[Counts], calendar: Calendar) -> Baseline:
        """Days together, each weighing no more than DAY_STAYS in any cell."""
        keys, weights = _summed([(day.keys, _capped(day)) for day in days])
        hours = [np.unique(day.keys >> BIN_BITS) for day in days]
        return cls(calendar, keys, weights, *_summed([(one, np.ones(len(one), np.int64)) for one in hours]))

    def rank(self, lon: float, lat: float, kind: str, waits: bool, begin_ms: int, stay_s: float) -> Rank:
        """Where a stay of `stay_s` that began then stands among those of its kind there."""
        hour = self.calendar.hour_of_week(begin_ms)
        by_hour = self.calendar.weights(hour)
        here = cell_of(lon, lat)
        cells = [(here, 1.0), *((cell, NEIGHBOUR_WEIGHT) for cell in cells_near(here, NEIGHBOURS) if cell != here)]
        found = [self._tally(cell, cell, kind, waits, by_hour, stay_s) for cell, _ in cells]
        weighed = sum(weight * tally.weighed for (_, weight), tally in zip(cells, found, strict=True))
        below = sum(weight * tally.below for (_, weight), tally in zip(cells, found, strict=True))
        stays = int(sum(tally.stays for tally in found))
        days = self._days([cell for cell, _ in cells], kind, waits, by_hour)
        when = self.calendar.part_of(hour)
        if weighed < LEAST_STAYS or days < LEAST_DAYS:
            return Rank(None, stays, days, when)
        prior = self._prior(here, kind, waits, by_hour, stay_s)
        return Rank((below + PRIOR_STAYS * prior) / (weighed + PRIOR_STAYS), stays, days, when)

    def _prior(self, here: int, kind: str, waits: bool, by_hour: NDArray[np.float64], stay_s: float) -> float:
        """The share of shorter stays among all those around."""
        rows = cells_near(here, AROUND)
        width = 2 * AROUND + 1
        spans = [(rows[at], rows[at + width - 1]) for at in range(0, len(rows), width)]
        found = [self._tally(first, last, kind, waits, by_hour, stay_s) for first, last in spans]
        return (sum(one.below for one in found) + 0.5) / (sum(one.weighed for one in found) + 1.0)

    def _tally(
        self, first: int, last: int, kind: str, waits: bool, by_hour: NDArray[np.float64], stay_s: float
    ) -> _Tally:
        """Over the cells from `first` to `last`, which lie in one row."""
        shift = CLASS_BITS + HOUR_BITS + BIN_BITS
        begin, end = np.searchsorted(self.keys, [first << shift, (last + 1) << shift])
        keys = self.keys[begin:end]
        hour = (keys >> BIN_BITS) & ((1 << HOUR_BITS) - 1)
        weight = self.weights[begin:end] / UNITS * _is_of(keys >> (BIN_BITS + HOUR_BITS), kind, waits)
        weighed = weight * by_hour[hour]
        below = weighed * share_below(keys & ((1 << BIN_BITS) - 1), stay_s)
        return _Tally(float(weighed.sum()), float(below.sum()), float(weight[by_hour[hour] > 0].sum()))

    def _days(self, cells: Sequence[int], kind: str, waits: bool, by_hour: NDArray[np.float64]) -> int:
        """How many days these stays are of, at least: of each weekday, those of the hour that had most."""
        shift = CLASS_BITS + HOUR_BITS
        most = np.zeros(7, dtype=np.int64)
        for cell in cells:
            begin, end = np.searchsorted(self.hours, [cell << shift, (cell + 1) << shift])
            keys = self.hours[begin:end]
            hour = keys & ((1 << HOUR_BITS) - 1)
            counts = (by_hour[hour] > 0) & _is_of(keys >> HOUR_BITS, kind, waits)
            np.maximum.at(most, hour[counts] // 24, self.days[begin:end][counts])
        return int(most.sum())


class _Tally(NamedTuple):
    weighed: float
    below: float
    stays: float


def _is_of(classed: Keys, kind: str, waits: bool) -> NDArray[np.bool_]:
    """Whether the class in the lowest bits is that of a kind; what no detector classified is held against all."""
    classes = classed & ((1 << CLASS_BITS) - 1)
    if kind == "unknown":
        return (classes & 1) == int(waits)
    return classes == class_of(kind, waits)


def _capped(day: Counts) -> NDArray[np.int64]:
    """The counts in UNITS, scaled down in cells where the day had more than DAY_STAYS."""
    _, cell, counts = np.unique(day.keys >> (HOUR_BITS + BIN_BITS), return_inverse=True, return_counts=True)
    total = np.zeros(len(counts), dtype=np.int64)
    np.add.at(total, cell, day.counts.astype(np.int64))
    units = day.counts.astype(np.int64) * UNITS
    return np.maximum(1, units * DAY_STAYS // np.maximum(total[cell], DAY_STAYS))


def _summed(parts: Sequence[tuple[Keys, NDArray[np.int64]]]) -> tuple[Keys, NDArray[np.uint32]]:
    every = np.concatenate([np.zeros(0, np.int64), *(keys for keys, _ in parts)])
    values = np.concatenate([np.zeros(0, np.int64), *(found for _, found in parts)])
    keys, where = np.unique(every, return_inverse=True)
    totals = np.zeros(len(keys), dtype=np.int64)
    np.add.at(totals, where, values)
    return keys, totals.astype(np.uint32)
