"""Request bodies in bounded memory: refused by their announced size, cut off at the cap, inflated within it."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from safeconduct.terms.errors import SafeconductError

Receive = Callable[[], Awaitable[Mapping[str, Any]]]


class Unacceptable(SafeconductError):
    """A request that is answered with a status of its own and problem details."""

    def __init__(
        self,
        status: int,
        title: str,
        detail: str,
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, Any] | None = None,
    ):
        self.status, self.title, self.detail = status, title, detail
        self.headers, self.members = dict(headers or {}), dict(members or {})
        super().__init__(f"{status} {title}: {detail}")


@dataclass
class Budget:
    """Bytes of bodies that may be in memory at once, over all requests."""

    limit: int
    held: int = 0

    def take(self, size: int) -> None:
        if self.held + size > self.limit:
            raise Unacceptable(429, "Too many bodies at once", "memory for bodies is in use", {"Retry-After": "1"})
        self.held += size

    def give(self, size: int) -> None:
        self.held -= size


@dataclass
class BodyReader:
    """Reads one body. `cap` bounds its bytes, before and after inflation; `within_s` the time that it may take."""

    headers: Mapping[bytes, bytes]
    budget: Budget
    cap: int
    within_s: float
    taken: int = 0

    async def read(self, receive: Receive) -> bytes:
        """The body, inflated. Raises Unacceptable. Give its bytes back to the budget with `release`."""
        coding = self.headers.get(b"content-encoding", b"identity").strip().lower()
        if coding not in (b"identity", b"gzip"):
            raise Unacceptable(415, "Unsupported content coding", "want identity or gzip", {"Accept-Encoding": "gzip"})
        length = self.headers.get(b"content-length", b"")
        if length.isdigit() and int(length) > self.cap:
            raise self._too_large(f"{int(length)} bytes announced")
        inflate = _Inflation(self.cap) if coding == b"gzip" else None
        try:
            return await asyncio.wait_for(self._chunks(receive, inflate), self.within_s)
        except TimeoutError:
            raise Unacceptable(408, "Body too slow", f"want the whole body within {self.within_s:g} s") from None

    def release(self) -> None:
        self.budget.give(self.taken)
        self.taken = 0

    async def _chunks(self, receive: Receive, inflate: _Inflation | None) -> bytes:
        chunks: list[bytes] = []
        more, size, received = True, 0, 0
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Unacceptable(400, "Body cut short", "the connection closed before the body was complete")
            more = bool(message.get("more_body"))
            chunk: bytes = message.get("body", b"")
            received += len(chunk)
            if received > self.cap:
                raise self._too_large("more sent")
            for part in inflate.parts(chunk) if inflate else [chunk]:
                size += len(part)
                if size > self.cap:
                    raise self._too_large("more after inflation")
                self.budget.take(len(part))
                self.taken += len(part)
                chunks.append(part)
        if inflate and not inflate.complete:
            raise Unacceptable(400, "Bad gzip body", "the compressed data ends early")
        return b"".join(chunks)

    def _too_large(self, found: str) -> Unacceptable:
        return Unacceptable(413, "Body too large", f"found {found}, want at most {self.cap} bytes a request")


class _Inflation:
    """gzip, member after member, at most `cap` bytes of output held at a time."""

    def __init__(self, cap: int):
        self._cap = cap
        self._member = zlib.decompressobj(wbits=31)
        self._begun = False

    @property
    def complete(self) -> bool:
        return not self._begun or self._member.eof

    def parts(self, chunk: bytes) -> list[bytes]:
        parts: list[bytes] = []
        room = self._cap + 1
        while chunk and room > 0:
            if self._member.eof:
                self._member = zlib.decompressobj(wbits=31)
            self._begun = True
            try:
                part = self._member.decompress(chunk, room)
            except zlib.error:
                raise Unacceptable(400, "Bad gzip body", "the compressed data is damaged") from None
            parts.append(part)
            room -= len(part)
            chunk = self._member.unused_data if self._member.eof else self._member.unconsumed_tail
        return parts
