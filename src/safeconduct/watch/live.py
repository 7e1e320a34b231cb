"""The live loop: one thread that owns the engine, takes frames in order and turns what they change into acts.

A turn: take durable frames, let the engine see them, do the acts of all that changed in one transaction that also moves
the loop's cursor. After a crash the newest snapshot and the frames behind it lead to the same state; acts of frames up
to the cursor were done, those behind it are done now.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import orjson
import structlog
from django.db import close_old_connections

from safeconduct.node.heartbeat import beat
from safeconduct.sites.queries import collection
from safeconduct.terms import instant
from safeconduct.terms.errors import SafeconductError
from safeconduct.terms.json import plain
from safeconduct.terms.party import Principal
from safeconduct.watch import archive, deeds, rows, snapshot
from safeconduct.watch.alerts import AlertChange
from safeconduct.watch.feeds.doors import Doors, NoDoors
from safeconduct.watch.health import FeedHealth, Health
from safeconduct.watch.journal import Batches, Entry, Journal
from safeconduct.watch.news import News
from safeconduct.watch.picture import Picture, shown
from safeconduct.watch.segment import Segment
from safeconduct.watch.settings import Settings
from safeconduct.watch.tapping import taps
from safeconduct.watch.told import Told

log = structlog.get_logger("safeconduct.watch.live")

T = TypeVar("T")

REBUILT = timedelta(hours=2)
"""How far back presences are rebuilt from the archive where no snapshot can be used."""


@dataclass(frozen=True)
class Pace:
    """How often the loop does what, in real seconds."""

    turn_s: float = 0.2
    quiet_s: float = 3.0
    """Rows move the engine's time; after so long without any, the node's clock does."""
    tick_s: float = 1.0
    snapshot_s: float = 60.0
    snapshot_rows: int = 2_000_000
    group_frames: int = 100
    """Frames between two transactions while catching up."""


class Live:
    """`directory` is the node's `watch/`; `alive` the heartbeat file."""

    def __init__(self, directory: Path, alive: Path, watch: Principal, settings: Settings, pace: Pace | None = None):
        self.directory, self.alive, self.watch, self.settings = directory, alive, watch, settings
        self.pace = pace or Pace()
        self.batches = Batches()
        self.told = Told.nothing(settings)
        self.saved_seq = 0
        """The newest snapshot's: what lies before it is not needed for a restart."""
        self.taps = taps()
        self._committed = 0
        self._stop = threading.Event()
        self._rows_since = 0
        self._saved_at = self._ticked_at = self._rows_at = time.monotonic()

    def recover(self, segment: Segment) -> None:
        """Come to the state that the segment leads to, and do the acts that a crash kept from being done."""
        for found in snapshot.good_ones(self.directory):
            try:
                self.told = Told.restored(found, self.settings)
            except (SafeconductError, ValueError, KeyError, TypeError) as error:
                log.warning("snapshot_unusable", seq=found.seq, error=type(error).__name__)
                continue
            self.batches.load(found.beside["batches"])
            self.saved_seq = found.seq
            break
        else:
            self._rebuild()
        self._committed = self._patiently(lambda: deeds.reached(deeds.ENGINE))
        for tap in self.taps:
            self._patiently(partial(tap.hear, self.watch))
        self._catch_up(segment)
        segment.begin_at(max(self.told.seq, self._committed) + 1)
        log.info("recovered", snapshot=self.saved_seq, seq=self.told.seq, damaged=segment.damaged)

    def _rebuild(self) -> None:
        """Without a usable snapshot (another version's), watch the archive's last hours again, doing no acts.

        All acts of archived rows are done, and ids derive from where a presence began: those that still stand go on.
        """
        end = instant.now()
        places = self._patiently(lambda: plain(collection(self.watch)))
        self.told.take(0, {"kind": "places"}, orjson.dumps(places))
        meta = {"kind": "observations", "feed": "archive", "received_ms": 0, "refused": {}}
        batches = 0
        for table in archive.archived(self.directory.parent, end - REBUILT, end):
            self.told.take(0, meta, b"", table)
            batches += 1
            beat(self.alive)
        self.told.feeds, self.told.sensors = {}, {}
        if batches:
            log.warning("rebuilt_from_archive", batches=batches)

    def _catch_up(self, segment: Segment) -> None:
        changes: list[AlertChange] = []
        for number, frame in enumerate(segment.frames(after=self.told.seq), start=1):
            remember(self.batches, frame.meta)
            if frame.meta["kind"] == "observations":
                self._tapped(None, frame.payload)
            found = self.told.take(frame.seq, frame.meta, frame.payload)
            if frame.seq > self._committed:
                changes += found
            if number % self.pace.group_frames == 0:
                self._commit(changes)
                changes = []
                beat(self.alive)
        self._commit(changes)

    def begin(self, journal: Journal, doors: Doors | None = None) -> Round:
        """Submit what people did meanwhile, ahead of any rows that are accepted from now on."""
        self._rows_at = time.monotonic()
        round_ = Round(self, journal, doors or NoDoors())
        self._patiently(round_.hear)
        return round_

    def run(self, round_: Round) -> None:
        """Take turns until `stop`; then save a snapshot."""
        while not self._stop.is_set():
            round_.turn()
            beat(self.alive)
        while self.take_waiting(round_.journal, 0.0):
            pass
        self.save()

    def stop(self) -> None:
        self._stop.set()

    def take_waiting(self, journal: Journal, wait_s: float) -> int:
        """Deal with what waits, and do its acts; how many frames that was."""
        entries = journal.backlog.take(wait_s)
        begun, taken = time.monotonic(), 0
        changes: list[AlertChange] = []
        for entry in entries:
            if entry.table is not None:
                self._tapped(entry.table)
            changes += self.told.take(entry.seq, entry.meta, entry.payload, entry.table)
            taken += entry.rows
        self._commit(changes)
        if entries:
            journal.backlog.done(entries, time.monotonic() - begun)
        if taken:
            self._rows_since += taken
            self._rows_at = time.monotonic()
        return len(entries)

    def _tapped(self, table: Any, payload: bytes = b"") -> None:
        """Give other rooms what they follow. Whatever happens there, the watch goes on."""
        for tap in self.taps:
            try:
                tap.take(rows.decoded(payload) if table is None else table)
            except Exception:
                log.exception("tap_failed", tap=type(tap).__name__)

    def _commit(self, changes: list[AlertChange]) -> None:
        if changes:
            seq = self.told.seq
            self._patiently(lambda: deeds.do_changes(self.watch, changes, seq))
            self._committed = seq

    def _patiently(self, do: Callable[[], T]) -> T:
        """Do it, again and again while the database is away: what was found must not be lost meanwhile."""
        pause_s = 0.1
        while True:
            try:
                return do()
            except deeds.DATABASE_AWAY as error:
                _database_away(error)
                if self._stop.wait(pause_s):
                    raise  # the frames are in the segment: the next process does these acts
                pause_s = min(5.0, pause_s * 2)
                beat(self.alive)

    def tick(self, journal: Journal) -> None:
        """Let the node's clock move the engine's time while the feeds are silent."""
        at = time.monotonic()
        if at - self._rows_at < self.pace.quiet_s or at - self._ticked_at < self.pace.tick_s:
            return
        self._ticked_at = at
        # Not later than the rows of a feed that comes in bursts: its next ones would come too late to be watched.
        now_ms = instant.epoch_ms(instant.now()) - int(self.told.lag_ms)
        journal.submit(Entry({"kind": "tick", "now_ms": now_ms}))

    def save_if_due(self) -> None:
        """Save a snapshot when the newest is old, or much came since."""
        late = time.monotonic() - self._saved_at > self.pace.snapshot_s and self.told.seq > self.saved_seq
        if late or self._rows_since > self.pace.snapshot_rows:
            self.save()

    def save(self) -> None:
        """Save a snapshot of what was taken so far."""
        try:
            snapshot.save(self.directory, self.told.snapshot(self.batches.dump()))
        except OSError as error:
            log.error("snapshot_failed", error=error.strerror)
        else:
            self.saved_seq = self.told.seq
        self._rows_since, self._saved_at = 0, time.monotonic()


class Round:
    """One turn of the loop: rows first, then what the clock, people, sensors and the picture want."""

    def __init__(self, live: Live, journal: Journal, doors: Doors):
        self._live, self.journal, self._doors = live, journal, doors
        silent_s = live.settings.silent_s
        self._news = News(live.watch, journal, live.told)
        self._sensors = Health(live.watch, silent_s, instant.epoch_ms(instant.now()))
        self._feeds = FeedHealth(live.watch, silent_s, live.settings.lateness_s)
        self._picture = Picture(live.watch)

    def hear(self) -> None:
        """Submit what people did since the last time."""
        if self._news.hear():
            self._sensors.forget()

    def turn(self) -> None:
        """Take one turn. While the database is away, rows are still taken, and their acts wait."""
        live, told = self._live, self._live.told
        live.take_waiting(self.journal, live.pace.turn_s)
        live.tick(self.journal)
        try:
            self.hear()
            now_ms = instant.epoch_ms(instant.now())
            self._sensors.tell(told.sensors, now_ms, self._doors.lost())
            self._feeds.tell(told.feeds, self._doors.of_feeds(), now_ms)
            if self._picture.is_due:
                self._picture.take(shown(told.engine), told.places.sites())
            self._picture.publish()
            for tap in live.taps:
                tap.hear(live.watch)
                tap.tell(live.watch)
        except deeds.DATABASE_AWAY as error:
            _database_away(error)
        live.save_if_due()


def remember(batches: Batches, meta: Any) -> None:
    """Remember an accepted batch from its frame, so that its retry is known after a restart too."""
    if meta["kind"] != "observations":
        return
    if "messages" in meta:
        batches.remember_messages(meta["feed"], meta["messages"])
    if meta["batch"]:
        answer = {name: meta[name] for name in ("accepted", "refused", "digest")} | {"late": meta.get("late", 0)}
        batches.remember(meta["feed"], meta["batch"], answer)


def _database_away(error: Exception) -> None:
    log.warning("database_unreachable", error=type(error).__name__)
    close_old_connections()
