"""Cursor on Target: vehicles and vessels that others report, from a TAK server or from datagrams on the network.

Events become rows by their type. A friend that tells of itself explains no presence away: only the devices that the
feed's settings name are `own`, and only where the peer proves who it is. Units and soldiers on foot are persons to the
watch, refused and counted. That an event goes stale, or is deleted, is no evidence of leaving.

Source: MIL-STD-2525C symbol codes, as CoT types write them (`a-AFFILIATION-DIMENSION-FUNCTION`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from safeconduct.terms import instant
from safeconduct.terms.errors import BadInput
from safeconduct.watch.feeds import tak
from safeconduct.watch.feeds.connection import Source
from safeconduct.watch.feeds.cot_events import OFFER, PING, REQUEST, RESPONSE, Event, talk, to_xml
from safeconduct.watch.feeds.cot_stream import Stream, Unusable
from safeconduct.watch.feeds.peer import Receiving
from safeconduct.watch.feeds.refusing import Found
from safeconduct.watch.rows import Checked

PING_S = 20.0
ANSWER_S = 60.0
"""How long a client that asked for another protocol waits for the server's answer. Source: ATAK's `protocol.txt`."""
MOST_MPS = 500.0

KINDS = (
    (re.compile(r"a-[a-z.]-S(-.*)?"), "vessel"),
    (re.compile(r"a-[a-z.]-G-E-V-C-(M-[MH]|M)"), "bus"),
    (re.compile(r"a-[a-z.]-G-E-V-U-B(-.*)?"), "bus"),
    (re.compile(r"a-[a-z.]-G-E-V-C-(O|T|F|U-[MH])(-.*)?"), "truck"),
    (re.compile(r"a-[a-z.]-G-E-V-U(-.*)?"), "truck"),
    (re.compile(r"a-[a-z.]-G-E-V-C(-.*)?"), "car"),
    (re.compile(r"a-[a-z.]-G-E-V(-.*)?"), "unknown"),
    (re.compile(r"a-[a-z.]-G(-E)?"), "unknown"),
)
"""The kind of each type of event; the first that fits. What none fits is no vehicle."""
GROUND = re.compile(r"a-[a-z.]-G(-.*)?")
WITHOUT_PLACE = re.compile(r"[^a].*")

WANTED = {
    "not_an_event": "a CoT event, as XML or in TAK Protocol version 1",
    "refused_dtd": "XML without a document type",
    "too_large": "events of at most 256 kB",
    "cut_short": "a whole event in each datagram",
    "not_a_thing": "an event of something that is at a place (a-…)",
    "own_unproved": "a vehicle on the ground, over TLS, for an own vehicle to be believed",
    "overflow": "fewer datagrams at once",
}


def connect(source: Source) -> Receiving:
    """`settings` are those of `cot` in kinds.py."""
    return Receiving(source, lambda: Cot(source))


def kind_of(kind: str) -> str | None:
    """What an event of this type is to the watch; None for persons and for what is no vehicle."""
    if len(kind) > 64:
        return None
    return next((found for pattern, found in KINDS if pattern.fullmatch(kind)), None)


class Cot:
    """Takes the events of one connection, whatever it brings."""

    def __init__(self, source: Source):
        settings = source.settings
        self._sensor = min(source.sensors, default=source.name)
        self._own: Mapping[str, str] = settings["own"]
        self._is_proved: bool = settings["transport"] == "tls" or settings["own_unproved"]
        self._stream = None if settings["transport"] == "udp" else Stream()
        self._talk = Talk(f"safeconduct-{source.identity}", settings["protocol"] == "tak")

    def take(self, chunks: list[bytes], received_ms: int, now_ms: int | None) -> Checked:  # noqa: ARG002 (events tell)
        found = Found(WANTED)
        if self._stream:
            for event in self._stream.take(b"".join(chunks)):
                self._take(event, found)
        else:
            for datagram in chunks:
                self._take_datagram(datagram, found)
        return found.checked(now_ms)

    def to_send(self, at_s: float) -> bytes:
        return self._talk.to_send(at_s) if self._stream else b""

    def _take_datagram(self, datagram: bytes, found: Found) -> None:
        try:
            if begin := tak.mesh_begin(datagram):
                if event := tak.from_message(datagram[begin:]):
                    self._take(event, found)
                return
            stream = Stream()
            for event in stream.take(datagram):
                self._take(event, found)
            if not stream.is_between:
                found.refuse("cut_short", "datagram", f"{len(datagram)} bytes")
        except BadInput as error:
            found.refuse("not_an_event", "datagram", error.faults[0].found)

    def _take(self, event: Event | Unusable, found: Found) -> None:
        if isinstance(event, Unusable):
            found.refuse(event.reason, "event", event.found)
        elif event.type.startswith("t-"):
            self._talk.heard(event)
        elif WITHOUT_PLACE.fullmatch(event.type):
            found.refuse("not_a_thing", "event", event.type[:64])
        else:
            self._take_thing(event, found)

    def _take_thing(self, event: Event, found: Found) -> None:
        kind, track = kind_of(event.type), event.uid
        own = self._own.get(event.uid) or self._own.get(event.callsign)
        if own and self._is_proved and GROUND.fullmatch(event.type):
            # Whoever opened the feed says that this device is a vehicle's, whatever symbol it shows.
            kind, track = "own", own
        elif own:
            found.refuse("own_unproved", "event", "an own vehicle's device")
        if kind is None:
            found.refuse("refused_kind", "event", event.type[:64])  # never who it is
        else:
            found.rows.append(self._row(event, kind, track))

    def _row(self, event: Event, kind: str, track: str) -> dict[str, Any]:
        ce_known = tak.is_known(event.ce_m)
        # A device without a fix reports the middle of the map.
        placed = ce_known or event.lat or event.lon
        speed, course = event.speed_mps, event.course_deg
        return {
            "time": event.time_ms,
            "sensor": self._sensor,
            "track": track,
            "lon": event.lon if placed else None,
            "lat": event.lat if placed else None,
            "kind": kind,
            "speed": speed if speed is not None and 0 <= speed < MOST_MPS else None,
            "heading": course % 360 if course is not None and 0 <= course <= 360 else None,
            "accuracy": event.ce_m if ce_known else None,
        }


class Talk:
    """What a client says to a server: that it is there, and that it would rather have TAK Protocol version 1."""

    def __init__(self, uid: str, wants_tak: bool):
        self._uid, self._wants_tak = uid, wants_tak
        self._next_s = 0.0
        self._asking = False
        self.is_tak = False
        """Whether the server said that both sides speak TAK Protocol version 1 from here on."""

    def heard(self, event: Event) -> None:
        """Something about the connection itself."""
        if event.type == OFFER and event.control.get("TakProtocolSupport") == str(tak.VERSION):
            self._asking = self._wants_tak and not self.is_tak
        elif event.type == RESPONSE:
            self.is_tak = event.control.get("TakResponse") == "true"
            self._next_s = 0.0

    def to_send(self, at_s: float) -> bytes:
        now_ms = instant.epoch_ms(instant.now())
        if self._asking:
            self._asking, self._next_s = False, at_s + ANSWER_S  # nothing else is sent meanwhile
            return to_xml(talk(self._uid, REQUEST, now_ms, {"TakRequest": str(tak.VERSION)}))
        if at_s < self._next_s:
            return b""
        self._next_s = at_s + PING_S
        ping = talk(f"{self._uid}-ping", PING, now_ms)
        return tak.to_stream(ping) if self.is_tak else to_xml(ping)
