"""The demo's hour holds what its story tells, and nothing else that would raise an alarm."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice, pairwise
from pathlib import Path
from typing import NamedTuple

import orjson
import pytest
from shapely.geometry import LineString, Point

from safeconduct.demo import files, story, stream, world
from safeconduct.demo.cameras import BLIND_SPELLS_S, CONVOY
from safeconduct.demo.traffic import traffic
from safeconduct.demo.trips import EVENING_S, FIRST_S, GUARDS, LAST_S, WAITING_CAR, WAITING_CAR_LEAVES_S, WAITING_SPOT
from safeconduct.sites.geojson import load_places, parse_places, to_geojson
from safeconduct.sites.places import KINDS, RingLevel
from safeconduct.terms.party import Side

START = datetime(2026, 11, 24, 5, 55, tzinfo=UTC)
SEEDS = (stream.SEED, 8)


class Stay(NamedTuple):
    vehicle: str
    kind: str
    begin_s: int
    end_s: int
    east_m: float
    north_m: float

    @property
    def radius_m(self) -> float:
        return math.hypot(self.east_m, self.north_m)


@cache
def truth(seed: int) -> tuple[list[int], list[Stay]]:
    """How many vehicles each second has, and every stay within 4 m for over 10 s."""
    counts: list[int] = []
    since: dict[str, Stay] = {}
    stays: list[Stay] = []
    for second, fixes in traffic(seed):
        counts.append(len(fixes))
        for fix in fixes:
            stay = since.get(fix.vehicle)
            if stay and math.hypot(fix.east_m - stay.east_m, fix.north_m - stay.north_m) < 4:
                since[fix.vehicle] = stay._replace(end_s=second)
                continue
            if stay:
                stays.append(stay)
            since[fix.vehicle] = Stay(fix.vehicle, fix.kind, second, second, fix.east_m, fix.north_m)
    return counts, [stay for stay in stays + list(since.values()) if stay.end_s - stay.begin_s > 10]


@cache
def rows(seed: int = stream.SEED) -> list[dict[str, object]]:
    return list(stream.observations(START, seed))


def test_the_shipped_files_are_what_the_world_makes():
    for path, content in files.shipped().items():
        assert path.read_bytes() == content, f"{path.name} is old: run python -m safeconduct.demo.files"


def test_the_shipped_places_read_back_as_the_world():
    assert load_places(files.PLACES_FILE) == world.places()
    assert parse_places(to_geojson(world.places()), "world") == world.places()


def test_the_waiting_spot_lies_in_the_outer_ring_on_the_convoys_corridor_and_in_no_exempt_place():
    spot = Point(world.position(*WAITING_SPOT))
    levels = [ring.level for ring in world.places().rings if ring.polygon.contains(spot)]
    assert levels == [RingLevel.OUTER]
    assert not any(exempt.polygon.contains(spot) for exempt in world.places().exempts)
    assert LineString(world.CONVOY_PATH).distance(Point(WAITING_SPOT)) < world.places().routes[0].width_m / 2


def test_the_convoy_passes_gate_east_into_the_outer_ring():
    places = world.places()
    (gate,) = [gate for gate in places.gates if gate.name == "gate East"]
    line = places.routes[0].line
    assert line.distance(gate.point) < 1e-9
    assert not places.rings[0].polygon.contains(Point(line.coords[0]))
    assert places.rings[1].polygon.contains(Point(line.coords[-1]))


def test_two_cameras_share_the_waiting_spot():
    spot = Point(world.position(*WAITING_SPOT))
    seeing = [sensor.sensor for sensor in world.places().sensors if sensor.coverage and sensor.coverage.contains(spot)]
    assert seeing == ["cam-01", "cam-02"]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_town_is_busy_but_flows(seed: int):
    counts, stays = truth(seed)
    assert len(counts) == LAST_S - FIRST_S
    assert min(counts) >= 50 and max(counts) <= 120
    queued = [stay for stay in stays if not _waits(stay)]
    assert 30 < max(stay.end_s - stay.begin_s for stay in queued) < 120


@pytest.mark.parametrize("seed", SEEDS)
def test_one_car_alone_waits_in_a_ring_without_a_reason(seed: int):
    long = [s for s in truth(seed)[1] if s.radius_m < 900 and s.end_s - s.begin_s > 110 and not _may_wait(s)]
    assert {stay.vehicle for stay in long} == {WAITING_CAR}
    longest = max(long, key=lambda stay: stay.end_s - stay.begin_s)
    assert abs(longest.begin_s) <= 45
    assert longest.end_s - longest.begin_s > 45 * 60
    assert math.dist(WAITING_SPOT, (longest.east_m, longest.north_m)) < 4


@pytest.mark.parametrize("seed", SEEDS)
def test_guards_taxis_and_buses_wait_longer_than_an_alarm_takes(seed: int):
    longest: dict[str, int] = defaultdict(int)
    for stay in truth(seed)[1]:
        role = stay.vehicle.split("-")[0]
        longest[role] = max(longest[role], stay.end_s - stay.begin_s)
    assert longest["guard"] > 2400
    assert 600 < longest["taxi"] <= 1500
    assert 40 <= longest["bus"] <= 120


def test_a_seed_gives_the_same_bytes_and_another_seed_others():
    again = b"\n".join(orjson.dumps(row) for row in stream.observations(START, 7))
    assert again == b"\n".join(orjson.dumps(row) for row in rows(7))
    assert list(islice(stream.observations(START, 8), 1000)) != rows(7)[:1000]


def test_the_evening_follows_the_hour_and_changes_nothing_of_it():
    longer = stream.observations(START, 7, EVENING_S)
    assert list(islice(longer, len(rows(7)))) == rows(7)
    assert next(longer)["time"] == "2026-11-24T07:00:00Z"


def test_rows_are_the_watchs_input_in_event_time_order():
    times = [str(row["time"]) for row in rows()]
    assert times[0] == "2026-11-24T05:55:00Z" and times[-1] == "2026-11-24T06:59:59Z"
    assert all(before <= after for before, after in pairwise(times))
    known = {sensor.sensor for sensor in world.places().sensors} | {"gps"}
    for row in rows():
        assert list(row) == ["time", "sensor", "track", "lon", "lat", "kind"]
        assert row["sensor"] in known and row["kind"] in KINDS


def test_no_sensor_falls_silent():
    """An empty view gives no rows, and silence is an alarm of its own after two minutes."""
    last: dict[object, datetime] = {}
    for row in rows():
        at = datetime.fromisoformat(str(row["time"]))
        assert at - last.get(row["sensor"], START) < timedelta(seconds=110), row
        last[row["sensor"]] = at
    assert all(START + stream.LENGTH - at < timedelta(seconds=110) for at in last.values())


def test_own_vehicles_report_themselves_the_whole_hour():
    tracks = {row["track"] for row in rows() if row["kind"] == "own"}
    assert tracks == {*GUARDS, *CONVOY}


def test_the_waiting_car_is_lost_and_found_under_new_ids():
    """What is seen within 5 m of the spot after the car came and before it left."""
    east_m, north_m = WAITING_SPOT
    seen: list[tuple[float, str, str]] = []
    for row in rows():
        second = (datetime.fromisoformat(str(row["time"])) - START).total_seconds() + FIRST_S
        east, north = world.PLANE.to_metres(world.Spot(float(str(row["lon"])), float(str(row["lat"]))))
        if 60 <= second <= WAITING_CAR_LEAVES_S and math.hypot(east - east_m, north - north_m) < 5:
            seen.append((second, str(row["sensor"]), str(row["track"])))
    # A queue in the next lane may come as near, but never stands there alone for long.
    by_track = defaultdict(list)
    for second, sensor, track in seen:
        by_track[sensor, track].append(second)
    lasting = [seconds for seconds in by_track.values() if seconds[-1] - seconds[0] > 60]
    assert len(lasting) >= 8
    unseen = max(after - before for before, after in pairwise(sorted({second for second, _, _ in seen})))
    assert unseen > 60
    assert unseen >= max(end - begin for begin, end in BLIND_SPELLS_S)


def test_the_stream_keeps_its_speed_and_catches_up():
    clock = [100.0]
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        clock[0] += seconds

    batches = stream.play(START, speed=20.0, wait=wait, clock=lambda: clock[0])
    first = list(islice(batches, 3))
    assert [len({row["time"] for row in batch}) for batch in first] == [1, 1, 1]
    assert waits == pytest.approx([0.05, 0.05])
    clock[0] += 1.0
    list(islice(batches, 3))
    assert len(waits) == 2


def test_a_speed_of_nothing_is_refused():
    with pytest.raises(ValueError, match="above 0"):
        next(stream.play(START, speed=0))


def test_the_convoy_is_due_forty_minutes_after_the_car_arrives_and_within_the_sweep():
    told = story.story(START)
    assert told.arrives_at - START == timedelta(minutes=5)
    assert told.convoy.depart_at - told.arrives_at == timedelta(minutes=40)
    assert told.sweep.searched_at < told.arrives_at < told.convoy.depart_at < told.sweep.valid_until
    assert told.convoy.route == told.sweep.route == world.places().routes[0].name
    assert told.sweep.end_m == LineString(world.CONVOY_PATH).length
    assert (len(told.convoy.drivers), len(told.convoy.travellers)) == (len(CONVOY), 9)


def test_each_login_is_of_one_of_the_two_parties():
    assert len({login.user for login in story.LOGINS}) == len(story.LOGINS) == 6
    assert {login.party for login in story.LOGINS} == set(Side)


def test_the_hour_is_written_as_a_row_a_line(tmp_path: Path):
    path = tmp_path / "hour.ndjson"
    assert files.write_observations(path, START) == len(rows())
    with path.open("rb") as stream_of_lines:
        assert orjson.loads(next(stream_of_lines)) == rows()[0]


def _waits(stay: Stay) -> bool:
    return stay.vehicle.split("-")[0] in ("guard", "taxi", "bus", "visitor") or stay.vehicle == WAITING_CAR


def _may_wait(stay: Stay) -> bool:
    if stay.vehicle in GUARDS:
        return world.GUARDS_BAY.contains(stay.east_m, stay.north_m)
    if stay.vehicle.startswith("taxi"):
        return world.RANK.contains(stay.east_m, stay.north_m)
    return stay.kind == "bus" and world.BUS_STOP.contains(stay.east_m, stay.north_m)
