"""A ring says how much of it must be covered: less, and the watch of it is lost until it is back."""

from __future__ import annotations

from typing import Any

import pytest
from shapely.geometry import Point, Polygon
from tests.watch.scenes import PLANE, Watched, second, seen, square

from safeconduct.sites.geojson import parse_places, to_geojson
from safeconduct.sites.places import Places, Ring, RingLevel, Sensor
from safeconduct.terms.errors import BadInput
from safeconduct.watch.engine import Engine
from safeconduct.watch.settings import Settings


def strip(from_x: float, to_x: float, half_m: float = 1000) -> Polygon:
    corners = [(from_x, -half_m), (to_x, -half_m), (to_x, half_m), (from_x, half_m)]
    return Polygon([PLANE.to_point(*corner) for corner in corners])


def places(floor: float | None = 0.6, *inner: Ring) -> Places:
    """A ring whose western half `west` covers and whose eastern half `east` does, with a fifth of it covered twice."""
    outer = Ring("marjan", "outer ring", RingLevel.OUTER, square(0, 0, 1000), min_coverage=floor)
    west = Sensor("marjan", "west camera", "west", strip(-1000, 0))
    east = Sensor("marjan", "east camera", "east", strip(-200, 1000))
    return Places(rings=(outer, *inner), sensors=(west, east))


def rows(until_s: int, *sensors: str, from_s: int = 0) -> list[dict[str, Any]]:
    """A vehicle that drives round far from the ring, seen by each of the sensors once a second."""
    return [
        seen(at_s, 3000 + at_s % 7 * 10, 3000, track="t", sensor=name)
        for at_s in range(from_s, until_s)
        for name in sensors
    ]


def watched(feed: list[dict[str, Any]], of: Places) -> Watched:
    return Watched(Engine(of, Settings())).feed(feed).finish()


def floors(found: Watched) -> list[dict[str, Any]]:
    return [alert for alert in found.alerts.values() if "coverage" in alert["explanation"]]


def test_a_ring_of_which_too_little_is_covered_has_lost_its_watch():
    (alert,) = floors(watched([*rows(100, "west", "east"), *rows(300, "west", from_s=100)], places()))
    assert (alert["kind"], alert["severity"], alert["ring"]) == ("lost_watch", "alert", "outer")
    assert alert["explanation"]["coverage"] == {"share": 0.5, "floor": 0.6, "silent": ["east"]}
    assert alert["explanation"]["place"]["name"] == "outer ring"
    assert second(alert["started"]) == 99
    assert second(alert["raised"]) == pytest.approx(99 + 120, abs=11)
    assert "50% of outer ring" in alert["explanation"]["sentence"] and "east" in alert["explanation"]["sentence"]
    assert not places().rings[0].polygon.intersection(strip(-1000, 0)).covers(Point(alert["lon"], alert["lat"]))


def test_it_is_cleared_when_the_sensor_is_back():
    feed = [*rows(100, "west", "east"), *rows(400, "west", from_s=100), *rows(400, "east", from_s=300)]
    (alert,) = floors(watched(feed, places()))
    assert alert["explanation"]["ended"]["reason"] == "covered_again"
    assert second(alert["ended"]) == pytest.approx(300, abs=11)


def test_a_ring_that_is_covered_enough_by_the_others_raises_nothing():
    """Without `west` 60 % are left: the fifth that both cover is counted once."""
    assert not floors(watched([*rows(100, "west", "east"), *rows(300, "east", from_s=100)], places(0.6)))
    assert floors(watched([*rows(100, "west", "east"), *rows(300, "east", from_s=100)], places(0.61)))


def test_without_a_floor_no_share_is_too_small():
    assert not floors(watched([*rows(100, "west", "east"), *rows(400, "other", from_s=100)], places(None)))


def test_a_sensor_that_was_never_heard_covers_nothing():
    (alert,) = floors(watched(rows(300, "west"), places()))
    assert alert["explanation"]["coverage"]["silent"] == ["east"]
    assert second(alert["raised"]) == pytest.approx(120, abs=11)


def test_the_ground_of_a_ring_is_what_lies_outside_of_the_rings_within():
    """The inner ring is the eastern half: `west` alone covers all of the outer ring's own ground."""
    inner = Ring("marjan", "inner ring", RingLevel.INNER, strip(0, 1000), min_coverage=0.9)
    found = watched([*rows(100, "west", "east"), *rows(300, "west", from_s=100)], places(0.95, inner))
    (alert,) = floors(found)
    assert alert["ring"] == "inner" and alert["explanation"]["coverage"]["share"] == 0


def test_another_sensor_that_falls_silent_is_told_of_under_the_same_alert():
    feed = [*rows(100, "west", "east", "other"), *rows(300, "west", "other", from_s=100)]
    found = watched([*feed, *rows(600, "other", from_s=300)], places())
    (alert,) = floors(found)
    assert alert["explanation"]["coverage"] == {"share": 0.0, "floor": 0.6, "silent": ["west", "east"]}
    changes = [change.change for change in found.changes if change.alert["id"] == alert["id"]]
    assert changes == ["raise", "step"]


def test_a_ring_that_is_taken_away_clears_its_alert():
    found = watched([*rows(100, "west", "east"), *rows(300, "west", from_s=100)], places())
    found.note(found.engine.replace_places(places(None)))
    found.feed(rows(340, "west", from_s=300)).finish()
    assert floors(found)[0]["explanation"]["ended"]["reason"] == "not_watched"


def test_a_restored_engine_clears_what_the_one_before_raised():
    feed = [*rows(100, "west", "east"), *rows(500, "west", from_s=100), *rows(500, "east", from_s=400)]
    whole = watched(feed, places())
    cut_ms = seen(300)["time"]
    engine = Engine(places(), Settings())
    before = Watched(engine).feed(row for row in feed if row["time"] < cut_ms)
    after = Watched(Engine.restore(engine.snapshot(), places(), Settings()))
    after.feed(row for row in feed if row["time"] >= cut_ms).finish()
    assert before.changes + after.changes == whole.changes
    assert floors(whole)[0]["ended"]


def test_a_floor_is_read_and_written_with_its_ring():
    assert parse_places(to_geojson(places(0.6)), "places").rings[0].min_coverage == 0.6
    assert "min_coverage" not in to_geojson(places(None))["features"][0]["properties"]


@pytest.mark.parametrize("floor", [0, -0.1, 1.01, "0.5", True, float("nan")])
def test_a_floor_that_is_no_share_is_refused(floor: Any):
    collection = to_geojson(places(0.6))
    collection["features"][0]["properties"]["min_coverage"] = floor
    with pytest.raises(BadInput, match="min_coverage"):
        parse_places(collection, "places")
