"""The archive: every accepted observation, as Parquet by day and site, each file's digest on the record.

    archive/2026-11-24/marjan/000000000001.parquet                  named after the segment file that it was made of
    archive/2026-11-24/marjan/000000000601-000000014400.parquet     merged from the files of those segments

Of rows that are both in a segment and here, the segment's count: a file counts once its segment is gone. Of a merged
file and one that it was made of, the merged one counts. So a crash at any point leaves each row in exactly one place.

Rows lie by tile of some 200 m, then by time: a question about a place and a time reads few of a file's row groups.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
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
from safeconduct.watch import rows
from safeconduct.watch.rows import pc
from safeconduct.watch.segment import files_of, first_seq_of, frames_of

NOWHERE = "elsewhere"
"""Of rows that lie in no site."""
OLDER = "older"
"""Of rows whose day is none of the newest MAX_DAYS of their segment: wrong clocks must not make a file each."""
MAX_DAYS = 40

STORED = pa.schema([*rows.COLUMNS, ("feed", pa.string()), ("received", rows.TIME)])


NOTHING = STORED.empty_table()


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
    tables = [NOTHING]
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
        write_file(archive, Path(day) / directory_of(site) / f"{number}.parquet", site, part)
        for (day, site), part in sorted(_parts(table, SiteFinder(places)), key=lambda one: one[0])
    ]


MAX_DIRECTORY = 200
"""Characters of the name of a site's directory: file systems take 255 bytes, and a site's id may be longer."""


def directory_of(site: str) -> str:
    """The directory of a site's files: its id, escaped, with a digest in place of what is too long."""
    name = quote(site, safe="")
    if not name.strip("."):  # not the day's own directory, and not the one above
        return name.replace(".", "%2E")
    return name if len(name) <= MAX_DIRECTORY else f"{name[:150]}-{hashlib.sha256(site.encode()).hexdigest()[:32]}"


DAY_MS = 86_400_000


def _parts(table: pa.Table, finder: SiteFinder) -> Iterator[tuple[tuple[str, str], pa.Table]]:
    """The rows of each (day, site), by tile and time; at one time, in the order of their acceptance."""
    day = table["time"].cast(pa.int64()).to_numpy() // DAY_MS
    site = finder.numbers_of(table)
    days = np.unique(day)
    oldest = days[-MAX_DAYS:][0] if len(days) else 0
    groups, group = np.unique(np.stack([np.maximum(day, oldest - 1), site]), axis=1, return_inverse=True)
    order = np.lexsort((table["time"].cast(pa.int64()).to_numpy(), tiles_of(table), group))
    ends = np.cumsum(np.bincount(group, minlength=groups.shape[1]))
    for number, (in_day, in_site) in enumerate(groups.T.tolist()):
        rows_of = order[ends[number - 1] if number else 0 : ends[number]]
        name = date.fromordinal(date(1970, 1, 1).toordinal() + in_day).isoformat() if in_day >= oldest else OLDER
        yield (name, finder.names[in_site]), table.take(pa.array(rows_of))


TILES_PER_DEGREE = 512
ROW_GROUP_ROWS = 50_000
TEXTS = ["sensor", "track", "kind", "state", "token", "feed"]
FIGURES = ["lon", "lat", "speed", "heading", "accuracy"]
HOURS = b"rows by hour"
"""The key of a file's metadata that holds how many rows it has of each hour since 1970, as JSON pairs."""


def tiles_of(table: pa.Table) -> NDArray[np.int64]:
    """The tile of each row, numbered along a Z-order curve, so that near tiles mostly have near numbers."""
    columns = ((table["lon"].to_numpy() + 180) * TILES_PER_DEGREE).astype(np.int64)
    rows_ = ((table["lat"].to_numpy() + 90) * TILES_PER_DEGREE).astype(np.int64)
    return _spread(columns) | (_spread(rows_) << 1)


def _spread(bits: NDArray[np.int64]) -> NDArray[np.int64]:
    """Each bit of numbers below 2^21 at twice its place."""
    for shift, mask in ((32, 0x1F00000000FFFF), (16, 0x1F0000FF0000FF), (8, 0x100F00F00F00F00F)):
        bits = (bits | bits << shift) & mask
    for shift, mask in ((4, 0x10C30C30C30C30C3), (2, 0x1249249249249249)):
        bits = (bits | bits << shift) & mask
    return bits


def in_order(table: pa.Table) -> pa.Table:
    """Rows by tile and time, as they lie in a file."""
    order = np.lexsort((table["time"].cast(pa.int64()).to_numpy(), tiles_of(table)))
    return table.take(pa.array(order))


def write_file(archive: Path, name: Path, site: str, table: pa.Table) -> Sealed:
    """Write rows that are in order as one file, durable and whole under its name when this returns."""
    sealed = write_part(archive, name, site, table)
    (archive / name).with_suffix(".part").replace(archive / name)
    for directory in ((archive / name).parent, (archive / name).parent.parent, archive):
        sync(directory)
    return sealed


def write_part(archive: Path, name: Path, site: str, table: pa.Table) -> Sealed:
    """The same file, durable, but under the name of a part that no reader takes."""
    temporary = (archive / name).with_suffix(".part")
    temporary.parent.mkdir(parents=True, exist_ok=True)
    hours, counts = np.unique(table["time"].cast(pa.int64()).to_numpy() // HOUR_MS, return_counts=True)
    metadata = {HOURS: json.dumps(list(zip(hours.tolist(), counts.tolist(), strict=True)))}
    pq.write_table(
        table.replace_schema_metadata(metadata),
        temporary,
        compression="zstd",
        row_group_size=ROW_GROUP_ROWS,
        use_dictionary=TEXTS,  # pyright: ignore[reportArgumentType]  # its stubs know no lists
        use_byte_stream_split=FIGURES,  # pyright: ignore[reportArgumentType]  # the same
    )
    with temporary.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        os.fsync(stream.fileno())
    return Sealed(name.as_posix(), site, digest, table.num_rows)


HOUR_MS = 3_600_000


def rows_by_hour(path: Path) -> dict[int, int]:
    """Hour since 1970 to how many rows of it a file holds; of a file that does not say, those that its rows tell."""
    said = (pq.read_metadata(path).metadata or {}).get(HOURS)
    if said is not None:
        return dict(json.loads(said))
    hours, counts = np.unique(
        pq.read_table(path, columns=["time"])["time"].cast(pa.int64()).to_numpy() // HOUR_MS, return_counts=True
    )
    return dict(zip(hours.tolist(), counts.tolist(), strict=True))


def sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


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
        files = [path for path in files_of_span(node / "archive", begin, end) if numbers_of(path)[0] not in numbers]
        try:
            recent = pa.concat_tables([NOTHING, *(stored_rows(path) for path in segments)])
        except FileNotFoundError:  # sealed meanwhile
            continue
        within = pc.and_(
            pc.greater_equal(recent["time"], pa.scalar(begin, rows.TIME)),
            pc.less(recent["time"], pa.scalar(end, rows.TIME)),
        )
        return Holdings(files, recent.filter(within))


def numbers_of(path: Path) -> tuple[int, int]:
    """The first and the last of the segment files that a file of the archive was made of."""
    first, _, last = path.stem.partition("-")
    return int(first), int(last or first)


def standing(paths: Iterable[Path]) -> list[Path]:
    """Of the files of one day and site, those that no merged one among them stands for, in their order."""
    found: list[Path] = []
    for path in sorted(paths, key=lambda path: (numbers_of(path)[0], -numbers_of(path)[1])):
        if not found or numbers_of(path)[1] > numbers_of(found[-1])[1]:
            found.append(path)
    return found


def files_of_span(archive: Path, begin: datetime, end: datetime) -> Iterator[Path]:
    """The files that may hold rows with times in [begin, end)."""
    first, last = begin.date().isoformat(), end.date().isoformat()
    for day in days_of(archive):
        if day.name == OLDER or first <= day.name <= last:
            for site in sorted(day.iterdir()):
                yield from standing(site.glob("*.parquet"))


def days_of(archive: Path) -> list[Path]:
    """The directories of days, and of what is older than any; what is on its way out has a dot before its name."""
    found = archive.iterdir() if archive.is_dir() else []
    return sorted(one for one in found if one.is_dir() and not one.name.startswith("."))


def observations(node: Path, begin: datetime, end: datetime, where: str = "true", **values: Any) -> pa.Table:
    """The rows with times in [begin, end) for which the DuckDB condition `where` holds, ordered by time.

    `where` names columns of STORED and `$name` for each of `values`; it is ours, never a reader's.
    """
    with asking(holdings(node, begin, end), begin, end, where, **values) as (connection, query, parameters):
        ordered = f"{query} ORDER BY time, sensor, track"
        return connection.sql(ordered, params=parameters).to_arrow_table().cast(STORED)


def archived(node: Path, begin: datetime, end: datetime) -> Iterator[pa.Table]:
    """The rows with times in [begin, end) that are in no segment any more, ordered by time, a part at a time."""
    files = holdings(node, begin, end).files
    if not files:
        return
    with asking(Holdings(files, NOTHING), begin, end) as (connection, query, parameters):
        ordered = f"{query} ORDER BY time, sensor, track"
        for batch in connection.sql(ordered, params=parameters).to_arrow_reader(65_536):
            yield pa.Table.from_batches([batch]).cast(STORED)


@contextmanager
def asking(
    held: Holdings, begin: datetime, end: datetime, where: str = "true", **values: Any
) -> Generator[tuple[Any, str, dict[str, Any]]]:
    """A connection, the query of the rows in [begin, end) for which `where` holds, and its parameters."""
    import duckdb

    with duckdb.connect(config={"threads": 1, "memory_limit": "512MB"}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("recent", held.recent)
        sources = ["SELECT * FROM recent", *([_FROM_FILES] if held.files else [])]
        files = {"files": [str(path) for path in held.files]} if held.files else {}
        within = f"time >= $begin AND time < $end AND ({where})"
        query = " UNION ALL ".join(f"({source} WHERE {within})" for source in sources)
        parameters = {"begin": begin, "end": end, **files, **values}
        yield connection, f"SELECT * FROM ({query})", parameters  # noqa: S608 - built of our own words


_FROM_FILES = "SELECT * FROM read_parquet($files, hive_partitioning = false)"
