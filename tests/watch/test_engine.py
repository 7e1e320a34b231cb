"""The engine as a live process uses it: order, snapshots, people's acts, and real recordings."""

from __future__ import annotations

import csv
import json
import random
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from shapely import contains_xy, linearrings, polygons
from shapely.geometry import MultiPoint, Point, Polygon
from tests.watch.scenes import BASE_MS, Watched, batch, drives, ring, second, seen, square, stands, steps, watch

from safeconduct.cli import main
from safeconduct.sites.geojson import load_places
from safeconduct.sites.places import Places, Ring, RingLevel, Sensor
from safeconduct.terms.errors import BadInput
from safeconduct.watch import kernel
from safeconduct.watch.alerts import to_line
from safeconduct.watch.engine import Engine
from safeconduct.watch.files import read_observations
from safeconduct.watch.observations import Batch, decode_rows
from safeconduct.watch.recording import replay
from safeconduct.watch.score import score
from safeconduct.watch.settings import Settings
from safeconduct.watch.zones import build_zones

DATA = Path(__file__).parent.parent / "data"
OUTER_RING = DATA / "outer-ring"


def scene(seed: int) -> list[dict]:
    """Vehicles that come, stand and go at random, seen badly."""
    rng = random.Random(seed)
    rows = []
    for number in range(12):
        begin, stay = rng.randrange(400), rng.choice((20, 90, 350, 650))
        x, y = rng.uniform(-300, 300), rng.uniform(-300, 300)
        rows += drives(begin, 10, x - 130, y, track=f"{number}-in")
        rows += (seen(at, x, y, f"{number}-{(at - begin) // 150}") for at in range(begin + 10, begin + 10 + stay))
        rows += drives(begin + 10 + stay, 20, x, y, track=f"{number}-out")
    rows = [row for row in rows if rng.random() > 0.2]
    return sorted(rows, key=lambda row: row["time"])


def lines(watched: Watched) -> list[bytes]:
    return [to_line({"change": change, **alert}) for change, alert in watched.changes]


def pieces(rows: list[dict], size: int) -> list[list[dict]]:
    return [rows[at : at + size] for at in range(0, len(rows), size)]


@pytest.mark.parametrize("seed", range(4))
def test_changes_do_not_depend_on_how_rows_are_cut_into_batches(seed: int):
    rows = scene(seed)
    whole = watch(rows)
    cut = Watched(Engine(ring()))
    for piece in pieces(rows, 37 + seed):
        cut.feed(piece)
    assert lines(cut.finish()) == lines(whole)
    assert whole.alerts


@pytest.mark.parametrize("seed", range(4))
def test_rows_out_of_order_within_the_lateness_change_nothing(seed: int):
    rows = scene(seed)
    rng = random.Random(seed)
    shuffled = sorted(rows, key=lambda row: row["time"] + rng.uniform(0, 4000))
    found = Watched(Engine(ring()))
    found.note(found.engine.feed(decode_rows(shuffled).batch)).finish()
    assert found.engine.counts()["late"] == 0
    assert {alert["id"]: steps(alert) for alert in found.alerts.values()} == {
        alert["id"]: steps(alert) for alert in watch(rows).alerts.values()
    }


def test_rows_later_than_the_lateness_are_counted_and_not_watched():
    found = Watched(Engine(ring())).feed(stands(0, 100))
    found.note(found.engine.feed(decode_rows([seen(20, track="late")]).batch))
    assert found.engine.counts()["late"] == 1


@pytest.mark.parametrize("seed", range(4))
def test_a_restored_engine_goes_on_as_if_nothing_had_happened(seed: int):
    rows = scene(seed)
    rng = random.Random(seed)
    straight, broken = Watched(Engine(ring())), Watched(Engine(ring()))
    for piece in pieces(rows, 61):
        straight.feed(piece)
        broken.feed(piece)
        if rng.random() < 0.3:
            saved = broken.engine.snapshot()
            broken.engine = Engine.restore(saved, ring())
            assert broken.engine.snapshot() == saved
    assert lines(broken.finish()) == lines(straight.finish())
    assert broken.engine.snapshot() == straight.engine.snapshot()


def test_what_is_fed_twice_after_a_restart_raises_the_same_ids():
    rows = scene(1)
    saved = Watched(Engine(ring())).feed(rows[:500]).engine.snapshot()
    first = Watched(Engine.restore(saved, ring())).feed(rows[500:]).finish()
    again = Watched(Engine.restore(saved, ring())).feed(rows[500:]).finish()
    assert lines(first) == lines(again)


@pytest.mark.parametrize("data", [b"", b"nothing", Engine(ring()).snapshot()[:-20]])
def test_a_damaged_snapshot_is_refused(data: bytes):
    with pytest.raises(BadInput, match="snapshot"):
        Engine.restore(data, ring())


def test_the_clock_goes_on_where_the_feeds_are_silent():
    found = Watched(Engine(ring())).feed(stands(0, 200))
    found.note(found.engine.advance(BASE_MS + 400_000))
    assert [name for name, _ in steps(found.only)] == ["notice", "alert"]


def test_a_person_closes_a_presence_with_a_reason():
    found = Watched(Engine(ring())).feed(stands(0, 350))
    found.note(found.engine.close(found.only["id"], "driver came back"))
    assert found.only["ended"]
    assert found.only["explanation"]["ended"]["reason"] == "closed"
    assert found.only["explanation"]["closed_by"] == "driver came back"


def test_presences_go_on_under_other_places_where_they_still_lie_in_one():
    found = Watched(Engine(ring(), Settings(hold_s=0))).feed([*stands(0, 250), *stands(0, 250, x=400, track="2")])
    found.note(found.engine.replace_places(ring(100.0)))
    found.feed([*stands(250, 320), *stands(250, 320, x=400, track="2")])
    inside = next(alert for alert in found.alerts.values() if alert["tracks"] == ["cam-1/1"])
    outside = next(alert for alert in found.alerts.values() if alert["tracks"] == ["cam-1/2"])
    assert (inside["severity"], second(inside["started"])) == ("alert", 0)
    assert outside["explanation"]["ended"]["reason"] == "left_zone"


def test_the_picture_shows_what_stands_and_what_drives():
    found = Watched(Engine(ring(), Settings(hold_s=0))).feed([*stands(0, 60), *drives(30, 30, y=300, track="2")])
    assert [(row["state"], row["tracks"]) for row in found.engine.presences()] == [("seen", ["cam-1/1"])]
    assert sorted(found.engine.positions()["standing"]) == [False, True]


def test_a_sensor_that_falls_silent_is_told_of_and_cleared():
    places = Places(ring().rings, sensors=(Sensor("marjan", "north camera", "cam-2", None, Point(75.0, -5.0)),))
    rows = [*stands(0, 400, x=800), *stands(0, 100, x=-800, sensor="cam-2"), *stands(300, 400, x=-800, sensor="cam-2")]
    lost = next(alert for alert in watch(rows, places).alerts.values() if alert["kind"] == "lost_watch")
    assert lost["sensors"] == ["cam-2"]
    assert second(lost["ended"]) >= 300


def test_no_alert_id_is_given_twice():
    found = watch(scene(3))
    raised = [alert["id"] for change, alert in found.changes if change == "raise"]
    assert len(raised) == len(set(raised))


def test_tables_grow_and_forget():
    spots = [(n, 30.0 * (n % 40), 30.0 * (n // 40)) for n in range(1600)]
    rows = [seen(at_s, x, y, f"{n}-{at_s // 300}") for at_s in range(0, 900, 30) for n, x, y in spots]
    engine = Engine(ring(), Settings(hold_s=0))
    for piece in pieces(rows, 20_000):
        engine.feed(batch(piece))
    assert engine.counts()["presences"] == 1600
    assert len(engine.field.tables.tracks) <= 1 << 14


def test_the_kernel_finds_the_zones_that_shapely_finds():
    rng = np.random.default_rng(3)
    rings = tuple(
        Ring(f"s{n}", level.value, level, Point(75 + 0.05 * n, -5).buffer(size, quad_segs=8))
        for n in range(20)
        for level, size in ((RingLevel.OUTER, 0.02), (RingLevel.MIDDLE, 0.012), (RingLevel.INNER, 0.005))
    )
    zones = build_zones(Places(rings=rings))
    lon, lat = rng.uniform(74.9, 76.1, 4000), rng.uniform(-5.04, -4.96, 4000)
    found = np.empty(len(lon), dtype=np.int32)
    kernel.locate_all(zones.index, lon, lat, found)
    order = {"inner": 0, "middle": 1, "outer": 2}
    for i in range(len(lon)):
        holding = [zone for zone in zones.zones if zone.polygon.contains(Point(lon[i], lat[i]))]
        wanted = min(holding, key=lambda zone: order[zone.level], default=None)
        assert (None if found[i] < 0 else zones.zones[found[i]]) == wanted


def test_the_kernel_finds_the_zones_of_any_outline():
    rng = np.random.default_rng(5)
    rings = tuple(
        Ring(f"s{n}", f"{level.value} {k}", level, jagged(rng, 75 + 0.02 * n, size, corners))
        for n in range(12)
        for k, (level, size, corners) in enumerate(
            [(RingLevel.OUTER, 0.02, 7), (RingLevel.MIDDLE, 0.015, 300), (RingLevel.INNER, 0.001, 40)]
        )
    )
    zones = build_zones(Places(rings=rings))
    lon, lat = rng.uniform(74.97, 75.25, 30_000), rng.uniform(-5.03, -4.97, 30_000)
    found = np.empty(len(lon), dtype=np.int32)
    kernel.locate_all(zones.index, lon, lat, found)
    ranks = zones.index.zone_rank
    wanted = np.full(len(lon), -1)
    for number, zone in enumerate(zones.zones):
        better = (wanted < 0) | (ranks[number] < ranks[wanted])
        wanted[contains_xy(zone.polygon, lon, lat) & better] = number
    np.testing.assert_array_equal(np.maximum(found, -1), wanted)


def jagged(rng: np.random.Generator, lon: float, size: float, corners: int) -> Polygon:
    """An outline that turns back and forth, with level and upright edges among the others."""
    angles = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    reach = size * rng.uniform(0.3, 1.0, corners)
    spots = np.stack([lon + reach * np.cos(angles), -5 + reach * np.sin(angles)], axis=1)
    spots[2::5, 1] = spots[1::5, 1][: len(spots[2::5])]
    spots[4::5, 0] = spots[3::5, 0][: len(spots[4::5])]
    return Polygon(spots)


def test_more_rings_than_16_bits_number_are_told_apart():
    lon, lat = np.meshgrid(60 + 0.01 * np.arange(200), 0.01 * np.arange(200))
    corners = np.stack([lon, lat], axis=-1).reshape(-1, 1, 2) + 0.002 * np.array([(0, 0), (1, 0), (1, 1), (0, 1)])
    rings = tuple(
        Ring(f"s{n}", "", RingLevel.OUTER, polygon) for n, polygon in enumerate(polygons(linearrings(corners)))
    )
    zones = build_zones(Places(rings=rings))
    found = np.empty(len(rings), dtype=np.int32)
    kernel.locate_all(zones.index, lon.ravel() + 0.001, lat.ravel() + 0.001, found)
    np.testing.assert_array_equal(found, np.arange(40_000))


def test_the_outer_ring_is_watched_as_well_as_promised():
    outcome = replay(load_places(OUTER_RING / "sites.geojson"), [OUTER_RING / "observations.parquet"])
    truth = json.loads((OUTER_RING / "truth.json").read_text())
    found = score(outcome.in_order(), truth, 300.0, 1.0)
    assert found.recall >= 0.98
    assert found.false <= 0.5
    assert found.duplicates == 0


def test_real_buses_raise_no_alarm_in_a_ring_around_their_route():
    with (DATA / "liverpool-bus" / "route14_outbound.csv").open() as file:
        rows = [
            {
                "time": row["timestamp"].replace(" ", "T") + "Z",
                "sensor": "bus-tracker",
                "track": row["vehicle_id"],
                "lon": float(row["longitude"]),
                "lat": float(row["latitude"]),
                "kind": "bus",
            }
            for row in csv.DictReader(file)
        ]
    around = MultiPoint([(row["lon"], row["lat"]) for row in rows]).convex_hull.buffer(0.003)
    found = watch(rows, Places(rings=(Ring("route", "along route 14", RingLevel.OUTER, around),)))
    assert found.engine.counts()["presences"] > 0
    assert not found.alarms


def test_replay_writes_the_same_bytes_each_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    rows = scene(2)
    observations = tmp_path / "o.ndjson"
    observations.write_text("\n".join(map(json.dumps, [*rows, {"time": "never"}])))
    places = tmp_path / "places.geojson"
    corners = [list(corner) for corner in square(0, 0, 5000).exterior.coords]
    properties = {"site": "marjan", "name": "outer ring", "role": "ring", "ring": "outer"}
    feature = {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [corners]}, "properties": properties}
    places.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    for name in ("a", "b"):
        out = tmp_path / f"{name}.jsonl"
        assert main(["watch", "replay", str(places), str(observations), "--alerts", str(out), "--json"]) == 0
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()
    alerts = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text().splitlines()]
    assert {alert["id"] for alert in alerts} == set(watch(rows).alerts)
    told = capsys.readouterr()
    assert json.loads(told.out.splitlines()[0])["refused"] == {"no_time": 1}
    assert "1 no_time" in told.err


def test_recordings_of_several_cameras_are_merged_by_time(tmp_path: Path):
    rows = scene(2)
    paths = []
    for camera in range(3):
        paths.append(tmp_path / f"{camera}.ndjson")
        paths[-1].write_text("\n".join(json.dumps({**row, "sensor": f"cam-{camera}"}) for row in rows[camera::3]))
    outcome = replay(ring(), paths)
    assert (outcome.rows, outcome.late) == (len(rows), 0)


def test_read_observations_keeps_to_batches():
    refused: Counter[str] = Counter()
    batches: list[Batch] = list(read_observations(OUTER_RING / "observations.parquet", refused))
    assert max(len(one.time_ms) for one in batches) <= 1 << 17
    assert sum(len(one.time_ms) for one in batches) == 564_640
    assert not refused


def test_feeds_in_order_wait_for_little_and_those_behind_one_another_for_as_long_as_they_are():
    engine = Engine(ring(), Settings(hold_s=3.0, hold_least_s=0.2))
    assert engine.hold.hold_ms == 3000

    def come(begin_s: int, end_s: int, behind_s: float = 0.0) -> int:
        for at_s in range(begin_s, end_s):
            engine.feed(batch([seen(at_s)]))
            if behind_s:
                engine.feed(batch([seen(at_s - behind_s, track="2", sensor="cam-2")]))
        return engine.hold.hold_ms

    assert come(0, 600) == 200
    assert come(600, 610, behind_s=1.6) == 2000
    assert come(610, 1200) == 200
    assert come(1200, 1201, behind_s=9.0) == 3000
