"""The hub: one look at the outbox for all readers of this process, and to each the news that its standing lets it hear.

All database work happens in one thread of its own, one call at a time, so that admitting a reader and looking for news
never cross: no event is lost between what is replayed to a reader and what it hears live, and none comes twice.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import orjson
import structlog
from django.db import connection

from safeconduct import release
from safeconduct.terms.instant import iso
from safeconduct.terms.party import Grant, Principal

log = structlog.get_logger("safeconduct.web.hub")

PERIOD_S = 0.1
RECHECK_S = 5.0
"""How long a dismissal or a logout may go unnoticed where no event tells of it."""

LATE_S = 10.0
"""How long an act may hold an earlier place of the outbox than others that are done before it."""

BLIND_S = 5.0
"""After so long without a look that worked, readers are sent away: they would take silence for calm."""

WAITING = 256
MOST_REPLAYED = 500
MOST_A_USER = 12

T = TypeVar("T")
Standing = tuple[str, tuple[Grant, ...]]


@dataclass(frozen=True)
class News:
    """One event as it leaves the node. `ref` is None where many things changed at once."""

    uid: str
    kind: str
    ref: str | None
    at: str

    @cached_property
    def frame(self) -> bytes:
        data = orjson.dumps({"kind": self.kind, "ref": self.ref, "at": self.at})
        return b"id: " + self.uid.encode() + b"\ndata: " + data + b"\n\n"


@dataclass(eq=False)
class Reader:
    """An open stream. `who` tells the present standing, None once the session has ended; the hub's thread asks it."""

    user_id: int
    who: Callable[[], Principal | None]
    principal: Principal
    checked: float = field(default_factory=lambda: time.monotonic() - random.uniform(0, RECHECK_S))  # noqa: S311 -- spreads
    queue: asyncio.Queue[News | None] = field(default_factory=lambda: asyncio.Queue(WAITING))

    def hand(self, news: Iterable[News]) -> bool:
        """Queue `news`; False for a reader that is too slow, whose queue then holds nothing but its end."""
        try:
            for one in news:
                self.queue.put_nowait(one)
        except asyncio.QueueFull:
            self.end()
            return False
        return True

    def end(self) -> None:
        """Send it away: what waited is dropped, and its stream ends."""
        while not self.queue.empty():
            self.queue.get_nowait()
        self.queue.put_nowait(None)


class Hub:
    """All readers of this process and the task that looks for them. Made once a process; methods run in the loop."""

    def __init__(self) -> None:
        self.readers: list[Reader] = []
        self._thread: ThreadPoolExecutor | None = None
        self._task: asyncio.Task[None] | None = None
        self._cursor = 0
        self._missing: dict[int, float] = {}

    async def admit(self, reader: Reader, last_uid: str | None) -> list[News] | None:
        """Let `reader` hear from now on; answers what it missed since `last_uid`, or None where that is too much."""
        begins = self._task is None or self._task.done()
        missed = await self._off(lambda: self._admit(reader, last_uid, begins))
        mine = [one for one in self.readers if one.user_id == reader.user_id]
        for one in mine[:-MOST_A_USER]:
            self._dismiss(one)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())
        return missed

    def leave(self, reader: Reader) -> None:
        if reader in self.readers:
            self.readers.remove(reader)

    async def _off(self, work: Callable[[], T]) -> T:
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="stream")
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _dismiss(self, reader: Reader) -> None:
        reader.end()
        self.leave(reader)

    async def _run(self) -> None:
        """Look every PERIOD_S, whatever there is to tell, until the last reader has gone."""
        saw = time.monotonic()
        while self.readers:
            begin = time.monotonic()
            try:
                found = await self._off(self._look)
                saw = begin
            except Exception as error:
                log.warning("stream_look_failed", error=type(error).__name__)
                found = [(reader, None) for reader in self.readers] if begin - saw > BLIND_S else []
            for reader, news in found:
                if news is None or not reader.hand(news):
                    self._dismiss(reader) if news is None else self.leave(reader)
            await asyncio.sleep(max(0.0, PERIOD_S - (time.monotonic() - begin)))

    # ---- in the hub's thread

    def _admit(self, reader: Reader, last_uid: str | None, begins: bool) -> list[News] | None:
        if begins:
            self._cursor, self._missing = release.newest_event_id(), {}
        missed = self._missed(reader.principal, last_uid) if last_uid else []
        self.readers.append(reader)
        return missed

    def _missed(self, principal: Principal, last_uid: str) -> list[News] | None:
        position = release.event_id_of(last_uid)
        if position is None:
            return None
        news: list[News] = []
        while position < self._cursor:
            events = [one for one in release.events_after(position) if one.pk <= self._cursor]
            if not events:
                break
            position = events[-1].pk
            news += [_news(one) for one in events if release.may_hear(principal, one)]
            if len(news) > MOST_REPLAYED:
                return None
        return news

    def _look(self) -> list[tuple[Reader, list[News] | None]]:
        """What each reader is to hear; None for those whose session has ended."""
        connection.close_if_unusable_or_obsolete()
        events = self._new_events()
        readers = list(self.readers)
        gone = self._recheck(readers, at_once=any(event.kind == "appointment" for event in events))
        heard: dict[Standing, list[News]] = {}
        for reader in readers:
            if events and reader.principal.standing not in heard:
                heard[reader.principal.standing] = [
                    _news(one) for one in events if release.may_hear(reader.principal, one)
                ]
        found = [(reader, heard.get(reader.principal.standing, [])) for reader in readers if reader not in gone]
        return [*((reader, None) for reader in gone), *((reader, news) for reader, news in found if news)]

    def _new_events(self) -> list[Any]:
        """Events since the last look. An id that was skipped may belong to an act that is not done yet: look again."""
        now = time.monotonic()
        self._missing = {one: until for one, until in self._missing.items() if until > now}
        late = list(release.events_of(self._missing)) if self._missing else []
        for event in late:
            del self._missing[event.pk]
        fresh = list(release.events_after(self._cursor))
        for event in fresh:
            skipped = range(max(self._cursor + 1, event.pk - WAITING), event.pk)
            self._missing |= dict.fromkeys(skipped, now + LATE_S)
            self._cursor = event.pk
        return late + fresh

    def _recheck(self, readers: list[Reader], *, at_once: bool) -> set[Reader]:
        """Ask anew who the readers are, those due for it or all of them; answers those who are nobody any more."""
        now = time.monotonic()
        gone: set[Reader] = set()
        for reader in readers:
            if at_once or now - reader.checked >= RECHECK_S:
                reader.checked = now
                principal = reader.who()
                if principal is None:
                    gone.add(reader)
                else:
                    reader.principal = principal
        return gone


def _news(event: Any) -> News:
    return News(str(event.uid), event.kind, str(event.ref) if event.ref else None, iso(event.at))


hub = Hub()
"""The hub of this process."""
