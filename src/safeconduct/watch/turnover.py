"""How long vehicles stayed at a place since this engine began: what tells whether one that is unseen still stands.

What is usual at a place over weeks is the baseline's (baseline.py); this decides about presences, that explains them.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import Any, NamedTuple

CELL_M = 50.0
SPOT_M = 1.5
"""Vehicles that stop in a lane stop within this of one another; one that parks beside it does not."""
SPOT_STAYS = 2
"""From so many stays on, a spot is one where vehicles stop with the traffic."""
SPOTS_KEPT = 1 << 18
EDGES_S = (0, 10, 20, 30, 40, 50, 60, 75, 90, 105, 120, 150, 180, 240, 300, 450, 600, 900, 1800, 3600)
PRIOR_STAYS = 2.0
"""How many stays at the place itself weigh as much as all the others in its zone."""

Cell = tuple[int, int, int]
"""Frame, column and row."""


class Rank(NamedTuple):
    """A stay is longer than `share` of the `stays` seen at its place."""

    share: float
    stays: int


class Turnover:
    """Counts of ended stays by length. Bin i holds the stays of EDGES_S[i] up to EDGES_S[i + 1] seconds."""

    def __init__(self) -> None:
        self.cells: dict[Cell, list[int]] = {}
        self.zones: dict[int, list[int]] = {}
        self.spots: dict[Cell, int] = {}

    def learn(self, frame: int, x: float, y: float, zone: int, stay_s: float) -> None:
        """Count a stay that was seen to end."""
        number = bisect_right(EDGES_S, max(0.0, stay_s)) - 1
        for counts in (
            self.cells.setdefault(cell_of(frame, x, y), [0] * len(EDGES_S)),
            self.zones.setdefault(zone, [0] * len(EDGES_S)),
        ):
            counts[number] += 1
        spot = cell_of(frame, x, y, SPOT_M)
        self.spots[spot] = self.spots.get(spot, 0) + 1
        if len(self.spots) > SPOTS_KEPT:
            self.spots = {cell: count // 2 for cell, count in self.spots.items() if count > 1}

    def stays_at(self, frame: int, x: float, y: float) -> int:
        """How many stays ended at this very spot."""
        _, column, row = cell_of(frame, x, y, SPOT_M)
        around = ((frame, column + i, row + j) for i in (-1, 0, 1) for j in (-1, 0, 1))
        return sum(self.spots.get(cell, 0) for cell in around)

    def rank(self, frame: int, x: float, y: float, stay_s: float) -> Rank:
        """Where a stay stands among those of its cell."""
        counts = self.cells.get(cell_of(frame, x, y), ())
        number = bisect_right(EDGES_S, stay_s) - 1
        stays = sum(counts)
        return Rank(sum(counts[:number]) / stays if stays else 0.0, stays)

    def lasting(self, frame: int, x: float, y: float, zone: int, seen_s: float, after_s: float) -> float:
        """The share of stays of `seen_s` at the place that went on to `after_s`; one in two where nobody stops
        there."""
        if self.stays_at(frame, x, y) < SPOT_STAYS:
            return 0.5
        in_zone = self.zones.get(zone, [0] * len(EDGES_S))
        prior = (_at_least(in_zone, after_s) + 1) / (_at_least(in_zone, seen_s) + 2)
        here = self.cells.get(cell_of(frame, x, y), [0] * len(EDGES_S))
        return (_at_least(here, after_s) + PRIOR_STAYS * prior) / (_at_least(here, seen_s) + PRIOR_STAYS)

    def dump(self) -> list[list[Any]]:
        """As plain data, in a fixed order."""
        return [
            [[*cell, *counts] for cell, counts in sorted(self.cells.items())],
            [[zone, *counts] for zone, counts in sorted(self.zones.items())],
            [[*spot, count] for spot, count in sorted(self.spots.items())],
        ]

    @classmethod
    def load(cls, data: list[list[Any]]) -> Turnover:
        turnover = cls()
        turnover.cells = {(row[0], row[1], row[2]): row[3:] for row in data[0]}
        turnover.zones = {row[0]: row[1:] for row in data[1]}
        turnover.spots = {(row[0], row[1], row[2]): row[3] for row in data[2]}
        return turnover


def cell_of(frame: int, x: float, y: float, side_m: float = CELL_M) -> Cell:
    """The square cell that holds a position."""
    return (frame, int(x // side_m), int(y // side_m))


def _at_least(counts: list[int], stay_s: float) -> int:
    return sum(counts[bisect_left(EDGES_S, stay_s) :])
