"""Draws rings and corridors into the grids of the index (zones.py), compiled: 50,000 rings in a second or two.

A cell that no edge crosses knows its innermost zone. For any other the zones that may hold a point of it are tested in
turn, each by the few edges of the cell's row that decide there; the rest of its row cross every parallel of the row to
the right of the cell, and count as one parity.
"""

# pyright: reportMissingParameterType=false, reportMissingTypeArgument=false
# Parameters have no annotations here: numba infers their types.

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

GRID = 48
OUTSIDE, NEAR = -1, -2
"""Not a zone: far from all, and outside but near enough that a vehicle which has just left a zone under a new id is
first seen there."""
FIRST_CROSSED = -3
"""The code of a region's first cell that is crossed by an edge; of the next one it is less by one."""
PAD = 1e-3
"""How far (in cells) beyond its bounds an edge counts as touching a cell: more than rounding can move a point."""


@njit(cache=True)
def with_room(array: Any, count: Any) -> Any:
    """The array, or a longer one with its entries, with room for `count`."""
    if count <= array.size:
        return array
    longer = np.empty(max(count, 2 * array.size), dtype=array.dtype)
    longer[: array.size] = array
    return longer


@njit(cache=True)
def spans_of(corners, first, last, box, span_row, span_edge, span_from, span_to):
    """Which columns each edge `first <= edge < last` touches, row by row; how many such spans there are.

    `corners` (n, 4): x1, y1, x2, y2. The edge of a span is -1 - edge where it is level.
    """
    west, south, per_x, per_y = box
    count = 0
    for edge in range(first, last):
        x1, y1, x2, y2 = corners[edge, 0], corners[edge, 1], corners[edge, 2], corners[edge, 3]
        level = y1 == y2
        slope = 0.0 if level else (x2 - x1) / (y2 - y1)
        low_y, high_y = min(y1, y2), max(y1, y2)
        from_row = max(0, int(np.floor((low_y - south) * per_y - PAD)))
        to_row = min(GRID - 1, int(np.floor((high_y - south) * per_y + PAD)))
        for row in range(from_row, to_row + 1):
            low = south + (row - PAD) / per_y
            high = south + (row + 1 + PAD) / per_y
            left, right = x1, x2
            if not level:
                left = x1 + (min(max(low, low_y), high_y) - y1) * slope
                right = x1 + (min(max(high, low_y), high_y) - y1) * slope
            span_row[count] = row
            span_edge[count] = -1 - edge if level else edge
            span_from[count] = int(np.floor((min(left, right) - west) * per_x - PAD))
            span_to[count] = int(np.floor((max(left, right) - west) * per_x + PAD))
            count += 1
    return count


@njit(cache=True)
def parity_right(corners, first, last, box, row, column, spans, span_edge, span_from, right, stamp):
    """How often, even (0) or odd (1), edges that lie right of a cell cross any parallel of its row: as many of them as
    do so equally often everywhere, because where one ends in the row another goes on.

    `spans` are the row's; those edges are marked in `right` (edges of the zone,) with `stamp`, new for each cell.
    """
    for span in spans:
        if span_from[span] > column:
            right[edge_number(span_edge[span]) - first] = stamp
    low, high = box[1] + (row - PAD) / box[3], box[1] + (row + 1 + PAD) / box[3]
    changed = True
    while changed:
        changed = False
        for span in spans:
            edge = edge_number(span_edge[span])
            if right[edge - first] == stamp:
                before = edge - 1 if edge > first else last - 1
                after = edge + 1 if edge + 1 < last else first
                if (low <= corners[edge, 1] <= high and right[before - first] != stamp) or (
                    low <= corners[edge, 3] <= high and right[after - first] != stamp
                ):
                    right[edge - first], changed = 0, True
    middle, parity = (low + high) / 2, 0
    for span in spans:
        edge = edge_number(span_edge[span])
        if right[edge - first] == stamp:
            parity ^= (corners[edge, 1] > middle) != (corners[edge, 3] > middle)
    return parity


@njit(cache=True)
def edge_number(edge):
    return edge if edge >= 0 else -1 - edge


@njit(cache=True)
def draw_inside(corners, first, last, box, inside):
    """Which cells' middles lie in the zone, by even-odd, into `inside` (GRID, GRID)."""
    west, south, per_x, per_y = box
    inside[:] = False
    for edge in range(first, last):
        x1, y1, x2, y2 = corners[edge, 0], corners[edge, 1], corners[edge, 2], corners[edge, 3]
        if y1 == y2:
            continue
        slope = (x2 - x1) / (y2 - y1)
        from_row = max(0, int((min(y1, y2) - south) * per_y - 1.0))
        to_row = min(GRID - 1, int((max(y1, y2) - south) * per_y + 1.0))
        for row in range(from_row, to_row + 1):
            middle = south + (row + 0.5) / per_y
            if (y1 > middle) != (y2 > middle):
                # The cells whose middle lies left of the edge.
                columns = min(GRID, max(0, int(np.ceil((x1 + (middle - y1) * slope - west) * per_x - 0.5))))
                for column in range(columns):
                    inside[row, column] = not inside[row, column]


@njit(cache=True)
def draw(corners, zone_edge, region_zone, region_box) -> Any:
    """Rasterise all zones.

    `corners` (edges, 4); the edges of zone z are `zone_edge[z]:zone_edge[z + 1]`, the zones of region r, innermost
    first, `region_zone[r]:region_zone[r + 1]`; `region_box` (regions, 4): west, south, cells per degree.
    Returns `grid`, `region_crossed`, `crossed` and `tests`, as `zones.Index` describes them.
    """
    regions = region_box.shape[0]
    grid = np.empty(regions * GRID * GRID, dtype=np.int16)
    region_crossed = np.zeros(regions + 1, dtype=np.int32)
    crossed, tests = np.zeros(64, dtype=np.int32), np.zeros(64, dtype=np.int32)
    cells = told = most = 0
    for zone in range(zone_edge.size - 1):
        most = max(most, zone_edge[zone + 1] - zone_edge[zone])
    room = most * (GRID + 2) + 1
    span_row, span_edge = np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64)
    span_from, span_to = np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64)
    row_first, by_row = np.empty(GRID + 1, dtype=np.int64), np.empty(room, dtype=np.int64)
    inside, touched = np.empty((GRID, GRID), dtype=np.bool_), np.empty((GRID, GRID), dtype=np.bool_)
    base = np.empty((GRID, GRID), dtype=np.int64)
    right, stamp = np.zeros(most, dtype=np.int64), 0
    # The region's tests so far: of which cell, and its zone and items as they will be.
    drawn_cell, drawn_zone = np.empty(64, dtype=np.int64), np.empty(64, dtype=np.int32)
    drawn_item, drawn_items = np.zeros(64, dtype=np.int64), np.empty(64, dtype=np.int32)
    cell_first = np.empty(GRID * GRID + 1, dtype=np.int64)
    for region in range(regions):
        box = (region_box[region, 0], region_box[region, 1], region_box[region, 2], region_box[region, 3])
        base[:] = NEAR
        drawn = drawn_count = 0
        for zone in range(region_zone[region], region_zone[region + 1]):
            first, last = zone_edge[zone], zone_edge[zone + 1]
            spans = spans_of(corners, first, last, box, span_row, span_edge, span_from, span_to)
            draw_inside(corners, first, last, box, inside)
            touched[:] = False
            row_first[:] = 0
            for span in range(spans):
                row_first[span_row[span] + 1] += 1
                for column in range(max(0, span_from[span]), min(GRID - 1, span_to[span]) + 1):
                    touched[span_row[span], column] = True
            for row in range(GRID):
                row_first[row + 1] += row_first[row]
            for span in range(spans - 1, -1, -1):
                row_first[span_row[span] + 1] -= 1
                by_row[row_first[span_row[span] + 1]] = span
            # Counted down: `row_first[row + 1]` is now where the row begins.
            for row in range(GRID):
                begin = row_first[row + 1]
                end = row_first[row + 2] if row + 2 <= GRID else spans
                for column in range(GRID):
                    if base[row, column] != NEAR:
                        continue
                    if not touched[row, column]:
                        if inside[row, column]:
                            base[row, column] = zone
                        continue
                    drawn_cell = with_room(drawn_cell, drawn + 1)
                    drawn_zone = with_room(drawn_zone, drawn + 1)
                    drawn_item = with_room(drawn_item, drawn + 2)
                    drawn_items = with_room(drawn_items, drawn_count + end - begin)
                    drawn_item[drawn] = drawn_count
                    stamp += 1
                    parity = parity_right(
                        corners, first, last, box, row, column, by_row[begin:end], span_edge, span_from, right, stamp
                    )
                    for place in range(begin, end):
                        span = by_row[place]
                        edge = span_edge[span]
                        if edge >= 0 and span_to[span] >= column and right[edge - first] != stamp:
                            drawn_items[drawn_count] = edge + 1  # edge 0 is none
                            drawn_count += 1
                    drawn_cell[drawn], drawn_zone[drawn] = row * GRID + column, 2 * zone + parity
                    drawn += 1
                    drawn_item[drawn] = drawn_count
        # The tests by cell.
        cell_first[:] = 0
        for test in range(drawn):
            cell_first[drawn_cell[test] + 1] += 1
        for cell in range(GRID * GRID):
            cell_first[cell + 1] += cell_first[cell]
        order = np.empty(drawn, dtype=np.int64)
        at = cell_first[:-1].copy()
        for test in range(drawn):
            order[at[drawn_cell[test]]] = test
            at[drawn_cell[test]] += 1
        region_crossed[region] = cells
        for cell in range(GRID * GRID):
            innermost = base[cell // GRID, cell % GRID]
            begin, end = cell_first[cell], cell_first[cell + 1]
            if begin == end:
                grid[region * GRID * GRID + cell] = innermost if innermost < 0 else innermost - region_zone[region]
                continue
            grid[region * GRID * GRID + cell] = FIRST_CROSSED - (cells - region_crossed[region])
            crossed = with_room(crossed, 4 * (cells + 1))
            record = crossed[4 * cells : 4 * cells + 4]
            cells += 1
            record[0], record[1], record[2], record[3] = innermost, drawn_zone[order[begin]], 0, 0
            first_item, last_item = drawn_item[order[begin]], drawn_item[order[begin] + 1]
            if end == begin + 1 and last_item <= first_item + 2:
                for item in range(first_item, last_item):
                    record[2 + item - first_item] = drawn_items[item]
                continue
            record[2] = -1 - told
            tests = with_room(tests, told + 1 + 2 * (end - begin) + drawn_count)
            tests[told] = end - begin
            told += 1
            for place in range(begin, end):
                test = order[place]
                tests[told], tests[told + 1] = drawn_zone[test], drawn_item[test + 1] - drawn_item[test]
                told += 2
                for item in range(drawn_item[test], drawn_item[test + 1]):
                    tests[told] = drawn_items[item]
                    told += 1
    region_crossed[regions] = cells
    return grid, region_crossed, crossed[: 4 * cells].copy().reshape((cells, 4)), tests[:told].copy()
