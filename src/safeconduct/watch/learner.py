"""What is usual on a node: learnt each day from the archive, and told to the live watch as a frame.

The learning is a process of its own, so that it takes no turn from the watch: `safeconduct watch learn --node`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from pathlib import Path

import structlog

from safeconduct.node import Node
from safeconduct.release import Projection, listing
from safeconduct.sites.queries import watched_places
from safeconduct.terms import instant
from safeconduct.terms.party import Principal
from safeconduct.watch.baseline import Calendar, counted
from safeconduct.watch.journal import Entry, Journal
from safeconduct.watch.learning import AFTER, BEFORE, DAYS_KEPT, Shelf, Student, Untaught, bounds_of
from safeconduct.watch.models import Alert
from safeconduct.watch.recording import archived_batches
from safeconduct.watch.rules import ALARMS
from safeconduct.watch.settings import Settings
from safeconduct.watch.told import Told

log = structlog.get_logger("safeconduct.watch.learner")

LOOK_S = 60.0
LONGEST = timedelta(hours=12)
"""Of an alarm that began before a day: its stay must not teach either."""


def calendar_of(node: Node) -> Calendar:
    """By the node's settings. Raises BadInput for a zone that the system does not know."""
    return Calendar(node.settings["time_zone"], tuple(node.settings["weekend"]))


def newest_whole_day(calendar: Calendar) -> date:
    """The newest local day whose stays have ended, and whose rows are in the archive."""
    return calendar.local(instant.epoch_ms(instant.now() - AFTER)).date() - timedelta(days=1)


def learn(
    node: Node, watch: Principal, days: int = DAYS_KEPT, progress: Callable[[date, int], None] | None = None
) -> int:
    """Learn what was not learnt of the last `days` days, and make the baseline of them; its bytes."""
    calendar, shelf = calendar_of(node), Shelf(node.path / "watch")
    last = newest_whole_day(calendar)
    for day in _recorded(node.archive, shelf.missing(last, days)):
        begin, end = bounds_of(day, calendar)
        untaught = Untaught.of_alerts(_alarms_between(watch, begin - LONGEST, end + AFTER))
        student = Student(watched_places(watch), Settings(), untaught)
        ended = student.stays(archived_batches(node.path, begin - BEFORE, end + AFTER))
        of_day = [stay for stay in ended if calendar.local(stay.begin_ms).date() == day]
        shelf.put(day, counted(of_day, calendar), calendar)
        if progress is not None:
            progress(day, len(of_day))
    return shelf.bind(last, calendar)


def _recorded(archive: Path, days: Iterable[date]) -> list[date]:
    """Those of the local days of which the archive, whose days are UTC's, may hold rows."""
    held = {path.name for path in archive.iterdir()} if archive.is_dir() else set[str]()
    beside = (timedelta(days=-1), timedelta(0), timedelta(days=1))
    return [day for day in days if any((day + step).isoformat() in held for step in beside)]


def _alarms_between(watch: Principal, begin: datetime, end: datetime) -> list[Projection]:
    """Alarms raised in [begin, end), as they are released to the watch."""
    return listing(Alert, watch, lambda rows: rows.filter(raised_at__gte=begin, raised_at__lt=end, severity__in=ALARMS))


class Learner:
    """A thread of the watch process: starts the learning of a day once it is over, and tells what was learnt."""

    def __init__(self, node: Node, journal: Journal, told: Told):
        self._node, self._journal, self._told = node, journal, told
        self._shelf = Shelf(node.path / "watch")
        self._submitted = told.baseline
        self._tried: date | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="learner", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        """Learning does not begin at once: a watch that has just started has rows to catch up with."""
        while True:
            try:
                self.tell()
                if self._stop.wait(LOOK_S):
                    return
                self.learn_if_due()
            except OSError as error:
                log.error("learning_failed", error=error.strerror)

    def learn_if_due(self) -> None:
        """Once for each day, whether it succeeds or not; what is missing is learnt with the next one."""
        last = newest_whole_day(calendar_of(self._node))
        if self._tried != last and _recorded(self._node.archive, self._shelf.missing(last, 1)):
            self._tried = last
            command = [sys.executable, "-m", "safeconduct.cli", "watch", "learn", "--node", str(self._node.path)]
            child = subprocess.Popen(  # noqa: S603 -- our own
                command,
                stdout=subprocess.DEVNULL,
                preexec_fn=_yielding,  # noqa: PLW1509 -- one system call
            )
            while child.poll() is None:
                if self._stop.wait(1.0):
                    child.terminate()
                    child.wait()
                    return
            log.info("learnt", day=last.isoformat(), code=child.returncode)

    def tell(self) -> bool:
        """Submit the baseline where the watch has not been told of it; whether there was one."""
        found = _read(self._shelf.baseline)
        if not found or found == self._submitted:
            return False
        self._journal.submit(Entry({"kind": "baseline"}, found))
        self._submitted = found
        return True


def _yielding() -> None:
    os.nice(15)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
