"""The hold: observations wait here until later ones can no longer come before them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from safeconduct.watch.observations import Batch
from safeconduct.watch.tables import NEVER, Rows

HALVED_MS = 20_000
FEW = 1 << 13
SPARE = 1.25
"""A hold is this many times what it was measured to need."""


class Ordered(NamedTuple):
    """Rows in the order of their time; the text of row i's track is `words[track[i]]`."""

    rows: Rows
    track: NDArray[np.int32]
    words: Sequence[str]


class Hold:
    """Rows not yet released, and the newest time seen.

    A row more than `lateness_ms` older than the newest one before it is late. The others are released, in the order of
    time and, at equal times, of arrival, once the newest is `hold_ms` past them. So what is watched does not depend
    on how the rows were cut into batches.

    Where `least_ms` is less than `hold_ms`, batches are held for as long as they have come behind one another of late,
    between the two: feeds whose clocks agree wait for little, and what is watched depends on the batches alone.
    """

    def __init__(self, hold_ms: int, lateness_ms: int, least_ms: int | None = None):
        self.most_ms, self.lateness_ms = hold_ms, lateness_ms
        self.least_ms = hold_ms if least_ms is None else min(least_ms, hold_ms)
        self.behind_ms = float(hold_ms)
        """How far batches have come behind the newest row; of older ones, half as much after each HALVED_MS."""
        self.newest_ms = -NEVER
        self.late = 0
        self.parts: deque[Ordered] = deque()
        """Each in the order of time, and none before the one in front of it."""

    @property
    def hold_ms(self) -> int:
        return max(self.least_ms, min(self.most_ms, int(self.behind_ms * SPARE)))

    def in_time(self, times: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which rows of these times, if they came now, in this order, would not be late."""
        newest = np.maximum.accumulate(np.maximum(times, self.newest_ms))
        return times >= newest - self.lateness_ms

    def push(self, batch: Batch, sensor: NDArray[np.int32]) -> list[Ordered]:
        """Add a batch, whose sensors are `sensor` to the engine, and release what is due."""
        columns = (batch.time_ms, batch.lon, batch.lat, batch.key, sensor, batch.kind, batch.state, batch.token)
        # The kernel is compiled for arrays that may be written to; Arrow's may not.
        rows = rows_of(np.require(column, requirements=("C", "W")) for column in columns)
        track = batch.track
        if len(rows.time_ms):
            newest = np.maximum.accumulate(np.maximum(rows.time_ms, self.newest_ms))
            in_time = rows.time_ms >= newest - self.lateness_ms
            self._measure(rows.time_ms[in_time], int(newest[-1]))
            self.newest_ms = int(newest[-1])
            if not in_time.all():
                self.late += int(np.count_nonzero(~in_time))
                kept = np.flatnonzero(in_time)
                rows, track = taken(rows, kept), track[kept]
        if len(rows.time_ms):
            self._keep(Ordered(rows, track, batch.tracks))
        return self.release(self.newest_ms - self.hold_ms)

    def _keep(self, part: Ordered) -> None:
        """Put rows behind those that are held, together with those that they come before."""
        first_ms = int(part.rows.time_ms.min())
        together = [part]
        while self.parts and (_last_ms(self.parts[-1]) > first_ms or _are_few(self.parts[-1], together[0])):
            together.insert(0, self.parts.pop())
        part = joined(together)
        times = part.rows.time_ms
        if len(times) > 1 and (times[1:] < times[:-1]).any():
            order = np.argsort(times, kind="stable")
            part = Ordered(taken(part.rows, order), part.track[order], part.words)
        self.parts.append(part)

    def _measure(self, times: NDArray[np.int64], newest_ms: int) -> None:
        """How far the earliest of `times` lies behind what came before them. Fixed holds need not know."""
        if self.least_ms < self.most_ms and len(times) and self.newest_ms > -NEVER:
            self.behind_ms *= 0.5 ** ((newest_ms - self.newest_ms) / HALVED_MS)
            self.behind_ms = max(self.behind_ms, float(self.newest_ms - int(times.min())))

    def release(self, before_ms: int) -> list[Ordered]:
        """Let go of the rows before an instant."""
        out: list[Ordered] = []
        while self.parts and int(self.parts[0].rows.time_ms[0]) < before_ms:
            part = self.parts.popleft()
            cut = int(np.searchsorted(part.rows.time_ms, before_ms))
            if cut < len(part.track):
                self.parts.appendleft(sliced(part, cut, len(part.track)))
            out.append(sliced(part, 0, cut))
        return out

    def held(self) -> Ordered:
        """All that is held, with only the words that it uses."""
        part = joined([Ordered(empty_rows(), np.zeros(0, dtype=np.int32), []), *self.parts])
        used, track = np.unique(part.track, return_inverse=True)
        return Ordered(part.rows, track.astype(np.int32), [str(part.words[number]) for number in used])

    def put_back(self, part: Ordered) -> None:
        """Hold what `held` gave, and nothing else."""
        self.parts.clear()
        if len(part.track):
            self.parts.append(part)


def _last_ms(part: Ordered) -> int:
    return int(part.rows.time_ms[-1])


def _are_few(first: Ordered, second: Ordered) -> bool:
    """Whether two parts are so small that one of both is watched sooner than each of them."""
    return len(first.track) + len(second.track) <= FEW and len(first.words) + len(second.words) <= FEW


def joined(parts: Sequence[Ordered]) -> Ordered:
    """The rows of some parts, one behind the other."""
    if len(parts) == 1:
        return parts[0]
    rows = rows_of(np.concatenate(columns) for columns in zip(*(part.rows for part in parts), strict=True))
    starts = np.cumsum([0, *(len(part.words) for part in parts[:-1])])
    track = np.concatenate([part.track + np.int32(start) for part, start in zip(parts, starts, strict=True)])
    return Ordered(rows, track, [word for part in parts for word in part.words])


def sliced(part: Ordered, begin: int, end: int) -> Ordered:
    return Ordered(rows_of(column[begin:end] for column in part.rows), part.track[begin:end], part.words)


def rows_of(columns: Iterable[NDArray[Any]]) -> Rows:
    """Rows of columns that are in the order of its fields."""
    return Rows(*columns)


def empty_rows() -> Rows:
    types = (np.int64, np.float64, np.float64, np.uint64, np.int32, np.uint8, np.uint8, np.uint64)
    return rows_of(np.zeros(0, dtype=kind) for kind in types)


def taken(rows: Rows, chosen: NDArray[np.intp]) -> Rows:
    return rows_of(column[chosen] for column in rows)
