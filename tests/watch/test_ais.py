"""AIS in: sentences by pyais over TCP and UDP, split anywhere, damaged, or of too many parts."""

from __future__ import annotations

import itertools
import socket
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyais.encode import encode_dict
from pyais.messages import TagBlock
from tests.watch.relay import Relay
from tests.watch.test_cot import free_port
from tests.watch.test_mqtt import until, watching

from safeconduct.terms.errors import BadInput
from safeconduct.watch.feeds.admitting import Admitted
from safeconduct.watch.feeds.ais import KNOT_MPS, MAX_PENDING, PENDING_MS, Ais, mmsi_name
from safeconduct.watch.feeds.kinds import KINDS

AT_MS = 1_764_000_000_000


def sentences(kind=1, mmsi=366053209, **changes) -> list[bytes]:
    told = {"lon": 75.0065, "lat": -5.0025, "speed": 12.3, "course": 77.5, "accuracy": 1} | changes
    return [one.encode() for one in encode_dict({"type": kind, "mmsi": mmsi} | told)]


def taken(lines: list[bytes], decoder: Ais | None = None, at_ms: int = AT_MS):
    return (decoder or Ais("receiver")).take([b"".join(line + b"\r\n" for line in lines)], at_ms, None)


def ais(**changes) -> Admitted:
    checked = KINDS["ais"].checked({"transport": "tcp", "host": "127.0.0.1"} | changes)
    return Admitted("harbour", kind="ais", settings=checked)


@pytest.mark.parametrize("kind", [1, 2, 3, 18, 19])
def test_a_position_report_is_a_vessel_with_speed_in_metres_a_second(kind):
    (row,) = taken(sentences(kind)).table.to_pylist()
    assert (row["sensor"], row["track"], row["kind"]) == ("receiver", "366053209", "vessel")
    assert (row["lon"], row["lat"], row["heading"], row["accuracy"]) == (75.0065, -5.0025, 77.5, 10.0)
    assert row["speed"] == pytest.approx(12.3 * KNOT_MPS, rel=1e-6)
    assert row["time"].timestamp() * 1000 == AT_MS


def test_a_long_range_report_is_coarse():
    (row,) = taken(sentences(27)).table.to_pylist()
    assert row["accuracy"] == 185.0
    assert row["lon"] == pytest.approx(75.0065, abs=1 / 600)


def test_values_that_stand_for_unknown_are_none():
    (row,) = taken(sentences(speed=102.3, course=360.0, accuracy=0)).table.to_pylist()
    assert (row["speed"], row["heading"], row["accuracy"]) == (None, None, None)
    assert taken(sentences(lon=181.0, lat=91.0)).refused == {"no_position": 1}


def test_the_time_of_a_tag_block_is_the_rows():
    tags = b"\\" + TagBlock.create(receiver_timestamp=1_763_999_990, source_station="rx1") + b"\\"
    (row,) = taken([tags + sentences()[0]]).table.to_pylist()
    assert row["time"].timestamp() == 1_763_999_990
    damaged = tags.replace(b"1763999990", b"1763999991") + sentences()[0]
    assert taken([damaged]).refused == {"bad_checksum": 1}


def test_a_report_of_two_sentences_is_put_together_from_two_deliveries():
    whole = sentences(19)[0].split(b",")
    parts = [whole[5][:30], whole[5][30:]]
    first, second = (_sentence(b"AIVDM,2,%d,7,A,%s,0" % (number, part)) for number, part in enumerate(parts, start=1))
    decoder = Ais("receiver")
    assert taken([first], decoder).table.num_rows == 0
    assert taken([second], decoder, AT_MS + 100).table["track"].to_pylist() == ["366053209"]
    assert taken([second, first], decoder).refused == {"incomplete": 1}
    assert taken([], decoder, AT_MS + PENDING_MS + 1).refused == {"incomplete": 1}


def _sentence(text: bytes) -> bytes:
    total = 0
    for byte in text:
        total ^= byte
    return b"!%s*%02X" % (text, total)


def test_begun_messages_are_bounded():
    decoder = Ais("receiver")
    heads = [
        _sentence(b"%s%sVDM,2,1,%d,A,15,0" % (bytes([a]), bytes([b]), group))
        for a in range(65, 91)
        for b in b"AB"
        for group in range(10)
    ]
    found = taken(heads, decoder)
    assert len(decoder._pending) == MAX_PENDING
    assert found.refused == {"incomplete": len(heads) - MAX_PENDING}


def test_bad_checksums_and_other_messages_are_counted():
    good = sentences()[0]
    found = taken([good[:-2] + b"00", *sentences(5), *sentences(4), b"!AIVDM,nonsense", b"$GPRMC,1*00", b"", good])
    assert found.refused == {"bad_checksum": 1, "other_message": 2, "not_a_sentence": 1}
    assert found.table.num_rows == 1


def test_a_device_that_a_person_wears_is_refused():
    assert taken(sentences(mmsi=972_000_001)).refused == {"refused_kind": 1}


def test_a_hashed_mmsi_needs_a_key_and_another_key_hashes_otherwise():
    one, other = (mmsi_name("hashed", {"mmsi_key": key * 16}) for key in "ab")
    assert one("366053209") == one("366053209") != other("366053209")
    assert "366053209" not in one("366053209")
    with pytest.raises(BadInput):
        mmsi_name("hashed", {})


BODY = b"".join(line + b"\r\n" for number in range(5) for line in sentences(19, mmsi=366053200 + number))


@given(st.lists(st.integers(0, len(BODY)), max_size=20))
@settings(derandomize=True, max_examples=60, deadline=None)
def test_a_stream_says_the_same_wherever_it_is_cut(cuts):
    decoder, tracks = Ais("receiver"), []
    places = [0, *sorted(cuts), len(BODY)]
    for begin, end in itertools.pairwise(places):
        tracks += decoder.take([BODY[begin:end]], AT_MS, None).table["track"].to_pylist()
    assert tracks == [str(366053200 + number) for number in range(5)]


def test_a_line_without_an_end_is_dropped_in_bounded_memory():
    decoder = Ais("receiver")
    refused = 0
    for _ in range(100):
        refused += decoder.take([b"!" * 65_536], AT_MS, None).refused["not_a_sentence"]
        assert len(decoder._rest) <= 1024
    assert refused == 1
    assert taken([b"", sentences()[0]], decoder).table.num_rows == 1


@given(
    st.lists(st.one_of(st.binary(max_size=120), st.sampled_from(sentences(5) + sentences(19))), max_size=8),
    st.text("0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVW`abcdefghijklmnopqrstuvw", max_size=70),
    st.sampled_from([True, False]),
)
@settings(derandomize=True, max_examples=500, deadline=None)
def test_any_bytes_and_any_payload_become_rows_or_refusals(junk, payload, is_stream):
    lines = [
        *junk,
        _sentence(b"AIVDM,1,1,,A,%s,0" % payload.encode()),
        _sentence(b"AIVDO,2,2,1,,%s,5" % payload.encode()),
    ]
    decoder = Ais("receiver", is_stream=is_stream)
    for line in lines:
        decoder.take([line, b"\n"], AT_MS, AT_MS)


def test_a_receiver_over_tcp_is_found_again_after_it_was_killed(tmp_path):
    relay = Relay()
    with watching(tmp_path, ais(port=relay.port)) as watch:
        until(lambda: relay.clients == 1)
        relay.send(sentences(mmsi=366053201)[0] + b"\r\n")
        until(lambda: watch.tracks() == ["366053201"])
        relay.kill()
        until(lambda: not watch.door("harbour").reachable)
        relay.start()
        until(lambda: relay.clients == 1)
        relay.send(sentences(mmsi=366053202)[0] + b"\r\n")
        until(lambda: watch.tracks() == ["366053201", "366053202"])
        assert watch.door("harbour").reachable
    relay.kill()


def test_datagrams_of_a_receiver_are_taken(tmp_path):
    port = free_port()
    with (
        watching(tmp_path, ais(port=port, transport="udp")) as watch,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
    ):

        def arrives():
            sender.sendto(b"\r\n".join(sentences() + sentences(mmsi=366053210)), ("127.0.0.1", port))
            time.sleep(0.1)
            return {"366053209", "366053210"} <= set(watch.tracks())

        until(arrives)
