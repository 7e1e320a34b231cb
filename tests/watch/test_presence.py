"""What the watch promises of presences: how their clock runs on, and what ends it."""

from __future__ import annotations

import pytest
from tests.watch.scenes import drives, ring, second, seen, square, stands, steps, watch, with_exempt

from safeconduct.sites.places import Exempt


def traffic(begin_s: int, end_s: int, sensor: str = "cam-1"):
    """Something that always moves far away, so that the sensor is not silent."""
    return (seen(at_s, -4000 + 300 * (at_s % 20), -4000, f"t-{sensor}", sensor) for at_s in range(begin_s, end_s))


def test_a_wait_takes_its_steps_at_their_times():
    alert = watch([*stands(0, 700), *drives(700, 10)]).only
    assert steps(alert) == [("notice", 180), ("alert", 300), ("critical", 600)]
    assert (second(alert["started"]), second(alert["raised"])) == (0, 180)
    assert alert["explanation"]["ended"]["reason"] == "moved_off"
    assert alert["dwell_s"] == pytest.approx(701, abs=2)


def test_a_short_stop_raises_nothing():
    assert not watch([*stands(0, 170), *drives(170, 10)]).alerts


def test_a_vehicle_that_first_appears_inside_is_watched():
    assert watch(stands(0, 320)).alarms


def test_the_clock_runs_on_over_a_new_id():
    rows = [*stands(0, 100, track="1"), *stands(101, 200, track="2"), *stands(203, 320, track="3")]
    alert = watch(rows).only
    assert steps(alert) == [("notice", 180), ("alert", 300)]
    assert alert["tracks"] == ["cam-1/1", "cam-1/2", "cam-1/3"]
    assert [join["why"] for join in alert["explanation"]["joined"]] == ["first_seen", "took_over", "took_over"]


def test_the_clock_runs_on_over_a_neighbouring_camera():
    rows = [*stands(0, 150, sensor="cam-1"), *stands(160, 320, x=3.0, track="9", sensor="cam-2")]
    alert = watch([*rows, *traffic(0, 320)]).only
    assert second(alert["started"]) == 0
    assert alert["sensors"] == ["cam-1", "cam-2"]


def test_the_clock_runs_on_while_nothing_sees_it():
    alert = watch([*stands(0, 120), *traffic(0, 400)]).only
    assert [name for name, _ in steps(alert)] == ["notice", "alert"]
    assert second(alert["steps"][1]["at"]) <= 360
    assert alert["ended"] is None
    assert alert["explanation"]["unseen"]


def test_a_long_gap_is_one_stay_where_the_car_was_seen_long_enough():
    rows = [*stands(0, 150, track="1"), *stands(290, 420, track="2"), *traffic(0, 420)]
    assert second(watch(rows).only["started"]) == 0


def test_a_short_stop_does_not_bridge_a_long_gap_that_the_camera_could_see_into():
    rows = [*stands(0, 20, track="1"), *stands(400, 560, track="2"), *traffic(0, 560)]
    assert not watch(rows).alarms


def test_two_cars_side_by_side_stay_two():
    rows = [*stands(0, 320, x=0, track="1"), *stands(0, 320, x=6, track="2")]
    assert len(watch(rows).alarms) == 2


def test_two_cars_stay_two_where_one_is_lost_and_the_other_is_not():
    rows = [*stands(0, 100, x=0, track="1"), *stands(0, 320, x=6, track="2"), *stands(105, 320, x=0, track="3")]
    found = watch(rows)
    assert sorted(len(alert["tracks"]) for alert in found.alarms) == [1, 2]


def test_a_car_that_stops_beside_one_that_is_hidden_does_not_take_it_over():
    arriving = [*drives(90, 8, x=-101, y=4, track="2"), *stands(98, 420, x=-5, y=4, track="2")]
    rows = [*stands(0, 100, track="1"), *arriving, *stands(120, 420, track="1")]
    found = watch(rows)
    assert sorted(second(alert["started"]) for alert in found.alarms)[0] == 0
    assert len(found.alarms) == 2


def test_an_old_id_that_comes_back_is_the_same_car():
    rows = [*stands(0, 100, track="1"), *stands(100, 200, track="2"), *stands(200, 320, track="1")]
    assert second(watch(rows).only["started"]) == 0


def test_two_cameras_that_see_one_car_make_one_presence():
    rows = [*stands(0, 320, track="1", sensor="cam-1"), *stands(0, 320, x=1.5, track="7", sensor="cam-2")]
    alert = watch(rows).only
    assert alert["sensors"] == ["cam-1", "cam-2"]
    assert "seen_by_both" in [join["why"] for join in alert["explanation"]["joined"]]


def test_a_creeping_car_is_one_presence():
    rows = [row for leg in range(5) for row in stands(leg * 120, leg * 120 + 115, x=leg * 22.0)]
    alert = watch(rows).only
    assert second(alert["started"]) == 0
    assert [name for name, _ in steps(alert)] == ["notice", "alert"]
    assert len(alert["explanation"]["moves"]) == 4


def test_a_creeping_car_is_one_presence_over_new_ids():
    legs = [stands(leg * 120, leg * 120 + 113, x=leg * 22.0, track=str(leg)) for leg in range(5)]
    rows = [row for leg in legs for row in leg]
    assert second(watch([*rows, *traffic(0, 600)]).alarms[0]["started"]) == 0


def test_stop_and_go_traffic_is_no_presence_that_lasts():
    rows = [row for leg in range(12) for row in stands(leg * 40, leg * 40 + 35, x=leg * 38.0)]
    assert not watch(rows).alerts


def test_leaving_under_a_new_id_ends_it():
    rows = [*stands(0, 320, track="1"), *drives(322, 30, x=8, track="2"), *traffic(0, 420)]
    alert = watch(rows).only
    assert alert["explanation"]["ended"]["reason"] == "left_under_new_id"
    assert second(alert["ended"]) == pytest.approx(320, abs=3)


def test_a_passing_car_ends_nothing():
    passing = [row for n in range(10) for row in drives(150 + 20 * n, 40, x=-240, y=5, track=f"p{n}")]
    alert = watch([*stands(0, 150, track="1"), *passing, *stands(220, 400, track="2")]).only
    assert second(alert["started"]) == 0


def test_gone_ends_it():
    alert = watch([*stands(0, 320), seen(320, state="gone"), *traffic(0, 330)]).only
    assert alert["explanation"]["ended"]["reason"] == "gone"
    assert second(alert["ended"]) == 320


def test_an_emptied_place_ends_what_stood_there_unseen():
    rows = [*stands(0, 320), seen(400, 1.0, track="empty", state="gone"), *traffic(0, 420)]
    assert watch(rows).only["explanation"]["ended"]["reason"] == "gone"


def test_a_car_that_stands_exactly_there_for_long_ends_what_was_unseen():
    arriving = [*drives(400, 8, x=-96, track="2"), *stands(408, 470, x=0, track="2", kind="car")]
    rows = [*stands(0, 320, track="1"), *arriving, *traffic(0, 470)]
    ended = [alert for alert in watch(rows).alarms if alert["ended"]]
    assert [alert["explanation"]["ended"]["reason"] for alert in ended] == ["displaced"]


def test_a_token_read_elsewhere_ends_it():
    rows = [*stands(0, 320, token="a1"), seen(400, 900, track="9", token="a1"), *traffic(0, 420)]
    assert watch(rows).only["explanation"]["ended"]["reason"] == "token_elsewhere"


def test_another_token_does_not_take_a_presence_over():
    rows = [*stands(0, 150, track="1", token="a1"), *stands(160, 320, track="2", token="b2"), *traffic(0, 320)]
    assert not [alert for alert in watch(rows).alarms if len(alert["tracks"]) > 1]


def test_the_stays_of_a_token_add_up():
    away = [*drives(200, 30, token="a1"), *drives(230, 1, x=400, token="a1")]
    rows = [*stands(0, 200, token="a1"), *away, *stands(900, 1030, track="2", token="a1"), *traffic(0, 1030)]
    repeat = next(alert for alert in watch(rows).alerts.values() if alert["kind"] == "repeat")
    assert repeat["severity"] == "alert"
    assert repeat["explanation"]["prior_s"] == pytest.approx(200, abs=3)


def test_who_has_stood_here_before_may_wait_at_a_signal():
    away = drives(400, 30, token="a1")
    rows = [*stands(0, 400, token="a1"), *away, *stands(900, 970, x=300, track="2", token="a1")]
    rows += [*drives(970, 30, x=300, track="2", token="a1"), *traffic(0, 1030)]
    assert [alert["kind"] for alert in watch(rows).alarms] == ["dwell"]


def test_waits_at_signals_do_not_add_up():
    waits = [row for lap in range(9) for row in wait_at_signal(lap * 200, track=str(lap))]
    rows = [*waits, *stands(1900, 2040, track="9", token="a1"), *traffic(0, 2040)]
    assert not watch(rows).alarms


def wait_at_signal(at_s: float, track: str):
    return [*stands(at_s, at_s + 70, track=track, token="a1"), *drives(at_s + 70, 30, track=track, token="a1")]


def test_a_taxi_that_stood_at_its_rank_has_used_nothing_up():
    rows = [
        *stands(0, 600, token="a1"),
        *drives(600, 30, token="a1"),
        *stands(1200, 1330, x=400, track="2", token="a1"),
    ]
    rank = Exempt("marjan", "rank", square(0, 0, 30), frozenset({"car"}), 1500.0)
    assert not watch(rows, with_exempt(ring(), rank)).alarms


def test_the_watch_gives_up_on_what_nobody_has_seen_for_long():
    alert = watch([*stands(0, 320), *traffic(0, 1300)]).only
    assert alert["explanation"]["ended"]["reason"] == "unseen_limit"
    assert second(alert["ended"]) == pytest.approx(320 + 900, abs=3)


def test_a_token_that_enters_again_and_again_is_circling():
    rows = [row for lap in range(4) for row in drives(lap * 200, 60, x=4800, token="a1", track=str(lap))]
    rows = [*rows, *(seen(lap * 200 - 5, 4700, token="a1", track=str(lap)) for lap in range(4) if lap)]
    found = [alert for alert in watch(rows).alerts.values() if alert["kind"] == "circling"]
    assert len(found) == 1
    assert found[0]["severity"] == "notice"


def test_a_car_that_rolls_to_its_stop_is_watched_from_there():
    rolling = (seen(at_s, x, track="1") for at_s, x in enumerate((-60, -48, -37, -27, -18, -11, -7, -4, -2, 0)))
    alert = watch([*rolling, *stands(10, 330)]).only
    assert second(alert["started"]) <= 9


def test_a_car_lost_on_its_way_off_has_left():
    rows = [*stands(0, 320), *drives(320, 2, speed_mps=8), *traffic(0, 420)]
    alert = watch(rows).only
    assert alert["explanation"]["ended"]["reason"] == "moved_off"
    assert second(alert["ended"]) == 321


def test_a_car_behind_a_truck_has_not_left_with_one_that_passes():
    arriving = drives(88, 8, x=-98.0, y=4.0, track="2", kind="truck")
    truck = [*arriving, *stands(96, 221, x=2.0, y=4.0, track="2", kind="truck")]
    passing = (seen(at_s, 3.0 + 2.0 * (at_s - 102), track="3") for at_s in range(102, 160))
    rows = [*stands(0, 100, track="1"), *truck, *passing, *stands(222, 400, track="4"), *traffic(0, 400)]
    alert = next(alert for alert in watch(rows).alarms if alert["vehicle"] == "car")
    assert second(alert["started"]) == 0
    assert alert["tracks"] == ["cam-1/1", "cam-1/4"]


def test_a_car_that_went_while_a_truck_hid_it_is_found_to_have_left():
    truck = [*stands(98, 120, x=2.0, y=4.0, track="2", kind="truck"), *drives(120, 30, x=2.0, y=4.0, track="2")]
    leaving = drives(106, 40, track="3")
    rows = [*stands(0, 100, track="1"), *truck, *leaving, *traffic(0, 500)]
    assert not watch(rows).alarms


@pytest.mark.parametrize("overlap_s", [5, 30])
def test_creeping_from_one_view_into_another_is_one_presence(overlap_s: int):
    """The views overlap: both cameras see the car for longer than their clocks differ, and one then loses it."""
    creeping = [seen(200 + i, 2.5 * i, track="1") for i in range(9)]
    first = [*stands(0, 200, track="1"), *creeping, *stands(209, 205 + overlap_s, x=22.0, track="1")]
    second_view = [seen(205 + i, 12.5 + 2.5 * i, track="9", sensor="cam-2") for i in range(4)]
    rows = [*first, *second_view, *stands(209, 420, x=22.0, track="9", sensor="cam-2")]
    alert = watch([*rows, *traffic(0, 420)]).only
    assert (second(alert["started"]), alert["ended"]) == (0, None)
    assert alert["tracks"] == ["cam-1/1", "cam-2/9"]


def test_what_is_not_seen_at_a_rank_has_not_overstayed():
    rank = Exempt("marjan", "rank", square(0, 0, 30), frozenset({"car"}), 700.0)
    rows = [*stands(0, 600), *traffic(0, 1000)]
    assert not watch(rows, with_exempt(ring(), rank)).alarms
    assert watch([*rows, *stands(650, 800, track="2")], with_exempt(ring(), rank)).alarms


@pytest.mark.parametrize(("apart_m", "tracks"), [(2.0, 2), (6.0, 1)])
def test_a_truck_beside_an_unseen_car_is_another_vehicle_and_in_its_place_the_same(apart_m: float, tracks: int):
    rows = [*stands(0, 150), *stands(200, 350, y=apart_m, track="2", kind="truck"), *traffic(0, 350)]
    first = next(alert for alert in watch(rows).alarms if second(alert["started"]) == 0)
    assert len(first["tracks"]) == tracks
