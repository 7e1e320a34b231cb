"""Standing queues: a road that has locked up is told of once, and not by each of the vehicles that stand in it.

A queue is many vehicles that have all stood for longer than at any signal, near one another. One alarm tells of it; the
others wait, for a while, and nobody hides there for long: who stays when the others move on alarms.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from safeconduct.watch.field import Field
from safeconduct.watch.tables import PRESENCES

CELL_M = 30.0
"""Vehicles in the same square of this side, or in neighbouring ones, stand near one another."""

Cell = tuple[int, int, int]
"""Frame, column and row."""


class Queue(NamedTuple):
    """Squares that hang together, and the presences in them."""

    cells: set[Cell]
    presences: list[int]


NOBODY = Queue(set(), [])


class Queues:
    """`told` is when and where an alarm told of a queue; `queued` when a presence, by serial, was last in one."""

    def __init__(self, field: Field):
        self.field = field
        self.told: list[tuple[int, int, float, float]] = []
        self.queued: dict[int, int] = {}
        self._at_ms, self._cells, self._queues = -1, dict[Cell, list[int]](), dict[Cell, Queue]()

    def around(self, p: int, at_ms: int, may_stand: Callable[[int], bool]) -> Queue:
        """The queue that a presence stands in; NOBODY where there is none. `may_stand` tells of a presence whether it
        is there for a reason of its own."""
        found = self._near(self._cell(p), at_ms)
        least, others = self.field.settings.queue_count, 0
        for q in found.presences:
            others += q != p and not may_stand(q)
            if others >= least:
                return found
        return NOBODY

    def _near(self, start: Cell, at_ms: int) -> Queue:
        cells = self._standing(at_ms)
        if start not in cells:
            return NOBODY
        if start not in self._queues:
            found = _connected(start, cells)
            self._queues.update(dict.fromkeys(found.cells, found))
        return self._queues[start]

    def waits(self, p: int, at_ms: int, after_ms: int, queue: Queue) -> bool:
        """Whether the presence waits with the others, having reached a step of `after_ms`. Notes that it was there."""
        settings, presence = self.field.settings, self.field.tables.presences[p]
        serial = int(presence["serial"])
        if at_ms - int(presence["begin_ms"]) >= after_ms + settings.queue_patience_s * 1000:
            return False
        if queue.presences:
            self.queued[serial] = at_ms
            return self._was_told(queue, at_ms)
        return at_ms - self.queued.get(serial, -(1 << 62)) < settings.queue_moves_s * 1000

    def tell(self, p: int, at_ms: int) -> None:
        """An alarm of this presence tells of the queue that it stands in."""
        since_ms = at_ms - int(self.field.settings.queue_again_s * 1000)
        self.told = [one for one in self.told if one[0] >= since_ms]
        self.told.append((at_ms, *self.field.spot(p)))

    def forget(self, serial: int) -> None:
        self.queued.pop(serial, None)

    def _was_told(self, queue: Queue, at_ms: int) -> bool:
        since_ms = at_ms - self.field.settings.queue_again_s * 1000
        return any(when >= since_ms and cell_at(frame, x, y) in queue.cells for when, frame, x, y in self.told)

    def _cell(self, p: int) -> Cell:
        return cell_at(*self.field.spot(p))

    def _standing(self, at_ms: int) -> Mapping[Cell, list[int]]:
        """The presences that have stood for longer than at any signal, by cell: found once for each instant."""
        if at_ms != self._at_ms:
            presences = self.field.tables.presences[: self.field.tables.counters[PRESENCES]]
            since_ms = at_ms - int(self.field.settings.queue_least_s * 1000)
            slots = np.flatnonzero((presences["serial"] != 0) & (presences["begin_ms"] <= since_ms))
            self._at_ms, self._cells, self._queues = at_ms, {}, {}
            for q in slots.tolist():
                self._cells.setdefault(self._cell(q), []).append(q)
        return self._cells

    def dump(self) -> dict[str, Any]:
        return {"told": [list(one) for one in self.told], "queued": list(self.queued.items())}

    def load(self, plain: Mapping[str, Any]) -> None:
        self.told = [(row[0], row[1], row[2], row[3]) for row in plain["told"]]
        self.queued = {row[0]: row[1] for row in plain["queued"]}


def cell_at(frame: int, x: float, y: float) -> Cell:
    return (frame, int(x // CELL_M), int(y // CELL_M))


def _connected(start: Cell, cells: Mapping[Cell, list[int]]) -> Queue:
    """All cells that hang together with `start`."""
    seen, waiting, found = {start}, [start], list[int]()
    for frame, column, row in waiting:
        found += cells[frame, column, row]
        around = {(frame, column + i, row + j) for i in (-1, 0, 1) for j in (-1, 0, 1)}
        new = sorted(cell for cell in around - seen if cell in cells)
        seen.update(new)
        waiting += new
    return Queue(seen, found)
