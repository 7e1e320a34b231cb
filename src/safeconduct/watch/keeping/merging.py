"""Merges the small files of a day and site, so that a question opens few.

A merged file stands for the ones that it was made of as soon as it has its name. They are deleted after its digest is
on the record, and after GRACE_S, for questions that are under way. Each step may be cut short and is done again.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import unquote

import pyarrow as pa

from safeconduct.acts import together
from safeconduct.store.cursors import move, reached
from safeconduct.terms.party import Principal
from safeconduct.watch import archive
from safeconduct.watch.acts import seal_archive
from safeconduct.watch.archive import Sealed, numbers_of, pq, standing

WHOLE_ROWS = 2_000_000
"""A file of so many rows is not merged again, and no merged file has many more."""
FEWEST = 8
"""So many small files of a day that goes on are merged; of a day that is over, any two."""
GRACE_S = 60.0


@dataclass(frozen=True)
class Merged:
    """A merged file, and those that it stands for and that are still there."""

    sealed: Sealed
    sources: Sequence[Path]


def merge(directory: Path, today: date, segments: Sequence[int]) -> int:
    """Write merged files where there are small ones enough; how many. `segments` are not yet dropped."""
    written = 0
    for place in _places(directory):
        is_over = place.parent.name < today.isoformat() or place.parent.name == archive.OLDER
        for group in _groups(place, set(segments)):
            if len(group) >= (2 if is_over else FEWEST):
                _merge(directory, place, group)
                written += 1
    return written


def _places(directory: Path) -> Iterator[Path]:
    for day in archive.days_of(directory):
        yield from sorted(one for one in day.iterdir() if one.is_dir())


def _groups(place: Path, segments: set[int]) -> Iterator[list[Path]]:
    """Small files that lie one behind the other, up to WHOLE_ROWS together."""
    group, rows = list[Path](), 0
    for path in standing(place.glob("*.parquet")):
        more = pq.read_metadata(path).num_rows
        if numbers_of(path)[0] in segments or more * 2 > WHOLE_ROWS or (rows + more > WHOLE_ROWS and group):
            yield group
            group, rows = [], 0
        if numbers_of(path)[0] not in segments and more * 2 <= WHOLE_ROWS:
            group, rows = [*group, path], rows + more
    yield group


def _merge(directory: Path, place: Path, group: Sequence[Path]) -> None:
    table = archive.in_order(pa.concat_tables([pq.read_table(path).cast(archive.STORED) for path in group]))
    name = f"{numbers_of(group[0])[0]:012d}-{numbers_of(group[-1])[1]:012d}.parquet"
    archive.write_file(directory, place.relative_to(directory) / name, unquote(place.name), table)


def merged(directory: Path) -> Iterator[Merged]:
    """The merged files whose sources are still there."""
    for place in _places(directory):
        paths = list(place.glob("*.parquet"))
        for path in standing(paths):
            first, last = numbers_of(path)
            sources = [one for one in paths if one != path and first <= numbers_of(one)[0] <= last]
            if sources:
                with path.open("rb") as stream:
                    digest = hashlib.file_digest(stream, "sha256").hexdigest()
                name = path.relative_to(directory).as_posix()
                yield Merged(Sealed(name, unquote(place.name), digest, pq.read_metadata(path).num_rows), sources)


def enter_merged(watch: Principal, one: Merged) -> None:
    """Enter the digest of a merged file, with the names of those that it stands for: once, however often called."""
    cursor = f"watch.merged/{hashlib.sha256(one.sealed.name.encode()).hexdigest()[:40]}"
    if reached(cursor):
        return
    with together():
        sealed = one.sealed
        replaces = sorted(path.name for path in one.sources)
        seal_archive(
            watch, site=sealed.site, segment=sealed.name, sha256=sealed.sha256, rows=sealed.rows, replaces=replaces
        )
        move(cursor, 1)


def sweep(directory: Path, one: Merged) -> int:
    """Delete the sources of a merged file that is on the record; none before the grace is over."""
    if time.time() - (directory / one.sealed.name).stat().st_mtime < GRACE_S:
        return 0
    for path in one.sources:
        path.unlink(missing_ok=True)
    return len(one.sources)
