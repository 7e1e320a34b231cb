"""Scenarios that are made: their truth is what their observations show, and a seed is all that they depend on."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

pytest.importorskip("sumo", reason="SUMO is a development dependency")

from benchmarks.scenarios import make_hour
from benchmarks.scenarios.roads import degrees

from safeconduct.sites.geojson import load_places
from safeconduct.terms.place import Point, distance_m

pytestmark = pytest.mark.slow
FILES = ("observations.parquet", "roads.geojson", "sites.geojson", "track_to_vehicle.parquet", "truth.json")


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_hour(5, "any", "usual", tmp_path_factory.mktemp("scene"), span_s=600)


def test_the_same_seed_gives_the_same_bytes(scene: Path, tmp_path: Path):
    again = make_hour(5, "any", "usual", tmp_path, span_s=600)
    assert [(again / name).read_bytes() == (scene / name).read_bytes() for name in FILES] == [True] * len(FILES)


def test_what_stands_is_seen_where_the_truth_says_and_nowhere_else(scene: Path):
    truth = json.loads((scene / "truth.json").read_text())
    observations = pq.read_table(scene / "observations.parquet").to_pylist()
    vehicles = {
        (row["sensor"], row["track"]): row["_veh"]
        for row in pq.read_table(scene / "track_to_vehicle.parquet").to_pylist()
    }
    seen: dict[str, list[tuple[float, Point]]] = {}
    for row in observations:
        if row["sensor"] != "gps":
            at_s = row["time"].timestamp() - truth["base"]
            seen.setdefault(vehicles[row["sensor"], row["track"]], []).append((at_s, Point(row["lon"], row["lat"])))
    assert {"loiterer", "breakdown", "taxi", "guard"} <= {stay["kind"] for stay in truth["stays"]}
    for stay in truth["stays"]:
        spot = Point(stay["lon"], stay["lat"])
        near = [distance_m(spot, where) for at_s, where in seen[stay["veh"]] if stay["start"] <= at_s < stay["end"]]
        assert max(near, default=0.0) < 9.0, stay
        if stay["kind"] in ("breakdown", "taxi", "guard"):  # the others may stand behind a truck
            assert len({at_s for at_s, _ in seen[stay["veh"]] if stay["start"] <= at_s < stay["end"]}) > (
                0.4 * stay["dwell_s"]
            ), stay


def test_faults_are_as_many_as_was_asked_for(scene: Path, tmp_path: Path):
    whole = make_hour(5, "any", "none", tmp_path, span_s=600)
    rows = [pq.read_metadata(folder / "observations.parquet").num_rows for folder in (scene, whole)]
    assert rows[0] / rows[1] == pytest.approx(0.85 * (1 - 14 / 600), abs=0.02)
    truths = [json.loads((folder / "truth.json").read_text())["stays"] for folder in (scene, whole)]
    assert truths[0] == truths[1], "the traffic does not depend on the cameras"


def test_the_watch_reads_the_places_and_a_track_is_one_vehicle(scene: Path):
    places = load_places(scene / "sites.geojson")
    assert len(places.rings) == 3
    assert len(places.exempts) > 1
    assert len(places.sensors) > 10
    behind = pq.read_table(scene / "track_to_vehicle.parquet").to_pylist()
    assert len({(row["sensor"], row["track"]) for row in behind}) == len(behind)
    table = pq.read_table(scene / "observations.parquet")
    named = set(zip(table["sensor"].to_pylist(), table["track"].to_pylist(), strict=True))
    assert {name for name in named if name[0] != "gps"} <= {(row["sensor"], row["track"]) for row in behind}
    away = np.hypot(table["lon"].to_numpy() - degrees(0, 0)[0], table["lat"].to_numpy() - degrees(0, 0)[1])
    assert away.max() < 0.03
