"""Cursor on Target in: pytak and takproto as peers, over UDP, TCP and TLS; any bytes; peers that are killed."""

from __future__ import annotations

import itertools
import socket
import time

import pytak
import pytest
import takproto
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.watch.pytak_peer import Pytak
from tests.watch.relay import Certificates, Relay
from tests.watch.test_mqtt import until, watching

from safeconduct.terms import instant
from safeconduct.terms.errors import BadInput
from safeconduct.watch import rows
from safeconduct.watch.feeds import tak
from safeconduct.watch.feeds.admitting import Admitted
from safeconduct.watch.feeds.connection import Source
from safeconduct.watch.feeds.cot import Cot, kind_of
from safeconduct.watch.feeds.cot_events import OFFER, RESPONSE, Event, talk, to_xml
from safeconduct.watch.feeds.cot_stream import MAX_EVENT_BYTES, Stream, Unusable
from safeconduct.watch.feeds.kinds import KINDS
from safeconduct.watch.feeds.secrets import keep_secrets

CAR, SOLDIER = "a-u-G-E-V-C", "a-f-G-U-C-I"


def cot_settings(**changes):
    return KINDS["cot"].checked({"transport": "tcp", "host": "127.0.0.1"} | changes)


def feed(name="field", **changes) -> Admitted:
    return Admitted(name, kind="cot", settings=cot_settings(**changes))


def decoder(sensors=frozenset(), **changes) -> Cot:
    return Cot(Source("field", cot_settings(**changes), sensors=sensors))


def made_by_pytak(uid="car-1", cot_type=CAR, lat=-5.0025, lon=75.0065, ce=4.5, **more) -> bytes:
    return pytak.gen_cot(lat=lat, lon=lon, ce=ce, uid=uid, cot_type=cot_type, stale=120, **more)


def event(uid="car-1", kind=CAR, **changes) -> Event:
    now_ms = instant.epoch_ms(instant.now())
    fields = {"lat": -5.0025, "lon": 75.0065, "ce_m": 4.5, "speed_mps": 4.25, "course_deg": 270.0} | changes
    return Event(uid, kind, "m-g", now_ms, now_ms, now_ms + 60_000, **fields)


def taken(cot: Cot, *chunks: bytes):
    now_ms = instant.epoch_ms(instant.now())
    return cot.take(list(chunks), now_ms, now_ms)


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def rows_of(watch):
    return [row for frame in watch.segment.frames() for row in rows.decoded(frame.payload).to_pylist()]


def refused(watch, reason: str) -> int:
    """By what left rows, and by what left none."""
    in_frames = sum(frame.meta["refused"].get(reason, 0) for frame in watch.segment.frames())
    return in_frames + watch.door("field").unusable[reason]


def test_an_event_by_pytak_is_a_row_with_its_place_time_and_accuracy():
    (row,) = taken(decoder(), made_by_pytak()).table.to_pylist()
    assert (row["sensor"], row["track"], row["kind"], row["state"]) == ("field", "car-1", "car", "seen")
    assert (row["lat"], row["lon"], row["accuracy"]) == (-5.0025, 75.0065, 4.5)
    assert abs((row["time"] - instant.now()).total_seconds()) < 5


@pytest.mark.parametrize("version", [takproto.TAKProtoVer.MESH, takproto.TAKProtoVer.STREAM])
def test_takprotos_mesh_and_stream_messages_say_what_the_xml_says(version):
    xml = to_xml(event(callsign="Grey car"), '<track speed="4.25" course="270.0"/>')
    by_xml = taken(decoder(), xml).table
    transport = "udp" if version is takproto.TAKProtoVer.MESH else "tcp"
    by_tak = taken(decoder(transport=transport), bytes(takproto.xml2proto(xml.decode(), version))).table
    assert by_tak.to_pylist() == by_xml.to_pylist()
    assert by_tak["speed"].to_pylist() == [4.25]


def test_what_we_write_takproto_reads():
    for data in (tak.to_mesh(event(), "<remarks>one</remarks>"), tak.to_stream(event(), "<remarks>one</remarks>")):
        read = takproto.parse_proto(bytearray(data)).cotEvent
        assert (read.uid, read.type, read.lat, read.lon) == ("car-1", CAR, -5.0025, 75.0065)
        assert read.detail.xmlDetail == "<remarks>one</remarks>"


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        ("a-u-G-E-V-C", "car"),
        ("a-h-G-E-V-C-A-L", "car"),
        ("a-n-G-E-V-C-M-L", "car"),
        ("a-n-G-E-V-C-M-H", "bus"),
        ("a-n-G-E-V-U-B", "bus"),
        ("a-n-G-E-V-C-T", "truck"),
        ("a-n-G-E-V-C-U-H", "truck"),
        ("a-n-G-E-V-U-X", "truck"),
        ("a-u-G-E-V-A-T", "unknown"),
        ("a-u-G", "unknown"),
        ("a-.-S-X-M", "vessel"),
        ("a-f-G-E-V-C", "car"),
        ("a-f-G-U-C-I", None),
        ("a-u-G-U-C", None),
        ("a-f-G-U", None),
        ("a-u-A-C-F", None),
        ("a-u-G-I-B", None),
        ("a-u-SX", None),
    ],
)
def test_types_are_vehicles_vessels_or_refused(kind, found):
    assert kind_of(kind) == found


def test_soldiers_are_refused_and_counted_and_nothing_tells_who_they_were():
    found = taken(decoder(), made_by_pytak(uid="PVT-SECRET", cot_type=SOLDIER, callsign="Secret"))
    assert found.table.num_rows == 0
    assert found.refused == {"refused_kind": 1}
    assert "SECRET" not in str(found.faults).upper()


def test_a_friend_that_tells_of_itself_is_no_own_vehicle():
    found = taken(decoder(transport="tls"), made_by_pytak(cot_type="a-f-G-E-V-C"))
    assert found.table["kind"].to_pylist() == ["car"]


@pytest.mark.parametrize("told", [{"uid": "tablet-7"}, {"uid": "other", "callsign": "Patrol 7"}])
def test_a_device_that_the_settings_name_is_own_where_the_peer_is_proved(told):
    names = {"tablet-7": "patrol 7", "Patrol 7": "patrol 7"}
    one = made_by_pytak(cot_type="a-f-G-U-C", **told)
    (row,) = taken(decoder(transport="tls", own=names), one).table.to_pylist()
    assert (row["kind"], row["track"]) == ("own", "patrol 7")
    assert taken(decoder(own=names, own_unproved=True), one).table["kind"].to_pylist() == ["own"]


def test_an_own_vehicle_is_not_believed_over_what_proves_nothing():
    names = {"tablet-7": "patrol 7"}
    found = taken(decoder(own=names), made_by_pytak(uid="tablet-7", cot_type="a-f-G-E-V-C"))
    assert found.table["kind"].to_pylist() == ["car"]
    assert found.refused == {"own_unproved": 1}


def test_a_device_without_a_fix_is_nowhere():
    found = taken(decoder(), to_xml(event(lat=0.0, lon=0.0, ce_m=None)))
    assert found.refused == {"no_position": 1}


def test_chat_is_refused_and_pings_and_stale_events_say_nothing_of_leaving():
    found = taken(decoder(), to_xml(event(kind="b-t-f")), pytak.hello_event(), to_xml(event(kind="t-x-d-d")))
    assert found.refused == {"not_a_thing": 1}
    assert found.table.num_rows == 0


def test_the_feeds_one_sensor_names_the_rows():
    assert taken(decoder(frozenset({"tak-1"})), made_by_pytak()).table["sensor"].to_pylist() == ["tak-1"]


GLUED = (
    to_xml(event("one"))
    + b"\n"
    + tak.to_stream(event("two"))
    + to_xml(event("three", remarks="</event>"), "<!-- </event> --><x><![CDATA[</event><event>]]></x><event uid='in'/>")
    + tak.to_stream(event("four"))
    + to_xml(event("five")).removeprefix(b'<?xml version="1.0" encoding="UTF-8"?>')
)


@given(st.lists(st.integers(0, len(GLUED)), max_size=20))
@settings(derandomize=True, max_examples=60, deadline=None)
def test_a_stream_says_the_same_wherever_it_is_cut(cuts):
    stream, found = Stream(), []
    places = [0, *sorted(cuts), len(GLUED)]
    for begin, end in itertools.pairwise(places):
        found += stream.take(GLUED[begin:end])
    assert [one.uid for one in found] == ["one", "two", "three", "four", "five"]
    assert stream.is_between


def test_entities_and_document_types_are_refused_before_they_are_read(tmp_path):
    (tmp_path / "secret").write_text("marker")
    attacks = [
        b'<!DOCTYPE event [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;">]>',
        b'<!DOCTYPE event [<!ENTITY a SYSTEM "' + (tmp_path / "secret").as_uri().encode() + b'">]>',
        b'<?xml version="1.0"?>\n<!DOCTYPE event SYSTEM "http://127.0.0.1:1/x.dtd">',
    ]
    good = made_by_pytak("after")
    for attack in attacks:
        found = list(Stream().take(attack + good.replace(b"car-1", b"&a;") + good))
        assert found[0] == Unusable("refused_dtd", "a document type")
        assert found[-1].uid == "after"
    (bad,) = Stream().take(b'<event uid="&a;" type="a-u-G"><point/></event>')
    assert bad.reason == "not_an_event"


def test_what_is_too_large_or_too_deep_is_skipped_in_bounded_memory():
    stream, found = Stream(), []
    for _ in range(64):
        found += stream.take(b"<event><detail>" + b"x" * 65_536)
        assert len(stream._rest) <= MAX_EVENT_BYTES + 70_000
    assert {one.reason for one in found} == {"too_large"}
    assert list(stream.take(made_by_pytak("after")))[-1].uid == "after"
    deep = Stream()
    found = list(deep.take(b"<event>" + b"<a>" * 5_000 + b"</a>" * 5_000 + b"</event>" + made_by_pytak("after")))
    assert found[-1].uid == "after"


def test_a_binary_message_that_is_too_large_is_skipped_and_the_next_is_taken():
    stream = Stream()
    found = list(stream.take(b"\xbf" + tak.as_varint(3_000_000)))
    for _ in range(30):
        found += stream.take(bytes(100_000))
        assert len(stream._rest) == 0
    found += stream.take(tak.to_stream(event("after")))
    assert [found[0].reason, found[1].uid] == ["too_large", "after"]
    with pytest.raises(BadInput):
        list(Stream().take(b"\xbf" + b"\xff" * 11))


PIECES = st.one_of(
    st.binary(max_size=200),
    st.sampled_from(
        [GLUED, made_by_pytak(), b"<event>", b"\xbf", b"\xbf\x01\xbf", b"<!DOCTYPE a [", b"]]>", b"</event>"]
    ),
    st.sampled_from(
        [b'<?xml version="1.0" encoding="UTF-16"?>', b'<?xml version="1.0" encoding="nonsense"?>', b"<a b="]
    ),
)


@given(st.lists(PIECES, max_size=8), st.sampled_from(["tcp", "udp"]))
@settings(derandomize=True, max_examples=400, deadline=None)
def test_any_bytes_become_rows_or_refusals_or_bad_input(pieces, transport):
    cot = decoder(transport=transport, own={"a": "b"})
    try:
        for piece in pieces:
            taken(cot, piece)
    except BadInput:
        assert transport == "tcp"


@given(st.binary(max_size=400), st.integers(0, 400), st.integers(0, 255))
@settings(derandomize=True, max_examples=400, deadline=None)
def test_damaged_messages_of_either_form_never_break_the_decoder(junk, place, byte):
    for whole in (made_by_pytak(), tak.to_mesh(event()), tak.to_stream(event())):
        damaged = bytearray(whole)
        damaged[place % len(damaged)] = byte
        taken(decoder(transport="udp"), bytes(damaged), bytes(damaged[:place]), whole + junk)


def test_a_server_that_offers_tak_protocol_is_asked_only_where_the_settings_say_so():
    now_ms = instant.epoch_ms(instant.now())
    offer = to_xml(talk("server", OFFER, now_ms, {"TakProtocolSupport": "1"}))
    plain, wanting = decoder(), decoder(protocol="tak")
    for one in (plain, wanting):
        taken(one, offer)
    assert b"t-x-takp-q" not in plain.to_send(0.0)
    assert b'type="t-x-takp-q"' in wanting.to_send(0.0)
    assert wanting.to_send(30.0) == b""  # nothing is sent until the server has answered
    taken(wanting, to_xml(talk("server", RESPONSE, now_ms, {"TakResponse": "true"})))
    assert wanting.to_send(31.0)[0] == tak.MAGIC
    assert taken(wanting, tak.to_stream(event())).table.num_rows == 1


def test_pytak_over_tcp_is_taken_and_a_server_that_is_killed_is_found_again(tmp_path):
    relay = Relay()
    with watching(tmp_path, feed(port=relay.port)) as watch:
        until(lambda: relay.clients == 1)
        client = Pytak(f"tcp://127.0.0.1:{relay.port}")
        client.send(made_by_pytak("before"))
        until(lambda: "before" in watch.tracks())
        until(lambda: b"t-x-c-t" in relay.got)
        client.close()
        relay.kill()
        until(lambda: not watch.door("field").reachable)
        relay.start()
        until(lambda: relay.clients == 1 and watch.door("field").reachable)
        client = Pytak(f"tcp://127.0.0.1:{relay.port}", TAK_PROTO="0")
        client.send(made_by_pytak("after"))
        client.send(made_by_pytak("soldier", SOLDIER))
        until(lambda: "after" in watch.tracks())
        until(lambda: refused(watch, "refused_kind") == 1)
        client.close()
    relay.kill()


def test_pytak_over_tls_with_the_nodes_certificate_and_its_own_vehicle(tmp_path):
    certificates = Certificates(tmp_path)
    relay = Relay(certificates.of_server())
    (tmp_path / "keys").mkdir()
    keep_secrets(tmp_path, "field", certificates.secrets())
    with watching(tmp_path, feed(port=relay.port, transport="tls", own={"tablet-7": "patrol 7"})) as watch:
        until(lambda: relay.clients == 1)
        cert, key = map(str, certificates.client)
        client = Pytak(
            f"tls://127.0.0.1:{relay.port}",
            PYTAK_TLS_CLIENT_CERT=cert,
            PYTAK_TLS_CLIENT_KEY=key,
            PYTAK_TLS_CLIENT_PASSWORD="made up",
            PYTAK_TLS_CLIENT_CAFILE=str(certificates.ca),
        )
        client.send(made_by_pytak("tablet-7", "a-f-G-U-C"))
        until(lambda: [row["kind"] for row in rows_of(watch)] == ["own"])
        client.close()
    relay.kill()


def test_a_server_whose_certificate_is_not_trusted_gets_nothing(tmp_path):
    (tmp_path / "theirs").mkdir()
    relay = Relay(Certificates(tmp_path / "theirs").of_server())
    (tmp_path / "keys").mkdir()
    keep_secrets(tmp_path, "field", Certificates(tmp_path).secrets())
    with watching(tmp_path, feed(port=relay.port, transport="tls")) as watch:
        until(lambda: watch.door("field") is not None and not watch.door("field").reachable)
        assert relay.got == b""
    relay.kill()


def test_pytak_and_takproto_over_udp(tmp_path):
    port = free_port()
    with watching(tmp_path, feed(port=port, transport="udp")) as watch:
        until(lambda: watch.door("field") is not None and watch.door("field").reachable)
        time.sleep(0.3)
        client = Pytak(f"udp+wo://127.0.0.1:{port}")
        client.send(made_by_pytak("by xml"))
        until(lambda: "by xml" in watch.tracks())
        client.close()
        client = Pytak(f"udp+wo://127.0.0.1:{port}", TAK_PROTO="1")
        client.send(made_by_pytak("by tak"))
        until(lambda: "by tak" in watch.tracks())
        client.close()


def test_a_multicast_group_is_joined(tmp_path):
    port = free_port()
    one = feed(port=port, transport="udp", host="239.2.3.1", interface="127.0.0.1")
    with watching(tmp_path, one) as watch, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
        until(lambda: watch.door("field") is not None)

        def arrives():
            sender.sendto(tak.to_mesh(event("by group")), ("239.2.3.1", port))
            time.sleep(0.1)
            return "by group" in watch.tracks()

        until(arrives)
