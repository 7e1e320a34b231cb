"""The feeds that the watch goes out for: a thread with one task each, which connects, delivers and connects anew.

Feeds are read every CHECK_S: one that was opened begins, one that was closed ends, and one whose settings or secrets
changed begins anew, all without disturbing the others.
"""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

import structlog

from safeconduct.terms import instant
from safeconduct.terms.errors import BadInput, SafeconductError
from safeconduct.watch import rows
from safeconduct.watch.feeds.admitting import Admitted, Allowance
from safeconduct.watch.feeds.connection import Connection, Source
from safeconduct.watch.feeds.doors import Door
from safeconduct.watch.feeds.kinds import KINDS
from safeconduct.watch.feeds.plates import Plates
from safeconduct.watch.feeds.secrets import read_secrets, secrets_of
from safeconduct.watch.journal import Batches, Journal, observations_entry
from safeconduct.watch.rows import Checked

log = structlog.get_logger("safeconduct.watch.connections")

CHECK_S = 2.0
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
STEADY_S = 60.0
"""A connection that lasted so long begins with the first pause again."""
BEHIND_PAUSE_S = 0.05


@dataclass(frozen=True)
class Way:
    """What every connection of this process shares."""

    journal: Journal
    batches: Batches
    rows_per_s: float = 400_000.0
    burst_s: float = 5.0
    ahead_ms: int = rows.AHEAD_MS
    calibrations: Callable[[], Mapping[str, Any]] = dict
    plates: Plates = field(default_factory=Plates)
    node: str = ""
    """A name of this node, the same after each restart and of no other node."""

    def source(self, feed: Admitted, secrets: Mapping[str, str]) -> Source:
        """`feed` as its connection needs it."""
        identity = blake2b(f"{self.node}\n{feed.name}".encode(), digest_size=8).hexdigest()
        return Source(feed.name, feed.settings, secrets, feed.sensors, self.calibrations, self.plates, identity)


@dataclass
class Delivery:
    """`Deliver` for one feed: durable in the segment, within the feed's sensors and rate."""

    feed: Admitted
    way: Way
    door: Door
    allowance: Allowance
    lost_sensors: frozenset[str] = frozenset()

    async def __call__(self, checked: Checked, batch: str | None = None, messages: Sequence[bytes] = ()) -> None:
        if batch and self.way.batches.answer(self.feed.name, batch) is not None:
            return
        checked = self._within_rate(self.feed.of_its_sensors(checked))
        if not checked.table.num_rows:
            self.door.unusable = self.door.unusable + checked.refused  # the live loop reads it meanwhile
            return
        while self.way.journal.backlog.retry_after_s(checked.table.num_rows, self.feed.name):
            await asyncio.sleep(BEHIND_PAUSE_S)
        now_ms = instant.epoch_ms(instant.now())
        payload = rows.encoded(checked.table)
        entry = observations_entry(self.feed.name, batch or "", "", checked, payload, now_ms, messages)
        # A task that is cancelled here must not forget what becomes durable all the same.
        await asyncio.shield(self._durable(entry, batch, messages, checked))

    async def _durable(self, entry: Any, batch: str | None, messages: Sequence[bytes], checked: Checked) -> None:
        await asyncio.wrap_future(self.way.journal.submit(entry))
        if batch:
            answer = {"accepted": checked.table.num_rows, "refused": dict(checked.refused), "digest": ""}
            self.way.batches.remember(self.feed.name, batch, answer)
        if messages:
            self.way.batches.remember_messages(self.feed.name, entry.meta["messages"])

    def _within_rate(self, checked: Checked) -> Checked:
        count = checked.table.num_rows
        if count and self.allowance.wait_s() > 0:
            refused = checked.refused.copy()
            refused["rate"] += count
            return Checked(checked.table.slice(0, 0), refused, checked.faults)
        self.allowance.room -= count
        return checked

    def known(self, message: bytes) -> bool:
        return self.way.batches.known(self.feed.name, message)

    def connected(self) -> None:
        if not self.door.reachable:
            log.info("feed_connected", feed=self.feed.name)
        self.door.reachable = True

    def lost(self, sensors: Iterable[str]) -> None:
        self.lost_sensors = frozenset(sensors)

    def now_ms(self) -> int:
        return instant.epoch_ms(instant.now()) + self.way.ahead_ms - rows.AHEAD_MS


@dataclass
class _Running:
    wanted: tuple[Admitted, Mapping[str, str]]
    delivery: Delivery
    task: asyncio.Task[None]


class Connections:
    """`feeds` reads the open feeds of every kind; it may block, and raise where the database is away."""

    def __init__(self, node: Path, way: Way, feeds: Callable[[], Sequence[Admitted]], check_s: float = CHECK_S):
        self._node, self._way, self._feeds, self._check_s = node, way, feeds, check_s
        self._running: dict[str, _Running] = {}
        self._doors: dict[str, Door] = {}
        self._loop = asyncio.new_event_loop()
        self._stopping: asyncio.Event = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="connections", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End every connection; what is delivered by then is durable, and the rest was not acknowledged."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join()

    def of_feeds(self) -> Mapping[str, Door]:
        """What the segment does not know of each feed that connects."""
        return {name: self._doors[name] for name in list(self._running)}

    def lost(self) -> frozenset[str]:
        """Sensors that their feed knows to be off."""
        return frozenset().union(*(one.delivery.lost_sensors for one in list(self._running.values())))

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._watch())

    async def _watch(self) -> None:
        while not self._stopping.is_set():
            await self._check()
            try:
                await asyncio.wait_for(self._stopping.wait(), self._check_s)
            except TimeoutError:
                continue
        await self._end(list(self._running))

    async def _check(self) -> None:
        try:
            wanted = await asyncio.to_thread(self._wanted)
        except SafeconductError as error:
            log.error("feeds_unreadable", error=str(error))
            return
        except Exception as error:  # of the database, which comes back: the feeds that run go on meanwhile
            log.warning("feeds_unreadable", error=type(error).__name__)
            return
        await self._end([name for name, one in self._running.items() if one.wanted != wanted.get(name)])
        for name, one in wanted.items():
            if name not in self._running:
                self._begin(one)

    def _wanted(self) -> dict[str, tuple[Admitted, Mapping[str, str]]]:
        secrets = read_secrets(self._node)
        found = [one for one in self._feeds() if one.kind in KINDS and KINDS[one.kind].connects]
        return {one.name: (one, secrets_of(secrets, one.name, one.settings)) for one in found}

    def _begin(self, wanted: tuple[Admitted, Mapping[str, str]]) -> None:
        feed, secrets = wanted
        door = self._doors.setdefault(feed.name, Door())
        door.outward = KINDS[feed.kind].outward
        delivery = Delivery(feed, self._way, door, Allowance(self._way.rows_per_s, self._way.burst_s))
        source = self._way.source(feed, secrets)
        task = self._loop.create_task(keep_connected(feed.kind, source, delivery), name=feed.name)
        self._running[feed.name] = _Running(wanted, delivery, task)

    async def _end(self, names: Sequence[str]) -> None:
        ended = [self._running.pop(name) for name in names]
        for one in ended:
            one.task.cancel()
        await asyncio.gather(*(one.task for one in ended), return_exceptions=True)


async def keep_connected(kind: str, source: Source, delivery: Delivery) -> None:
    """Run the connection of a feed, anew after each loss, until cancelled."""
    pause_s = FIRST_PAUSE_S
    while True:
        begun = time.monotonic()
        try:
            connection: Connection = KINDS[kind].connection(source)
            await connection.run(delivery)
            reason = "the peer ended the connection"
        except (OSError, BadInput) as error:
            reason = str(error)
        except Exception:  # a fault in one protocol's module must not end the others' feeds
            log.exception("connection_failed", feed=source.name)
            reason = "an internal error"
        if delivery.door.reachable:
            log.warning("feed_unreachable", feed=source.name, reason=reason)
        delivery.door.reachable = False
        if time.monotonic() - begun > STEADY_S:
            pause_s = FIRST_PAUSE_S
        await asyncio.sleep(pause_s * random.uniform(0.5, 1.0))  # noqa: S311 (spreads reconnections, no secret)
        pause_s = min(LONGEST_PAUSE_S, pause_s * 2)
