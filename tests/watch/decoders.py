"""Every decoder of what feeds bring, with good samples, for those who feed them bad ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from tests.sites.test_ground import calibration, four
from tests.watch import test_ais, test_anpr, test_cot, test_frigate, test_gps, test_onvif
from tests.watch.test_arrow import file, stream, table

from safeconduct.watch.feeds import arrow, gps, ndjson, tak
from safeconduct.watch.feeds.ais import Ais
from safeconduct.watch.feeds.anpr import Reads
from safeconduct.watch.feeds.cot_events import to_xml
from safeconduct.watch.feeds.frigate import Cameras, Frigate
from safeconduct.watch.feeds.http_stream import Chunked, Parts
from safeconduct.watch.feeds.mqtt import Native, message_of
from safeconduct.watch.feeds.parts import chunks
from safeconduct.watch.feeds.plates import Plates
from safeconduct.watch.rows import Checked

NOW_MS = 1_800_000_000_000
PLATE, PERSON = "QXZ48217", "Zara-Qandil-of-Lioran"
"""What no row, fault or log may tell."""


@dataclass(frozen=True)
class Decoder:
    """`decode` gives the rows of one input by a decoder that knows nothing yet; `count` how many things were in it."""

    decode: Callable[[bytes], Iterable[Checked]]
    samples: tuple[bytes, ...]
    count: Callable[[bytes], int | None] = lambda _: None


def _row(number: int, **changes):
    return {
        "time": NOW_MS - 1000 + number, "sensor": "cam-1", "track": str(number), "lon": 75.0, "lat": -5.0,
        "kind": "car", "state": "idle", "speed": 1.5, "heading": 20.0, "accuracy": 2.0,
    } | changes  # fmt: skip


ROWS = [_row(number) for number in range(5)]
_LINES = b"\n".join(map(orjson.dumps, ROWS))


def _parquet() -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table(20), sink)
    return sink.getvalue().to_pybytes()


def _file(suffix: str) -> Callable[[bytes], Iterable[Checked]]:
    def decode(data: bytes) -> Iterable[Checked]:
        with TemporaryDirectory() as directory:
            path = Path(directory) / f"rows.{suffix}"
            path.write_bytes(data)
            return list(chunks(path, NOW_MS))

    return decode


def _csv() -> bytes:
    lines = [",".join(ROWS[0]), *(",".join(map(str, one.values())) for one in ROWS)]
    return "\n".join(lines).encode()


def _native(data: bytes) -> Iterable[Checked]:
    message_of(0x32, data)
    message_of(data[0] if data else 0, data[1:])
    return [Native(("obs",)).take([("obs", data)], NOW_MS)]


def _frigate(data: bytes) -> Iterable[Checked]:
    cameras = Cameras({}, lambda: {"gate": calibration(four())})
    names = ("events", "reviews", "available", "tracked_object_update", "gate/status/detect", "else")
    return [Frigate("frigate", cameras).take([(f"frigate/{name}", data)], NOW_MS) for name in names]


FRIGATE = (
    test_frigate.event("new", recognized_license_plate=PLATE, sub_label=PERSON),
    test_frigate.event("update", label="person", sub_label=PERSON, id="p-1"),
    orjson.dumps({"type": "face", "id": "1.1-a", "name": PERSON, "score": 0.9}),
    orjson.dumps({"type": "lpr", "id": "1.1-a", "plate": PLATE}),
    orjson.dumps(
        {"type": "new", "before": {}, "after": {"data": {"objects": ["car", "person"], "sub_labels": [PERSON]}}}
    ),
)


def _cot(transport: str) -> Callable[[bytes], Iterable[Checked]]:
    def decode(data: bytes) -> Iterable[Checked]:
        by = test_cot.decoder(transport=transport)
        return [by.take([data[: len(data) // 2], data[len(data) // 2 :]], NOW_MS, NOW_MS)]

    return decode


_SOLDIER = test_cot.event("UNIT-1", kind="a-f-G-U-C", callsign=PERSON)
_CAR = test_cot.event("car-1")
XML = (to_xml(_CAR), to_xml(_CAR) + to_xml(_SOLDIER), to_xml(_SOLDIER, f"<remarks>{PERSON}</remarks>"))
PROTOBUF = (tak.to_stream(_CAR) + tak.to_stream(_SOLDIER), tak.to_mesh(_CAR), tak.to_mesh(_SOLDIER, f"<x>{PERSON}</x>"))


def _gps(data: bytes) -> Iterable[Checked]:
    query, _, body = data.partition(b"\n")
    return [gps.checked(gps.positions(query, body), test_gps.TRACKERS, NOW_MS, NOW_MS)]


def _ais(is_stream: bool) -> Callable[[bytes], Iterable[Checked]]:
    return lambda data: [Ais("rx", is_stream=is_stream).take([data], NOW_MS, NOW_MS)]


def _onvif(data: bytes) -> Iterable[Checked]:
    by = test_onvif.camera()
    half = len(data) // 2
    return [by.take([data[:half], data[half:]], NOW_MS, NOW_MS), by.take_body(data, "application/xml", NOW_MS)]


def _posted(data: bytes) -> bytes:
    return b"".join(Parts(b"frames").take(Chunked().take(data)) for _ in range(2))


def _http(data: bytes) -> Iterable[Checked]:
    try:
        return _onvif(_posted(data))
    except ConnectionError:
        return []


_SCENE = test_onvif.document(
    test_onvif.frame(1, test_onvif.thing(1, (0, 0), more=test_onvif.plate(PLATE))),
    test_onvif.frame(
        2,
        test_onvif.thing(2, behaviour="Idle"),
        test_onvif.thing(3, kind="Human", more=f"<tt:Label>{PERSON}</tt:Label>"),
        test_onvif.thing(4, parent=2, kind="LicensePlate", more=test_onvif.plate(PLATE)),
        tree=test_onvif.rename(1, 2) + test_onvif.many("Merge", [1, 2], [2]) + test_onvif.many("Split", [2], [5, 6]),
        before='<tt:Transformation><tt:Translate x="-1" y="1"/><tt:Scale x="1" y="1"/></tt:Transformation>',
    ),
    test_onvif.frame(3, test_onvif.thing(7, behaviour="Removed"), tree='<tt:Delete ObjectId="1"/>'),
)
_PART = b"--frames\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n\r\n%s\r\n" % (len(_SCENE), _SCENE)


def _reads(media: str) -> Callable[[bytes], Iterable[Checked]]:
    settings = test_anpr.SETTINGS
    return lambda data: [Reads(settings, Plates(), lambda: test_anpr.POINTS).take(data, media, NOW_MS)]


_READS = [
    {"time": NOW_MS - 5, "camera": "gate-1", "plate": PLATE, "confidence": 0.93, "country": "QA", "owner": PERSON},
    {
        "time": NOW_MS - 4,
        "camera": "gate-2",
        "plate": PLATE,
        "confidence": 0.2,
        "lat": -5.0,
        "lon": 75.0,
        "kind": "bus",
    },
]


def _array_length(data: bytes) -> int | None:
    try:
        found = orjson.loads(data)
    except orjson.JSONDecodeError:
        return None
    return len(found) if isinstance(found, list) else None


def _text_lines(data: bytes) -> int:
    text = data.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")
    return sum(1 for line in text.split("\n") if line.strip())


DECODERS = {
    "ndjson": Decoder(lambda data: [ndjson.decode(data, NOW_MS)], (_LINES, orjson.dumps(ROWS[0]))),
    "ndjson file": Decoder(_file("ndjson"), (_LINES,)),
    "csv file": Decoder(_file("csv"), (_csv(),)),
    "parquet file": Decoder(_file("parquet"), (_parquet(),)),
    "arrow file": Decoder(_file("arrow"), (file(table(20)), stream(table(20), compression="zstd"))),
    "arrow stream": Decoder(
        lambda data: [arrow.decode_stream(data, NOW_MS)],
        (stream(table(20)), stream(table(20), compression="lz4"), stream(table(20), compression="zstd")),
    ),
    "arrow body": Decoder(
        lambda data: [arrow.decode_file(data, NOW_MS)], (file(table(20)), file(table(20), compression="lz4"))
    ),
    "mqtt": Decoder(_native, (orjson.dumps(ROWS), _LINES, b"\0\x03obs\0\x07\0" + orjson.dumps(ROWS[0]))),
    "frigate": Decoder(_frigate, FRIGATE),
    "cot stream": Decoder(_cot("tcp"), XML + PROTOBUF[:1]),
    "cot datagram": Decoder(_cot("udp"), XML + PROTOBUF[1:]),
    "gps": Decoder(
        _gps,
        (b"id=481&lat=-5.0025&lon=75.0065&timestamp=1764000000&speed=8.2&hdop=2\n", b"\n" + test_gps.client_json()),
    ),
    "ais stream": Decoder(_ais(True), (b"\r\n".join(test_ais.sentences(1) + test_ais.sentences(19)) + b"\r\n",)),
    "ais datagram": Decoder(_ais(False), (b"\r\n".join(test_ais.sentences(27)) + b"\r\n",)),
    "onvif": Decoder(_onvif, (_SCENE, _SCENE + _SCENE)),
    "onvif over http": Decoder(_http, (b"%x\r\n%s\r\n" % (len(_PART), _PART),)),
    "anpr json": Decoder(_reads("application/json"), (orjson.dumps(_READS),), _array_length),
    "anpr lines": Decoder(_reads("application/x-ndjson"), (b"\n".join(map(orjson.dumps, _READS)),)),
    "anpr csv": Decoder(
        _reads("text/csv"),
        (test_anpr.csv(*[{name: one.get(name, "") for name in _READS[1]} for one in _READS]),),
        lambda data: _text_lines(data) - 1,
    ),
}
