"""The archive: every accepted observation, as Parquet by day and site, each file's digest on the record.

    archive/2026-11-24/marjan/000000000001.parquet      named after the segment file that it was made of

Of rows that are both in a segment and here, the segment's count: a file counts once its segment is gone. So a crash at
any point between the two leaves each row in exactly one place.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from safeconduct.sites.places import Places
from safeconduct.terms.place import METRES_PER_DEGREE, LocalPlane, Point
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
        self.names = [NOWHERE, *places.sites()]
        self._of_sensor = {one.sensor: self.names.index(one.site) for one in places.sensors}
        self._boxes: list[tuple[int, tuple[float, float, float, float]]] = []
        for number, site in enumerate(self.names):
            bounds = [one.polygon.bounds for one in places.rings if one.site == site]
            bounds += [one.line.bounds for one in places.routes if one.site == site]
            if bounds:
                low, high = np.min(bounds, axis=0), np.max(bounds, axis=0)
                self._boxes.append((number, (low[0], low[1], high[2], high[3])))

    def numbers_of(self, table: pa.Table) -> NDArray[np.int32]:
        """The site of each row as its place in `names`."""
        lon, lat = table["lon"].to_numpy(), table["lat"].to_numpy()
        found = np.zeros(table.num_rows, dtype=np.int32)
        for site, (west, south, east, north) in reversed(self._boxes):
            found[(lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)] = site
        sensors: Any = table["sensor"].combine_chunks().dictionary_encode()
        known = [self._of_sensor.get(one, 0) for one in sensors.dictionary.to_pylist()]
        of_sensor = np.array([*known, 0], np.int32)[sensors.indices.to_numpy()]
        return np.where(of_sensor > 0, of_sensor, found)


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
        _write_file(archive, Path(day) / _directory(site) / f"{number}.parquet", site, part)
        for (day, site), part in sorted(_parts(table, SiteFinder(places)), key=lambda one: one[0])
    ]


MAX_DIRECTORY = 200
"""Characters of the name of a site's directory: file systems take 255 bytes, and a site's id may be longer."""


def _directory(site: str) -> str:
    """The directory of a site's files: its id, escaped, with a digest in place of what is too long."""
    name = quote(site, safe="")
    if not name.strip("."):  # not the day's own directory, and not the one above
        return name.replace(".", "%2E")
    return name if len(name) <= MAX_DIRECTORY else f"{name[:150]}-{hashlib.sha256(site.encode()).hexdigest()[:32]}"


DAY_MS = 86_400_000


def _parts(table: pa.Table, finder: SiteFinder) -> Iterator[tuple[tuple[str, str], pa.Table]]:
    """The rows of each (day, site), in the order of their time; at one time, in that of their acceptance."""
    day = table["time"].cast(pa.int64()).to_numpy() // DAY_MS
    site = finder.numbers_of(table)
    days = np.unique(day)
    oldest = days[-MAX_DAYS:][0] if len(days) else 0
    groups, group = np.unique(np.stack([np.maximum(day, oldest - 1), site]), axis=1, return_inverse=True)
    order = np.lexsort((table["time"].cast(pa.int64()).to_numpy(), group))
    ends = np.cumsum(np.bincount(group, minlength=groups.shape[1]))
    for number, (in_day, in_site) in enumerate(groups.T.tolist()):
        rows_of = order[ends[number - 1] if number else 0 : ends[number]]
        name = date.fromordinal(date(1970, 1, 1).toordinal() + in_day).isoformat() if in_day >= oldest else OLDER
        yield (name, finder.names[in_site]), table.take(pa.array(rows_of))


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
    held = holdings(node, begin, end)
    with _duckdb() as connection:
        connection.register("recent", held.recent)
        sources = ["SELECT * FROM recent", *([_FROM_FILES] if held.files else [])]
        files = {"files": [str(path) for path in held.files]} if held.files else {}
        query = (
            f"SELECT * FROM ({' UNION ALL '.join(sources)}) "  # noqa: S608 - built of our own words
            f"WHERE time >= $begin AND time < $end AND ({where}) ORDER BY time, sensor, track"
        )
        parameters = {"begin": begin, "end": end, **files, **values}
        return connection.sql(query, params=parameters).to_arrow_table().cast(STORED)


def archived(node: Path, begin: datetime, end: datetime) -> Iterator[pa.Table]:
    """The rows with times in [begin, end) that are in no segment any more, ordered by time, a part at a time."""
    files = holdings(node, begin, end).files
    if not files:
        return
    with _duckdb() as connection:
        query = f"{_FROM_FILES} WHERE time >= $begin AND time < $end ORDER BY time, sensor, track"
        parameters = {"begin": begin, "end": end, "files": [str(path) for path in files]}
        for batch in connection.sql(query, params=parameters).to_arrow_reader(65_536):
            yield pa.Table.from_batches([batch]).cast(STORED)


_FROM_FILES = "SELECT * FROM read_parquet($files, hive_partitioning = false)"


def _duckdb() -> Any:
    import duckdb

    connection = duckdb.connect(config={"threads": 1, "memory_limit": "512MB"})
    connection.execute("SET TimeZone = 'UTC'")
    return connection


@dataclass(frozen=True)
class Stay:
    """A track that was sighted near a point, from its first sighting there to its last."""

    sensor: str
    track: str
    kind: str
    first: datetime
    last: datetime
    sightings: int


def stood_within(
    node: Path, lon: float, lat: float, radius_m: float, begin: datetime, end: datetime, at_least_s: float = 60.0
) -> list[Stay]:
    """The tracks that stayed within `radius_m` of a point for `at_least_s` during [begin, end), longest first."""
    plane = LocalPlane(Point(lon, lat))
    near = observations(
        node,
        begin,
        end,
        "pow((lon - $lon) * $east_m, 2) + pow((lat - $lat) * $north_m, 2) <= pow($radius_m, 2)",
        lon=lon,
        lat=lat,
        east_m=plane.east_m_per_degree,
        north_m=METRES_PER_DEGREE,
        radius_m=radius_m,
    )
    grouped = near.group_by(["sensor", "track"], use_threads=False).aggregate(
        [("kind", "max"), ("time", "min"), ("time", "max"), ("time", "count")]
    )
    stays = [
        Stay(one["sensor"], one["track"], one["kind_max"], one["time_min"], one["time_max"], one["time_count"])
        for one in grouped.to_pylist()
    ]
    lasting = [stay for stay in stays if (stay.last - stay.first).total_seconds() >= at_least_s]
    return sorted(lasting, key=lambda stay: (stay.first - stay.last, stay.sensor, stay.track))
