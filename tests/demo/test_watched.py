"""The watch, given the demo's hour, says what the story says: one car, from its arrival until it leaves."""

from __future__ import annotations

import math
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from safeconduct.demo import files, story, stream, world
from safeconduct.demo.trips import WAITING_CAR_LEAVES_S, WAITING_SPOT
from safeconduct.sites.geojson import load_places
from safeconduct.terms.place import Point

START = datetime(2026, 11, 24, 5, 55, tzinfo=UTC)


@pytest.fixture(scope="module")
def alarms(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    path: Path = tmp_path_factory.mktemp("demo") / "hour.ndjson"
    files.write_observations(path, START)
    return _alarms(path)


def _alarms(path: Path) -> list[dict[str, Any]]:
    """The last state of each alert that came to be an alarm, by the time at which it was raised."""
    from safeconduct.watch.engine import Engine
    from safeconduct.watch.files import read_observations

    engine = Engine(load_places(files.PLACES_FILE))
    refused: Counter[str] = Counter()
    changes = [change for batch in read_observations(path, refused) for change in engine.feed(batch)]
    last = {change.alert["id"]: change.alert for change in [*changes, *engine.finish()]}
    assert not refused
    grave = [alert for alert in last.values() if alert["severity"] in ("alert", "critical")]
    return sorted(grave, key=lambda alert: alert["raised"])


@pytest.mark.slow
def test_whoever_is_slow_to_finish_the_case_is_met_by_no_other_alarm(tmp_path: Path):
    """Six hours: eighteen minutes of a demo at its usual speed, and the recording goes on after that."""
    path = tmp_path / "evening.ndjson"
    with path.open("wb") as out:
        out.writelines(orjson.dumps(row) + b"\n" for row in stream.observations(START, stream.SEED, 6 * 3600))
    (alarm,) = _alarms(path)
    assert _is_of_the_car(alarm)


@pytest.fixture
def wait(alarms: list[dict[str, Any]]) -> dict[str, Any]:
    """The one alarm of the waiting car."""
    (of_car,) = [alarm for alarm in alarms if _is_of_the_car(alarm)]
    return of_car


def test_the_whole_wait_is_one_alarm(wait: dict[str, Any]):
    assert (wait["kind"], wait["site"], wait["ring"]) == ("dwell", world.SITE, "outer")
    assert wait["dwell_s"] > 45 * 60
    assert len(wait["tracks"]) > 8


def test_the_car_is_an_alert_after_five_minutes_and_critical_after_ten(wait: dict[str, Any]):
    arrives_at = story.story(START).arrives_at
    at = {step["severity"]: datetime.fromisoformat(step["at"]) - arrives_at for step in wait["steps"]}
    for severity, minutes in (("notice", 3), ("alert", 5), ("critical", 10)):
        assert abs(at[severity] - timedelta(minutes=minutes)) <= timedelta(seconds=60)


def test_the_alarm_ends_when_the_car_leaves(wait: dict[str, Any]):
    left_at = story.story(START).arrives_at + timedelta(seconds=WAITING_CAR_LEAVES_S)
    assert abs(datetime.fromisoformat(wait["ended"]) - left_at) <= timedelta(seconds=60)


def test_nothing_else_is_an_alarm(alarms: list[dict[str, Any]]):
    assert [alarm for alarm in alarms if not _is_of_the_car(alarm)] == []


def _is_of_the_car(alarm: dict[str, Any]) -> bool:
    return math.dist(WAITING_SPOT, world.PLANE.to_metres(Point(alarm["lon"], alarm["lat"]))) < 4
