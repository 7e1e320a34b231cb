"""The cells, classes and bins that a baseline counts in, and how one number holds them: cell, class, hour, bin.

Cells are the same whatever the places are: rows of 50 m from the equator, each divided into columns of 50 m at its own
middle. Bins are three to a doubling from ten seconds on.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from safeconduct.terms.place import METRES_PER_DEGREE
from safeconduct.watch.tables import KINDS

SIDE_M = 50.0
COLUMN_BITS, CLASS_BITS, HOUR_BITS, BIN_BITS = 21, 4, 8, 5
ROW_ZERO, COLUMN_ZERO = 1 << 18, 1 << 20
NEIGHBOURS = 1
"""Cells in each direction that lie beside one."""
AROUND = 10
"""Cells in each direction that lie around one: 500 m."""

FIRST_S, PER_DOUBLING = 10.0, 3
BINS = 1 << BIN_BITS
EDGES_S = np.array([0.0, *(FIRST_S * 2 ** (i / PER_DOUBLING) for i in range(BINS - 1)), math.inf])
"""Bin i holds stays of EDGES_S[i] up to EDGES_S[i + 1] seconds; the last one all from 2 h 50 min on."""


def bin_of(stay_s: float) -> int:
    return int(np.searchsorted(EDGES_S, max(0.0, stay_s), side="right")) - 1


def share_below(bins: NDArray[np.int64], stay_s: float) -> NDArray[np.float64]:
    """The share of the stays in each bin that are shorter, taking them as even over the logarithm within it."""
    low, high = EDGES_S[bins], EDGES_S[bins + 1]
    number = bin_of(stay_s)
    if number == 0:
        within = stay_s / FIRST_S
    elif number == BINS - 1:
        within = 0.0
    else:
        within = math.log2(stay_s / EDGES_S[number]) * PER_DOUBLING
    return np.where(high <= stay_s, 1.0, np.where(low > stay_s, 0.0, within))


def class_of(kind: str, waits: bool) -> int:
    """The class of a stay: its kind, and whether it was where such vehicles may wait."""
    return KINDS.index(kind) << 1 | int(waits)


def cell_of(lon: float, lat: float) -> int:
    """The number of the cell that holds a position."""
    row = math.floor(lat * METRES_PER_DEGREE / SIDE_M)
    return _cell(row, math.floor(lon * _columns_per_degree(row)))


def cells_near(cell: int, reach: int) -> list[int]:
    """The cells up to `reach` rows and columns away, row by row; across a row, those at about the same longitude."""
    row, column = (cell >> COLUMN_BITS) - ROW_ZERO, (cell & ((1 << COLUMN_BITS) - 1)) - COLUMN_ZERO
    lon = (column + 0.5) / _columns_per_degree(row)
    found: list[int] = []
    for other in range(row - reach, row + reach + 1):
        middle = math.floor(lon * _columns_per_degree(other))
        found += [_cell(other, middle + step) for step in range(-reach, reach + 1)]
    return found


def _cell(row: int, column: int) -> int:
    return (row + ROW_ZERO) << COLUMN_BITS | (column + COLUMN_ZERO)


def _columns_per_degree(row: int) -> float:
    lat = (row + 0.5) * SIDE_M / METRES_PER_DEGREE
    return METRES_PER_DEGREE * math.cos(math.radians(min(89.0, abs(lat)))) / SIDE_M
