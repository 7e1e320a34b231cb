"""Promises of the demo's convoy: it stands until it has left, drives its way in order, and stays where the way ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from safeconduct.demo.convoy import DEVICES, along, driven
from safeconduct.demo.world import CONVOY_PATH, position
from safeconduct.terms.instant import iso

LEFT_AT = datetime(2026, 3, 2, 15, 40, tzinfo=UTC)


def rows(after_s: float) -> list[dict]:
    at = iso(LEFT_AT + timedelta(seconds=after_s))
    devices = [tuple(one.split("/")) for one in DEVICES]
    return [
        {"time": at, "sensor": sensor, "track": track, "lon": 75.1, "lat": -5.1, "kind": "own"}
        for sensor, track in [*devices, ("gps", "guard-1"), ("cam-01", "convoy-1")]
    ]


def test_nothing_moves_before_the_departure():
    assert driven(rows(60), None) == rows(60)
    assert driven(rows(-1), LEFT_AT) == rows(-1)


def test_the_convoy_alone_drives_one_vehicle_behind_the_other():
    first, second, *_, guard, camera = driven(rows(60), LEFT_AT)
    assert (first["lon"], first["lat"]) == position(*along(360))
    assert (second["lon"], second["lat"]) == position(*along(335))
    assert [guard, camera] == rows(60)[-2:]


def test_all_stand_at_the_end_of_the_way_when_they_have_come():
    end = position(*CONVOY_PATH[-1])
    assert {(one["lon"], one["lat"]) for one in driven(rows(3600), LEFT_AT)[: len(DEVICES)]} == {end}
