"""What a replay is told in a file: read whole or refused with every fault, and heeded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString
from tests.watch.scenes import BASE_MS, PLANE, square, stands

from safeconduct.cli import main
from safeconduct.sites.geojson import to_geojson
from safeconduct.sites.places import Places, Ring, RingLevel, Route
from safeconduct.terms.errors import BadInput
from safeconduct.terms.instant import from_epoch_ms, iso
from safeconduct.watch.context import load_context, parse_context

HOUR_MS = 3_600_000
BEGIN, END = iso(from_epoch_ms(BASE_MS - HOUR_MS)), iso(from_epoch_ms(BASE_MS + HOUR_MS))
SWEEP = {
    "id": "s1", "site": "marjan", "route": "main road", "begin_m": 0, "end_m": 4000,
    "searched_at": BEGIN, "valid_until": END,
}  # fmt: skip
MOVEMENT = {"id": "m1", "site": "marjan", "route": "main road", "depart_at": END, "tracker": "gps/lead"}
AREA = {"type": "Polygon", "coordinates": [[list(corner) for corner in square(0, 0, 30).exterior.coords]]}
EXPECTED = {"id": "e1", "site": "marjan", "name": "fuel truck", "place": AREA, "begin": BEGIN, "end": END}
WHOLE = {"sweeps": [SWEEP], "movements": [MOVEMENT], "expected": [EXPECTED]}


def test_a_context_is_read_with_its_defaults():
    context = parse_context(WHOLE, "context")
    assert context.sweeps[0].searched_ms == BASE_MS - HOUR_MS
    assert context.journeys[0].departed_ms == BASE_MS + HOUR_MS
    assert context.expected[0].count == 1
    assert not parse_context({}, "context").sweeps


def test_a_movement_that_has_not_departed_says_so():
    assert parse_context({"movements": [{**MOVEMENT, "departed_at": None}]}, "c").journeys[0].departed_ms is None


@pytest.mark.parametrize(
    ("document", "named"),
    [
        ([], "text"),
        ({"sweeps": {}}, "sweeps"),
        ({"sweeps": [SWEEP, {**SWEEP, "end_m": 0}]}, "sweeps[1].end_m"),
        ({"sweeps": [{**SWEEP, "searched_at": "yesterday"}]}, "sweeps[0].searched_at"),
        ({"movements": [{**MOVEMENT, "route": ""}]}, "movements[0].route"),
        ({"movements": [{**MOVEMENT, "tracker": "lead"}]}, "movements[0].tracker"),
        ({"expected": [{**EXPECTED, "place": {"type": "Point"}}]}, "expected[0]"),
        ({"expected": [{**EXPECTED, "end": BEGIN}]}, "expected[0].end"),
        ({"expected": [{**EXPECTED, "count": 0}]}, "expected[0].count"),
    ],
)
def test_what_is_wrong_in_a_context_is_named(document: Any, named: str):
    with pytest.raises(BadInput) as caught:
        parse_context(document, "context")
    assert any(fault.where.startswith(named) for fault in caught.value.faults)


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=4),
    lambda part: (
        st.lists(part, max_size=3)
        | st.dictionaries(st.sampled_from([*WHOLE, *SWEEP, *MOVEMENT, *EXPECTED, "departed_at", "tokens"]), part)
    ),
    max_leaves=12,
)


@settings(derandomize=True, deadline=None)
@given(document=_JSON)
def test_any_json_is_a_context_or_refused(document: Any):
    try:
        parse_context(document, "context")
    except BadInput as error:
        assert error.faults


@settings(derandomize=True, deadline=None, max_examples=200)
@given(st.data())
def test_any_part_of_a_context_may_be_broken(data: st.DataObject):
    document = json.loads(json.dumps(WHOLE))
    item = document[data.draw(st.sampled_from(sorted(WHOLE)))][0]
    item[data.draw(st.sampled_from(sorted(item)))] = data.draw(_JSON)
    try:
        parse_context(document, "context")
    except BadInput as error:
        assert error.faults


def test_a_file_that_is_none_is_refused(tmp_path: Path):
    for name, text in (("broken.json", b"{"), ("bytes.json", b"\xff\xfe")):
        (tmp_path / name).write_bytes(text)
        with pytest.raises(BadInput):
            load_context(tmp_path / name)
    with pytest.raises(BadInput):
        load_context(tmp_path / "none.json")


def test_a_replay_heeds_its_context(tmp_path: Path):
    road = Route("marjan", "main road", LineString([PLANE.to_point(-2000, 0), PLANE.to_point(2000, 0)]), 20.0)
    places = Places(rings=(Ring("marjan", "outer ring", RingLevel.OUTER, square(0, 0, 5000)),), routes=(road,))
    (tmp_path / "places.geojson").write_bytes(orjson.dumps(to_geojson(places)))
    rows = sorted([*stands(0, 320), *stands(0, 320, x=900, track="2")], key=lambda row: row["time"])
    (tmp_path / "rows.ndjson").write_bytes(b"\n".join(map(orjson.dumps, rows)))

    def kinds(context: dict[str, Any]) -> list[str]:
        (tmp_path / "context.json").write_bytes(orjson.dumps(context))
        out = tmp_path / "alerts.jsonl"
        arguments = ["places.geojson", "rows.ndjson", "--alerts", "alerts.jsonl", "--context", "context.json"]
        paths = [word if word.startswith("--") else str(tmp_path / word) for word in arguments]
        assert main(["watch", "replay", *paths]) == 0
        return sorted(orjson.loads(line)["kind"] for line in out.read_bytes().splitlines())

    assert kinds({}) == ["dwell", "dwell"]
    assert kinds({"sweeps": [SWEEP]}) == ["sweep_void", "sweep_void"]
    assert kinds({"sweeps": [{**SWEEP, "begin_m": 2500}]}) == ["dwell", "sweep_void"]
    assert kinds({"expected": [EXPECTED]}) == ["dwell"]
