"""Takes complete segment files into the archive: Parquet first, then the record, and only then is the file dropped."""

from __future__ import annotations

import threading
from pathlib import Path

import structlog
from django.db import close_old_connections

from safeconduct.terms.errors import SafeconductError
from safeconduct.terms.party import Principal
from safeconduct.watch import archive
from safeconduct.watch.deeds import DATABASE_AWAY, enter_sealed
from safeconduct.watch.live import Live
from safeconduct.watch.segment import Segment, first_seq_of

log = structlog.get_logger("safeconduct.watch.archiver")

EVERY_S = 5.0


class Archiver:
    """A thread of its own, so that a large file never holds up an alert."""

    def __init__(self, segment: Segment, directory: Path, live: Live, watch: Principal):
        self._segment, self._directory, self._live, self._watch = segment, directory, live, watch
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="archiver", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Finish the file at hand, then stop."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(EVERY_S):
            try:
                self.seal_complete()
            except (*DATABASE_AWAY, OSError, SafeconductError) as error:
                log.error("sealing_failed", error=type(error).__name__)
                close_old_connections()

    def seal_complete(self) -> int:
        """Seal the complete files that no restart needs any more; how many."""
        sealed = 0
        for path, following in self._complete():
            if following > self._live.saved_seq + 1 or self._stop.is_set():
                break
            number = first_seq_of(path)
            enter_sealed(self._watch, number, archive.write(path, self._directory, self._live.told.places))
            self._segment.drop(path)
            sealed += 1
        return sealed

    def _complete(self) -> list[tuple[Path, int]]:
        """Complete files, oldest first, each with the number of the frame that follows its last."""
        complete = self._segment.complete()
        numbers = [first_seq_of(path) for path in complete] + [first_seq_of(self._segment.path)]
        return list(zip(complete, numbers[1:], strict=True))
