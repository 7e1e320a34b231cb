"""Where and when tracks stood, from the archive: what the stays of an answer are joined of.

The engine decides as rows come; this looks back over rows that are all there, so it may be simpler. DuckDB averages
each track over SLOT_S and finds the runs of slots in which it stood (`standings`); then standings of one vehicle are
joined as the engine joins tracks: `archive_joining.py` says how. It is an approximation: no places, own vehicles or
tokens count here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from safeconduct.terms.place import METRES_PER_DEGREE
from safeconduct.watch import archive as files_by_day
from safeconduct.watch.archive_joining import Standing

SLOT_S = 10
STILL_M = 4.0
"""A track stands while its mean position moves by no more from one slot to the next: 0.4 m/s..."""
NOISE_M = 12.0
"""...or by this divided by the root of its sightings in either slot: few sightings make a rough mean."""
LOST_S = 10.0
"""A track that shows nothing for longer is unseen meanwhile."""


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
