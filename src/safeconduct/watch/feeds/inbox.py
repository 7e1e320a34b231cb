"""The inbox: files of observations dropped in the node's `inbox/`, each taken once, then moved to `done/` or `failed/`.

A file is read to its end before its first row is taken, so that a damaged one leaves nothing behind but its fault, in
`failed/NAME.fault.txt`. Files whose names begin with a dot or end in `.part` are still being written. Files of plate
reads are deleted once they were read, for better or worse: no plate stays in clear.
"""

from __future__ import annotations

import hashlib
import shutil
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import structlog

from safeconduct.terms import instant
from safeconduct.terms.errors import BadInput, Fault
from safeconduct.watch import rows
from safeconduct.watch.feeds import anpr_files
from safeconduct.watch.feeds.anpr import Reads
from safeconduct.watch.feeds.anpr_files import holds_reads
from safeconduct.watch.feeds.kinds import KINDS
from safeconduct.watch.feeds.parts import chunks
from safeconduct.watch.feeds.plates import Plates
from safeconduct.watch.feeds.points import Points, no_points
from safeconduct.watch.journal import Batches, Journal, observations_entry
from safeconduct.watch.rows import Checked

log = structlog.get_logger("safeconduct.watch.inbox")

EVERY_S = 0.5
SETTLED_S = 1.0
"""A file that grew within this time may still be growing."""
FEED = "inbox"


class Inbox:
    """Takes files on a thread of its own, one at a time. `plates` and `points` are for reads of plates."""

    def __init__(
        self,
        directory: Path,
        journal: Journal,
        batches: Batches,
        plates: Plates | None = None,
        points: Points = no_points,
    ):
        self.directory, self._journal, self._batches = directory, journal, batches
        self._plates, self._points = plates or Plates(), points
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="inbox", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Stop between two batches; what was not taken is taken by the next process."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(EVERY_S):
            self._plates.forget()
            for path in self._waiting():
                try:
                    self.take(path)
                except OSError as error:
                    log.error("inbox_failed", error=error.strerror)

    def _waiting(self) -> Iterator[Path]:
        for path in sorted(self.directory.iterdir()) if self.directory.is_dir() else []:
            hidden = path.name.startswith(".") or path.name.endswith(".part")
            if not hidden and path.is_file() and time.time() - path.stat().st_mtime > SETTLED_S:
                yield path

    def take(self, path: Path) -> bool:
        """Take one file; whether it was usable. Its rows are durable before it is moved."""
        try:
            refused = self._looked_through(path)
            with path.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()[:32]
            for number, chunk in enumerate(self._chunks(path)):
                if not self._take_chunk(f"file:{digest}:{number}", digest, chunk):
                    return False
        except BadInput as error:
            self._fail(path, error)
            return False
        log.info("file_taken", refused=dict(refused))
        self._move(path, "done")
        return True

    def _looked_through(self, path: Path) -> Counter[str]:
        """Raises BadInput for a file that cannot be read to its end, or has no usable row."""
        refused: Counter[str] = Counter()
        usable = 0
        faults: list[Fault] = []
        for chunk in self._chunks(path):
            usable += chunk.table.num_rows
            refused += chunk.refused
            faults += chunk.faults[: max(0, rows.MAX_FAULTS - len(faults))]
        if not usable:
            raise BadInput(path.name, faults or [Fault("file", "no rows", "at least one usable observation")])
        return refused

    def _chunks(self, path: Path) -> Iterator[Checked]:
        if not holds_reads(path):
            return chunks(path, self._now_ms())
        reads = Reads(KINDS["anpr"].checked({}), self._plates, self._points)
        return anpr_files.chunks(path, reads, self._now_ms())

    def _take_chunk(self, batch: str, digest: str, chunk: Checked) -> bool:
        if not chunk.table.num_rows or self._batches.answer(FEED, batch) is not None:
            return not self._stop.is_set()
        while self._journal.backlog.retry_after_s(chunk.table.num_rows):
            if self._stop.wait(0.1):
                return False
        entry = observations_entry(FEED, batch, digest, chunk, rows.encoded(chunk.table), self._now_ms())
        self._journal.submit(entry).result()
        self._batches.remember(FEED, batch, {"accepted": entry.rows, "refused": dict(chunk.refused), "digest": digest})
        return not self._stop.is_set()

    def _now_ms(self) -> int:
        return instant.epoch_ms(instant.now())

    def _fail(self, path: Path, error: BadInput) -> None:
        log.warning("file_failed", faults=len(error.faults))
        failed = self._move(path, "failed")
        lines = [f"{path.name}:", *(f"  {fault}" for fault in error.faults)]
        failed.with_name(failed.name + ".fault.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def _move(self, path: Path, to: str) -> Path:
        directory = self.directory / to
        directory.mkdir(exist_ok=True)
        target, number = directory / path.name, 1
        while target.exists():
            number += 1
            target = directory / f"{path.stem}-{number}{path.suffix}"
        if holds_reads(path):
            path.unlink()
        else:
            path.rename(target)
        return target


def drop(file: Path, inbox: Path) -> None:
    """Put a copy of `file` in an inbox, whole from the moment it can be seen there. Raises BadInput."""
    inbox.mkdir(parents=True, exist_ok=True)
    temporary = inbox / f".{file.name}.part"
    try:
        shutil.copyfile(file, temporary)
    except OSError as error:
        raise BadInput(str(file), [Fault("file", error.strerror or "unreadable", "a file that can be read")]) from None
    temporary.replace(inbox / file.name)
