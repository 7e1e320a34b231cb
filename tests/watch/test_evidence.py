"""What ends a presence and what does not, where vehicles stand close and hide each other."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from shapely.geometry import MultiPoint, Point
from tests.watch.scenes import drives, second, seen, stands, watch

from safeconduct.sites.places import Exempt, Places, Ring, RingLevel

DATA = Path(__file__).parent.parent / "data"


def traffic(begin_s: int, end_s: int):
    """Another vehicle in view of the same camera, far away: the camera is not blind."""
    return (seen(at_s, 2000 + at_s % 9 * 30, 2000, track="far") for at_s in range(begin_s, end_s))


def traffic_of(sensor: str, begin_s: int, end_s: int):
    """The same in view of another camera."""
    return (dict(row, sensor=sensor) for row in traffic(begin_s, end_s))


def test_a_car_that_a_truck_hides_goes_on_under_its_own_clock():
    truck = [
        *drives(192, 8, x=-96, y=4, track="truck", kind="truck"),
        *stands(200, 300, y=4, track="truck", kind="truck"),
        *drives(300, 20, y=4, track="truck", kind="truck"),
    ]
    rows = [*stands(0, 200), *truck, *stands(302, 420, track="again"), *traffic(0, 420)]
    found = watch(rows)
    alert = next(one for one in found.alerts.values() if "cam-1/again" in one["tracks"])
    assert second(alert["started"]) == 0 and not alert["ended"]
    assert alert["tracks"] == ["cam-1/1", "cam-1/again"]
    assert not [one for one in found.alerts.values() if "cam-1/truck" in one["tracks"]]


def test_a_truck_beside_a_car_that_it_hides_for_good_is_another_vehicle():
    truck = [*drives(92, 8, x=-96, y=4, track="truck", kind="truck")]
    rows = [*stands(0, 100), *truck, *stands(100, 450, y=4, track="truck", kind="truck"), *traffic(0, 450)]
    starts = {tuple(one["tracks"]): second(one["started"]) for one in watch(rows).alarms}
    assert starts == {("cam-1/truck",): pytest.approx(98, abs=4)}


@pytest.mark.parametrize("apart_m", [3.0, 6.0])
def test_two_cars_that_one_camera_sees_side_by_side_each_have_their_alert(apart_m: float):
    found = watch([*stands(0, 400), *stands(60, 460, x=apart_m, track="2")])
    assert {(one["tracks"][0], second(one["started"])) for one in found.alarms} == {("cam-1/1", 0), ("cam-1/2", 60)}


def test_a_place_reported_empty_ends_nothing_that_is_seen_there():
    rows = [*stands(0, 400), seen(350, 1.0, track="empty", sensor="cam-2", state="gone")]
    found = watch(rows)
    assert not found.only["ended"]
    assert "clear" not in [change.change for change in found.changes]


def test_a_place_reported_empty_of_another_kind_says_nothing_of_the_car_there():
    rows = [*stands(0, 320), seen(400, 1.0, track="empty", state="gone", kind="bus"), *traffic(0, 420)]
    assert not watch(rows).only["ended"]


def test_one_camera_that_loses_it_for_good_ends_nothing_that_another_still_sees():
    both = [*stands(0, 400), *stands(0, 350, x=1.0, track="2", sensor="cam-2")]
    found = watch([*both, seen(350, 1.0, track="2", sensor="cam-2", state="gone")])
    assert not found.only["ended"]
    assert "clear" not in [change.change for change in found.changes]


def test_one_track_that_drives_off_ends_nothing_that_another_still_shows():
    """The second camera's track jumps to a passing car; the first one goes on seeing it stand."""
    both = [*stands(0, 400), *stands(0, 350, x=1.0, track="2", sensor="cam-2")]
    found = watch([*both, *drives(350, 20, x=1.0, track="2", sensor="cam-2")])
    assert not found.only["ended"]
    assert "clear" not in [change.change for change in found.changes]


def test_a_token_read_again_where_it_stands_ends_nothing():
    """A second camera reads the plate of the car that the first one shows."""
    rows = [
        *stands(0, 400, token="a1"),
        *(seen(at_s, 1.0, track="9", sensor="cam-2", token="a1") for at_s in (350, 351)),
    ]
    found = watch(rows)
    assert not found.only["ended"]
    assert "clear" not in [change.change for change in found.changes]


def test_a_camera_that_went_blind_as_a_car_passed_has_seen_nobody_leave():
    """Nothing is heard of the camera any more: that another's track begins near by is no departure."""
    passing = [*drives(325, 30, x=8, track="2", sensor="cam-2"), *traffic_of("cam-2", 0, 380)]
    assert not watch([*stands(0, 320), *passing]).only["ended"]


def test_a_truck_that_has_driven_off_hides_nothing():
    """It was gone before the car was lost: a track that goes on from the car is its departure."""
    truck = [*stands(20, 290, y=4, track="truck", kind="truck"), *drives(290, 20, y=4, track="truck", kind="truck")]
    rows = [*stands(0, 320), *truck, *drives(322, 30, x=8, track="2"), *traffic(0, 420)]
    car = next(one for one in watch(rows).alarms if one["vehicle"] == "car")
    assert car["explanation"]["ended"]["reason"] == "left_under_new_id"


def test_a_truck_that_stops_there_later_does_not_hide_who_had_left():
    truck = [*drives(332, 8, x=-96, y=4, track="t", kind="truck"), *stands(340, 420, y=4, track="t", kind="truck")]
    rows = [*stands(0, 320), *drives(322, 30, x=8, track="2"), *truck, *traffic(0, 420)]
    car = next(one for one in watch(rows).alarms if one["vehicle"] == "car")
    assert car["explanation"]["ended"]["reason"] == "left_under_new_id"


def test_a_place_reported_empty_says_nothing_of_the_one_beside_it():
    rows = [*stands(0, 320), seen(400, 6.0, track="empty", state="gone"), *traffic(0, 420)]
    assert not watch(rows).only["ended"]


def test_another_sensor_that_covers_the_place_may_report_it_empty():
    rows = [*stands(0, 320), seen(400, 1.0, track="bay-7", sensor="loop-7", state="gone"), *traffic(0, 420)]
    assert watch(rows).only["explanation"]["ended"]["reason"] == "gone"


def test_a_track_that_its_sensor_holds_on_to_is_circling_without_a_token():
    """It crosses the ring's edge to and fro, 50 s inside and 50 s outside, under one id."""
    rows = [seen(at_s, 4700 + 12 * abs(50 - at_s % 100), 0) for at_s in range(420)]
    found = [one for one in watch(rows).alerts.values() if one["kind"] == "circling"]
    assert len(found) == 1
    assert len(found[0]["explanation"]["entries"]) == 4


def test_a_queue_that_rolls_on_is_no_stay():
    """Each of ten cars moves up 45 m every minute: a jam, and nobody waits at a place."""
    rows = [
        seen(at_s, -7.0 * car + 45.0 * (at_s // 60), 0, track=str(car))
        for car in range(10)
        for at_s in range(0, 900, 2)
    ]
    assert not watch(rows).alarms


def test_where_vehicles_keep_stopping_one_that_is_not_seen_any_more_has_rather_gone():
    """Twelve waited there for two minutes each, and the next one is lost after as long: a jam, and no stay."""
    laps = [
        [*stands(160 * n, 160 * n + 130, track=f"{n}"), *drives(160 * n + 130, 20, track=f"{n}")] for n in range(12)
    ]
    last = stands(2000, 2120, track="last")
    assert not watch([*(row for lap in laps for row in lap), *last, *traffic(0, 2420)]).alarms
    assert watch([*stands(2000, 2120, track="last"), *traffic(0, 2420)]).alarms


def buses(kind: str) -> list[dict[str, Any]]:
    with (DATA / "liverpool-bus" / "route14_outbound.csv").open() as file:
        return [
            {
                "time": row["timestamp"].replace(" ", "T") + "Z",
                "sensor": "bus-tracker",
                "track": row["vehicle_id"],
                "lon": float(row["longitude"]),
                "lat": float(row["latitude"]),
                "kind": kind,
            }
            for row in csv.DictReader(file)
        ]


def test_real_buses_that_no_detector_knew_alarm_only_where_one_waits_longer_than_the_rule():
    """Bus 4836 waits six minutes at a timing point; where buses may, an exempt place says so."""
    rows = buses("unknown")
    around = MultiPoint([(row["lon"], row["lat"]) for row in rows]).convex_hull.buffer(0.003)
    along = Ring("route", "along route 14", RingLevel.OUTER, around)
    (alert,) = watch(rows, Places(rings=(along,))).alarms
    assert alert["tracks"] == ["bus-tracker/4836"] and alert["dwell_s"] > 300
    stop = Exempt("route", "timing point", Point(alert["lon"], alert["lat"]).buffer(0.0005), frozenset({"bus"}), 600.0)
    assert not watch(rows, Places(rings=(along,), exempts=(stop,))).alarms


def test_a_car_that_waits_in_the_traffic_beside_where_it_parked_has_left_once_it_is_away():
    """It pulls out under a new id and waits for a minute 9 m on, behind it another car; then both drive off."""
    ahead = [*stands(171, 240, 9, track="2"), *drives(240, 30, 9, track="2")]
    behind = [*stands(172, 242, -9.5, track="3"), *drives(242, 30, -9.5, track="3")]
    assert not watch([*stands(0, 170), *ahead, *behind, *traffic(0, 600)]).alarms


def test_a_camera_that_falls_silent_does_not_hide_who_drove_into_the_next_ones_view():
    rows = [*stands(0, 170), *drives(171, 40, 4, track="1", sensor="cam-2"), *traffic_of("cam-2", 0, 600)]
    assert not watch(rows).alarms


def test_a_car_that_crept_while_it_was_hidden_is_the_same_though_its_sightings_err():
    """It is found 30 m on, at rest, and every sighting but the first lies half a metre nearer to where it stood."""
    later = [seen(340, 30.0, track="2"), *stands(341, 700, 29.5, track="2")]
    assert len(watch([*stands(0, 320), *later, *traffic(0, 700)]).alarms) == 1
