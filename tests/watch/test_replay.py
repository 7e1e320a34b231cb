"""A replay: what it may leave out without changing what it finds, and what it says of rows that lie nowhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from shapely.geometry import mapping
from tests.watch.scenes import BASE_MS, batch, ring, second, seen, square, stands, watch

from safeconduct.cli import main
from safeconduct.sites.geojson import load_places
from safeconduct.watch.alarms import Alarms
from safeconduct.watch.alerts import CLEAR, to_line
from safeconduct.watch.engine import Engine
from safeconduct.watch.field import Field
from safeconduct.watch.recording import replay
from safeconduct.watch.rules import ExpectedPresence

OUTER_RING = Path(__file__).parent.parent / "data" / "outer-ring"


def alerts_of_outer_ring() -> bytes:
    outcome = replay(load_places(OUTER_RING / "sites.geojson"), [OUTER_RING / "observations.parquet"])
    return b"".join(map(to_line, outcome.in_order()))


def test_what_the_kernel_looks_at_itself_comes_out_as_if_the_engine_had_looked(monkeypatch: pytest.MonkeyPatch):
    looks: list[int] = []
    assess = Alarms.assess
    monkeypatch.setattr(Alarms, "assess", lambda *args: (looks.append(args[1]), assess(*args))[1])
    quick, quick_looks = alerts_of_outer_ring(), len(looks)
    monkeypatch.setattr(Field, "keep_quiet", lambda *args: None)
    looks.clear()
    assert alerts_of_outer_ring() == quick
    assert len(looks) > 4 * quick_looks


def test_an_own_vehicle_that_comes_to_a_standing_alert_explains_it():
    car = stands(0, 900)
    guard = [seen(at_s, 3, 0, track="guard", sensor="gps", kind="own") for at_s in range(500, 900, 5)]
    (alert,) = watch([*car, *guard]).alerts.values()
    assert alert["explanation"]["ended"]["reason"] == "own"
    assert 500 <= second(alert["ended"]) <= 520


def test_vehicles_registered_later_explain_an_alert_that_stands():
    engine = Engine(ring())
    engine.feed(batch(stands(0, 400)))
    works = ExpectedPresence("1", "marjan", "works", square(0, 0, 50), BASE_MS, BASE_MS + 3_600_000)
    changes = [*engine.expect(works), *engine.feed(batch(stands(400, 460)))]
    assert [one.change for one in changes if one.change == CLEAR] == [CLEAR]


def replayed(tmp_path: Path, rows: list[dict], capsys: pytest.CaptureFixture[str]) -> tuple[dict, str]:
    ring = {"site": "marjan", "name": "outer ring", "role": "ring", "ring": "outer"}
    feature = {"type": "Feature", "geometry": mapping(square(0, 0, 5000)), "properties": ring}
    places, observations = tmp_path / "places.geojson", tmp_path / "o.ndjson"
    places.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    observations.write_text("\n".join(map(json.dumps, rows)))
    out = str(tmp_path / "out.jsonl")
    assert main(["watch", "replay", str(places), str(observations), "--alerts", out, "--json"]) == 0
    told = capsys.readouterr()
    return json.loads(told.out.splitlines()[0]), told.err


def test_replay_says_that_positions_are_the_wrong_way_round(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    rows = [{**row, "lon": row["lat"], "lat": row["lon"]} for row in stands(0, 60)]
    summary, told = replayed(tmp_path, rows, capsys)
    assert (summary["rows"], summary["inside"]) == (60, 0)
    assert "60 positions would lie in a ring with longitude and latitude the other way round" in told


def test_replay_says_how_many_rows_lie_in_a_ring(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    summary, told = replayed(tmp_path, [*stands(0, 60), *stands(60, 70, 90_000)], capsys)
    assert (summary["rows"], summary["inside"]) == (70, 60)
    assert "warning" not in told
