"""What the watch promises of one vehicle that was taken for two, and of two that stand close."""

from __future__ import annotations

import pytest
from tests.watch.scenes import drives, second, seen, stands, watch


def taken_for_two(until_s: int):
    """One car; the second camera errs by 5 m while it comes to rest."""
    return [
        *stands(0, until_s, track="a"),
        *stands(0, 10, y=5.0, track="b", sensor="cam-2"),
        *stands(10, until_s, y=0.5, track="b", sensor="cam-2"),
    ]


def test_a_car_taken_for_two_by_two_cameras_alarms_once():
    (alert,) = watch(taken_for_two(400)).alarms
    assert alert["tracks"] == ["cam-1/a", "cam-2/b"]
    assert alert["explanation"]["joined"][1]["why"] == "seen_by_both"


def test_a_car_taken_for_two_is_followed_by_either_camera():
    rows = [row for row in taken_for_two(400) if row["sensor"] == "cam-2" or row["time"] % 10**9 < 10**9]
    rows = [row for row in rows if row["track"] == "b" or row["time"] < rows[0]["time"] + 200_000]
    (alert,) = watch(rows).alarms
    assert second(alert["steps"][-1]["at"]) == 300 and alert["ended"] is None


@pytest.mark.parametrize("apart_m", [3.2, 6.0])
def test_two_cars_that_two_cameras_see_one_each_stay_two(apart_m: float):
    rows = [*stands(0, 400, track="a"), *stands(0, 400, y=apart_m + 1.0, track="b", sensor="cam-2")]
    assert len(watch(rows).alarms) == 2


def test_two_cars_door_to_door_that_one_camera_sees_stay_two():
    rows = [*stands(0, 400, track="a"), *stands(0, 400, y=2.0, track="b")]
    assert len(watch(rows).alarms) == 2


def test_a_token_that_only_one_of_two_presences_had_is_the_cars():
    rows = [{**row, "token": "00ff" * 4} if row["track"] == "b" else row for row in taken_for_two(400)]
    away = seen(402, x=500.0, track="far", sensor="cam-9", token="00ff" * 4)
    (alert,) = watch([*rows, away, *drives(403, 3, x=500.0, track="far", sensor="cam-9")]).alarms
    assert alert["explanation"]["ended"]["reason"] == "token_elsewhere"
