"""Stays in the archive: what stood where, from when to when, whatever ids its sensors gave it.

    stays(archive: Path, days: Iterable[date]) -> pa.Table     of STAYS: all stays of those days, for learning

The engine decides as rows come; this looks back over rows that are all there, so it may be simpler. DuckDB averages
each track over SLOT_S and finds the runs of slots in which it stood (`standings`); then standings of one vehicle are
joined as the engine joins tracks: `archive_joining.py` says how. It is an approximation: no places, own vehicles or
tokens count here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from safeconduct.terms.place import METRES_PER_DEGREE
from safeconduct.watch import archive as files_by_day
from safeconduct.watch.archive_joining import Standing, Stay, joined
from safeconduct.watch.rows import TIME

SLOT_S = 10
STILL_M = 4.0
"""A track stands while its mean position moves by no more from one slot to the next: 0.4 m/s..."""
NOISE_M = 12.0
"""...or by this divided by the root of its sightings in either slot: few sightings make a rough mean."""
LOST_S = 10.0
"""A track that shows nothing for longer is unseen meanwhile."""
CELL_M = 50.0

STAYS = pa.schema(
    [
        ("column", pa.int32()),
        ("row", pa.int32()),
        ("hour_of_week", pa.int16()),
        ("kind", pa.string()),
        ("dwell_s", pa.float64()),
        ("unseen_s", pa.float64()),
        ("lon", pa.float64()),
        ("lat", pa.float64()),
        ("began", TIME),
        ("left", pa.bool_()),
    ]
)
"""`column` and `row` name a cell of 50 m of the whole earth (`cell_of`); `hour_of_week` is of when it began, 0 from
Monday 00:00 UTC; `left`: it was seen to leave, so that `dwell_s` is its whole length."""


def cell_of(lon: float, lat: float) -> tuple[int, int]:
    """Column and row of the cell that holds a point. Cells of a row are CELL_M wide at the row's southern edge."""
    row = int(lat * METRES_PER_DEGREE // CELL_M)
    east_m_per_degree = METRES_PER_DEGREE * float(np.cos(np.radians(row * CELL_M / METRES_PER_DEGREE)))
    return int(lon * east_m_per_degree // CELL_M), row


def stays(archive: Path, days: Iterable[date], at_least_s: float = 20.0) -> pa.Table:
    """All stays of at least `at_least_s` in the archive's files of `days`, in STAYS, ordered by when they began."""
    found = joined(one for day in sorted(set(days)) for one in _of_day(archive, day))
    rows = [_row(stay) for stay in found if stay.dwell_s >= at_least_s]
    return pa.Table.from_pylist(rows, STAYS)


def _row(stay: Stay) -> dict[str, Any]:
    column, row = cell_of(stay.lon, stay.lat)
    began = stay.began
    return {
        "column": column,
        "row": row,
        "hour_of_week": began.weekday() * 24 + began.hour,
        "kind": stay.kind,
        "dwell_s": stay.dwell_s,
        "unseen_s": stay.unseen_s,
        "lon": stay.lon,
        "lat": stay.lat,
        "began": began,
        "left": stay.left,
    }


def _of_day(archive: Path, day: date) -> Iterator[Standing]:
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
    held = files_by_day.Holdings(list(files_by_day.files_of_span(archive, begin, begin)), files_by_day.NOTHING)
    yield from standings(held, Span(begin, begin + timedelta(days=1)))


@dataclass(frozen=True)
class Span:
    """The times [begin, end), and the bounds that matter: west, south, east, north."""

    begin: datetime
    end: datetime
    bounds: tuple[float, float, float, float] | None = None


def standings(held: files_by_day.Holdings, span: Span) -> Sequence[Standing]:
    """Where and when each track stood, by when that began."""
    bounds, values = "", {}
    if span.bounds:
        bounds = " AND lon BETWEEN $west AND $east AND lat BETWEEN $south AND $north"
        values = dict(zip(("west", "south", "east", "north"), span.bounds, strict=True))
    with files_by_day.asking(held, span.begin, span.end, f"true{bounds}", **values) as (connection, rows, parameters):
        table = connection.sql(_STANDINGS.replace("THE_ROWS", rows), params=parameters).to_arrow_table()
    return [Standing(**one) for one in table.to_pylist()]


_STANDINGS = f"""
WITH slots AS (
    SELECT sensor, track, epoch_ms(time) // {SLOT_S * 1000} AS slot,
        avg(lon) AS lon, avg(lat) AS lat, min(time) AS first, max(time) AS last,
        bool_or(state = 'gone') AS gone, count(*) AS sightings,
        coalesce(max(kind) FILTER (kind <> 'unknown'), 'unknown') AS kind
    FROM (THE_ROWS) GROUP BY sensor, track, slot
),
moves AS (
    SELECT *, lag(last) OVER one AS before, lag(gone) OVER one AS was_gone,
        greatest({STILL_M}, {NOISE_M} / sqrt(least(sightings, lag(sightings) OVER one))) AS still_m,
        sqrt(pow((lon - lag(lon) OVER one) * cos(radians(lat)), 2) + pow(lat - lag(lat) OVER one, 2))
            * {METRES_PER_DEGREE} AS moved_m,
        row_number() OVER one = 1 AS appears, lead(slot) OVER one IS NULL AS vanishes
    FROM slots WINDOW one AS (PARTITION BY sensor, track ORDER BY slot)
),
runs AS (
    SELECT *, sum(CASE WHEN moved_m <= still_m AND NOT was_gone THEN 0 ELSE 1 END)
        OVER (PARTITION BY sensor, track ORDER BY slot ROWS UNBOUNDED PRECEDING) AS run
    FROM moves
)
SELECT sensor, track, coalesce(max(kind) FILTER (kind <> 'unknown'), 'unknown') AS kind,
    min(first) AS began, max(last) AS ended,
    sum(lon * sightings) / sum(sightings) AS lon, sum(lat * sightings) / sum(sightings) AS lat,
    arg_min(lon, slot) AS first_lon, arg_min(lat, slot) AS first_lat,
    arg_max(lon, slot) AS last_lon, arg_max(lat, slot) AS last_lat,
    sum(sightings)::BIGINT AS sightings, bool_or(appears) AS appears,
    bool_or(vanishes) AND NOT bool_or(gone) AS vanishes,
    coalesce(list([before, first] ORDER BY slot)
        FILTER (moved_m <= still_m AND NOT was_gone AND first - before > INTERVAL {LOST_S} SECOND), []) AS gaps
FROM runs GROUP BY sensor, track, run HAVING count(*) > 1
ORDER BY began, sensor, track
"""  # noqa: S608 - built of our own figures
