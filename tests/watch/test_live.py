"""The live loop: what the engine finds becomes acts once, whatever is killed, and what people do reaches the engine."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import pytest
from django.db import OperationalError
from tests.watch.live_node import FEATURES, RING, Driven, chunked, standing

from safeconduct import release
from safeconduct.record.queries import entries, size
from safeconduct.sites.acts import import_places, remove_place
from safeconduct.sites.queries import sensors
from safeconduct.store.guard import passage
from safeconduct.terms import instant
from safeconduct.terms.instant import UTC
from safeconduct.watch import archive, deeds, queries, snapshot
from safeconduct.watch.acts import close_feed, close_presence, open_feed, register_expected, withdraw_expected
from safeconduct.watch.feeds.doors import Door
from safeconduct.watch.models import Alert
from safeconduct.watch.segment import files_of
from safeconduct.watch.settings import Settings

pytestmark = pytest.mark.django_db(transaction=True)

BEGIN = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


@pytest.fixture
def clock(clock_at):
    """The node's clock stands at BEGIN and moves when told."""
    clock_at(BEGIN)
    return clock_at


@pytest.fixture
def duty(as_role):
    return as_role("host.duty_officer")


@pytest.fixture
def start(tmp_path, as_role, clock):
    """`start()` begins another process over the same directory and database."""
    import_places(as_role("host.commander"), site="marjan", features=FEATURES)
    open_feed(as_role("host.commander"), name="gate")

    def begin(**options) -> Driven:
        driven = Driven(tmp_path / "watch", **options)
        driven.turn()
        return driven

    return begin


def alerts(watch, kind: str = "dwell") -> list:
    return release.listing(Alert, watch, lambda rows: rows.filter(kind=kind).order_by("started_at"))


def acts_done() -> Counter[str]:
    return Counter(entry.act for entry in entries(0, size()) if entry.act.startswith(("alert.", "presence.")))


def test_a_vehicle_that_waits_becomes_an_alert_that_steps_and_is_cleared(start, watch):
    live = start()
    for rows in chunked(standing(BEGIN, 330), 20):
        live.send(rows)
    (alert,) = alerts(watch)
    assert alert.severity == "alert"
    assert [step["severity"] for step in alert.steps] == ["notice", "alert"]
    assert alert.raised - alert.started == timedelta(seconds=180)
    live.send(standing(BEGIN + timedelta(seconds=330), 60, spot=(RING[0] + 0.002, RING[1])))
    (alert,) = alerts(watch)
    assert alert.ended is not None
    assert acts_done() == {"alert.raise": 1, "alert.update": 1, "alert.clear": 1}
    live.end()


@pytest.mark.parametrize("clean", [True, False])
@pytest.mark.parametrize("every", [1, 4])
def test_ending_between_any_batches_neither_loses_nor_doubles_an_act(start, watch, clean, every):
    live = start()
    for number, rows in enumerate(chunked(standing(BEGIN, 660), 30), start=1):
        live.send(rows)
        if number % every == 0:
            live.end(clean=clean)
            live = start()
    (alert,) = alerts(watch)
    assert [step["severity"] for step in alert.steps] == ["notice", "alert", "critical"]
    assert acts_done() == {"alert.raise": 1, "alert.update": 2}
    live.end()


def test_rows_that_were_durable_but_not_yet_watched_are_watched_after_a_crash(start, watch):
    live = start()
    live.send(standing(BEGIN, 330), turn=False)
    live.end(clean=False)
    assert alerts(watch) == []
    live = start()
    (alert,) = alerts(watch)
    assert alert.severity == "alert"
    assert acts_done() == {"alert.raise": 1, "alert.update": 1}
    live.end()


def test_a_crash_after_the_acts_but_before_a_snapshot_doubles_none(start, watch):
    live = start()
    live.send(standing(BEGIN, 330))
    live.end(clean=False)
    for _ in range(2):
        live = start()
        live.end(clean=False)
    assert acts_done() == {"alert.raise": 1, "alert.update": 1}
    assert len(alerts(watch)) == 1


def test_a_damaged_newest_snapshot_falls_back_to_the_one_before(start, watch, tmp_path):
    live = start()
    live.send(standing(BEGIN, 100))
    live.live.save()
    live.send(standing(BEGIN + timedelta(seconds=100), 100))
    live.end(clean=True)
    newest = max((tmp_path / "watch").glob("snapshot-*"))
    newest.write_bytes(newest.read_bytes()[:-10])
    assert len(list(snapshot.good_ones(tmp_path / "watch"))) == 1
    live = start()
    live.send(standing(BEGIN + timedelta(seconds=200), 130))
    (alert,) = alerts(watch)
    assert [step["severity"] for step in alert.steps] == ["notice", "alert"]
    live.end()


def test_without_any_snapshot_the_archive_leads_to_what_still_stands(start, watch, tmp_path, clock):
    live = start()
    live.send(standing(BEGIN, 200))
    live.segment.rotate()
    live.end()
    (complete,) = files_of(tmp_path / "watch" / "segments")[:-1]
    archive.write(complete, tmp_path / "archive", live.live.told.places)
    complete.unlink()
    for path in (tmp_path / "watch").glob("snapshot-*"):
        path.unlink()
    clock(BEGIN + timedelta(seconds=200))
    live = start()
    live.send(standing(BEGIN + timedelta(seconds=200), 130))
    (alert,) = alerts(watch)
    assert [step["severity"] for step in alert.steps] == ["notice", "alert"]
    assert acts_done() == {"alert.raise": 1, "alert.update": 1}
    live.end()


def test_acts_wait_for_a_database_that_is_away(start, watch, monkeypatch):
    live = start()
    tries = []
    do_changes = deeds.do_changes

    def away_twice(*args):
        tries.append(args)
        if len(tries) < 3:
            raise OperationalError("database is locked")
        do_changes(*args)

    monkeypatch.setattr(deeds, "do_changes", away_twice)
    live.send(standing(BEGIN, 200))
    assert len(tries) == 3
    assert len(alerts(watch)) == 1
    live.end()


def test_an_expected_presence_raises_nothing_until_it_is_withdrawn(start, watch, duty):
    west, south = RING[0] - 0.0003, RING[1] - 0.0003
    corners = [[west, south], [west + 0.0006, south], [west + 0.0006, south + 0.0006], [west, south + 0.0006]]
    place = {"type": "Polygon", "coordinates": [[*corners, corners[0]]]}
    expected = register_expected(
        duty, site="marjan", name="fuel truck", place=place, begin=BEGIN, end=BEGIN + timedelta(hours=1)
    )
    live = start()
    live.send(standing(BEGIN, 400))
    assert alerts(watch) == []
    withdraw_expected(duty, expected.pk)
    live.hear()
    live.send(standing(BEGIN + timedelta(seconds=400), 30))
    (alert,) = alerts(watch)
    assert alert.severity == "alert"
    live.end()


def test_an_expected_presence_with_a_place_that_is_none_does_not_stop_the_watch(start, watch, duty):
    """The act refuses one; a row of an older version may still hold it."""
    square = [[75.0, -5.0], [75.001, -5.0], [75.001, -4.999], [75.0, -5.0]]
    place = {"type": "Polygon", "coordinates": [square]}
    row = register_expected(duty, site="marjan", name="odd", place=place, begin=BEGIN, end=BEGIN + timedelta(hours=1))
    with passage("act"):
        type(row).objects.filter(pk=row.pk).update(place={"type": "Polygon"})
    live = start()
    live.send(standing(BEGIN, 200))
    assert len(alerts(watch)) == 1
    live.end()


def test_a_presence_that_a_person_closes_ends_and_stays_ended_after_a_restart(start, watch, duty):
    live = start()
    live.send(standing(BEGIN, 200))
    (alert,) = alerts(watch)
    close_presence(duty, alert.id, reason="The guard saw it leave.")
    live.hear()
    assert live.live.told.open == set()
    assert live.live.told.engine.presences() == []
    live.end(clean=False)
    live = start()
    assert live.live.told.open == set()
    assert acts_done()["presence.close"] == 1
    live.end()


def test_a_place_that_changes_is_watched_from_then_on(start, watch, as_role):
    live = start()
    for name in ("inner ring", "middle ring", "outer ring"):
        remove_place(as_role("host.commander"), site="marjan", name=name)
    live.hear()
    live.send(standing(BEGIN, 400))
    assert alerts(watch) == []
    live.end()


def test_the_picture_shows_what_is_in_rings_and_only_writes_what_changed(start, watch, duty):
    live = start()
    live.send(standing(BEGIN, 20))
    live.round._picture._at = 0.0
    live.turn()
    (position,) = queries.positions(duty, "marjan")
    assert (position.ring, position.kind, position.sensor) == ("outer", "car", "cam-01")
    before = release.newest_event_id()
    live.round._picture._at = 0.0
    live.turn()
    assert release.newest_event_id() == before
    live.end()


def test_silence_turns_a_sensor_grey_and_its_return_makes_it_live_once_each(start, watch, clock):
    def health() -> dict[str, str]:
        return {row["sensor"]: row["health"] for row in sensors(watch)}

    live = start(settings=Settings(hold_s=3.0, silent_s=120))
    live.send(standing(BEGIN, 5))
    assert health()["cam-01"] == "live"
    assert health()["cam-02"] == "unknown"
    clock(BEGIN + timedelta(seconds=121))
    live.turn(3)
    assert set(health().values()) == {"silent"}
    live.send(standing(BEGIN + timedelta(seconds=121), 5))
    live.turn(3)
    assert health()["cam-01"] == "live"
    done = Counter(entry.act for entry in entries(0, size()))
    assert done["sensor.health"] == 1 + len(health()) + 1
    live.end()


def test_a_sensor_whose_clock_lags_is_not_live_and_its_feed_tells_how_much_was_late(start, watch, duty):
    live = start()
    live.send(standing(BEGIN, 5))
    live.send(standing(BEGIN - timedelta(hours=1), 5, sensor="cam-02") + standing(BEGIN + timedelta(seconds=5), 5))
    live.round._feeds._at = 0.0
    live.turn(3)
    assert {row["sensor"]: row["health"] for row in sensors(watch)}["cam-01"] == "live"
    assert {row["sensor"]: row["health"] for row in sensors(watch)}["cam-02"] != "live"
    (feed,) = queries.feeds(duty)
    assert (feed.rows, feed.refused) == (15, {"late": 5})
    live.end()


def test_a_feed_shows_what_came_by_it_in_all_and_falls_silent(start, duty, clock):
    live = start(settings=Settings(hold_s=3.0, silent_s=120))
    live.send(standing(BEGIN, 5))
    live.send([*standing(BEGIN + timedelta(seconds=5), 5), {"kind": "person"}])
    live.round._feeds._at = 0.0
    live.turn()
    (feed,) = queries.feeds(duty)
    assert (feed.state, feed.rows, feed.refused) == ("live", 10, {"no_time": 1})
    live.end()
    clock(BEGIN + timedelta(seconds=200))
    live = start(settings=Settings(hold_s=3.0, silent_s=120))
    live.turn()
    (feed,) = queries.feeds(duty)
    assert (feed.state, feed.rows) == ("silent", 10)
    live.end()


class OneDoor:
    """What a way in knows of the feed `gate`."""

    def __init__(self):
        self.door, self.off = Door(), frozenset()

    def of_feeds(self):
        return {"gate": self.door}

    def lost(self):
        return self.off


@pytest.fixture
def door(start, duty, clock):
    """A live watch with a feed that came, its door, and how the feed is shown after a turn."""
    live, ways = start(settings=Settings(hold_s=3.0, silent_s=120)), OneDoor()
    live.round._doors = ways
    live.send(standing(BEGIN, 5))

    def shown() -> str:
        live.round._feeds._at = 0.0
        live.turn()
        (feed,) = queries.feeds(duty)
        return feed.state

    ways.shown, ways.live = shown, live
    yield ways
    live.end()


def test_a_feed_whose_peer_does_not_answer_is_unreachable_until_it_does(door):
    assert door.shown() == "live"
    door.door.reachable = False
    assert door.shown() == "unreachable"
    door.door.reachable = True
    assert door.shown() == "live"


def test_a_feed_whose_rows_come_late_has_its_clock_off(door, clock):
    clock(BEGIN + timedelta(seconds=60))
    door.live.send(standing(BEGIN + timedelta(seconds=5), 5))
    assert door.shown() == "clock_off"
    door.live.send(standing(BEGIN + timedelta(seconds=57), 3))
    assert door.shown() == "live"


@pytest.mark.parametrize(("speed", "behind_s", "state"), [(0, 15, "clock_off"), (2, 15, "live"), (2, 25, "clock_off")])
def test_rows_may_come_as_much_later_as_the_clock_of_an_exercise_is_faster(door, clock, speed, behind_s, state):
    begin = BEGIN + timedelta(seconds=60)
    instant.run_clock(begin, datetime.now(UTC), speed)
    door.live.send(standing(begin - timedelta(seconds=behind_s + 1), 2))
    assert door.shown() == state


def test_a_feed_whose_rows_are_refused_for_being_ahead_has_its_clock_off_for_a_while(door, clock):
    assert door.shown() == "live"
    door.door.unusable = Counter(future=3)
    assert door.shown() == "clock_off"
    clock(BEGIN + timedelta(seconds=119))
    door.live.send(standing(BEGIN + timedelta(seconds=117), 2))
    assert door.shown() == "clock_off"
    clock(BEGIN + timedelta(seconds=200))
    door.live.send(standing(BEGIN + timedelta(seconds=198), 2))
    assert door.shown() == "live"


def test_a_sensor_that_its_feed_knows_to_be_off_is_silent_at_once(door, watch):
    def health():
        return {row["sensor"]: row["health"] for row in sensors(watch)}["cam-01"]

    door.shown()
    assert health() == "live"
    door.off = frozenset({"cam-01"})
    door.shown()
    assert health() == "silent"
    door.off = frozenset()
    door.shown()
    assert health() == "live"


def test_a_frame_that_cannot_be_dealt_with_does_not_end_the_watch(start, watch, monkeypatch):
    live = start()
    feed = live.live.told.engine.feed
    calls = []

    def failing_once(batch):
        calls.append(batch)
        if len(calls) == 1:
            raise ZeroDivisionError
        return feed(batch)

    monkeypatch.setattr(live.live.told.engine, "feed", failing_once)
    live.send(standing(BEGIN, 5, track="odd"))
    live.send(standing(BEGIN + timedelta(seconds=5), 200))
    assert live.live.told.failed == 1
    assert len(alerts(watch)) == 1
    live.end()


def test_the_clock_moves_the_watch_while_feeds_are_silent(start, watch, clock):
    from tests.watch.live_node import QUICK

    live = start(settings=Settings(hold_s=3.0, unseen_limit_s=300))
    live.send(standing(BEGIN, 200))
    live.live.pace = type(QUICK)(turn_s=0.01, quiet_s=0.0, tick_s=0.0)
    clock(BEGIN + timedelta(seconds=900))
    live.turn(3)
    live.hear()
    (alert,) = alerts(watch)
    assert alert.ended is not None
    assert {"cam-01"} <= {sensor for lost in alerts(watch, "lost_watch") for sensor in lost.sensors}
    live.end()


def test_a_token_lets_in_the_feed_of_its_name_until_the_feed_is_closed_or_the_token_ends(
    start, login, as_role, monkeypatch
):
    from safeconduct.people.acts import issue_token, revoke_token
    from safeconduct.watch.process import open_feed_of

    monkeypatch.setattr("safeconduct.watch.process.close_old_connections", lambda: None)  # the connection is the test's
    login("host.commander")
    commander = as_role("host.commander")
    feed = open_feed(commander, name="north cameras")
    token = issue_token(commander, name="north cameras", purpose="feed")
    stranger = issue_token(commander, name="no such feed", purpose="feed")
    program = issue_token(commander, name="north cameras", purpose="api")
    assert open_feed_of(token.clear).name == "north cameras"
    assert [open_feed_of(one.clear) for one in (stranger, program)] == [None, None]
    revoke_token(commander, token.pk)
    assert open_feed_of(token.clear) is None
    again = issue_token(commander, name="north cameras", purpose="feed")
    assert open_feed_of(again.clear).name == "north cameras"
    close_feed(commander, feed.pk)
    assert open_feed_of(again.clear) is None
