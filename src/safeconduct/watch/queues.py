"""Standing queues: a road that has locked up is told of once, and not by each of the vehicles that stand in it.

A queue is many vehicles that have all stood for longer than at any signal, near one another. One alarm tells of it
until it clears; when its vehicle drives off it goes over to another one of the queue. The others wait, and nobody hides
there: who stays when the others move on alarms.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np

from safeconduct.watch.alerts import stamp
from safeconduct.watch.field import Field
from safeconduct.watch.tables import PRESENCES

CELL_M = 30.0
"""Vehicles in the same square of this side, or in neighbouring ones, stand near one another."""
KNOWN_MS = 30_000
"""Whether a vehicle has a reason to stand where it does is asked no more often than this."""

Cell = tuple[int, int, int]
"""Frame, column and row."""


class Queue(NamedTuple):
    """Squares that hang together, the presences in them, and how many of these have no reason of their own to stand
    there."""

    cells: set[Cell]
    presences: list[int]
    vehicles: int = 0


NOBODY = Queue(set(), [])


@dataclass
class Told:
    """A queue that the alarm of the presence `serial` tells of, where it has stood, and when it was last seen to."""

    serial: int
    since_ms: int
    at_ms: int
    vehicles: int
    cells: set[Cell]


class Queues:
    """`told` are the queues that alarms tell of; `queued` when a presence, by serial, was last in one."""

    def __init__(self, field: Field):
        self.field = field
        self.told: list[Told] = []
        self.queued: dict[int, int] = {}
        self._at_ms, self._cells, self._queues = -1, dict[Cell, list[int]](), dict[Cell, Queue]()
        self._known: dict[int, tuple[int, bool]] = {}

    def around(self, p: int, at_ms: int, may_stand: Callable[[int], bool]) -> Queue:
        """The queue that a presence stands in; NOBODY where there is none. `may_stand` tells of a presence whether it
        is there for a reason of its own. What is left of a queue that was told of is one still, while it is no less
        than half of what makes one."""
        found = self._near(self._cell(p), at_ms, may_stand)
        if not found.presences:
            return NOBODY
        settings = self.field.settings
        least = settings.queue_count // 2 if self._told(found, at_ms) else settings.queue_count
        return found if found.vehicles - (not self._stands(p, at_ms, may_stand)) >= least else NOBODY

    def _near(self, start: Cell, at_ms: int, may_stand: Callable[[int], bool]) -> Queue:
        cells = self._standing(at_ms)
        if start not in cells:
            return NOBODY
        if start not in self._queues:
            found = _connected(start, cells)
            vehicles = sum(not self._stands(q, at_ms, may_stand) for q in found.presences)
            found = found._replace(vehicles=vehicles)
            self._queues.update(dict.fromkeys(found.cells, found))
        return self._queues[start]

    def _stands(self, q: int, at_ms: int, may_stand: Callable[[int], bool]) -> bool:
        """`may_stand`, asked again after KNOWN_MS: in a road that has locked up each is asked about all."""
        serial = int(self.field.tables.presences[q]["serial"])
        asked_ms, known = self._known.get(serial, (-(1 << 62), False))
        if at_ms - asked_ms >= KNOWN_MS:
            known = may_stand(q)
            self._known[serial] = (at_ms, known)
        return known

    def waits(self, p: int, at_ms: int, after_ms: int, queue: Queue) -> bool:
        """Whether the presence waits with the others, having reached a step of `after_ms`. Notes that it was there."""
        settings, presence = self.field.settings, self.field.tables.presences[p]
        serial = int(presence["serial"])
        if at_ms - int(presence["begin_ms"]) >= after_ms + settings.queue_patience_s * 1000:
            return False
        if queue.presences:
            self.queued[serial] = at_ms
            return self._keep(queue, at_ms) is not None
        return at_ms - self.queued.get(serial, -(1 << 62)) < settings.queue_moves_s * 1000

    def _keep(self, queue: Queue, at_ms: int) -> Told | None:
        """Note that a queue that was told of stands still, and where. A queue that is in several places counts whole:
        it parts and comes together again."""
        told = self._told(queue, at_ms)
        if told is not None:
            told.at_ms, told.vehicles = at_ms, max(told.vehicles, queue.vehicles)
            told.cells |= queue.cells
        return told

    def tell(self, p: int, at_ms: int, queue: Queue) -> None:
        """The alarm of this presence tells of the queue that it stands in."""
        self.told = [one for one in self.told if not self._is_over(one, at_ms)]
        presence = self.field.tables.presences[p]
        since_ms = min(int(self.field.tables.presences[q]["begin_ms"]) for q in queue.presences)
        self.told.append(Told(int(presence["serial"]), since_ms, at_ms, queue.vehicles, set(queue.cells)))

    def facts(self, serial: int) -> dict[str, Any] | None:
        """What the alarm of a presence tells of its queue; None where it tells of none."""
        told = next((one for one in self.told if one.serial == serial), None)
        return told and {"vehicles": told.vehicles, "since": stamp(told.since_ms)}

    def heir(self, serial: int, at_ms: int, may_tell: Callable[[int], bool]) -> int | None:
        """A presence ends. Which other one its alarm goes over to: where it tells of a queue that still stands, the
        one that has stood there for longest of those that `may_tell`."""
        told = next((one for one in self.told if one.serial == serial), None)
        if told is None:
            return None
        standing = self._standing(at_ms)
        presences = self.field.tables.presences
        left = [q for cell in told.cells & standing.keys() for q in standing[cell]]
        left = [q for q in left if int(presences[q]["serial"]) not in (0, serial)]
        left.sort(key=lambda q: (int(presences[q]["begin_ms"]), int(presences[q]["serial"])))
        first = next(filter(may_tell, left), None)
        if first is None or len(left) <= self.field.settings.queue_count // 2:
            self.told.remove(told)
            return None
        told.serial, told.at_ms = int(presences[first]["serial"]), at_ms
        return told.serial

    def rename(self, serial: int, now_serial: int) -> None:
        """A presence turned out to be another one's vehicle: that one's alarm tells of the queue from now on."""
        for told in self.told:
            if told.serial == serial:
                told.serial = now_serial

    def forget(self, serial: int) -> None:
        self.queued.pop(serial, None)
        self._known.pop(serial, None)

    def _told(self, queue: Queue, at_ms: int) -> Told | None:
        fitting = (one for one in self.told if not self._is_over(one, at_ms) and not one.cells.isdisjoint(queue.cells))
        return next(fitting, None)

    def _is_over(self, told: Told, at_ms: int) -> bool:
        return at_ms - told.at_ms >= self.field.settings.queue_again_s * 1000

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
        told = [{**asdict(one), "cells": [list(cell) for cell in sorted(one.cells)]} for one in self.told]
        known = [[serial, *one] for serial, one in self._known.items()]
        return {"told": told, "queued": list(self.queued.items()), "known": known}

    def load(self, plain: Mapping[str, Any]) -> None:
        self.told = [Told(**row) for row in plain["told"]]
        for told in self.told:
            told.cells = set(map(_cell_of, told.cells))
        self.queued = {row[0]: row[1] for row in plain["queued"]}
        self._known = {row[0]: (row[1], row[2]) for row in plain["known"]}


def cell_at(frame: int, x: float, y: float) -> Cell:
    return (frame, int(x // CELL_M), int(y // CELL_M))


def _cell_of(row: Sequence[int]) -> Cell:
    return (row[0], row[1], row[2])


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
