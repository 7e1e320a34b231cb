"""What the watch promises of standing queues and of what is found again: told once, and nobody hides there."""

from __future__ import annotations

from typing import Any

import pytest
from tests.watch.scenes import BASE_MS, Watched, drives, ring, second, seen, square, stands, watch

from safeconduct.watch.engine import Engine
from safeconduct.watch.rules import ExpectedPresence
from safeconduct.watch.settings import Settings


def queue(begin_s: int, end_s: int, cars: int = 10) -> list[dict[str, Any]]:
    """Cars one behind the other, 7 m apart, that come 5 s apart and drive off one after another."""
    return [
        row
        for car in range(cars)
        for row in (
            *stands(begin_s + 5 * car, end_s + 2 * car, x=-7.0 * car, track=f"q{car}"),
            *drives(end_s + 2 * car, 8, x=-7.0 * car, track=f"q{car}"),
        )
    ]


def test_a_road_that_locks_up_is_told_of_once_while_it_stands():
    standing = [row for row in queue(0, 700) if row["time"] < BASE_MS + 700_000]
    assert len(watch(standing).alarms) == 1


def test_few_cars_are_no_queue():
    assert len(watch(queue(0, 400, cars=6)).alarms) == 6


def test_who_stays_when_the_queue_moves_on_alarms():
    rows = [*queue(0, 500), *stands(20, 900, x=-30.0, y=3.0, track="parked")]
    (alert,) = [one for one in watch(rows).alarms if "cam-1/parked" in one["tracks"]]
    first = next(step for step in alert["steps"] if step["severity"] != "notice")
    assert second(first["at"]) <= 500 + 20 + 60 + 10


def test_a_queue_is_one_alarm_however_long_it_stands():
    standing = [row for row in queue(0, 2400) if row["time"] < BASE_MS + 2_400_000]
    (alert,) = watch(standing).alarms
    assert alert["explanation"]["queue"] == {"vehicles": 10, "since": "2023-11-14T22:13:20Z"}
    assert "standing queue of 10 vehicles" in alert["explanation"]["sentence"]


def test_nobody_hides_in_a_queue_beyond_the_patience_with_it():
    standing = [row for row in queue(0, 1600) if row["time"] < BASE_MS + 1_600_000]
    assert len(watch(standing, settings=Settings(queue_patience_s=900.0)).alarms) == 10


def test_the_alarm_of_a_queue_goes_over_when_its_first_car_drives_off():
    rows = [row for row in queue(0, 1600, cars=16) if "q0" not in row["track"]]
    rows = [row for row in rows if row["time"] < BASE_MS + 1_000_000]
    rows += [*stands(0, 500, track="q0"), *drives(500, 8, track="q0")]
    (alert,) = watch(rows).alarms
    assert alert["ended"] is None and alert["explanation"]["queue"]["vehicles"] == 16
    assert "cam-1/q0" not in alert["tracks"]


def test_a_queue_that_has_cleared_is_told_of_no_more():
    assert all(alert["ended"] for alert in watch([*queue(0, 700), *busy(0, 900)]).alarms)


def test_cars_that_were_announced_are_no_queue_for_others_to_wait_in():
    standing = [row for row in queue(0, 400, cars=8) if row["time"] < BASE_MS + 400_000]
    watched = Watched(Engine(ring()))
    until_ms = BASE_MS + 3_600_000
    watched.engine.expect(ExpectedPresence("e1", "marjan", "convoy", square(-30, 0, 35.0), BASE_MS, until_ms, 7))
    watched.feed([*standing, *stands(60, 400, x=40.0, track="stranger")]).finish()
    tracks = {track for alert in watched.alarms for track in alert["tracks"]}
    assert tracks == {"cam-1/q7", "cam-1/stranger"}
    assert not any(alert["explanation"]["queue"] for alert in watched.alarms)


def test_cars_at_a_signal_do_not_delay_an_alarm():
    signals = [row for cycle in range(0, 400, 100) for row in queue(cycle, cycle + 80, cars=8)]
    signals = [{**row, "track": f"{row['track']}-{row['time'] // 100_000}"} for row in signals]
    rows = [*signals, *stands(0, 320, x=-20.0, y=4.0, track="parked")]
    (alert,) = [one for one in watch(rows).alarms if "cam-1/parked" in one["tracks"]]
    assert second(alert["steps"][-1]["at"]) == 300


def busy(begin_s: int, end_s: int):
    """Something far off that moves, so that the camera is not silent."""
    return (seen(at_s, -4000 + 300 * (at_s % 20), -4000, "busy") for at_s in range(begin_s, end_s))


def test_another_car_in_the_place_of_one_that_left_while_the_camera_was_off_soon_drives_on():
    first = [*stands(0, 40), *busy(0, 41)]
    second_car = [*stands(340, 400, track="2"), *drives(400, 10, track="2"), *busy(340, 500)]
    assert not watch([*first, *second_car]).alarms


def test_a_car_that_stays_after_the_camera_was_off_still_alarms():
    rows = [*stands(0, 40), *busy(0, 41), *stands(340, 600, track="2"), *busy(340, 600)]
    (alert,) = watch(rows).alarms
    assert second(alert["started"]) == 0 and second(alert["steps"][-1]["at"]) <= 340 + 110 + 10


def test_a_car_that_crept_while_the_camera_was_off_goes_on():
    rows = [*stands(0, 150), *busy(0, 151), *stands(460, 700, x=25.0, track="2"), *busy(460, 700)]
    (alert,) = watch(rows).alarms
    assert second(alert["started"]) == 0 and alert["tracks"] == ["cam-1/1", "cam-1/2"]


@pytest.mark.parametrize("patience_s", [0.0, 900.0])
def test_the_patience_with_queues_is_a_setting(patience_s: float):
    standing = [row for row in queue(0, 500) if row["time"] < BASE_MS + 500_000]
    alarms = len(watch(standing, settings=Settings(queue_patience_s=patience_s)).alarms)
    assert alarms == (1 if patience_s else 10)
