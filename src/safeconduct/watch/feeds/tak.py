"""TAK Protocol version 1: events as protobuf, alone in a datagram or one after another in a stream.

    mesh    0xbf  version (varint)  0xbf  TakMessage
    stream  0xbf  length (varint)         TakMessage

Source: the TAK protocol description in ATAK's `protocol.txt`; messages by takproto.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from safeconduct.terms.errors import BadInput, Fault
from safeconduct.watch.feeds.cot_events import Event

takproto: Any = import_module("takproto.proto")  # made from .proto files, without types
protobuf: Any = import_module("google.protobuf.message")

MAGIC = 0xBF
VERSION = 1
MAX_VARINT_BYTES = 10
MAX_MESSAGE_BYTES = 256 * 1024
UNKNOWN_HEIGHT = 999999.0
"""What the protobuf form writes for a height or an error that is not known."""


def varint(data: bytes | bytearray, at: int = 0) -> tuple[int, int] | None:
    """The unsigned number at `at` and the place behind it; None where more bytes are needed. Raises BadInput."""
    value = shift = 0
    for place in range(at, min(len(data), at + MAX_VARINT_BYTES)):
        value |= (data[place] & 0x7F) << shift
        shift += 7
        if not data[place] & 0x80:
            return value, place + 1
    if len(data) - at >= MAX_VARINT_BYTES:
        raise BadInput("TAK message", [Fault("length", "a number of more", f"at most {MAX_VARINT_BYTES} bytes")])
    return None


def as_varint(value: int) -> bytes:
    """Requires 0 <= value."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def mesh_begin(datagram: bytes) -> int:
    """Where the message of a mesh datagram begins; 0 where it is no such, as some send a stream's message in one.

    Raises BadInput for a version that is not known.
    """
    found = varint(datagram, 1) if datagram[:1] == bytes([MAGIC]) else None
    if found is None or datagram[found[1] : found[1] + 1] != bytes([MAGIC]):
        return 0
    if found[0] != VERSION:
        raise BadInput("TAK message", [Fault("version", str(found[0]), str(VERSION))])
    return found[1] + 1


def from_message(data: bytes) -> Event | None:
    """The event of a TakMessage, None for a message without one. Raises BadInput."""
    message = takproto.TakMessage()
    try:
        message.ParseFromString(data)
    except protobuf.DecodeError:
        raise BadInput("TAK message", [Fault("payload", f"{len(data)} bytes", "a TakMessage")]) from None
    if not message.HasField("cotEvent"):
        return None
    event = message.cotEvent
    detail = event.detail
    track = detail.track if detail.HasField("track") else None
    return Event(
        uid=event.uid,
        type=event.type,
        how=event.how,
        time_ms=event.sendTime,
        start_ms=event.startTime,
        stale_ms=event.staleTime,
        lat=event.lat,
        lon=event.lon,
        ce_m=event.ce,
        speed_mps=track.speed if track else None,
        course_deg=track.course if track else None,
        callsign=detail.contact.callsign,
    )


def _to_message(event: Event, xml_detail: str) -> bytes:
    message = takproto.TakMessage()
    out = message.cotEvent
    columns: Mapping[str, Any] = {
        "type": event.type,
        "uid": event.uid,
        "how": event.how,
        "opex": event.opex,
        "sendTime": event.time_ms or 0,
        "startTime": event.start_ms or 0,
        "staleTime": event.stale_ms or 0,
        "lat": event.lat or 0.0,
        "lon": event.lon or 0.0,
        "hae": UNKNOWN_HEIGHT,
        "ce": UNKNOWN_HEIGHT if event.ce_m is None else event.ce_m,
        "le": UNKNOWN_HEIGHT,
    }
    for name, value in columns.items():
        setattr(out, name, value)
    if event.callsign:
        out.detail.contact.callsign = event.callsign
    if xml_detail:
        out.detail.xmlDetail = xml_detail
    return message.SerializeToString()


def to_mesh(event: Event, xml_detail: str = "") -> bytes:
    """`event` as a datagram; `xml_detail` is what protobuf has no field for, as XML."""
    return bytes([MAGIC, VERSION, MAGIC]) + _to_message(event, xml_detail)


def to_stream(event: Event, xml_detail: str = "") -> bytes:
    """`event` as the next message of a stream."""
    payload = _to_message(event, xml_detail)
    return bytes([MAGIC]) + as_varint(len(payload)) + payload


def is_known(metres: float | None) -> bool:
    """Whether an error radius says anything: not where it is one of the values that stand for unknown."""
    return metres is not None and 0 < metres < UNKNOWN_HEIGHT
