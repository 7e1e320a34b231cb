"""A stream of Cursor on Target, cut into its events wherever the network cut it: XML, TAK Protocol, or both in turn.

XML is cut by the parser itself, which takes it tag by tag: an event ends where its root element does, whatever a text,
a comment or an attribute within it looks like.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from safeconduct.terms.errors import BadInput, Fault
from safeconduct.watch.feeds import tak
from safeconduct.watch.feeds.cot_events import Event, Reading, etree, new_parser

MAX_EVENT_BYTES = 256 * 1024
MAX_SKIP_BYTES = 16 * 1024 * 1024
BEGINNINGS = (b"<event", b"<?xml")
LONGEST_BEGINNING = max(map(len, BEGINNINGS))
SPACE = b" \t\r\n\0"


@dataclass(frozen=True)
class Unusable:
    """Something in the stream that is no event, and why."""

    reason: str
    found: str


class Stream:
    """Events of consecutive parts of one stream."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._reading: Reading | None = None
        self._parser: Any = None
        self._taken = 0
        """Bytes of the event that is being parsed."""
        self._lost = False
        """Whether the place in the stream is lost until the next beginning of an event."""
        self._skip = 0
        """Bytes of a message too large to take, still to come."""

    @property
    def is_between(self) -> bool:
        """Whether nothing was begun that is not ended."""
        return self._reading is None and not self._rest and not self._skip

    def take(self, data: bytes) -> Iterator[Event | Unusable]:
        """What ends in `data`. Raises BadInput once a binary stream cannot be followed any more."""
        self._rest += data
        while self._rest:
            before = len(self._rest)
            if self._skip:
                self._skip_some()
            elif self._lost:
                self._find_beginning()
            elif self._reading is None:
                yield from self._begin()
            else:
                yield from self._go_on()
            if len(self._rest) == before and not self._advances():
                return

    def _advances(self) -> bool:
        """Whether a turn that took no bytes changed what the next one does."""
        moved, self._moved = self._moved, False
        return moved

    _moved = False

    def _skip_some(self) -> None:
        count = min(self._skip, len(self._rest))
        del self._rest[:count]
        self._skip -= count

    def _find_beginning(self) -> None:
        places = [place for one in BEGINNINGS if (place := self._rest.find(one)) >= 0]
        if places:
            del self._rest[: min(places)]
            self._lost, self._moved = False, True
        else:
            del self._rest[: max(0, len(self._rest) - LONGEST_BEGINNING + 1)]

    def _begin(self) -> Iterator[Event | Unusable]:
        stripped = self._rest.lstrip(SPACE)
        del self._rest[: len(self._rest) - len(stripped)]
        if not self._rest:
            return
        if self._rest[0] == tak.MAGIC:
            yield from self._message()
        elif self._rest[0] == ord("<"):
            self._reading = Reading()
            self._parser, self._taken, self._moved = new_parser(self._reading), 0, True
        else:
            yield self._lose("not_an_event", bytes(self._rest[:16]).hex(" "))

    def _message(self) -> Iterator[Event | Unusable]:
        found = tak.varint(self._rest, 1)
        if found is None:
            return
        length, begin = found
        if length > MAX_SKIP_BYTES:
            raise BadInput("TAK stream", [Fault("length", f"{length} bytes", f"at most {MAX_SKIP_BYTES}")])
        if length > tak.MAX_MESSAGE_BYTES:
            del self._rest[:begin]
            self._skip = length
            yield Unusable("too_large", f"{length} bytes")
        elif len(self._rest) >= begin + length:
            payload = bytes(self._rest[begin : begin + length])
            del self._rest[: begin + length]
            try:
                event = tak.from_message(payload)
            except BadInput as error:
                yield Unusable("not_an_event", error.faults[0].found)
            else:
                if event:
                    yield event

    def _go_on(self) -> Iterator[Event | Unusable]:
        end = self._rest.find(b">") + 1
        part = bytes(self._rest[:end] if end else self._rest)
        if self._taken + len(part) > MAX_EVENT_BYTES:
            yield self._lose("too_large", f"over {MAX_EVENT_BYTES} bytes")
        elif end:
            del self._rest[:end]
            self._taken += end
            yield from self._parse(part)

    def _parse(self, part: bytes) -> Iterator[Event | Unusable]:
        reading = self._reading
        assert reading is not None
        if not reading.root and part.lstrip(SPACE).startswith(b"<!DOCTYPE"):
            # Before any parser sees what it declares.
            yield self._lose("refused_dtd", "a document type")
            return
        try:
            self._parser.feed(part)
            if reading.depth or not reading.root:
                return
            self._parser.close()
        except (etree.XMLSyntaxError, etree.ParserError, ValueError) as error:
            yield self._lose("not_an_event", type(error).__name__)
            return
        self._reading = self._parser = None
        yield reading.event() if reading.root == "event" else Unusable("not_an_event", "another element")

    def _lose(self, reason: str, found: str) -> Unusable:
        """What was begun is nothing; the next event begins where one seems to, behind at least one byte."""
        self._reading = self._parser = None
        del self._rest[:1]
        self._lost, self._moved = True, True
        return Unusable(reason, found)
