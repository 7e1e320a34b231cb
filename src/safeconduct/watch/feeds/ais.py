"""AIS: vessels that tell where they are, as NMEA sentences of a receiver over TCP, TLS or UDP.

    \\s:rx1,c:1764000000*03\\!AIVDM,1,1,,B,177KQJ5000G?tO`K>RA1wUbN0TKH,0*5C

Position reports (types 1-3, 18, 19, 27) become rows of the kind `vessel`, at the time of their tag block, else when
they were received.

Source: ITU-R M.1371-5; IEC 61162-1 (NMEA 0183) sentences and tag blocks; pyais decodes the payloads.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import xor
from typing import Any

from pyais.decode import decode

from safeconduct.terms.errors import BadInput, Fault
from safeconduct.watch.feeds.connection import Source
from safeconduct.watch.feeds.peer import Receiving
from safeconduct.watch.feeds.refusing import Found
from safeconduct.watch.rows import Checked

KNOT_MPS = 1852 / 3600
POSITION_TYPES = frozenset({1, 2, 3, 18, 19, 27})
COARSE_TYPE, COARSE_M = 27, 185.0
"""A long-range report tells its place in tenths of a minute, others in ten-thousandths."""
FINE_M = 10.0
"""What a set `accuracy` bit promises."""
FEWEST_BITS = {1: 168, 2: 168, 3: 168, 18: 168, 19: 312, 27: 96}
MAX_LINE_BYTES = 1024
MAX_PENDING, PENDING_MS = 64, 15_000
MAN_OVERBOARD = "972"
"""MMSIs that begin so are of devices that persons wear."""

WANTED = {
    "not_a_sentence": "!AIVDM or !AIVDO, as NMEA 0183 has it, at most 1024 bytes",
    "bad_checksum": "the checksum of the text before it",
    "incomplete": "every sentence of a message, in order, within 15 s",
    "other_message": "a position report: type 1, 2, 3, 18, 19 or 27",
    "damaged": "a whole position report",
    "overflow": "fewer datagrams at once",
}

_LINE = re.compile(
    rb"(?:\\(?P<tags>[^\\]{1,400})\\)?"
    rb"(?P<sentence>!(?P<talker>[A-Z]{2})VD[MO],(?P<of>[1-9]),(?P<number>[1-9]),(?P<group>\d?),(?P<channel>[A-Z0-9]?),"
    rb"(?P<payload>[0-W`-w]{0,120}),(?P<fill>[0-5]))\*(?P<sum>[0-9A-Fa-f]{2})\s*"
)
_TAG_TIME = re.compile(rb"(?:^|,)c:(\d{10}|\d{13})(?:,|$)")


def connect(source: Source) -> Receiving:
    """`settings` are those of `ais` in kinds.py. Raises BadInput where MMSIs are to be hashed without a key."""
    name = mmsi_name(source.settings["mmsi"], source.secrets)
    sensor = min(source.sensors, default=source.name)
    is_stream = source.settings["transport"] != "udp"
    return Receiving(source, lambda: Ais(sensor, name, is_stream))


def mmsi_name(how: str, secrets: Mapping[str, str]) -> Callable[[str], str]:
    """What a vessel's track is called: its MMSI, which is broadcast to all, or a hash of it under the feed's key."""
    if how == "kept":
        return lambda mmsi: mmsi
    key = secrets.get("mmsi_key", "").encode()
    if not 16 <= len(key) <= 64:
        # There are only a milliard MMSIs: whoever knows the key, or that there is none, finds them all.
        raise BadInput("feed", [Fault("mmsi_key", f"{len(key)} bytes", "a secret of 16 to 64 bytes")])
    return lambda mmsi: hashlib.blake2b(mmsi.encode(), key=key, digest_size=8).hexdigest()


@dataclass
class _Pending:
    """The first sentences of a message of several."""

    payloads: list[bytes]
    since_ms: int
    time_ms: int | None


class Ais:
    """Takes the sentences of one receiver, whatever they hold, split anywhere where it `is_stream`."""

    def __init__(self, sensor: str, name: Callable[[str], str] = str, is_stream: bool = True):
        self._sensor, self._name, self._is_stream = sensor, name, is_stream
        self._rest = b""
        self._skipping = False
        self._pending: dict[tuple[bytes, ...], _Pending] = {}

    def to_send(self, at_s: float) -> bytes:  # noqa: ARG002 (of every decoder; a receiver is told nothing)
        return b""

    def take(self, chunks: list[bytes], received_ms: int, now_ms: int | None) -> Checked:
        """The rows in `chunks`, which came at `received_ms`."""
        found = Found(WANTED)
        for line in self._lines(chunks, found):
            self._take_line(line.strip(), received_ms, found)
        self._forget(received_ms, found)
        return found.checked(now_ms)

    def _lines(self, chunks: list[bytes], found: Found) -> list[bytes]:
        if not self._is_stream:
            return [line for chunk in chunks for line in chunk.split(b"\n")]
        *whole, rest = (self._rest + b"".join(chunks)).split(b"\n")
        if whole and self._skipping:
            del whole[0]
            self._skipping = False
        if len(rest) > MAX_LINE_BYTES:
            if not self._skipping:
                found.refuse("not_a_sentence", "line", f"over {MAX_LINE_BYTES} bytes")
            rest, self._skipping = b"", True
        self._rest = rest
        return whole

    def _take_line(self, line: bytes, received_ms: int, found: Found) -> None:
        if not line or (line.startswith(b"$") and len(line) <= MAX_LINE_BYTES):
            return  # a receiver tells of itself, too
        match = _LINE.fullmatch(line) if len(line) <= MAX_LINE_BYTES else None
        if match is None:
            found.refuse("not_a_sentence", "line", line[:80].decode("ascii", "replace"))
        elif _checksum(match["sentence"][1:]) != int(match["sum"], 16):
            found.refuse("bad_checksum", "line", match["sum"].decode())
        elif match["tags"] is not None and _is_damaged(match["tags"]):
            found.refuse("bad_checksum", "tag block", match["tags"][-3:].decode("ascii", "replace"))
        else:
            self._take_sentence(match, _tag_time_ms(match["tags"] or b""), received_ms, found)

    def _take_sentence(self, match: re.Match[bytes], at_ms: int | None, received_ms: int, found: Found) -> None:
        of, number = int(match["of"]), int(match["number"])
        if of == 1:
            self._take_payload([match["payload"]], received_ms if at_ms is None else at_ms, found)
            return
        key = (match["talker"], match["group"], match["channel"], match["of"])
        pending = self._pending.get(key)
        if number == 1:
            if pending:
                found.refuse("incomplete", "message", f"{len(pending.payloads)} of {of} sentences")
            self._pending[key] = _Pending([match["payload"]], received_ms, at_ms)
            if len(self._pending) > MAX_PENDING:
                del self._pending[next(iter(self._pending))]
                found.refuse("incomplete", "message", f"over {MAX_PENDING} begun")
        elif pending is None or number != len(pending.payloads) + 1:
            found.refuse("incomplete", "message", f"sentence {number} of {of} alone")
        else:
            pending.payloads.append(match["payload"])
            if number == of:
                del self._pending[key]
                self._take_payload(pending.payloads, received_ms if pending.time_ms is None else pending.time_ms, found)

    def _forget(self, received_ms: int, found: Found) -> None:
        for key, one in list(self._pending.items()):
            if not 0 <= received_ms - one.since_ms <= PENDING_MS:
                del self._pending[key]
                found.refuse("incomplete", "message", f"{len(one.payloads)} sentences")

    def _take_payload(self, payloads: list[bytes], at_ms: int, found: Found) -> None:
        payload = b"".join(payloads)
        kind = _sixbit(payload[0]) if payload else 0
        if kind not in POSITION_TYPES:
            found.refuse("other_message", "message", f"type {kind}")
        elif len(payload) * 6 < FEWEST_BITS[kind]:
            found.refuse("damaged", "message", f"{len(payload) * 6} bits of type {kind}")
        else:
            self._take_report(payload, at_ms, found)

    def _take_report(self, payload: bytes, at_ms: int, found: Found) -> None:
        try:
            report: dict[str, Any] = decode(b"!AIVDM,1,1,,A," + payload + b",0").asdict(enum_as_int=True)
        except Exception as error:  # whatever pyais meets in damaged bits
            found.refuse("damaged", "message", type(error).__name__)
            return
        mmsi = str(report["mmsi"]).zfill(9)
        if mmsi.startswith(MAN_OVERBOARD):
            found.refuse("refused_kind", "message", "a person's device")
            return
        lon, lat = report["lon"], report["lat"]
        fine = FINE_M if report["accuracy"] else None
        found.rows.append(
            {
                "time": at_ms,
                "sensor": self._sensor,
                "track": self._name(mmsi),
                # 181 and 91 degrees stand for a place that is not known.
                "lon": lon if lon != 181 else None,
                "lat": lat if lat != 91 else None,
                "kind": "vessel",
                "speed": _speed_mps(report["msg_type"], report["speed"]),
                "heading": report["course"] if 0 <= report["course"] < 360 else None,
                "accuracy": COARSE_M if report["msg_type"] == COARSE_TYPE else fine,
            }
        )


def _speed_mps(kind: int, knots: float) -> float | None:
    unknown = 63 if kind == COARSE_TYPE else 102.3
    return knots * KNOT_MPS if 0 <= knots < unknown else None


def _sixbit(letter: int) -> int:
    value = letter - 48
    return value - 8 if value > 40 else value


def _checksum(text: bytes) -> int:
    return reduce(xor, text, 0)


def _is_damaged(tags: bytes) -> bool:
    text, star, told = tags.rpartition(b"*")
    # Some write a checksum below 16 with one digit.
    return not star or told.upper() not in (b"%02X" % _checksum(text), b"%X" % _checksum(text))


def _tag_time_ms(tags: bytes) -> int | None:
    """The source's time in a tag block, in seconds or milliseconds; None where it has none."""
    match = _TAG_TIME.search(tags.rpartition(b"*")[0])
    if match is None:
        return None
    number = int(match[1])
    return number * 1000 if len(match[1]) == 10 else number
