"""Stays of the archive: one vehicle is one stay whatever ids it was given, and two are two."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.terms.place import METRES_PER_DEGREE
from safeconduct.watch import archive
from safeconduct.watch.archive_joining import Stay, joined
from safeconduct.watch.archive_stays import Span, standings

DAY = date(2026, 11, 24)
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def sightings(track: str, begin_s: int, end_s: int, *, east_m=0.0, mps=0.0, sensor="cam-1", kind="car", state="seen"):
    """One sighting a second, at the equator."""
    return [
        {
            "time": NOON + timedelta(seconds=second),
            "sensor": sensor,
            "track": track,
            "lon": 75 + (east_m + mps * (second - begin_s)) / METRES_PER_DEGREE,
            "lat": 0.0,
            "kind": kind,
            "state": state,
        }
        for second in range(begin_s, end_s)
    ]


def held(path: Path, *found: list[dict]) -> Path:
    table = pa.Table.from_pylist([one for some in found for one in some], archive.STORED)
    archive.write_file(path, Path(DAY.isoformat()) / "site" / "000000000001.parquet", "site", archive.in_order(table))
    return path


def stays(path: Path, days: int = 1) -> list[Stay]:
    begin = NOON - timedelta(hours=12)
    span = Span(begin, begin + timedelta(days=days))
    held = archive.Holdings(list(archive.files_of_span(path, span.begin, span.end)), archive.NOTHING)
    return sorted(joined(standings(held, span)), key=lambda stay: stay.began)


def dwells(path: Path, at_least_s=20.0) -> list[float]:
    return [stay.dwell_s for stay in stays(path) if stay.dwell_s >= at_least_s]


def test_a_vehicle_that_stood_is_one_stay_and_one_that_passed_is_none(tmp_path):
    held(tmp_path, sightings("stood", 0, 120), sightings("passed", 0, 60, east_m=500, mps=10))
    (stay,) = stays(tmp_path)
    assert (stay.began, stay.dwell_s, stay.kind) == (NOON, 119.0, "car")


def test_a_lost_track_found_under_a_new_id_goes_on(tmp_path):
    held(tmp_path, sightings("1", 0, 200), sightings("2", 240, 500, east_m=3))
    (stay,) = stays(tmp_path)
    assert (stay.dwell_s, stay.unseen_s) == (499.0, 41.0)


def test_one_that_was_seen_to_drive_off_is_taken_over_by_none(tmp_path):
    held(tmp_path, sightings("1", 0, 200), sightings("1", 200, 260, mps=8), sightings("2", 300, 500))
    assert dwells(tmp_path, 100) == pytest.approx([200, 199], abs=10)


def test_one_that_was_reported_gone_is_taken_over_by_none(tmp_path):
    held(tmp_path, sightings("1", 0, 200), sightings("1", 200, 201, state="gone"), sightings("2", 230, 500))
    assert dwells(tmp_path) == pytest.approx([200, 269], abs=1)


def test_two_cameras_that_look_at_one_vehicle_make_one_stay(tmp_path):
    held(tmp_path, sightings("1", 0, 300), sightings("9", 100, 400, east_m=2, sensor="cam-2"))
    assert dwells(tmp_path) == [399.0]


def test_two_vehicles_that_one_camera_sees_side_by_side_are_two(tmp_path):
    held(tmp_path, sightings("1", 0, 300), sightings("2", 100, 400, east_m=3))
    assert dwells(tmp_path) == [299.0, 299.0]


def test_a_truck_does_not_go_on_as_a_bus(tmp_path):
    held(tmp_path, sightings("1", 0, 300, kind="truck"), sightings("2", 310, 600, kind="bus"))
    assert dwells(tmp_path) == [299.0, 289.0]
    held(tmp_path, sightings("1", 0, 300, kind="truck"), sightings("2", 310, 600, kind="unknown"))
    assert [stay.kind for stay in stays(tmp_path)] == ["truck"]


def test_vehicles_that_stop_for_a_minute_one_after_another_are_no_stay(tmp_path):
    held(tmp_path, *(sightings(str(number), 300 * number, 300 * number + 50) for number in range(6)))
    assert max(dwells(tmp_path)) < 60


def test_a_stay_over_midnight_is_one(tmp_path):
    for day, number in ((DAY, "1"), (DAY + timedelta(days=1), "2")):
        begin = 43_200 - 600 if day == DAY else 43_200
        table = pa.Table.from_pylist(sightings("1", begin, begin + 600), archive.STORED)
        archive.write_file(tmp_path, Path(day.isoformat()) / "site" / f"{number}.parquet", "site", table)
    assert [stay.dwell_s for stay in stays(tmp_path, days=2)] == [1199.0]


@settings(derandomize=True, deadline=None, max_examples=40)
@given(
    st.lists(
        st.tuples(st.integers(0, 400), st.integers(20, 300), st.sampled_from([0, 3, 6, 30]), st.sampled_from("ab")),
        min_size=1,
        max_size=6,
    ),
    st.randoms(use_true_random=False),
)
def test_the_order_of_standings_does_not_matter_and_none_is_lost(tmp_path_factory, tracks, random):
    path = held(
        tmp_path_factory.mktemp("archive"),
        *(
            sightings(str(number), begin, begin + length, east_m=east_m, sensor=sensor)
            for number, (begin, length, east_m, sensor) in enumerate(tracks)
        ),
    )
    files = list(archive.files_of_span(path, NOON, NOON))
    found = list(standings(archive.Holdings(files, archive.NOTHING), Span(NOON, NOON + timedelta(hours=1))))
    stays_found = joined(found)
    shuffled = random.sample(found, len(found))
    assert [stay.parts for stay in joined(shuffled)] == [stay.parts for stay in stays_found]
    assert sorted(id(one) for stay in stays_found for one in stay.parts) == sorted(id(one) for one in found)
    for stay in stays_found:
        assert 0 <= stay.unseen_s <= stay.dwell_s
        for sensor in stay.sensors:
            mine = [one for one in stay.parts if one.sensor == sensor]
            for before, after in pairwise(mine):
                assert before.ended - timedelta(seconds=2.5) <= after.began
