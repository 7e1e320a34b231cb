"""The watch process: ingest port, journal, live loop and archive, from start to a clean stop."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
import uvicorn
from django.db import close_old_connections

from safeconduct.node import Node, current
from safeconduct.node.heartbeat import age_s
from safeconduct.people.standing import feed_of
from safeconduct.release import Projection
from safeconduct.terms.party import NOBODY
from safeconduct.watch.acts import open_feed
from safeconduct.watch.archiver import Archiver
from safeconduct.watch.body import Unacceptable
from safeconduct.watch.deeds import DATABASE_AWAY
from safeconduct.watch.feeds.admitting import Admitted
from safeconduct.watch.feeds.connections import Connections, Way
from safeconduct.watch.feeds.doors import Door
from safeconduct.watch.feeds.inbox import Inbox
from safeconduct.watch.feeds.kinds import sensors_of
from safeconduct.watch.feeds.namespaces import namespace_of
from safeconduct.watch.feeds.plates import Plates
from safeconduct.watch.feeds.points import PlacedSensors
from safeconduct.watch.feeds.posts import Posts
from safeconduct.watch.ingest import Ingest, Limits
from safeconduct.watch.journal import ROTATE_S, Backlog, Journal
from safeconduct.watch.learner import Learner
from safeconduct.watch.live import Live, Pace, Round
from safeconduct.watch.queries import feeds
from safeconduct.watch.segment import Segment
from safeconduct.watch.settings import LIVE

log = structlog.get_logger("safeconduct.watch.process")

STALLED_S = 15.0
"""A live loop that has not beaten for so long is no longer well."""


def run(node: Node, segment_s: float = ROTATE_S, snapshot_s: float = Pace.snapshot_s) -> int:
    """Watch until SIGTERM or SIGINT: 0 after a clean stop, 3 where the disk or the live loop failed."""
    watch = node.system("node.watch")
    directory = node.path / "watch"
    segment = Segment(directory / "segments")
    live = Live(directory, node.path / "watch.alive", watch, LIVE, Pace(snapshot_s=snapshot_s))
    live.recover(segment)
    journal = Journal(segment, Backlog(), segment_s)
    process = _Process(node, live, journal)
    limits = Limits(ahead_ms=int(node.settings["feed_ahead_s"] * 1000))
    plates = Plates(node.path / "keys" / "plates.json")
    points = PlacedSensors(lambda: live.told.places)
    own_formats = Posts(plates, live.told.calibrations, points)
    ingest = Ingest(journal, live.batches, open_feed_of, process.health, limits, own_formats, live.told.late)
    journal.start()
    way = Way(
        journal,
        live.batches,
        limits.rows_per_s,
        limits.burst_s,
        limits.ahead_ms,
        live.told.calibrations,
        plates,
        str(node.key.vkey),
    )
    connections = Connections(node.path, way, open_feeds)
    round_ = live.begin(journal, _Doors(ingest, connections))
    archiver = Archiver(segment, node.archive, live, watch)
    learner = Learner(node, journal, live.told)
    inbox = Inbox(node.path / "inbox", journal, live.batches, plates, points)
    loop = threading.Thread(target=process.live_loop, args=(round_,), name="live")
    for one in (loop, archiver, inbox, connections, learner):
        one.start()
    try:
        process.serve(ingest)
    finally:
        learner.stop()
        connections.stop()
        inbox.stop()
        live.stop()
        loop.join()
        archiver.stop()
        journal.stop()
        segment.close()
    log.info("watch_stopped", failed=process.failed)
    return 3 if process.failed else 0


@dataclass(frozen=True)
class _Doors:
    """The ingest port and the feeds that the watch goes out for."""

    ingest: Ingest
    connections: Connections

    def of_feeds(self) -> Mapping[str, Door]:
        posted = {name: Door(feed.unusable) for name, feed in list(self.ingest.feeds.items())}
        return posted | dict(self.connections.of_feeds())

    def lost(self) -> frozenset[str]:
        return self.connections.lost()


class _Process:
    """What the threads of the process tell each other: that one failed, and that it is time to stop."""

    def __init__(self, node: Node, live: Live, journal: Journal):
        self._node, self._live, self._journal = node, live, journal
        self._server: uvicorn.Server | None = None
        self.failed = False

    def live_loop(self, round_: Round) -> None:
        try:
            self._live.run(round_)
        except Exception:  # whatever it was: without the loop nothing is watched, so the process must end and say so
            log.exception("live_loop_failed")
            self.failed = True
            if self._server:
                self._server.should_exit = True

    def serve(self, app: Any) -> None:
        """Answer on the ingest port until a signal or a failure."""
        settings = self._node.settings
        config = uvicorn.Config(
            app,
            host=settings["address"],
            port=settings["ingest_port"],
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="none",
            server_header=False,
            limit_concurrency=512,
            timeout_graceful_shutdown=5,
        )
        self._server = uvicorn.Server(config)
        for number in (signal.SIGTERM, signal.SIGINT):
            # uvicorn stops on these, then raises them anew: our own clean stop comes after.
            signal.signal(number, lambda *_: None)
        log.info("watch_started", port=settings["ingest_port"])
        asyncio.run(self._serve(self._server))

    async def _serve(self, server: uvicorn.Server) -> None:
        watching = asyncio.create_task(self._watch_disk(server))
        try:
            await server.serve()
        finally:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching

    async def _watch_disk(self, server: uvicorn.Server) -> None:
        while True:
            await asyncio.sleep(0.5)
            if self._journal.failure is not None:
                log.error("disk_failed", error=self._journal.failure.strerror)
                self.failed = server.should_exit = True

    def health(self) -> Mapping[str, Any]:
        """For `GET /healthz`: no names, no positions."""
        age = age_s(self._live.alive)
        well = not self.failed and age is not None and age < STALLED_S
        return {
            "status": "ok" if well else "failing",
            "beat_age_s": None if age is None else round(age, 1),
            "waiting_rows": self._journal.backlog.waiting_rows,
            "failed_frames": self._live.told.failed,
        }


def open_feed_of(clear: str) -> Admitted | None:
    """The feed of a token, while its holder may open that feed and it is not closed. Runs on a thread of its own."""
    try:
        name, holder = feed_of(clear) or ("", NOBODY)
        theirs = [one for one in feeds(holder) if one.get("name") == name]
        return next((admitted(one) for one in theirs if open_feed.decision(holder, one.marking).allowed), None)
    except DATABASE_AWAY:
        raise Unacceptable(503, "The database is away", "try again", {"Retry-After": "2"}) from None
    finally:
        close_old_connections()


def admitted(feed: Projection) -> Admitted | None:
    """A feed for which its reader may hand in: whoever is not told which sensors it is bound to may not."""
    if "sensor" not in feed:
        return None
    kind, settings, namespace = feed.get("kind", "http"), feed.get("settings", {}), namespace_of(feed.marking)
    return Admitted(feed["name"], sensors_of(feed["sensor"]), kind, settings, namespace)


def open_feeds() -> list[Admitted]:
    """All feeds that the watch goes out for are among these: the host's. Runs on a thread of its own."""
    try:
        return [found for one in feeds(current().system("node.watch")) if (found := admitted(one))]
    finally:
        close_old_connections()
