"""Recorded observations run through an engine as fast as they read: `safeconduct watch replay`, drills and
benchmarks."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from safeconduct.sites.places import Places
from safeconduct.terms.errors import BadInput, Fault
from safeconduct.watch.alerts import AlertChange, to_line
from safeconduct.watch.baseline import Baseline
from safeconduct.watch.columns import TextHashes, decode_table
from safeconduct.watch.context import Context
from safeconduct.watch.engine import Engine
from safeconduct.watch.files import read_observations
from safeconduct.watch.observations import Batch, concatenated
from safeconduct.watch.rules import ALARMS
from safeconduct.watch.settings import Settings


@dataclass
class Outcome:
    """What a replay came to. `alerts` by id, each in its final state."""

    alerts: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    rows: int = 0
    refused: Counter[str] = field(default_factory=Counter[str])
    late: int = 0
    inside: int = 0
    """Rows in a ring or a corridor."""
    swapped: int = 0
    """Where none is: rows that would be, if longitude and latitude changed places."""
    seconds: float = 0.0
    span_ms: tuple[int, int] = (0, 0)

    def note(self, changes: Sequence[AlertChange]) -> None:
        for change in changes:
            self.alerts[change.alert["id"]] = change.alert

    def in_order(self) -> list[dict[str, Any]]:
        """The alerts in the order in which they were raised."""
        return sorted(self.alerts.values(), key=lambda alert: (alert["raised"], alert["id"]))

    @property
    def alarms(self) -> int:
        return sum(alert["severity"] in ALARMS for alert in self.alerts.values())


def replay(
    places: Places,
    paths: Sequence[Path],
    settings: Settings = Settings(),  # noqa: B008 -- frozen
    progress: Callable[[int], None] | None = None,
    baseline: Baseline | None = None,
    context: Context = Context(),  # noqa: B008 -- frozen
) -> Outcome:
    """Run the observations of some files, merged by time, through a new engine that is told `context` first. Raises
    BadInput for an unusable file."""
    outcome = Outcome()
    begun = time.perf_counter()
    engine = Engine(places, settings)
    engine.compare(baseline)
    engine.tell(context)
    for batch in batches_of(paths, outcome.refused):
        first, last = int(batch.time_ms.min()), int(batch.time_ms.max())
        outcome.span_ms = (first if not outcome.rows else min(first, outcome.span_ms[0]), max(last, outcome.span_ms[1]))
        outcome.rows += len(batch.time_ms)
        outcome.note(engine.feed(batch))
        if not engine.rows_inside:
            outcome.swapped += int((engine.field.zones_at(batch.lat, batch.lon) >= 0).sum())
        if progress is not None:
            progress(outcome.rows)
    outcome.note(engine.finish())
    outcome.inside = engine.rows_inside
    for alert in engine.final():
        outcome.alerts[alert["id"]] = alert
    outcome.late = engine.counts()["late"]
    outcome.seconds = time.perf_counter() - begun
    return outcome


def batches_of(paths: Sequence[Path], refused: Counter[str]) -> Iterator[Batch]:
    """The observations of some files, merged by time; unusable rows are counted in `refused`."""
    return merged([read_observations(path, refused) for path in paths])


def archived_batches(node: Path, begin: datetime, end: datetime) -> Iterator[Batch]:
    """The observations in [begin, end) that are in the archive of the node in `node`, by time."""
    from safeconduct.watch.archive import archived  # DuckDB is slow to import

    hashes = TextHashes()
    for table in archived(node, begin, end):
        yield decode_table(table, hashes).batch


def merged(sources: Sequence[Iterator[Batch]]) -> Iterator[Batch]:
    """Batches of several sources, each by and large in order, such that none runs ahead of the others."""
    if len(sources) == 1:
        yield from sources[0]
        return
    heads = {number: batch for number, source in enumerate(sources) if (batch := next(source, None)) is not None}
    while heads:
        horizon_ms = min(int(batch.time_ms.max()) for batch in heads.values())
        together: list[Batch] = []
        for number, batch in list(heads.items()):
            due = batch.time_ms <= horizon_ms
            if due.any():
                together.append(batch.only(due))
            if not due.all():
                heads[number] = batch.only(~due)
            elif (following := next(sources[number], None)) is not None:
                heads[number] = following
            else:
                del heads[number]
        yield concatenated(together)


def rows_of(path: Path) -> int:
    """How many rows a file has, where that is known without reading it; else 0."""
    import pyarrow as pa
    import pyarrow.parquet

    if path.suffix.lower() != ".parquet":
        return 0
    try:
        return pyarrow.parquet.read_metadata(path).num_rows
    except (pa.ArrowException, OSError):
        return 0


def write_alerts(path: Path, alerts: Sequence[dict[str, Any]]) -> None:
    """One alert a line, all or nothing. Raises BadInput where the file cannot be written."""
    part = path.with_name(path.name + ".part")
    try:
        part.write_bytes(b"".join(map(to_line, alerts)))
        part.replace(path)
    except OSError as error:
        raise BadInput(
            str(path), [Fault("file", error.strerror or "no access", "a file that can be written")]
        ) from error
