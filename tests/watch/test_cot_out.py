"""Markers for people in the field: what they say, when they go, who may have them; pytak and takproto as receivers."""

from __future__ import annotations

import socket
import time
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
import takproto
from lxml import etree
from tests.watch.pytak_peer import Pytak
from tests.watch.relay import Certificates, Relay
from tests.watch.test_cot import free_port
from tests.watch.test_mqtt import until, watching
from tests.worlds import START, Clock, alert_found, build, principal

from safeconduct import node
from safeconduct.terms import instant
from safeconduct.terms.errors import BadInput
from safeconduct.watch import acts
from safeconduct.watch.feeds.admitting import Admitted
from safeconduct.watch.feeds.connection import Source
from safeconduct.watch.feeds.cot_events import OFFER, RESPONSE, talk, to_xml
from safeconduct.watch.feeds.cot_out import (
    ENDED_S,
    RESEND_S,
    STALE_S,
    Marker,
    Outgoing,
    Readers,
    Sent,
    connect,
    encoded,
    told,
)
from safeconduct.watch.feeds.doors import Door
from safeconduct.watch.feeds.kinds import KINDS
from safeconduct.watch.feeds.secrets import keep_secrets
from safeconduct.watch.health import FeedHealth

AT_MS = 1_764_000_000_000


def given(role="partner.liaison_officer", party="partner", opener="commander", **changes):
    told_to = {"transport": "udp", "host": "127.0.0.1", "party": party, "role": role}
    return KINDS["cot_out"].checked(told_to | changes) | {"opened_by": opener}


def markers(
    role="partner.liaison_officer", party="partner", opener="commander", language="en", least="notice", area=""
):
    return told(Readers(given(role, party, opener, area=area)), language, least)


def marker(number=1, **changes) -> Marker:
    one = Marker(f"safeconduct.{number}", "a-u-G", 75.0065, -5.0025, AT_MS - 60_000, "Alert · marjan", "words", False)
    return replace(one, **changes)


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(instant, "now", clock)
    return clock


@pytest.fixture
def world(db, clock):
    return build()


def raise_one(number=50, **changes) -> uuid.UUID:
    ref = uuid.uuid4()
    found = alert_found(number, **changes)
    acts.raise_alert(node.current().system("node.watch"), site=found["site"], alert_id=ref, found=found)
    return ref


def test_an_alert_is_a_marker_where_it_is_with_a_name_that_stays(world):
    ref = raise_one(ring="middle", vehicle="truck", lon=75.0071)
    one = markers()[f"safeconduct.{ref}"]
    assert (one.lon, one.lat, one.ended) == (75.0071, -5.0025, False)
    assert one.type == "a-u-G-E-V-U"
    assert "marjan" in one.title
    assert "Middle ring" in one.text
    assert markers(language="ur")[one.uid].text != one.text


def test_nothing_is_ever_called_hostile(world):
    for kind in ("dwell", "lost_watch", "circling"):
        for vehicle in ("car", "vessel", "unknown", "own"):
            raise_one(kind=kind, vehicle=vehicle)
    assert {one.type.split("-")[1] for one in markers().values() if one.type.startswith("a-")} == {"u"}


def test_in_an_exercise_each_marker_says_so(world, monkeypatch):
    plain = markers()
    monkeypatch.setitem(node.current().settings, "exercise", True)
    for uid, one in markers().items():
        assert one.title.startswith("EXERCISE · ") and one.text.startswith("EXERCISE · ")
        assert not plain[uid].title.startswith("EXERCISE")
        assert b'opex="e-exercise"' in encoded(one, AT_MS, True, "xml")


def test_an_alert_that_ends_is_told_once_as_ended_and_then_no_more(world, clock):
    ref = raise_one()
    uid = f"safeconduct.{ref}"
    ended = alert_found(50, ended=instant.iso(START), updated=instant.iso(START))
    acts.clear_alert(node.current().system("node.watch"), ref, found=ended)
    assert markers()[uid].ended
    clock.at += timedelta(seconds=ENDED_S + 1)
    assert uid not in markers()


def test_an_alert_that_a_person_found_harmless_is_over_and_a_hostile_one_is_not(world):
    uids = {}
    for disposition in ("benign", "hostile"):
        ref = raise_one()
        acts.assess(principal("duty"), ref, disposition=disposition, assessment="Seen.")
        uids[disposition] = f"safeconduct.{ref}"
    found = markers("host.duty_officer", "host")
    assert found[uids["benign"]].ended and not found[uids["hostile"]].ended


def test_the_least_severity_is_kept_to(world):
    ref = raise_one(severity="notice")
    assert f"safeconduct.{ref}" in markers(least="notice")
    assert f"safeconduct.{ref}" not in markers(least="alert")


def test_nothing_is_sent_that_the_recipient_may_not_place_or_whose_opener_may_not_read(world):
    raise_one()
    assert markers()
    assert markers("partner.project_manager") == {}  # its short form of an alert has no place
    assert markers(opener="stranger") == {}
    assert markers(opener="pastcommander") == {}
    assert markers(opener="nobody at all") == {}


def test_a_role_bound_to_a_site_hears_of_that_site_alone(world):
    ref = raise_one()
    assert f"safeconduct.{ref}" in markers("host.gate_post", "host", area="marjan")
    assert f"safeconduct.{ref}" not in markers("host.gate_post", "host", area="harbour")


@pytest.mark.parametrize("told_to", [{"role": "host.commander"}, {"role": "nobody"}, {"party": "nobody"}])
def test_a_role_that_the_party_does_not_have_is_refused(db, told_to):
    with pytest.raises(BadInput):
        connect(Source("field", given(**told_to)))


def test_the_feed_remembers_who_opened_it_and_a_setting_cannot_say_otherwise(world):
    settings = {key: value for key, value in given().items() if key != "opened_by"}
    feed = acts.open_feed(principal("commander"), name="patrols", kind="cot_out", settings=settings)
    assert feed.settings["opened_by"] == "commander"
    with pytest.raises(BadInput):
        acts.open_feed(principal("commander"), name="others", kind="cot_out", settings=given())


def test_a_marker_is_sent_when_it_changes_and_again_before_it_goes_stale():
    sent, one = Sent(), marker()
    assert RESEND_S * 2 < STALE_S
    assert list(sent.due({one.uid: one}, 0.0)) == [one]
    assert list(sent.due({one.uid: one}, RESEND_S - 1)) == []
    assert list(sent.due({one.uid: one}, RESEND_S)) == [one]
    changed = replace(one, text="more")
    assert list(sent.due({one.uid: changed}, RESEND_S + 1)) == [changed]
    over = replace(changed, ended=True)
    assert list(sent.due({one.uid: over}, RESEND_S + 2)) == [over]
    assert list(sent.due({one.uid: over}, RESEND_S * 9)) == []
    assert list(sent.due({}, RESEND_S * 10)) == []


def test_what_is_withdrawn_from_its_reader_is_taken_back():
    sent, one = Sent(), marker()
    list(sent.due({one.uid: one}, 0.0))
    (uid,) = sent.due({}, 1.0)
    event = etree.fromstring(encoded(uid, AT_MS, False, "xml"))
    assert event.get("type") == "t-x-d-d"
    assert event.find("detail/link").get("uid") == one.uid


def test_who_was_never_told_of_it_is_not_told_that_it_is_over():
    assert list(Sent().due({"safeconduct.1": marker(ended=True)}, 0.0)) == []


def test_titles_cannot_break_out_of_the_xml():
    event = etree.fromstring(encoded(marker(title='"/><x a="', text="</remarks><x/>&"), AT_MS, False, "xml"))
    assert event.find("detail/contact").get("callsign") == '"/><x a="'
    assert event.findtext("detail/remarks") == "</remarks><x/>&"
    assert event.get("stale") > event.get("time")


def feed(**changes) -> Admitted:
    return Admitted("patrols", kind="cot_out", settings=given(**changes))


@pytest.fixture
def standing(monkeypatch):
    """What there is to tell, without a database."""
    now: dict[str, Marker] = {}
    monkeypatch.setattr(Outgoing, "_read", lambda self: setattr(self, "_told", dict(now)))
    return now


def test_pytak_gets_markers_through_a_server_and_again_after_it_was_killed(tmp_path, standing):
    relay = Relay()
    with watching(tmp_path, feed(port=relay.port, transport="tcp")) as watch:
        until(lambda: relay.clients == 1)
        device = Pytak(f"tcp://127.0.0.1:{relay.port}")
        until(lambda: relay.clients == 2)
        one = standing["safeconduct.1"] = marker()
        until(lambda: any(b"safeconduct.1" in got for got in device.received))
        (got,) = (got for got in device.received if b'uid="safeconduct.1"' in got)
        event = etree.fromstring(got.strip())
        assert (event.get("type"), event.find("point").get("lat")) == ("a-u-G", "-5.0025000")
        standing["safeconduct.1"] = replace(one, ended=True)
        until(lambda: sum(b'uid="safeconduct.1"' in got for got in device.received) == 2)
        device.close()
        relay.kill()
        until(lambda: not watch.door("patrols").reachable)
        assert watch.door("patrols").outward
        standing["safeconduct.2"] = marker(2)
        relay.got = b""
        relay.start()
        until(lambda: b"safeconduct.2" in relay.got)
    relay.kill()


def test_markers_go_over_tls_with_the_nodes_certificate(tmp_path, standing):
    certificates = Certificates(tmp_path)
    relay = Relay(certificates.of_server())
    (tmp_path / "keys").mkdir()
    keep_secrets(tmp_path, "patrols", certificates.secrets())
    standing["safeconduct.1"] = marker()
    with watching(tmp_path, feed(port=relay.port, transport="tls")):
        until(lambda: b"safeconduct.1" in relay.got)
    relay.kill()


def test_a_server_that_speaks_tak_protocol_gets_it_once_it_agreed(tmp_path, standing):
    offer = to_xml(talk("server", OFFER, AT_MS, {"TakProtocolSupport": "1"}))
    relay = Relay(greeting=offer)
    with watching(tmp_path, feed(port=relay.port, transport="tcp", protocol="tak")):
        until(lambda: b"t-x-takp-q" in relay.got)
        relay.send(to_xml(talk("server", RESPONSE, AT_MS, {"TakResponse": "true"})))
        until(lambda: b"\xbf" in relay.got)
        relay.got = b""
        standing["safeconduct.1"] = marker()
        until(lambda: b"safeconduct.1" in relay.got)
        read = takproto.parse_proto(bytearray(relay.got)).cotEvent
        assert (read.uid, read.detail.xmlDetail) == ("safeconduct.1", "<remarks>words</remarks>")
    relay.kill()


@pytest.mark.parametrize("protocol", ["xml", "tak"])
def test_a_device_or_a_group_gets_datagrams(tmp_path, standing, protocol):
    port = free_port()
    standing["safeconduct.1"] = marker()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as device:
        device.bind(("127.0.0.1", port))
        device.settimeout(10)
        with watching(tmp_path, feed(port=port, protocol=protocol)):
            data = device.recv(65_536)
    if protocol == "tak":
        assert takproto.parse_proto(bytearray(data)).cotEvent.uid == "safeconduct.1"
    else:
        assert etree.fromstring(data).get("uid") == "safeconduct.1"


def test_it_reads_anew_once_something_was_heard_that_its_reader_may_hear(world):
    outgoing = connect(Source("field", given(), identity="x"))
    outgoing._read()
    before = dict(outgoing._told)
    ref = raise_one()
    outgoing._read()
    assert set(outgoing._told) - set(before) == {f"safeconduct.{ref}"}


def test_a_server_that_has_much_to_say_does_not_make_the_node_read_more_often(tmp_path, monkeypatch):
    reads: list[int] = []
    monkeypatch.setattr(Outgoing, "_read", lambda _: reads.append(1))
    relay = Relay()
    with watching(tmp_path, feed(port=relay.port, transport="tcp")):
        until(lambda: relay.clients == 1)
        for number in range(200):
            relay.send(to_xml(marker(number).event(AT_MS, False)))
            time.sleep(0.005)
        assert len(reads) < 10
    relay.kill()


def test_a_way_out_is_live_while_its_peer_answers_though_nothing_comes_by_it():
    health = FeedHealth(node.current().system("node.watch"), 60.0, 10.0)
    assert health._columns("patrols", None, Door(outward=True), AT_MS)["state"] == "live"
    assert health._columns("patrols", None, Door(outward=True, reachable=False), AT_MS)["state"] == "unreachable"
    assert health._columns("cameras", None, Door(), AT_MS)["state"] == "silent"
