"""The archive: every accepted observation, as Parquet by day and site, each file's digest on the record.

    archive/2026-11-24/marjan/000000000001.parquet      named after the segment file that it was made of

Of rows that are both in a segment and here, the segment's count: a file counts once its segment is gone. So a crash at
any point between the two leaves each row in exactly one place.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from safeconduct.sites.places import Places
from safeconduct.watch import rows
from safeconduct.watch.rows import pc
from safeconduct.watch.segment import files_of, first_seq_of, frames_of

NOWHERE = "elsewhere"
"""Of rows that lie in no site."""
OLDER = "older"
"""Of rows whose day is none of the newest MAX_DAYS of their segment: wrong clocks must not make a file each."""
MAX_DAYS = 40

STORED = pa.schema([*rows.COLUMNS, ("feed", pa.string()), ("received", rows.TIME)])


@dataclass(frozen=True)
class Sealed:
    """One file of the archive. `name` is its path within it."""

    name: str
    site: str
    sha256: str
    rows: int


class SiteFinder:
    """The site of a row: its sensor's, or else the first whose places' bounds hold it."""

    def __init__(self, places: Places):
        self._of_sensor = {one.sensor: one.site for one in places.sensors}
        self._boxes: list[tuple[str, tuple[float, float, float, float]]] = []
        for site in places.sites():
            bounds = [one.polygon.bounds for one in places.rings if one.site == site]
            bounds += [one.line.bounds for one in places.routes if one.site == site]
            if bounds:
                low, high = np.min(bounds, axis=0), np.max(bounds, axis=0)
                self._boxes.append((site, (low[0], low[1], high[2], high[3])))

    def sites_of(self, table: pa.Table) -> list[str]:
        """The site of each row."""
        found = np.full(table.num_rows, "", dtype=object)
        lon, lat = table["lon"].to_numpy(), table["lat"].to_numpy()
        for site, (west, south, east, north) in reversed(self._boxes):
            found[(lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)] = site
        sensors = table["sensor"].combine_chunks().dictionary_encode()
        by_code = np.array([self._of_sensor.get(one, "") for one in sensors.dictionary.to_pylist()] or [""], object)
        of_sensor = by_code[sensors.indices.to_numpy()] if table.num_rows else found
        return [a or b or NOWHERE for a, b in zip(of_sensor, found, strict=True)]


def stored_rows(path: Path) -> pa.Table:
    """The observations of one segment file, in STORED, in the order in which they were accepted."""
    tables = [STORED.empty_table()]
    for frame in frames_of(path):
        if frame.meta.get("kind") == "observations":
            table = rows.decoded(frame.payload)
            feed = pa.array([str(frame.meta["feed"])] * table.num_rows, pa.string())
            received = pa.array([int(frame.meta["received_ms"])] * table.num_rows, pa.int64()).cast(rows.TIME)
            tables.append(table.append_column("feed", feed).append_column("received", received).cast(STORED))
    return pa.concat_tables(tables)


def write(segment: Path, archive: Path, places: Places) -> list[Sealed]:
    """Write the files of a complete segment file, durable when this returns. Writing it again gives the same bytes."""
    number = segment.stem
    for stale in archive.glob(f"*/*/{number}.parquet"):
        stale.unlink()
    table = stored_rows(segment)
    return [
        _write_file(archive, Path(day) / quote(site, safe="") / f"{number}.parquet", site, part)
        for (day, site), part in sorted(_parts(table, SiteFinder(places)), key=lambda one: one[0])
    ]


def _parts(table: pa.Table, finder: SiteFinder) -> Iterator[tuple[tuple[str, str], pa.Table]]:
    days = pc.strftime(table["time"], format="%Y-%m-%d").to_pylist()
    kept = set(sorted(set(days))[-MAX_DAYS:])
    members: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for row, (day, site) in enumerate(zip(days, finder.sites_of(table), strict=True)):
        members[day if day in kept else OLDER, site].append(row)
    for key, indices in members.items():
        yield key, table.take(pa.array(indices, pa.int64())).sort_by("time")


def _write_file(archive: Path, name: Path, site: str, table: pa.Table) -> Sealed:
    path = archive / name
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".part")
    pq.write_table(table, temporary, compression="zstd", row_group_size=100_000)
    with temporary.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        os.fsync(stream.fileno())
    temporary.replace(path)
    for directory in (path.parent, path.parent.parent, archive):
        _sync(directory)
    return Sealed(name.as_posix(), site, digest, table.num_rows)


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def prune(archive: Path, before: date) -> int:
    """Delete the days before `before`, and what is older than any; the number of files deleted."""
    gone = 0
    for day in sorted(archive.iterdir()) if archive.is_dir() else []:
        if day.is_dir() and (day.name == OLDER or day.name < before.isoformat()):
            gone += sum(1 for _ in day.rglob("*.parquet"))
            shutil.rmtree(day)
    return gone


@dataclass(frozen=True)
class Holdings:
    """Where the rows of a span are: files of the archive, and the rows that are still in segments."""

    files: Sequence[Path]
    recent: pa.Table


def holdings(node: Path, begin: datetime, end: datetime) -> Holdings:
    """All accepted rows with times in [begin, end), each once, while the watch goes on sealing. `files` hold more."""
    while True:
        segments = files_of(node / "watch" / "segments")
        numbers = {first_seq_of(path) for path in segments}
        files = [path for path in _files(node / "archive", begin, end) if first_seq_of(path) not in numbers]
        try:
            recent = pa.concat_tables([STORED.empty_table(), *(stored_rows(path) for path in segments)])
        except FileNotFoundError:  # sealed meanwhile
            continue
        within = pc.and_(
            pc.greater_equal(recent["time"], pa.scalar(begin, rows.TIME)),
            pc.less(recent["time"], pa.scalar(end, rows.TIME)),
        )
        return Holdings(files, recent.filter(within))


def _files(archive: Path, begin: datetime, end: datetime) -> Iterator[Path]:
    first, last = begin.date().isoformat(), end.date().isoformat()
    for day in sorted(archive.iterdir()) if archive.is_dir() else []:
        if day.name == OLDER or first <= day.name <= last:
            yield from sorted(day.rglob("*.parquet"))


def observations(node: Path, begin: datetime, end: datetime, where: str = "true", **values: Any) -> pa.Table:
    """The rows with times in [begin, end) for which the DuckDB condition `where` holds, ordered by time.

    `where` names columns of STORED and `$name` for each of `values`; it is ours, never a reader's.
    """
    import duckdb

    held = holdings(node, begin, end)
    with duckdb.connect(config={"threads": 1, "memory_limit": "512MB"}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("recent", held.recent)
        sources = ["SELECT * FROM recent"]
        parameters: dict[str, Any] = {"begin": begin, "end": end, **values}
        if held.files:
            sources.append("SELECT * FROM read_parquet($files, hive_partitioning = false)")
            parameters["files"] = [str(path) for path in held.files]
        query = (
            f"SELECT * FROM ({' UNION ALL '.join(sources)}) "  # noqa: S608 - built of our own words
            f"WHERE time >= $begin AND time < $end AND ({where}) ORDER BY time, sensor, track"
        )
        return connection.sql(query, params=parameters).to_arrow_table().cast(STORED)
