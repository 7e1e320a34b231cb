"""What explains a presence, and what no explanation covers."""

from __future__ import annotations

from shapely.geometry import Polygon
from tests.watch.scenes import BASE_MS, Watched, drives, ring, second, seen, square, stands, steps, watch, with_exempt

from safeconduct.sites.places import Exempt, Places, Ring, RingLevel, Route
from safeconduct.watch.engine import Engine
from safeconduct.watch.observations import text_hash
from safeconduct.watch.rules import ExpectedPresence, within_hours
from safeconduct.watch.settings import Settings


def rank(max_stay_s: float = 900, kinds: tuple[str, ...] = ("car",), hours: tuple[str, str] | None = None) -> Places:
    return with_exempt(ring(), Exempt("marjan", "taxi rank", square(0, 0, 15), frozenset(kinds), max_stay_s, hours))


def own(begin_s: int, end_s: int, x: float = 2.0, y: float = 0.0):
    return (seen(at_s, x, y, "guard-1", "gps", kind="own") for at_s in range(begin_s, end_s, 5))


def expected(count: int = 1, tokens: frozenset[int] = frozenset(), until_s: int = 9999) -> ExpectedPresence:
    area = square(0, 0, 20)
    return ExpectedPresence("e1", "marjan", "delivery", area, BASE_MS, BASE_MS + until_s * 1000, count, tokens)


def test_an_exempt_place_allows_its_maximum_stay_and_no_more():
    alert = watch(stands(0, 1300), rank()).only
    assert steps(alert) == [("alert", 900), ("critical", 1200)]
    assert alert["explanation"]["exempt"] == {"name": "taxi rank", "max_stay_s": 900}


def test_an_exempt_place_is_for_its_kinds():
    assert watch(stands(0, 320, kind="truck"), rank()).alarms


def test_an_exempt_place_is_for_its_hours():
    # The scene begins at 22:13:20 UTC.
    assert not watch(stands(0, 320), rank(hours=("22:00", "02:00"))).alerts
    assert watch(stands(0, 320), rank(hours=("06:00", "22:00"))).alarms


def test_hours_may_pass_midnight():
    assert within_hours(("22:00", "02:00"), BASE_MS)
    assert not within_hours(("02:00", "22:00"), BASE_MS)


def test_beside_an_exempt_place_the_rings_rules_hold():
    assert watch(stands(0, 320, x=40), rank()).alarms


def test_an_own_vehicle_explains_its_presence():
    assert not watch([*stands(0, 700), *own(0, 700)]).alerts


def test_nobody_hides_beside_an_own_vehicle():
    rows = [*stands(0, 400, x=0, track="1"), *stands(0, 400, x=7, track="2"), *own(0, 400, x=0.5)]
    alert = watch(rows).only
    assert alert["tracks"] == ["cam-1/2"]


def test_an_own_vehicle_that_leaves_no_longer_explains():
    leaving = (seen(at_s, 2 + 10 * (at_s - 400), 0, "guard-1", "gps", kind="own") for at_s in range(400, 420, 5))
    alert = watch([*stands(0, 600), *own(0, 400), *leaving]).only
    assert alert["severity"] == "alert"
    assert 400 < second(alert["raised"]) <= 450


def test_an_own_vehicle_raises_nothing_as_it_leaves():
    leaving = (seen(at_s, 2 + 10 * (at_s - 400), 0, "guard-1", "gps", kind="own") for at_s in range(400, 420, 5))
    assert not watch([*stands(0, 402), *drives(402, 20), *own(0, 400), *leaving]).alerts


def test_an_own_tracker_that_falls_silent_explains_for_a_while():
    assert not watch([*stands(0, 700), *own(0, 200)]).alerts
    assert watch([*stands(0, 900), *own(0, 200)]).alarms


def test_an_expected_presence_explains_as_many_as_announced():
    engine = Engine(ring())
    engine.expect(expected())
    rows = [*stands(0, 400, x=-8, track="1"), *stands(20, 400, x=8, track="2")]
    alert = Watched(engine).feed(rows).finish().only
    assert alert["tracks"] == ["cam-1/2"]


def test_an_expected_presence_with_tokens_is_for_those_alone():
    engine = Engine(ring())
    engine.expect(expected(tokens=frozenset({text_hash("a1")})))
    rows = [*stands(0, 400, x=-8, track="1", token="b2"), *stands(0, 400, x=8, track="2", token="a1")]
    assert Watched(engine).feed(rows).finish().only["tracks"] == ["cam-1/1"]


def test_an_expected_presence_explains_only_during_its_time():
    engine = Engine(ring())
    engine.expect(expected(until_s=350))
    alert = Watched(engine).feed(stands(0, 420)).finish().only
    assert 350 <= second(alert["raised"]) <= 356


def test_a_withdrawn_announcement_explains_nothing():
    engine = Engine(ring(), Settings(hold_s=0))
    engine.expect(expected())
    found = Watched(engine).feed(stands(0, 400))
    assert not found.alerts
    found.note(engine.withdraw("e1")).feed(stands(400, 420))
    assert found.only["severity"] == "alert"


def test_an_announcement_made_later_clears_the_alert():
    engine = Engine(ring(), Settings(hold_s=0))
    found = Watched(engine).feed(stands(0, 320))
    found.note(engine.expect(expected())).feed(stands(320, 330))
    assert found.only["explanation"]["ended"]["reason"] == "expected"


def test_an_inner_ring_is_stricter():
    alert = watch(stands(0, 130), ring(level=RingLevel.INNER)).only
    assert steps(alert) == [("notice", 60), ("alert", 90), ("critical", 120)]


def test_a_presence_counts_for_the_innermost_ring():
    rings = tuple(
        Ring("marjan", level.value, level, square(0, 0, half_m))
        for level, half_m in ((RingLevel.OUTER, 900), (RingLevel.MIDDLE, 600), (RingLevel.INNER, 300))
    )
    found = watch([*stands(0, 130, x=100, track="1"), *stands(0, 130, x=400, track="2")], Places(rings=rings))
    assert sorted((alert["ring"], alert["severity"]) for alert in found.alerts.values()) == [
        ("inner", "critical"),
        ("middle", "notice"),
    ]


def test_a_stop_on_a_route_is_watched_outside_of_every_ring():
    from shapely.geometry import LineString
    from tests.watch.scenes import PLANE

    line = LineString([PLANE.to_point(-500, 0), PLANE.to_point(500, 0)])
    places = Places(routes=(Route("marjan", "airport road", line, 20.0),))
    found = watch([*stands(0, 320, y=5), *stands(0, 320, y=60, track="2")], places)
    assert (found.only["ring"], found.only["tracks"]) == ("route", ["cam-1/1"])


def test_outside_of_every_place_nothing_is_watched():
    assert not watch(stands(0, 700, x=6000)).alerts


def test_a_bus_has_time_at_its_stops():
    assert not watch(stands(0, 420, kind="bus")).alerts
    assert watch(stands(0, 620, kind="bus")).alarms


def test_polygons_of_announcements_survive_as_plain_data():
    one = expected(tokens=frozenset({3, 1}))
    again = ExpectedPresence.from_plain(one.to_plain())
    assert isinstance(again.polygon, Polygon)
    assert again.to_plain() == one.to_plain()
