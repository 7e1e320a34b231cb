"""Circling: entries of one token, or of one track, into the rings of a site, by evidence of having been outside."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from shapely.geometry import LineString
from tests.watch.scenes import PLANE, Watched, drives, ring, second, seen, square, stands, watch

from safeconduct.sites.places import Places, Ring, RingLevel, Route
from safeconduct.terms.place import Point
from safeconduct.watch.engine import Engine
from safeconduct.watch.settings import Settings

EDGE_M = 5000.0
LAP_S = 200


def circling(rows: Iterable[dict[str, Any]], places: Places | None = None) -> list[dict[str, Any]]:
    return [alert for alert in watch(rows, places).alerts.values() if alert["kind"] == "circling"]


def lap(number: int, read: bool = True, **more: Any) -> Iterator[dict[str, Any]]:
    """Westwards over the eastern edge at 12 m/s for 30 s and back, under a new id; the plate is read at first sight."""
    about: dict[str, Any] = {"track": f"lap-{number}", **more}
    for i in range(60):
        token = {"token": "a1"} if read and i == 0 else {}
        yield seen(number * LAP_S + i, EDGE_M + 180 - 12.0 * (30 - abs(30 - i)), **about, **token)


def laps(count: int, **more: Any) -> list[dict[str, Any]]:
    return [row for number in range(count) for row in lap(number, **more)]


def test_the_fourth_entry_of_a_token_makes_an_alert_at_the_edge_as_it_comes_in():
    (alert,) = circling(laps(4))
    assert [round(second(entry)) for entry in alert["explanation"]["entries"]] == [16, 216, 416, 616]
    assert second(alert["raised"]) == 616
    assert PLANE.to_metres(Point(alert["lon"], alert["lat"]))[0] == pytest.approx(EDGE_M, abs=13)


def test_three_entries_are_no_circling_and_seven_are_one_alert():
    assert not circling(laps(3))
    assert len(circling(laps(7))) == 1


def test_eight_entries_are_two_alerts():
    assert len(circling(laps(8))) == 2


def test_entries_over_an_hour_ago_do_not_count():
    late = [{**row, "time": row["time"] + 3_600_000 - 500_000} for row in laps(4)[-60:]]
    assert not circling([*laps(3), *late])


def test_without_tokens_laps_under_new_ids_are_of_different_vehicles():
    assert not circling(laps(5, read=False))


def test_one_that_many_cameras_read_inside_has_not_entered_again():
    rows = [row for n in range(8) for row in drives(n * 30, 20, x=n * 300.0, track=f"t{n}", sensor=f"c{n}", token="a1")]
    assert not circling(rows)


def test_a_routes_corridor_outside_the_rings_is_none_of_them():
    """It crosses the road far from the rings, again and again."""
    road = Route("marjan", "road", LineString([PLANE.to_point(5200, -500), PLANE.to_point(5200, 500)]), 20.0)
    rows = [
        seen(n * 100 + i, 5100 + 12.0 * i, token="a1", track=f"t{n}-{i // 50}") for n in range(6) for i in range(30)
    ]
    assert not circling(rows, Places(ring().rings, routes=(road,)))


def test_a_road_that_leaves_the_rings_through_a_corridor_leaves_them():
    road = Route("marjan", "road", LineString([PLANE.to_point(4000, 0), PLANE.to_point(6000, 0)]), 20.0)
    assert len(circling(laps(4), Places(ring().rings, routes=(road,)))) == 1


def test_from_one_ring_into_the_next_is_no_entry():
    inner = Ring("marjan", "inner ring", RingLevel.INNER, square(0, 0, 4000))
    rows = [{**row, "lon": row["lon"] - PLANE.to_point(1000, 0).lon + 75.0} for row in laps(6)]
    assert not circling(rows, Places((*ring().rings, inner)))


def test_one_that_stands_by_the_edge_does_not_enter_at_each_sighting_that_errs():
    """Every 25 s one sighting lies inside."""
    rows = [seen(at_s, EDGE_M + (-2 if at_s % 25 == 24 else 4), token="a1") for at_s in range(400)]
    assert not circling(rows)


def test_one_that_is_outside_for_a_moment_drives_along_the_edge():
    rows = [seen(at_s, EDGE_M + (15 if at_s % 40 < 15 else -15), 12.0 * at_s - 3000, token="a1") for at_s in range(400)]
    assert not circling(rows)


def test_one_that_cuts_a_corner_within_two_seconds_has_been_inside():
    """It is sighted inside once, and a second later 17 m on: no sighting that errs."""
    rows = [
        seen(n * 100 + i, EDGE_M + 12.0 * (abs(20 - i) - 0.6), 12.0 * i, track=f"t{n}", token="a1")
        for n in range(4)
        for i in range(40)
    ]
    assert len(circling(rows)) == 1


def test_the_first_entry_needs_no_time_outside():
    """The plate is read a few seconds before it comes in for the first time."""
    rows = [row for number in range(4) for row in lap(number) if number or row["time"] >= lap_begin(0) + 10_000]
    rows[0]["token"] = "a1"
    assert len(circling(rows)) == 1


def lap_begin(number: int) -> int:
    return next(lap(number))["time"]


def test_when_it_left_is_known_of_its_track_before_its_plate_is_read():
    """It leaves under an id that is read outside only, 15 s before it comes in again; it had been outside for 35 s."""
    rows: list[dict[str, Any]] = []
    for n in range(4):
        rows += [seen(n * 100 + i, EDGE_M - 96 + 12.0 * i, track=f"in-{n}", token="a1") for i in range(6)]
        rows += [seen(n * 100 + i, EDGE_M - 96 + 12.0 * i, track=f"out-{n}") for i in range(6, 44)]
        rows.append(seen(n * 100 + 44, EDGE_M + 420, track=f"out-{n}", token="a1"))
        rows += [seen(n * 100 + 45 + i, EDGE_M + 120 - 12.0 * i, track=f"back-{n}", token="a1") for i in range(20)]
    assert len(circling(rows)) == 1


def test_own_vehicles_come_and_go():
    assert not circling(laps(6, kind="own", track="guard-1", sensor="gps", read=False))
    assert not circling(laps(6, kind="own", sensor="gps"))


def test_a_track_counts_each_of_its_entries_once():
    """To and fro over the edge under one id: its fourth and its eighth entry are alerts."""
    rows = [seen(at_s, 4700 + 12 * abs(50 - at_s % 100), 0) for at_s in range(820)]
    assert [len(one["explanation"]["entries"]) for one in circling(rows)] == [4, 4]


def test_entries_outlast_a_snapshot():
    rows = laps(4)
    for cut in (10, 70, 130, 190):
        first, rest = rows[:cut], rows[cut:]
        half = watch(first).engine
        again = Engine.restore(half.snapshot(), ring(), Settings())
        found = Watched(again).feed(rest).finish().alerts.values()
        assert [one["kind"] for one in found] == ["circling"], cut


def test_a_parked_car_whose_plate_is_read_anew_has_entered_once():
    rows = [row for n in range(6) for row in stands(n * 60, n * 60 + 50, track=f"t{n}", token="a1")]
    assert not circling(rows)
