"""MQTT against a real Mosquitto: nothing published at least once is lost or doubled, whoever is killed meanwhile."""

from __future__ import annotations

import shutil
import subprocess
import time
from contextlib import contextmanager
from dataclasses import replace

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.mosquitto import BINARY, Broker, Publisher
from tests.sites.test_ground import calibration, four
from tests.watch.test_frigate import event

from safeconduct.terms import instant
from safeconduct.watch import rows
from safeconduct.watch.feeds.admitting import Admitted
from safeconduct.watch.feeds.connections import Connections, Way
from safeconduct.watch.feeds.kinds import KINDS
from safeconduct.watch.feeds.mqtt import Message, Native, message_of
from safeconduct.watch.feeds.secrets import keep_secrets
from safeconduct.watch.journal import Backlog, Batches, Journal
from safeconduct.watch.live import remember
from safeconduct.watch.segment import Segment

needs_mosquitto = pytest.mark.skipif(shutil.which(BINARY) is None, reason="Mosquitto is not installed")


@pytest.fixture
def broker(tmp_path):
    (tmp_path / "broker").mkdir()
    opened = Broker(tmp_path / "broker")
    yield opened
    opened.stop()


@pytest.fixture
def publisher(broker):
    opened = Publisher(broker.port)
    yield opened
    opened.close()


def row(number: int, **changes):
    at = instant.iso(instant.now().replace(microsecond=0))
    return {"time": at, "sensor": "cam-1", "track": str(number), "lon": 75.0, "lat": -5.0, "kind": "car"} | changes


class Watch:
    """The part of a watch process that takes what its feeds bring, over a directory that outlives it."""

    def __init__(self, path, *feeds: Admitted, **way):
        (path / "keys").mkdir(exist_ok=True)
        self.feeds = list(feeds)
        self.segment = Segment(path / "segments")
        batches = Batches()
        for frame in self.segment.frames():
            remember(batches, frame.meta)
        self.journal = Journal(self.segment, Backlog())
        self.journal.start()
        self.way = Way(self.journal, batches, node="test", **way)
        self.connections = Connections(path, self.way, lambda: list(self.feeds), check_s=0.1)
        self.connections.start()

    def tracks(self) -> list[str]:
        return [track for frame in self.segment.frames() for track in rows.decoded(frame.payload)["track"].to_pylist()]

    def door(self, name="gate"):
        return self.connections.of_feeds().get(name)

    def end(self):
        self.connections.stop()
        self.journal.stop()
        self.segment.close()


@contextmanager
def watching(path, *feeds, **way):
    watch = Watch(path, *feeds, **way)
    try:
        yield watch
    finally:
        watch.end()


def until(condition, seconds: float = 15.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "not within the time given"
        time.sleep(0.02)


def native(broker, name="gate", **changes) -> Admitted:
    given = {"host": "127.0.0.1", "port": broker.port, "topic": "obs/#"} | changes
    return Admitted(name, kind="mqtt", settings=KINDS["mqtt"].checked(given))


def subscribed(watch, publisher, name="gate") -> None:
    """Wait until what is published arrives: a first subscription begins when it is made."""
    until(lambda: watch.door(name) is not None)

    def arrives():
        publisher.send("obs/first", orjson.dumps(row(0)))
        time.sleep(0.1)
        return "0" in watch.tracks()

    until(arrives)


@needs_mosquitto
def test_an_object_an_array_and_lines_are_all_taken(tmp_path, broker, publisher):
    with watching(tmp_path, native(broker)) as watch:
        subscribed(watch, publisher)
        publisher.send("obs/a", orjson.dumps(row(1)))
        publisher.send("obs/b", orjson.dumps([row(2), row(3)], option=orjson.OPT_INDENT_2))
        publisher.send("obs/c", orjson.dumps(row(4)) + b"\n" + orjson.dumps(row(5)) + b"\n")
        publisher.send("obs/d", orjson.dumps(row(6), option=orjson.OPT_INDENT_2))
        until(lambda: {"1", "2", "3", "4", "5", "6"} <= set(watch.tracks()))


@needs_mosquitto
def test_what_cannot_be_used_is_counted_by_reason_and_does_not_stop_the_feed(tmp_path, broker, publisher):
    with watching(tmp_path, native(broker)) as watch:
        subscribed(watch, publisher)
        for payload in (b"\xff\x00", b"", b"[" * 5000, orjson.dumps(row(1, kind="person")), b"[1, null]"):
            publisher.send("obs/a", payload)
        until(lambda: sum(watch.door().unusable.values()) >= 5)
        assert watch.door().unusable["refused_kind"] == 1
        publisher.send("obs/a", orjson.dumps(row(2)))
        until(lambda: "2" in watch.tracks())


@needs_mosquitto
def test_what_is_published_while_the_watch_is_away_comes_when_it_is_back(tmp_path, broker, publisher):
    with watching(tmp_path, native(broker)) as watch:
        subscribed(watch, publisher)
    for number in range(1, 201):
        publisher.send("obs/a", orjson.dumps(row(number)))
    with watching(tmp_path, native(broker)) as watch:
        until(lambda: len(set(watch.tracks())) == 201)
        time.sleep(0.3)
        tracks = [one for one in watch.tracks() if one != "0"]
        assert sorted(tracks, key=int) == [str(number) for number in range(1, 201)]


@needs_mosquitto
def test_more_than_has_room_in_memory_may_wait_at_the_broker(tmp_path, broker, publisher, monkeypatch):
    """What the session kept comes ahead of the answer to the subscription: neither may wait for the other."""
    with watching(tmp_path, native(broker)) as watch:
        subscribed(watch, publisher)
    for number in range(1, 101):
        publisher.send("obs/a", orjson.dumps(row(number)))
    monkeypatch.setattr("safeconduct.watch.feeds.mqtt.MAX_WAITING_BYTES", 500)
    with watching(tmp_path, native(broker)) as watch:
        until(lambda: len(set(watch.tracks())) == 101)


@needs_mosquitto
def test_what_was_durable_but_not_acknowledged_is_not_doubled_after_a_restart(tmp_path, broker, publisher, monkeypatch):
    monkeypatch.setattr("safeconduct.watch.feeds.mqtt.Pump.acknowledge", lambda *_: None)
    with watching(tmp_path, native(broker)) as watch:
        subscribed(watch, publisher)
        for number in range(1, 51):
            publisher.send("obs/a", orjson.dumps(row(number)))
        until(lambda: len(set(watch.tracks())) == 51)
        before = len(watch.tracks())
    monkeypatch.undo()
    with watching(tmp_path, native(broker)) as watch:
        publisher.send("obs/a", orjson.dumps(row(99)))
        until(lambda: "99" in watch.tracks())
        assert len(watch.tracks()) == before + 1


@needs_mosquitto
def test_a_broker_that_is_killed_is_unreachable_and_nothing_is_lost_once_it_is_back(tmp_path, broker, publisher):
    with watching(tmp_path, native(broker)) as watch:
        subscribed(watch, publisher)
        broker.save()
        broker.kill()
        until(lambda: not watch.door().reachable)
        broker.start()
        again = Publisher(broker.port)
        for number in range(1, 101):
            again.send("obs/a", orjson.dumps(row(number)))
        again.close()
        until(lambda: len(set(watch.tracks())) == 101)
        assert watch.door().reachable
        numbers = [one for one in watch.tracks() if one != "0"]
        assert sorted(numbers, key=int) == [str(number) for number in range(1, 101)]


@needs_mosquitto
def test_rows_wait_at_the_broker_while_the_watch_is_behind(tmp_path, broker, publisher):
    with watching(tmp_path, native(broker)) as watch:
        subscribed(watch, publisher)
        watch.journal.backlog.limit_rows = 0
        for number in range(1, 21):
            publisher.send("obs/a", orjson.dumps(row(number)))
        time.sleep(0.5)
        assert set(watch.tracks()) == {"0"}
        watch.journal.backlog.limit_rows = 400_000
        until(lambda: len(set(watch.tracks())) == 21)


@needs_mosquitto
def test_a_feed_over_its_rate_is_capped_and_counted(tmp_path, broker, publisher):
    with watching(tmp_path, native(broker), rows_per_s=10.0, burst_s=1.0) as watch:
        subscribed(watch, publisher)
        sent = 0

        def capped() -> int:
            nonlocal sent
            sent += 20
            publisher.send("obs/a", orjson.dumps([row(sent + number) for number in range(20)]))
            return watch.door().unusable["rate"]

        until(capped)
        until(lambda: len([one for one in watch.tracks() if one != "0"]) + watch.door().unusable["rate"] == sent)


@needs_mosquitto
def test_a_feed_of_one_sensor_may_not_report_for_another(tmp_path, broker, publisher):
    feed = replace(native(broker), sensors=frozenset({"cam-1"}))
    with watching(tmp_path, feed) as watch:
        subscribed(watch, publisher)
        publisher.send("obs/a", orjson.dumps([row(1), row(2, sensor="cam-2")]))
        publisher.send("obs/a", orjson.dumps(row(3, sensor="cam-3")))
        publisher.send("obs/a", orjson.dumps(row(4)))
        until(lambda: "4" in watch.tracks())
        assert not {"2", "3"} & set(watch.tracks())
        counted = sum(frame.meta["refused"].get("other_sensor", 0) for frame in watch.segment.frames())
        assert counted + watch.door().unusable["other_sensor"] == 2


@needs_mosquitto
def test_feeds_are_opened_changed_and_closed_without_a_restart(tmp_path, broker, publisher):
    with watching(tmp_path) as watch:
        assert watch.door() is None
        watch.feeds[:] = [native(broker)]
        subscribed(watch, publisher)
        watch.feeds[:] = [native(broker, topic="other")]
        until(lambda: _takes(watch, publisher, "other", 1))
        watch.feeds.clear()
        until(lambda: watch.door() is None)


def _takes(watch, publisher, topic, number) -> bool:
    publisher.send(topic, orjson.dumps(row(number)))
    time.sleep(0.1)
    return str(number) in watch.tracks()


@needs_mosquitto
def test_a_user_needs_the_password_that_the_nodes_secrets_hold(tmp_path):
    home = tmp_path / "broker"
    home.mkdir()
    if shutil.which("mosquitto_passwd") is None:
        pytest.skip("mosquitto_passwd is not installed")
    subprocess.run(["mosquitto_passwd", "-b", "-c", str(home / "users"), "watch", "made-up"], check=True)
    broker = Broker(home, f"allow_anonymous false\npassword_file {home}/users\n")
    try:
        with watching(tmp_path, native(broker, user="watch")) as watch:
            until(lambda: watch.door() is not None and not watch.door().reachable)
            keep_secrets(tmp_path, "gate", {"password": "made-up"})
            until(lambda: watch.door() is not None and watch.door().reachable)
            publisher = Publisher(broker.port, "watch", "made-up")
            subscribed(watch, publisher)
            publisher.close()
    finally:
        broker.stop()


@needs_mosquitto
def test_a_broker_is_trusted_by_its_certificate_alone(tmp_path):
    home = tmp_path / "broker"
    home.mkdir()
    subprocess.run(
        f"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -keyout {home}/key.pem "
        f"-out {home}/cert.pem -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1".split(),
        check=True,
        capture_output=True,
    )
    broker = Broker(home, f"allow_anonymous true\ncertfile {home}/cert.pem\nkeyfile {home}/key.pem\n")
    try:
        with watching(tmp_path, native(broker, tls=True)) as watch:
            until(lambda: watch.door() is not None and not watch.door().reachable)
            keep_secrets(tmp_path, "gate", {"ca_file": str(home / "cert.pem")})
            until(lambda: watch.door() is not None and watch.door().reachable)
    finally:
        broker.stop()


@settings(derandomize=True, max_examples=300, deadline=None)
@given(
    st.lists(st.one_of(st.binary(max_size=200), st.sampled_from([b"[", b"{}", b"[{}]", b"null", b'{"time": 1e400}'])))
)
def test_a_native_message_of_any_bytes_is_rows_or_refused(payloads):
    found = Native(("obs",)).take([("obs", one) for one in payloads], 1_795_500_000_000)
    assert found.table.schema.equals(rows.COLUMNS)


@needs_mosquitto
def test_a_frigate_is_heard_over_the_broker_and_goes_silent_with_its_last_will(tmp_path, broker, publisher):
    given = {"host": "127.0.0.1", "port": broker.port}
    feed = Admitted("gate", kind="frigate", settings=KINDS["frigate"].checked(given))
    with watching(tmp_path, feed, calibrations=lambda: {"gate": calibration(four())}) as watch:
        until(lambda: watch.door() is not None)

        def heard():
            now_s = instant.epoch_ms(instant.now()) / 1000
            publisher.send("frigate/events", event(frame_time=now_s))
            time.sleep(0.1)
            return watch.tracks()

        until(heard)
        publisher.send("frigate/available", "offline", retain=True)
        until(lambda: watch.connections.lost() == {"gate"})
        publisher.send("frigate/available", "online", retain=True)
        until(lambda: watch.connections.lost() == frozenset())


def test_a_publish_packet_is_read_past_its_properties():
    properties = bytes([1, 1, 3, 0, 2]) + b"ab"  # payload format 1, content type ab
    packet = b"\0\3obs" + b"\0\7" + bytes([len(properties)]) + properties + b"payload"
    assert message_of(0x32, packet) == Message(b"obs", b"payload", 7, 1)
    assert message_of(0x30, b"\0\3obs" + b"\0" + b"payload") == Message(b"obs", b"payload", 0, 0)
    long = bytes([0x80 | 72, 1]) + bytes(200)
    assert message_of(0x30, b"\0\3obs" + long + b"payload") == Message(b"obs", b"payload", 0, 0)


@pytest.mark.parametrize(
    ("command", "packet"),
    [
        (0x30, b""),
        (0x30, b"\0"),
        (0x30, b"\0\0\0payload"),
        (0x30, b"\xff\xffobs"),
        (0x30, b"\0\3obs"),
        (0x30, b"\0\3obs\x05a"),
        (0x30, b"\0\3obs\xff\xff\xff\xff\xff"),
        (0x32, b"\0\3obs\0\0\0payload"),
        (0x34, b"\0\3obs\0\7\0payload"),
        (0x36, b"\0\3obs\0\7\0payload"),
    ],
)
def test_a_broken_publish_packet_is_none(command, packet):
    assert message_of(command, packet) is None


@settings(derandomize=True, max_examples=500, deadline=None)
@given(st.integers(0x30, 0x3F), st.binary(max_size=40))
def test_any_publish_packet_is_a_message_or_none(command, packet):
    found = message_of(command, packet)
    assert found is None or (found.topic and packet.endswith(found.payload))
