"""The hold: observations wait here until later ones can no longer come before them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from safeconduct.watch.observations import Batch
from safeconduct.watch.tables import NEVER, Rows

HALVED_MS = 20_000
SPARE = 1.25
"""A hold is this many times what it was measured to need."""


class Ordered(NamedTuple):
    """Rows in the order of their time; the text of row i's track is `words[track[i]]`."""

    rows: Rows
    track: NDArray[np.int32]
    words: list[str]


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
        self.rows = empty_rows()
        self.track = np.zeros(0, dtype=np.int32)
        self.words: list[str] = []

    @property
    def hold_ms(self) -> int:
        return max(self.least_ms, min(self.most_ms, int(self.behind_ms * SPARE)))

    def push(self, batch: Batch, sensor: NDArray[np.int32]) -> Ordered:
        """Add a batch, whose sensors are `sensor` to the engine, and release what is due."""
        columns = (batch.time_ms, batch.lon, batch.lat, batch.key, sensor, batch.kind, batch.state, batch.token)
        # The kernel is compiled for arrays that may be written to; Arrow's may not.
        rows = rows_of(np.require(column, requirements=("C", "W")) for column in columns)
        track = batch.track + np.int32(len(self.words))
        self.words.extend(batch.tracks)
        if len(rows.time_ms):
            newest = np.maximum.accumulate(np.maximum(rows.time_ms, self.newest_ms))
            in_time = rows.time_ms >= newest - self.lateness_ms
            self._measure(rows.time_ms[in_time], int(newest[-1]))
            self.newest_ms = int(newest[-1])
            if not in_time.all():
                self.late += int(np.count_nonzero(~in_time))
                kept = np.flatnonzero(in_time)
                rows, track = taken(rows, kept), track[kept]
        if len(self.rows.time_ms):
            rows = rows_of(np.concatenate(pair) for pair in zip(self.rows, rows, strict=True))
            track = np.concatenate([self.track, track])
        if len(rows.time_ms) > 1 and (np.diff(rows.time_ms) < 0).any():
            order = np.argsort(rows.time_ms, kind="stable")
            rows, track = taken(rows, order), track[order]
        self.rows, self.track = rows, track
        return self.release(self.newest_ms - self.hold_ms)

    def _measure(self, times: NDArray[np.int64], newest_ms: int) -> None:
        """How far the earliest of `times` lies behind what came before them. Fixed holds need not know."""
        if self.least_ms < self.most_ms and len(times) and self.newest_ms > -NEVER:
            self.behind_ms *= 0.5 ** ((newest_ms - self.newest_ms) / HALVED_MS)
            self.behind_ms = max(self.behind_ms, float(self.newest_ms - int(times.min())))

    def release(self, before_ms: int) -> Ordered:
        """Let go of the rows before an instant."""
        cut = int(np.searchsorted(self.rows.time_ms, before_ms))
        out = Ordered(rows_of(column[:cut] for column in self.rows), self.track[:cut], self.words)
        self.rows = rows_of(column[cut:].copy() for column in self.rows)
        used, track = np.unique(self.track[cut:], return_inverse=True)
        self.track, self.words = track.astype(np.int32), [str(out.words[number]) for number in used]
        return out


def rows_of(columns: Iterable[NDArray[Any]]) -> Rows:
    """Rows of columns that are in the order of its fields."""
    return Rows(*columns)


def empty_rows() -> Rows:
    types = (np.int64, np.float64, np.float64, np.uint64, np.int32, np.uint8, np.uint8, np.uint64)
    return rows_of(np.zeros(0, dtype=kind) for kind in types)


def taken(rows: Rows, chosen: NDArray[np.intp]) -> Rows:
    return rows_of(column[chosen] for column in rows)
