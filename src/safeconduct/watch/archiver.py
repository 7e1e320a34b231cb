"""Takes complete segment files into the archive: Parquet first, then the record, and only then is the file dropped.

The same thread keeps the archive: it merges small files, and at the start and at each new day it deletes what is over
its retention.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyarrow as pa
import structlog
from django.db import close_old_connections

from safeconduct.terms import instant
from safeconduct.terms.errors import SafeconductError
from safeconduct.terms.party import Principal
from safeconduct.watch import archive
from safeconduct.watch.deeds import DATABASE_AWAY, enter_sealed
from safeconduct.watch.keeping import merging, retention
from safeconduct.watch.live import Live
from safeconduct.watch.segment import Segment, first_seq_of

log = structlog.get_logger("safeconduct.watch.archiver")

EVERY_S = 5.0
MERGE_EVERY_S = 60.0


class Archiver:
    """A thread of its own, so that a large file never holds up an alert."""

    def __init__(self, segment: Segment, directory: Path, live: Live, watch: Principal):
        self._segment, self._directory, self._live, self._watch = segment, directory, live, watch
        self._stop = threading.Event()
        self._retired_before = date.min
        self._merged_at = 0.0
        self._thread = threading.Thread(target=self._run, name="archiver", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Finish the file at hand, then stop."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            for step in (self.seal_complete, self.retire, self.merge):
                self._try(step)
            # Each file takes tens of megabytes for a second; Arrow would keep them for the next one.
            pa.default_memory_pool().release_unused()
            if self._stop.wait(EVERY_S):
                return

    def _try(self, step: Callable[[], int]) -> None:
        try:
            step()
        except (*DATABASE_AWAY, OSError, SafeconductError) as error:
            log.error("archiving_failed", step=step.__name__, error=type(error).__name__)
            close_old_connections()

    def retire(self) -> int:
        """Delete what is over its retention, once a day; how many files."""
        before = retention.first_kept(instant.now())
        if before <= self._retired_before:
            return 0
        gone = retention.retire(self._watch, self._directory, before)
        self._retired_before = before
        if gone:
            log.info("archive_expired", files=gone, before=before.isoformat())
        return gone

    def merge(self) -> int:
        """Merge small files, once a minute; how many merged files were written."""
        if time.monotonic() - self._merged_at < MERGE_EVERY_S:
            return 0
        self._merged_at = time.monotonic()
        segments = [first_seq_of(path) for path in [*self._segment.complete(), self._segment.path]]
        with retention.alone(self._directory):
            written = merging.merge(self._directory, instant.now().date(), segments)
            for one in merging.merged(self._directory):
                merging.enter_merged(self._watch, one)
                merging.sweep(self._directory, one)
        return written

    def seal_complete(self) -> int:
        """Seal the complete files that no restart needs any more; how many."""
        sealed = 0
        for path, following in self._complete():
            if following > self._live.saved_seq + 1 or self._stop.is_set():
                break
            number = first_seq_of(path)
            with retention.alone(self._directory):
                enter_sealed(self._watch, number, archive.write(path, self._directory, self._live.told.places))
                self._segment.drop(path)
            sealed += 1
        return sealed

    def _complete(self) -> list[tuple[Path, int]]:
        """Complete files, oldest first, each with the number of the frame that follows its last."""
        complete = self._segment.complete()
        numbers = [first_seq_of(path) for path in complete] + [first_seq_of(self._segment.path)]
        return list(zip(complete, numbers[1:], strict=True))
