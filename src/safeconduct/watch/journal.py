"""The journal: takes what comes from every feed at once, makes it durable in one order, hands it to the live loop.

Requests that arrive while the disk is busy are written and synced together (group commit), so that the wait for the
disk is shared. What is handed on is durable: nothing can act on a frame that a crash would take back.
"""

from __future__ import annotations

import hashlib
import math
import threading
import time
from base64 import b64decode, b64encode
from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import orjson

from safeconduct.watch.rows import Checked
from safeconduct.watch.segment import Segment

MAX_WAITING_ROWS = 400_000
LEAST_WEIGHT = 20
"""Rows that an entry counts for at least: many small ones take memory and time of their own."""
FEED_SHARE = 4
"""Of one feed no more waits than so many times the room that is left: one that floods leaves a fifth to the others."""
MAX_ROTATE_BYTES = 64 * 1024 * 1024
ROTATE_S = 600.0
REMEMBERED_BATCHES = 50_000
ANSWER_BYTES = 90
"""Of a usual answer: what place is kept for each."""
REMEMBERED_MESSAGES = 1 << 16
"""Of each feed. MQTT numbers what is on its way and unacknowledged with 16 bits, so that more cannot come again."""


@dataclass
class Entry:
    """One frame on its way to the live loop. `rows` of `table` are counted against the backlog."""

    meta: Mapping[str, Any]
    payload: bytes = b""
    table: Any = None
    rows: int = 0
    seq: int = 0
    done: Future[int] = field(default_factory=Future[int])

    @property
    def feed(self) -> str:
        return str(self.meta.get("feed", ""))

    @property
    def weight(self) -> int:
        return max(self.rows, LEAST_WEIGHT) if self.rows else 0


class Backlog:
    """Durable entries that the live loop has not taken yet, and how fast it takes them."""

    def __init__(self, limit_rows: int = MAX_WAITING_ROWS):
        self.limit_rows = limit_rows
        self._entries: deque[Entry] = deque()
        self._waiting = 0
        self._of_feed: Counter[str] = Counter()
        self._rows_per_s = 50_000.0
        self._changed = threading.Condition()

    @property
    def waiting_rows(self) -> int:
        return self._waiting

    def put(self, entries: Iterable[Entry]) -> None:
        with self._changed:
            for entry in entries:
                self._entries.append(entry)
                self._waiting += entry.weight
                self._of_feed[entry.feed] += entry.weight
            self._changed.notify()

    def take(self, timeout_s: float) -> list[Entry]:
        """What waits, oldest first, a turn's worth; empty after `timeout_s` without any."""
        with self._changed:
            if not self._entries:
                self._changed.wait(timeout_s)
            taken: list[Entry] = []
            rows = 0
            while self._entries and rows < 100_000:
                taken.append(self._entries.popleft())
                rows += taken[-1].rows
            return taken

    def done(self, entries: Sequence[Entry], seconds: float) -> None:
        """`entries` were dealt with in `seconds`."""
        weight = sum(entry.weight for entry in entries)
        with self._changed:
            self._waiting -= weight
            self._of_feed -= Counter(_weights(entries))  # keeps what is above zero
            if weight:
                self._rows_per_s += 0.2 * (weight / max(seconds, 1e-4) - self._rows_per_s)

    def is_crowded_by(self, feed: str, coming_rows: int = 1) -> bool:
        """Whether `feed` has more waiting than its share, so that it must wait where others need not."""
        return self._own_over(feed, coming_rows) > 0

    def _own_over(self, feed: str, coming_rows: int) -> int:
        own = self._of_feed[feed] if feed else 0
        return own + coming_rows - FEED_SHARE * max(0, self.limit_rows - self._waiting) if own else 0

    def retry_after_s(self, coming_rows: int, feed: str = "") -> int:
        """0 where `coming_rows` of `feed` have room, else the seconds until they will, at the speed measured."""
        over = max(self._waiting + coming_rows - self.limit_rows, self._own_over(feed, coming_rows))
        if over <= 0 or not self._waiting:
            return 0
        return max(1, min(60, math.ceil(over / max(self._rows_per_s, 1.0))))


def _weights(entries: Iterable[Entry]) -> dict[str, int]:
    found: dict[str, int] = {}
    for entry in entries:
        found[entry.feed] = found.get(entry.feed, 0) + entry.weight
    return found


class Journal:
    """The one writer of the segment, on a thread of its own."""

    def __init__(self, segment: Segment, backlog: Backlog, rotate_s: float = ROTATE_S):
        self.segment = segment
        self._rotate_s = rotate_s
        self.backlog = backlog
        self.failure: OSError | None = None
        """The disk took no more; nothing is accepted since, and the process should end."""
        self._pending: deque[Entry] = deque()
        self._wake = threading.Condition()
        self._stopping = False
        self._rotated_at = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Write what was submitted, then stop."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        self._thread.join()

    def submit(self, entry: Entry) -> Future[int]:
        """Its number, once it is durable; OSError where the disk refuses it.

        It becomes durable whether somebody waits for it or not: it cannot be cancelled.
        """
        entry.done.set_running_or_notify_cancel()
        with self._wake:
            self._pending.append(entry)
            self._wake.notify()
        return entry.done

    def _run(self) -> None:
        while True:
            with self._wake:
                while not self._pending and not self._stopping:
                    self._wake.wait()
                group, self._pending = list(self._pending), deque()
                if not group:
                    return
            if self.failure is not None:
                for entry in group:
                    entry.done.set_exception(self.failure)
                continue
            self._commit(group)

    def _commit(self, group: list[Entry]) -> None:
        written: list[Entry] = []
        failed: list[tuple[Entry, Exception]] = []
        for entry in group:
            try:
                entry.seq = self.segment.append(entry.meta, entry.payload)
                written.append(entry)
            except Exception as error:  # whoever waits for it must hear of it, whatever it is
                failed.append((entry, error))
        try:
            if written:
                self.segment.sync()
        except OSError as error:
            # What a failed sync left on the disk is unknown (fsync(2)), so nothing may follow it: the process ends,
            # and the next one reads what is there.
            self.failure = error
            failed += [(entry, error) for entry in written]
            written = []
        self.backlog.put(written)
        for entry in written:
            entry.done.set_result(entry.seq)
        for entry, error in failed:
            entry.done.set_exception(error)
        if self.failure is None:
            self._rotate_if_due()

    def _rotate_if_due(self) -> None:
        if self.segment.size_bytes > MAX_ROTATE_BYTES or time.monotonic() - self._rotated_at > self._rotate_s:
            self.segment.rotate()
            self._rotated_at = time.monotonic()


class Batches:
    """What was accepted of each feed, so that a retry after a lost answer is not doubled. The newest only.

    A batch has an id of its own and is answered again. Where a frame holds many messages, each has a digest.
    """

    def __init__(self, limit: int = REMEMBERED_BATCHES):
        self.limit = limit
        # Full from the start, with what no batch has: memory that only fills in hours looks like a leak, and hides one.
        self._order = [number.to_bytes(DIGEST_BYTES) for number in range(limit)]
        self._oldest = 0
        """Where in `_order`, which goes round, the oldest batch is: the next one's place."""
        self._answers = {key: bytes(ANSWER_BYTES) for key in self._order}
        """As JSON, which takes a fifth of the memory, by the digest of feed and batch."""
        self._messages: dict[str, dict[bytes, None]] = {}
        self._lock = threading.Lock()

    def answer(self, feed: str, batch: str) -> dict[str, Any] | None:
        known = self._answers.get(_key(feed, batch))
        return None if known is None else orjson.loads(known)

    def remember(self, feed: str, batch: str, answer: Mapping[str, Any]) -> None:
        self._remember(_key(feed, batch), answer)

    def _remember(self, key: bytes, answer: Mapping[str, Any]) -> None:
        with self._lock:
            if key not in self._answers:
                del self._answers[self._order[self._oldest]]
                self._order[self._oldest] = key
                self._oldest = (self._oldest + 1) % self.limit
            # A copy: what orjson gives keeps the 4 KB that it was written in, however short it is.
            self._answers[key] = bytes(memoryview(orjson.dumps(dict(answer))))

    def known(self, feed: str, message: bytes) -> bool:
        """Whether a message of this digest (DIGEST_BYTES long) was accepted of `feed`."""
        return message in self._messages.get(feed, ())

    def remember_messages(self, feed: str, packed: str) -> None:
        """`packed` is what `packed` made of their digests."""
        every = b64decode(packed)
        with self._lock:
            known = self._messages.setdefault(feed, {})
            known.update((every[at : at + DIGEST_BYTES], None) for at in range(0, len(every), DIGEST_BYTES))
            for old in list(islice(known, max(0, len(known) - REMEMBERED_MESSAGES))):
                del known[old]

    def dump(self) -> list[Any]:
        """Oldest first."""
        with self._lock:
            keys = self._order[self._oldest :] + self._order[: self._oldest]
            found = ((key, self._answers[key]) for key in keys)
            rows: list[Any] = [[packed([key]), orjson.Fragment(answer)] for key, answer in found if any(answer)]
            return rows + [[feed, packed(known)] for feed, known in self._messages.items()]

    def load(self, rows: Iterable[Any]) -> None:
        """What `dump` gave, or what it gave in earlier versions: feed, batch and answer."""
        for name, *rest in rows:
            if len(rest) == 2:
                self.remember(name, *rest)
            elif isinstance(rest[0], str):
                self.remember_messages(name, rest[0])
            else:
                self._remember(b64decode(name), rest[0])


def _key(feed: str, batch: str) -> bytes:
    return digest_of(feed.encode(), batch.encode())


DIGEST_BYTES = 12
"""Of a message or a batch: two of a feed's newest 65,536 are taken for one another once in 10^19 times."""


def digest_of(*parts: bytes) -> bytes:
    """The digest of one message, DIGEST_BYTES long."""
    found = hashlib.blake2b(digest_size=DIGEST_BYTES)
    for part in parts:
        found.update(len(part).to_bytes(4, "big"))
        found.update(part)
    return found.digest()


def packed(messages: Iterable[bytes]) -> str:
    """Digests as one text, for a frame's meta."""
    return b64encode(b"".join(messages)).decode("ascii")


def observations_entry(
    feed: str,
    batch: str,
    digest: str,
    checked: Checked,
    payload: bytes,
    now_ms: int,
    messages: Sequence[bytes] = (),
    late: int = 0,
) -> Entry:
    """The frame of one accepted batch, with all that answers a retry of it. An empty `batch` is not remembered.

    `late` of its rows will not be watched.
    """
    meta: dict[str, Any] = {
        "kind": "observations",
        "feed": feed,
        "batch": batch,
        "digest": digest,
        "received_ms": now_ms,
        "accepted": checked.table.num_rows,
        "refused": dict(checked.refused),
    }
    meta |= {"messages": packed(messages)} if messages else {}
    meta |= {"late": late} if late else {}
    return Entry(meta, payload, checked.table, checked.table.num_rows)
