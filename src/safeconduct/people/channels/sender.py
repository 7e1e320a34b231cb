"""The sender: a thread of the clock that sends what is due, each channel at its own rate, and notes what became of it.

A message is noted as sent after its service took it. Killed between the two, the sender sends it again under the same
id: what was noted is never sent twice, and nothing that was queued is lost. A lock on a file of the node keeps a second
clock from sending beside it.
"""

from __future__ import annotations

import fcntl
import threading
import time
import uuid
from collections import deque
from collections.abc import Generator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog
from django.db import OperationalError, close_old_connections, connection

from safeconduct import node
from safeconduct.people.channels import acts, gateway
from safeconduct.people.channels.channel_file import Channels, read_channels
from safeconduct.people.channels.due import Due, channels_due, due, has_climbs
from safeconduct.people.channels.ladder import Channel, address_for
from safeconduct.people.channels.messages import MESSAGES, text_of
from safeconduct.people.headcounts.links import link_of
from safeconduct.terms import instant
from safeconduct.terms.errors import SafeconductError

log = structlog.get_logger("safeconduct.people.sender")

IDLE_S = 0.5
BUSY_S = 0.02
NOTED_EVERY_S = 0.25
"""How long what was sent may wait to be noted: one act for all of it."""
MOST_NOTED = 200
CLIMBS_EVERY_S = 1.0
CHANNELS_EVERY_S = 0.1
"""How long what channels have anything due is taken as known, while one has."""
READ_AHEAD_S = 0.5
"""How long a message may wait after it was read: an answer that comes meanwhile comes too late to take it back."""
NO_ADDRESS, NO_CHANNEL, NO_TEXT = "no_address", "no_channel", "no_text"


@dataclass
class Rate:
    """A bucket that fills at `per_s` and holds a second's worth, one at least."""

    per_s: float
    left: float = 1.0
    at_s: float = field(default_factory=time.monotonic)

    def take(self, most: int) -> int:
        """How many may go now, at most `most`; they are taken."""
        now = time.monotonic()
        self.left = min(max(self.per_s, 1.0), self.left + (now - self.at_s) * self.per_s)
        self.at_s = now
        taken = min(most, int(self.left))
        self.left -= taken
        return taken


@dataclass
class Ahead:
    """Messages of a channel that were read at `at_s`, and are yet to be handed on."""

    at_s: float
    messages: deque[Due]

    def is_spent(self) -> bool:
        return not self.messages or time.monotonic() - self.at_s > READ_AHEAD_S


class Sender:
    """Sends until it is stopped. One at a time sends for a node."""

    def __init__(self, stop: threading.Event):
        self._stop = stop
        self._rates: dict[str, Rate] = {}
        self._ahead: dict[str, Ahead] = {}
        self._channels: set[str] = set()
        self._pool = ThreadPoolExecutor(64, thread_name_prefix="send")
        self._under_way: dict[Future[tuple[str, str]], tuple[uuid.UUID, str]] = {}
        self._outcomes: list[dict[str, Any]] = []
        self._unnoted: set[uuid.UUID] = set()
        self._noted_at_s = self._climbed_at_s = self._looked_at_s = time.monotonic()

    def run(self) -> None:
        """Take turns until stopped, holding the node's lock."""
        with _alone(node.current().path / "sender.lock", self._stop) as mine:
            while mine and not self._stop.is_set():
                pause_s = IDLE_S
                try:
                    pause_s = BUSY_S if self.turn() else IDLE_S
                except OperationalError as error:
                    log.warning("database_unreachable", error=type(error).__name__)
                    close_old_connections()
                except SafeconductError as error:
                    log.error("sending_rests", error=type(error).__name__)
                self._pause(pause_s)
            self._pool.shutdown(cancel_futures=True)
            self._gather()
            self._note()
        connection.close()

    def _pause(self, most_s: float) -> None:
        """Until the next of those under way is done, if any are; a stop waits no longer than for the pause to end."""
        if self._under_way:
            wait(self._under_way, most_s, FIRST_COMPLETED)
        else:
            self._stop.wait(most_s)

    def turn(self) -> bool:
        """Send what is due now, note what came back, and climb; whether there is more to do soon."""
        channels = read_channels(node.current().path)
        if not self._channels or self._is_time(self._looked_at_s, CHANNELS_EVERY_S):
            self._channels, self._looked_at_s = channels_due(instant.now()), time.monotonic()
        begun = sum(self._begin(name, channels) for name in self._channels)
        self._gather()
        if self._outcomes and (len(self._outcomes) >= MOST_NOTED or self._is_time(self._noted_at_s, NOTED_EVERY_S)):
            self._note()
        if self._is_time(self._climbed_at_s, CLIMBS_EVERY_S):
            self._climbed_at_s = time.monotonic()
            if has_climbs(instant.now()):
                acts.climb(node.current().system("node.clock"))
        return bool(begun or self._under_way or self._outcomes)

    def _is_time(self, last_s: float, every_s: float) -> bool:
        return time.monotonic() - last_s >= every_s

    def _begin(self, name: str, channels: Channels) -> int:
        """Hand as many messages of a channel to the pool as its rate and its width let."""
        channel = next((one for one in channels.channels if one.name == name), None)
        if channel is None:
            gone = due(name, instant.now(), MOST_NOTED, self._unnoted)
            self._settle(gone, "failed", NO_CHANNEL)
            return len(gone)
        wide = channel.at_once - sum(its == name for _, its in self._under_way.values())
        rate = self._rates.setdefault(name, Rate(channel.per_s))
        rate.per_s = channel.per_s
        most = rate.take(max(0, wide))
        if not most:
            return 0
        found = self._next(channel, most)
        rate.left += most - len(found)
        for one in found:
            self._hand(channel, one, channels.public_url)
        return len(found)

    def _next(self, channel: Channel, most: int) -> list[Due]:
        """The oldest that are due, at most `most`. More are read at once: to read costs more than to send one."""
        ahead = self._ahead.get(channel.name)
        if ahead is None or ahead.is_spent():
            mine = {ref for ref, its in self._under_way.values() if its == channel.name} | self._unnoted
            limit = max(most, min(MOST_NOTED, int(channel.per_s * READ_AHEAD_S)))
            found = deque(due(channel.name, instant.now(), limit, mine))
            ahead = self._ahead[channel.name] = Ahead(time.monotonic(), found)
        return [ahead.messages.popleft() for _ in range(min(most, len(ahead.messages)))]

    def _hand(self, channel: Channel, one: Due, public_url: str) -> None:
        to = address_for(channel, one.contacts)
        if to is None or one.what not in MESSAGES:
            self._settle([one], "failed", NO_ADDRESS if to is None else NO_TEXT)
            return
        link = f"{public_url.rstrip('/')}/a/{link_of(node.current().secret, one.about)}" if one.about else ""
        text = text_of(one.what, one.language, link)
        self._under_way[self._pool.submit(gateway.send, channel, to, str(one.id), text)] = (one.id, channel.name)

    def _settle(self, messages: list[Due], state: str, error: str) -> None:
        self._outcomes += [{"id": str(one.id), "state": state, "error": error} for one in messages]
        self._unnoted |= {one.id for one in messages}

    def _gather(self) -> None:
        for one in [future for future in self._under_way if future.done()]:
            ref, _ = self._under_way.pop(one)
            if one.cancelled():
                continue
            state, error = one.result()
            self._outcomes.append({"id": str(ref), "state": state, "error": error})
            self._unnoted.add(ref)

    def _note(self) -> None:
        if self._outcomes:
            acts.note(node.current().system("node.clock"), self._outcomes)
            self._outcomes, self._unnoted = [], set()
        self._noted_at_s = time.monotonic()


@contextmanager
def _alone(path: Path, stop: threading.Event) -> Generator[bool]:
    """Hold the lock on `path`; False if `stop` came before it was free."""
    with path.open("w") as file:
        while not stop.is_set():
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                stop.wait(IDLE_S)
            else:
                yield True
                return
        yield False


def start(stop: threading.Event) -> threading.Thread:
    """The sender in a thread of its own, which ends after `stop` is set."""
    thread = threading.Thread(target=Sender(stop).run, name="sender", daemon=True)
    thread.start()
    return thread
