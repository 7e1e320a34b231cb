"""Deletes what is older than the accord lets the archive keep, by whole days and sites, and leaves proof of it.

    archive/2026-10-20/marjan/…  →  archive/.expired/2026-10-20/marjan/…  →  act archive.expire  →  gone

Each step may be cut short: whatever lies in `.expired` is out of every answer, and the next turn enters it, once, and
deletes it. What is held as evidence is not moved.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from safeconduct import node
from safeconduct.terms import instant
from safeconduct.terms.errors import BadInput
from safeconduct.terms.party import Principal
from safeconduct.watch import archive
from safeconduct.watch.keeping.acts import expire
from safeconduct.watch.keeping.holds import Held, held, is_held

KEPT_CLASS = "stay"
"""The information class whose retention holds for the archive: it is what the archive tells."""

EXPIRED = ".expired"


def oldest_told(at: datetime) -> datetime:
    """The time before which the archive tells nothing any more, evidence excepted."""
    return at - timedelta(days=node.current().accord.schedule.classes[KEPT_CLASS].retention_days)


def first_kept(at: datetime) -> date:
    """The first day that is not over its retention as a whole."""
    return oldest_told(at).date()


Stretch = tuple[datetime, datetime]


def told(reader: Principal, site: str, begin: datetime, end: datetime) -> tuple[list[Stretch], list[Stretch]]:
    """The parts of [begin, end) that the archive tells `reader` of a site, and those that are over its retention.

    What a hold keeps longer is told to whoever is told of the hold: else an answer would tell of it.
    """
    now = instant.now()
    oldest = oldest_told(now)
    spans = [(one.begin, min(one.end, oldest)) for one in held(reader, now) if one.site == site]
    found = _union([*spans, (oldest, now)], begin, end)
    return found, _between(found, begin, min(end, oldest))


def _union(spans: Iterable[Stretch], begin: datetime, end: datetime) -> list[Stretch]:
    """What of [begin, end) lies in any span, in order."""
    found: list[Stretch] = []
    for first, last in sorted((max(begin, first), min(end, last)) for first, last in spans):
        if first < last and found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        elif first < last:
            found.append((first, last))
    return found


def _between(spans: Sequence[Stretch], begin: datetime, end: datetime) -> list[Stretch]:
    """What `spans`, in order, leave of [begin, end)."""
    found: list[Stretch] = []
    for first, last in spans:
        if begin < min(first, end):
            found.append((begin, min(first, end)))
        begin = max(begin, last)
    return [*found, (begin, end)] if begin < end else found


def retire(watch: Principal, directory: Path, before: date) -> int:
    """Delete the days before `before` that nothing holds; how many files. One process at a time."""
    with alone(directory):
        gone = finish(watch, directory)
        for place in due(directory, before, held(watch, instant.now())):
            _move_out(directory, place)
        return gone + finish(watch, directory)


def due(directory: Path, before: date, holds: Sequence[Held]) -> Iterator[Path]:
    """The directories of a day and site that are over their time and not held."""
    for day in archive.days_of(directory):
        for place in sorted(one for one in day.iterdir() if one.is_dir()):
            if _is_over(place, before) and not is_held(holds, unquote(place.name), day.name):
                yield place


def _is_over(place: Path, before: date) -> bool:
    if place.parent.name != archive.OLDER:
        return place.parent.name < before.isoformat()
    end_ms = datetime(before.year, before.month, before.day, tzinfo=UTC).timestamp() * 1000
    hours = [hour for path in place.glob("*.parquet") for hour in archive.rows_by_hour(path)]
    return all((hour + 1) * archive.HOUR_MS <= end_ms for hour in hours)


def _move_out(directory: Path, place: Path) -> None:
    target = directory / EXPIRED / place.parent.name / place.name
    target.parent.mkdir(parents=True, exist_ok=True)
    place.rename(target)
    for changed in (target.parent, target.parent.parent, place.parent, directory):
        archive.sync(changed)
    if not any(place.parent.iterdir()):
        place.parent.rmdir()


def finish(watch: Principal, directory: Path) -> int:
    """Enter and delete what was moved out; how many files. What came to be held meanwhile is put back."""
    gone = 0
    for place in sorted((directory / EXPIRED).glob("*/*")):
        files = [_told_of(path) for path in sorted(place.glob("*.parquet"))]
        try:
            if files:
                expire(watch, site=unquote(place.name), day=place.parent.name, files=files, sha256=_digest(files))
        except BadInput:
            _put_back(directory, place)
            continue
        shutil.rmtree(place)
        gone += len(files)
    return gone


def _put_back(directory: Path, place: Path) -> None:
    """Back where it was moved out from. Rows that came late may have made that place anew; no file is written over."""
    target = directory / place.parent.name / place.name
    target.mkdir(parents=True, exist_ok=True)
    for path in place.iterdir():
        if not (target / path.name).exists():
            path.rename(target / path.name)
    for changed in (target, target.parent, place, directory):
        archive.sync(changed)
    if not any(place.iterdir()):
        place.rmdir()


def _told_of(path: Path) -> dict[str, Any]:
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return {"name": path.name, "sha256": digest, "rows": archive.pq.read_metadata(path).num_rows}


def _digest(files: Sequence[dict[str, Any]]) -> str:
    """SHA-256 over a line `sha256  name` for each file, as sha256sum prints it."""
    lines = "".join(f"{one['sha256']}  {one['name']}\n" for one in files)
    return hashlib.sha256(lines.encode()).hexdigest()


@contextmanager
def alone(directory: Path) -> Generator[None]:
    """Change the archive's files alone among the node's processes."""
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / ".lock").open("ab") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield
