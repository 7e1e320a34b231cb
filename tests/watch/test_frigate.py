"""Frigate's messages: vehicles on the ground, no departure that nobody saw, and no face, person or plate kept."""

from __future__ import annotations

import logging

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sites.test_ground import Camera, away_m, calibration, degrees, four

from safeconduct.terms import instant
from safeconduct.watch import rows
from safeconduct.watch.feeds.frigate import Cameras, Frigate

NOW_S = 1_795_500_000.0
SEEN_AT = (2.0, 20.0)
PLATE = "ZZ99 ZZZ"


def box(east_m: float = SEEN_AT[0], north_m: float = SEEN_AT[1]) -> list[float]:
    x, y = Camera().pixel(east_m, north_m)
    return [x - 40, y - 60, x + 40, y]


def event(kind: str = "update", **after) -> bytes:
    seen = {
        "id": "1795500001.5-k2a9xq",
        "camera": "gate",
        "frame_time": NOW_S,
        "label": "car",
        "sub_label": None,
        "false_positive": False,
        "end_time": None,
        "box": box(),
        "stationary": False,
        "motionless_count": 0,
    } | after
    return orjson.dumps({"type": kind, "before": seen, "after": seen})


def frigate(calibrated=("gate",), **sensors):
    return Frigate("frigate", Cameras(sensors, lambda: dict.fromkeys(calibrated, calibration(four()))))


def take(*messages, by=None, topic="frigate/events"):
    now_ms = int(NOW_S * 1000)
    return (by or frigate()).take([(topic, one) for one in messages], now_ms)


def only(checked):
    (row,) = checked.table.to_pylist()
    return row


def test_a_car_is_placed_where_its_box_stands():
    found = only(take(event("new")))
    spot = type("Spot", (), {"lon": found["lon"], "lat": found["lat"]})
    assert away_m(spot, *SEEN_AT) < 0.01
    assert (found["sensor"], found["track"], found["kind"]) == ("gate", "1795500001.5-k2a9xq", "car")
    assert instant.epoch_ms(found["time"]) == NOW_S * 1000
    assert 0 < found["accuracy"] < 5


def test_a_camera_goes_by_the_id_of_its_sensor():
    assert only(take(event(), by=frigate(("cam-01",), gate="cam-01")))["sensor"] == "cam-01"


@pytest.mark.parametrize(
    ("label", "kind"),
    [("truck", "truck"), ("bus", "bus"), ("school_bus", "bus"), ("motorcycle", "motorcycle"), ("boat", "vessel")],
)
def test_labels_of_vehicles_have_a_kind(label, kind):
    assert only(take(event(label=label)))["kind"] == kind


def test_a_stationary_car_is_idle():
    assert only(take(event(stationary=True)))["state"] == "idle"


@pytest.mark.parametrize("stationary", [True, False])
def test_an_end_is_no_departure(stationary):
    """Frigate ends what it no longer tells apart: a parked car at dusk is lost, and has not left."""
    found = only(take(event("end", stationary=stationary, end_time=NOW_S + 5)))
    assert found["state"] == ("idle" if stationary else "seen")


@pytest.mark.parametrize("severity", ["alert", "detection"])
def test_the_end_of_a_review_is_no_row_at_all(severity):
    data = {"detections": ["1-a"], "objects": ["car"], "sub_labels": [], "zones": [], "audio": []}
    after = {"id": "1-b", "camera": "gate", "start_time": 1.0, "end_time": 2.0, "severity": severity, "data": data}
    found = take(orjson.dumps({"type": "end", "before": after, "after": after}), topic="frigate/reviews")
    assert not found.table.num_rows and not found.refused


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (event(label="person"), "refused_kind"),
        (event(label="person", sub_label=["Somebody", 0.9]), "refused_kind"),
        (event(label="dog"), "refused_kind"),
        (event(label="face"), "refused_face"),
        (event(label="license_plate"), "refused_plate"),
        (event(label=None), "refused_kind"),
        (event(camera="yard"), "no_calibration"),
        (event(camera=None), "no_sensor"),
        (event(box=None), "no_position"),
        (event(box=[1, 2, 3]), "no_position"),
        (event(box=[600, 0, 700, 1]), "above_horizon"),
        (event(box=[6000, 100, 6100, 400]), "above_horizon"),
        (event(frame_time=None), "no_time"),
        (event(frame_time=NOW_S + 60), "future"),
        (event(id=""), "no_track"),
        (event(id="x" * 300), "text_too_long"),
        (b"nonsense", "not_an_object"),
        (b"null", "not_an_object"),
        (b"[" * 100_000, "not_an_object"),
        (b'{"type": "new"}', "not_an_object"),
    ],
)
def test_what_is_no_row_is_counted_by_its_reason(message, reason):
    found = take(message, event())
    assert found.table.num_rows == 1
    assert dict(found.refused) == {reason: 1}


def test_a_false_positive_is_nothing():
    found = take(event(false_positive=True))
    assert not found.table.num_rows and not found.refused


def test_persons_in_a_review_are_counted():
    after = {"id": "1-b", "camera": "gate", "data": {"objects": ["person", "car", "person-verified", "car-verified"]}}
    found = take(orjson.dumps({"type": "new", "after": after}), topic="frigate/reviews")
    assert dict(found.refused) == {"refused_kind": 2}


def test_faces_and_plates_are_counted_and_go_no_further(caplog):
    caplog.set_level(logging.DEBUG)
    face = orjson.dumps({"type": "face", "id": "1-a", "name": "Somebody", "score": 0.9, "camera": "gate"})
    plate = orjson.dumps({"type": "lpr", "id": "1-a", "name": PLATE, "plate": PLATE, "score": 0.9})
    broken = b'{"type": "lpr", "plate": "' + PLATE.encode()
    found = take(face, plate, broken, topic="frigate/tracked_object_update")
    assert dict(found.refused) == {"refused_face": 1, "refused_plate": 1, "not_an_object": 1}
    read = take(event(recognized_license_plate=PLATE, sub_label=[PLATE, 0.9]))
    assert read.table.num_rows == 1 and dict(read.refused) == {"refused_plate": 1}
    told = str(found.faults) + str(read.faults) + caplog.text + str(read.table.to_pylist())
    assert PLATE not in told and "Somebody" not in told


def test_all_sensors_of_a_frigate_that_is_offline_are_lost_until_it_is_back():
    by = frigate()
    take(event(), by=by)
    assert by.lost == frozenset()
    for word in (b"offline", b"stopped"):
        take(word, by=by, topic="frigate/available")
        assert by.lost == {"gate"}
        take(b"online", by=by, topic="frigate/available")
        assert by.lost == frozenset()


def test_one_camera_that_is_off_is_lost_alone():
    by = frigate(("gate", "yard"))
    take(event(), event(camera="yard"), by=by)
    take(b"offline", by=by, topic="frigate/yard/status/detect")
    assert by.lost == {"yard"}
    take(b"online", by=by, topic="frigate/yard/status/detect")
    assert by.lost == frozenset()


def test_a_calibration_that_changed_is_used_from_the_next_message_on():
    known = {"gate": calibration(four())}
    by = Frigate("frigate", Cameras({}, lambda: known))
    before = only(take(event(), by=by))
    moved = [[x, y, lon + 0.001, lat] for x, y, lon, lat in four()]
    known["gate"] = calibration(moved)
    after = only(take(event(), by=by))
    assert after["lon"] - before["lon"] == pytest.approx(0.001, abs=1e-6)
    known["gate"] = calibration(four()[:3])
    assert take(event(), by=by).refused == {"no_calibration": 1}


def test_topics_of_others_are_counted():
    assert take(b"{}", topic="elsewhere/events").refused == {"unknown_topic": 1}
    assert take(b"{}", topic="frigate/stats").refused == {"unknown_topic": 1}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
FIELDS = [
    "id",
    "camera",
    "frame_time",
    "label",
    "box",
    "stationary",
    "false_positive",
    "recognized_license_plate",
    "data",
    "objects",
]
AFTER = st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, JSON))
LIKELY = st.fixed_dictionaries(
    {"label": st.sampled_from(["car", "person"]), "camera": st.sampled_from(["gate", "yard"])},
    optional={"box": st.lists(st.floats(-2000, 2000), min_size=3, max_size=5), "frame_time": JSON, "id": JSON},
)
TYPE = st.sampled_from(["new", "update", "end", "face", "lpr"]) | JSON
MESSAGE = st.fixed_dictionaries({}, optional={"type": TYPE, "after": AFTER | LIKELY | JSON})
TOPIC = st.sampled_from(
    ["frigate/" + one for one in ("events", "reviews", "available", "tracked_object_update", "x/status/detect", "")]
)


@settings(derandomize=True, max_examples=500, deadline=None)
@given(st.lists(st.tuples(TOPIC | st.text(max_size=20), st.binary(max_size=100) | MESSAGE.map(orjson.dumps))))
def test_messages_of_any_bytes_are_rows_or_refused(messages):
    found = frigate().take(messages, int(NOW_S * 1000))
    assert found.table.schema.equals(rows.COLUMNS)
    assert set(found.table["state"].to_pylist()) <= {"seen", "idle"}
    for row in found.table.to_pylist():
        assert abs(row["lon"] - degrees(0, 0)[0]) < 0.1
