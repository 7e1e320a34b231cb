"""The watch's own port: observations over HTTP, accepted once they are durable.

    POST /observations                          200 {"accepted": 2, "late": 0, "refused": {"not_finite": 1},
    Authorization: Bearer sc_feed_…                  "first_faults": [{"where": "line 3", "found": …, "wanted": …}]}
    Content-Type: application/x-ndjson
    Idempotency-Key: 2026-11-24T06:00:00        a retry under the same key is answered again, not taken again

GPS trackers report to `/gps/TOKEN` (feeds/gps.py); cameras and plate readers to `/onvif` and `/anpr` (feeds/posts.py).

Rows that are `late` are in the archive, but came too late to be watched. Without a key, a body that comes again byte
for byte is the same batch. Refusals are problem details (RFC 9457): 401 unknown token · 409 key of another body · 413 ·
415 · 422 no usable row · 429 with Retry-After · 507 disk full.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import orjson
import structlog

from safeconduct.terms import instant
from safeconduct.terms.errors import BadInput
from safeconduct.watch import rows
from safeconduct.watch.body import BodyReader, Budget, Receive, Unacceptable
from safeconduct.watch.feeds import arrow, gps, ndjson, posts
from safeconduct.watch.feeds.admitting import Admitted, Allowance
from safeconduct.watch.feeds.kinds import KINDS
from safeconduct.watch.journal import Batches, Journal, observations_entry
from safeconduct.watch.rows import Checked

Send = Callable[[Mapping[str, Any]], Awaitable[None]]

log = structlog.get_logger("safeconduct.watch.ingest")

Decode = Callable[[bytes, int | None], Checked]

DECODERS: dict[str, Decode] = {
    "application/x-ndjson": ndjson.decode,
    "application/jsonl": ndjson.decode,
    arrow.STREAM: arrow.decode_stream,
    arrow.FILE: arrow.decode_file,
}
TOKEN_CACHE_S = 5.0
MAX_KNOWN_TOKENS = 1_000
MAX_KEY_BYTES = 255
AT_ONCE = 2
"""Bodies of one feed that are decoded at a time."""
MAX_GPS_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """What one node takes over HTTP."""

    body_bytes: int = 16 * 1024 * 1024
    all_bodies_bytes: int = 128 * 1024 * 1024
    body_within_s: float = 30.0
    rows_per_s: float = 400_000.0
    """Of one feed, over `burst_s`."""
    burst_s: float = 5.0
    ahead_ms: int = rows.AHEAD_MS
    """How far ahead of the node's clock a row may be."""


@dataclass
class FeedState:
    """What one feed may send, and what of it was refused since the process began."""

    admitted: Admitted
    allowance: Allowance
    unusable: Counter[str] = field(default_factory=Counter[str])
    """Refusals, by reason, of bodies of which nothing was kept: what the segment does not know of."""
    decoding: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    @property
    def name(self) -> str:
        return self.admitted.name


class Tokens:
    """Feed tokens to their feeds, remembered for a few seconds: a revoked one soon ends."""

    def __init__(self, look_up: Callable[[str], Admitted | None]):
        self._look_up = look_up
        self._known: dict[bytes, tuple[float, Admitted | None]] = {}

    async def feed_of(self, clear: str) -> Admitted | None:
        digest = hashlib.sha256(clear.encode("utf-8", "surrogateescape")).digest()
        known = self._known.get(digest)
        if known is None or time.monotonic() - known[0] > TOKEN_CACHE_S:
            known = (time.monotonic(), await asyncio.to_thread(self._look_up, clear))
            while len(self._known) >= MAX_KNOWN_TOKENS:
                del self._known[next(iter(self._known))]
            self._known[digest] = known
        return known[1]


class Ingest:
    """The ASGI application. `look_up` tells the feed of a clear token, or None; it may block."""

    def __init__(
        self,
        journal: Journal,
        batches: Batches,
        look_up: Callable[[str], Admitted | None],
        health: Callable[[], Mapping[str, Any]] = dict,
        limits: Limits | None = None,
        own_formats: posts.Posts | None = None,
        late: Callable[[Any], int] = lambda _: 0,
    ):
        """`late` counts the rows of a checked table that come too late to be watched."""
        self.journal = journal
        self.batches = batches
        self.tokens = Tokens(look_up)
        self.health = health
        self.late = late
        self.limits = limits or Limits()
        self.posts = own_formats or posts.Posts()
        self.budget = Budget(self.limits.all_bodies_bytes)
        self.feeds: dict[str, FeedState] = {}
        self._decoding = asyncio.Semaphore(AT_ONCE + 1)
        self._coming: dict[tuple[str, str], asyncio.Future[dict[str, Any]]] = {}

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        try:
            status, document = await self._answer(scope, receive)
            headers: dict[str, str] = {}
        except Unacceptable as error:
            status, headers = error.status, error.headers | {"Connection": "close"}
            document = {"type": "about:blank", "title": error.title, "status": status, "detail": error.detail}
            document |= error.members
        await _send(send, status, document, headers)

    async def _answer(self, scope: Mapping[str, Any], receive: Receive) -> tuple[int, dict[str, Any]]:
        path, method = scope["path"], scope["method"]
        if path == "/healthz" and method in ("GET", "HEAD"):
            health = dict(self.health())
            return (200 if health.get("status", "ok") == "ok" else 503), health
        if path == "/gps" or path.startswith("/gps/"):
            return 200, await self._gps(scope, receive)
        if path != "/observations" and path not in posts.MEDIA:
            raise Unacceptable(404, "Not found", "want POST /observations or GET /healthz")
        if method != "POST":
            raise Unacceptable(405, "Method not allowed", "want POST", {"Allow": "POST"})
        return 200, await self._observations(path, dict(scope["headers"]), receive)

    async def _observations(self, path: str, headers: Mapping[bytes, bytes], receive: Receive) -> dict[str, Any]:
        feed = await self._feed(_bearer(headers), path)
        decode = self._decoder(path, feed.admitted, headers)
        key = headers.get(b"idempotency-key", b"")
        if len(key) > MAX_KEY_BYTES:
            raise Unacceptable(400, "Bad Idempotency-Key", f"want at most {MAX_KEY_BYTES} bytes")
        self._check_room(feed)
        reader = BodyReader(headers, self.budget, self.limits.body_bytes, self.limits.body_within_s)
        try:
            body = await reader.read(receive)
            digest = hashlib.blake2b(body, digest_size=16).hexdigest()
            batch = "key:" + key.decode("latin-1") if key else "body:" + digest
            return await self._once(feed, batch, digest, body, decode)
        except Unacceptable as error:
            if error.status != 422 or path not in posts.MEDIA or posts.is_damaged(error.members["refused"]):
                raise
            return error.members  # an empty scene, or one of persons: sending it again would not better it
        finally:
            reader.release()

    async def _gps(self, scope: Mapping[str, Any], receive: Receive) -> dict[str, Any]:
        """A tracker's request. One that a retry cannot better is answered 200, or the app would repeat it for ever."""
        if scope["method"] not in ("GET", "POST"):
            raise Unacceptable(405, "Method not allowed", "want GET or POST", {"Allow": "GET, POST"})
        headers, token = dict(scope["headers"]), scope["path"].removeprefix("/gps").strip("/")
        feed = await self._feed(token or _bearer(headers), "/gps")
        self._check_room(feed)
        reader = BodyReader(headers, self.budget, min(self.limits.body_bytes, MAX_GPS_BYTES), self.limits.body_within_s)
        try:
            body, query = await reader.read(receive), scope["query_string"]
            found = gps.positions(query, body, gps.SPEEDS_MPS[feed.admitted.settings["speed"]])
            received_ms = instant.epoch_ms(instant.now())
            digest = hashlib.blake2b(query + b"\n" + body, digest_size=16).hexdigest()
            # Without a time, the next request of a vehicle that stands is the same, and no retry.
            has_time = all(one.time_ms is not None for one in found)
            batch = f"body:{digest}" if has_time else f"gps:{uuid.uuid4().hex}"
            decode = partial(_of_positions, found, feed.admitted, received_ms)
            return await self._once(feed, batch, digest, body, decode)
        except BadInput as error:
            feed.unusable = feed.unusable + Counter(not_an_object=1)
            raise Unacceptable(400, "No position", str(error)) from None
        except Unacceptable as error:
            if error.status != 422:
                raise
            if "unknown_device" in error.members["refused"]:
                raise Unacceptable(400, "Unknown device", "want one that the feed's settings name") from None
            return error.members
        finally:
            reader.release()

    def _decoder(self, path: str, feed: Admitted, headers: Mapping[bytes, bytes]) -> Decode:
        if path in posts.MEDIA:
            return self.posts.decoder(feed, _media(headers, posts.MEDIA[path]))
        return DECODERS[_media(headers, DECODERS)]

    async def _feed(self, clear: str, path: str) -> FeedState:
        """The feed of a token, if it is of a kind that is posted to at `path`."""
        found = await self.tokens.feed_of(clear) if 0 < len(clear) < 200 else None
        if found is None or KINDS[found.kind].path != path:
            raise Unacceptable(
                401, "Unknown token", "want Authorization: Bearer with a feed's token", {"WWW-Authenticate": "Bearer"}
            )
        allowance = Allowance(self.limits.rows_per_s, self.limits.burst_s)
        feed = self.feeds.setdefault(found.name, FeedState(found, allowance))
        feed.admitted = found
        return feed

    def _check_room(self, feed: FeedState) -> None:
        if self.journal.failure is not None:
            raise Unacceptable(503, "The disk failed", "nothing is accepted until the watch has started anew")
        wait_s = self.journal.backlog.retry_after_s(1, feed.name)
        if wait_s:
            if self.journal.backlog.is_crowded_by(feed.name):
                feed.unusable = feed.unusable + Counter(rate=1)
            raise Unacceptable(429, "The watch is behind", "rows wait to be watched", {"Retry-After": str(wait_s)})
        wait_s = feed.allowance.wait_s()
        if wait_s > 0:
            feed.unusable = feed.unusable + Counter(rate=1)
            detail = f"want at most {self.limits.rows_per_s:g} rows a second of one feed"
            raise Unacceptable(429, "Over the feed's rate", detail, {"Retry-After": str(max(1, round(wait_s)))})

    async def _once(self, feed: FeedState, batch: str, digest: str, body: bytes, decode: Decode) -> dict[str, Any]:
        """Take the batch, or answer again what was answered; a retry that overtakes the first try waits for it."""
        while (coming := self._coming.get((feed.name, batch))) is not None:
            await asyncio.wait([coming])
        known = self.batches.answer(feed.name, batch)
        if known is not None:
            if known["digest"] != digest:
                raise Unacceptable(409, "Key of another body", "want one Idempotency-Key a body")
            answer = {name: known.get(name, 0) for name in ("accepted", "late", "refused")}
            return answer | {"first_faults": [], "repeated": True}
        coming = self._coming[(feed.name, batch)] = asyncio.get_running_loop().create_future()
        try:
            return await self._take(feed, batch, digest, body, decode)
        finally:
            del self._coming[(feed.name, batch)]
            coming.set_result({})

    async def _take(self, feed: FeedState, batch: str, digest: str, body: bytes, decode: Decode) -> dict[str, Any]:
        now_ms = instant.epoch_ms(instant.now())
        # There is one place more than a feed may take: many large bodies of one do not make another's wait.
        async with feed.decoding, self._decoding:
            newest_ms = now_ms + self.limits.ahead_ms - rows.AHEAD_MS
            try:
                checked, payload = await asyncio.to_thread(_decoded, feed.admitted, decode, body, newest_ms)
            except BadInput as error:
                # Whatever it holds, none of it can be told apart: one thing was sent, and refused.
                empty = rows.table_of([])
                checked, payload = Checked(empty, Counter(not_an_object=1), list(error.faults)), b""
        late = self.late(checked.table)
        answer = {"accepted": checked.table.num_rows, "late": late, "refused": dict(checked.refused)}
        faults = [{"where": one.where, "found": one.found, "wanted": one.wanted} for one in checked.faults]
        if not checked.table.num_rows:
            feed.unusable = feed.unusable + checked.refused  # the live loop reads it meanwhile
            detail = f"found {sum(checked.refused.values())} rows, none usable"
            raise Unacceptable(422, "No usable row", detail, members=answer | {"first_faults": faults})
        entry = observations_entry(feed.name, batch, digest, checked, payload, now_ms, late=late)
        feed.allowance.room -= checked.table.num_rows
        try:
            await asyncio.wrap_future(self.journal.submit(entry))
        except OSError as error:
            log.error("not_durable", error=error.strerror)
            raise Unacceptable(507, "Not stored", "the disk refused the rows; send them again later") from None
        self.batches.remember(feed.name, batch, answer | {"digest": digest})
        return answer | {"first_faults": faults}


def _decoded(feed: Admitted, decode: Decode, body: bytes, now_ms: int) -> tuple[Checked, bytes]:
    checked = feed.of_its_sensors(decode(body, now_ms))
    return checked, rows.encoded(checked.table) if checked.table.num_rows else b""


def _of_positions(found: list[gps.Position], feed: Admitted, received_ms: int, _: bytes, now_ms: int | None) -> Checked:
    return gps.checked(found, feed, received_ms, now_ms)


def _bearer(headers: Mapping[bytes, bytes]) -> str:
    scheme, _, clear = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    return clear.strip() if scheme.lower() == "bearer" else ""


def _media(headers: Mapping[bytes, bytes], known: Iterable[str]) -> str:
    """The media type of a body; without one, the first that is known."""
    known = tuple(known)
    told = headers.get(b"content-type", known[0].encode()).decode("latin-1")
    media = told.partition(";")[0].strip().lower()
    if media not in known:
        raise Unacceptable(415, "Unsupported media type", "want one of " + ", ".join(known))
    return media


async def _send(send: Send, status: int, document: Mapping[str, Any], headers: Mapping[str, str]) -> None:
    kind = "application/json" if status < 400 else "application/problem+json"
    body = orjson.dumps(document)
    every = {"Content-Type": kind, "Content-Length": str(len(body))} | dict(headers)
    encoded = [(name.lower().encode(), value.encode()) for name, value in every.items()]
    await send({"type": "http.response.start", "status": status, "headers": encoded})
    await send({"type": "http.response.body", "body": body})
