"""ONVIF analytics metadata: vehicles on the ground, idle ones that stay, and identities that never merge two clocks."""

from __future__ import annotations

import logging

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sites.test_ground import Camera as Lens
from tests.sites.test_ground import away_m, calibration, four
from tests.watch.scenes import BASE_MS, PLANE, ring, second, steps, watch
from tests.watch.test_ingest import Port

from safeconduct.sites.ground import calibrate
from safeconduct.terms import instant
from safeconduct.watch.feeds.admitting import Admitted
from safeconduct.watch.feeds.kinds import KINDS
from safeconduct.watch.feeds.onvif import MAX_KNOWN, Camera, Scene
from safeconduct.watch.feeds.plates import Plates

PLATE = "QR 4821-K"
SETTINGS = KINDS["onvif"].checked({})
GROUND = calibrate(calibration(four()))


def camera(ground=GROUND, plates=None, **changes) -> Camera:
    return Camera(Scene("cam-1", {**SETTINGS, **changes}, lambda: ground, plates or Plates()))


def at(seconds: float) -> str:
    return instant.iso(instant.from_epoch_ms(BASE_MS + int(seconds * 1000)))


def box(east_m: float = 2.0, north_m: float = 20.0) -> str:
    """A bounding box in the picture's own coordinates, -1 to 1 and up, whose bottom stands on the ground there."""
    x, y = Lens().pixel(east_m, north_m)
    left, right = ((x + step) / GROUND.width * 2 - 1 for step in (-40, 40))
    top, bottom = (1 - (y - step) / GROUND.height * 2 for step in (60, 0))
    return f'<tt:BoundingBox left="{left}" top="{top}" right="{right}" bottom="{bottom}"/>'


def thing(ref=1, shape=None, kind="Vehicle", behaviour="", more="", parent=None) -> str:
    """An object; `shape` is a box, or metres east and north for a device that tells places itself."""
    if isinstance(shape, tuple):
        lon, lat = PLANE.to_point(*shape)
        where = f'<tt:GeoLocation lon="{lon}" lat="{lat}"/>'
    else:
        where = f"<tt:Shape>{shape or box()}<tt:CenterOfGravity x='0' y='0'/></tt:Shape>"
    classes = f'<tt:Class><tt:Type Likelihood="0.9">{kind}</tt:Type></tt:Class>' if kind else ""
    does = f"<tt:Behaviour><tt:{behaviour}/></tt:Behaviour>" if behaviour else ""
    of = f' Parent="{parent}"' if parent else ""
    return f'<tt:Object ObjectId="{ref}"{of}><tt:Appearance>{where}{classes}{more}</tt:Appearance>{does}</tt:Object>'


def frame(seconds: float, *objects: str, tree: str = "", before: str = "") -> str:
    tree = f"<tt:ObjectTree>{tree}</tt:ObjectTree>" if tree else ""
    return f'<tt:Frame UtcTime="{at(seconds)}">{before}{"".join(objects)}{tree}</tt:Frame>'


def document(*frames: str) -> bytes:
    inner = f"<tt:VideoAnalytics>{''.join(frames)}</tt:VideoAnalytics>"
    return (
        '<?xml version="1.0" encoding="UTF-8"?><tt:MetadataStream xmlns:tt="http://www.onvif.org/ver10/schema">'
        f"{inner}</tt:MetadataStream>"
    ).encode()


def rename(before, after) -> str:
    return f'<tt:Rename><tt:from ObjectId="{before}"/><tt:to ObjectId="{after}"/></tt:Rename>'


def many(name: str, before, after) -> str:
    ids = [f'<tt:From ObjectId="{one}"/>' for one in before] + [f'<tt:To ObjectId="{one}"/>' for one in after]
    return f"<tt:{name}>{''.join(ids)}</tt:{name}>"


def plate(text=PLATE, likelihood=0.95) -> str:
    return (
        f'<tt:LicensePlateInfo><tt:PlateNumber Likelihood="{likelihood}">{text}</tt:PlateNumber>'
        "<tt:PlateType>Normal</tt:PlateType><tt:CountryCode>QA</tt:CountryCode></tt:LicensePlateInfo>"
    )


def taken(*frames: str, by: Camera | None = None, now_ms=None):
    return (by or camera()).take([document(*frames)], 0, now_ms)


def only(checked):
    (row,) = checked.table.to_pylist()
    return row


def stays(begin: int, end: int, ref=1, spot=(0.0, 0.0), *others) -> list[str]:
    return [frame(second, thing(ref, spot), *others) for second in range(begin, end)]


def alerts(*frames: str):
    rows = taken(*frames, by=camera(ground=None)).table.to_pylist()
    return watch([row | {"time": instant.epoch_ms(row["time"])} for row in rows], ring())


def test_a_vehicle_is_placed_where_its_box_stands():
    row = only(taken(frame(1, thing(12))))
    assert away_m(type("Spot", (), {"lon": row["lon"], "lat": row["lat"]}), 2.0, 20.0) < 0.05
    assert (row["sensor"], row["track"], row["kind"], row["state"]) == ("cam-1", "12", "unknown", "seen")
    assert instant.epoch_ms(row["time"]) == BASE_MS + 1000


def test_transformations_of_the_frame_and_the_object_are_both_undone():
    x, y = Lens().pixel(2.0, 20.0)
    up = GROUND.height - y
    shape = f'<tt:BoundingBox left="{x - 140}" top="{up + 60}" right="{x - 60}" bottom="{up}"/>'
    pixels = (
        '<tt:Transformation><tt:Translate x="-1" y="-1"/>'
        f'<tt:Scale x="{2 / GROUND.width}" y="{2 / GROUND.height}"/></tt:Transformation>'
    )
    moved = '<tt:Transformation><tt:Translate x="100" y="0"/></tt:Transformation>'
    row = only(taken(frame(1, thing(12, shape, more=moved), before=pixels)))
    assert away_m(type("Spot", (), {"lon": row["lon"], "lat": row["lat"]}), 2.0, 20.0) < 0.05


def test_a_place_that_the_device_tells_needs_no_calibration():
    row = only(taken(frame(1, thing(1, (10.0, 5.0))), by=camera(ground=None)))
    assert (row["lon"], row["lat"]) == pytest.approx(PLANE.to_point(10.0, 5.0))
    assert taken(frame(1, thing(1)), by=camera(ground=None)).refused == {"no_calibration": 1}


@pytest.mark.parametrize(
    ("kind", "vehicle", "wanted"),
    [("Vehicle", "Car", "car"), ("Vehicle", "Truck", "truck"), ("Vehicle", "Bus", "bus"), ("Bus", "", "bus"),
     ("Vehicle", "Motorcycle", "motorcycle"), ("Bike", "Motorcycle", "motorcycle"), ("Vehicle", "", "unknown")],
)  # fmt: skip
def test_classes_become_kinds(kind, vehicle, wanted):
    more = f"<tt:VehicleInfo><tt:Type>{vehicle}</tt:Type></tt:VehicleInfo>" if vehicle else ""
    assert only(taken(frame(1, thing(1, kind=kind, more=more))))["kind"] == wanted


def test_candidates_of_the_older_schema_are_read_and_the_likeliest_counts():
    def candidates(vehicle, human):
        several = [("Vehicle", vehicle), ("Human", human)]
        return "".join(
            f"<tt:ClassCandidate><tt:Type>{name}</tt:Type><tt:Likelihood>{sure}</tt:Likelihood></tt:ClassCandidate>"
            for name, sure in several
        )

    def of(vehicle, human):
        return taken(frame(1, thing(1, kind="", more=f"<tt:Class>{candidates(vehicle, human)}</tt:Class>")))

    assert of(0.8, 0.1).table.num_rows == 1
    assert of(0.1, 0.8).refused == of(0.5, 0.5).refused == {"refused_kind": 1}


@pytest.mark.parametrize(
    "kind", ["Human", "HumanFace", "Face", "HumanBody", "Animal", "Bicycle", "Bike", "Zara Qandil"]
)
def test_persons_and_what_is_no_vehicle_are_refused_and_counted(kind):
    found = taken(frame(1, thing(1, kind=kind), thing(2)))
    assert found.refused == {"refused_kind": 1}
    assert found.table["track"].to_pylist() == ["2"]
    assert kind not in str(found.faults)


def test_an_object_with_a_face_is_a_person_whatever_its_class():
    assert taken(frame(1, thing(1, more="<tt:HumanFace><tt:Age/></tt:HumanFace>"))).refused == {"refused_kind": 1}


def test_an_object_of_no_class_is_refused_until_it_had_one():
    by = camera()
    assert taken(frame(1, thing(1, kind="")), by=by).refused == {"no_class": 1}
    assert taken(frame(2, thing(1)), frame(3, thing(1, kind="")), by=by).table.num_rows == 2
    assert taken(frame(1, thing(1, kind="")), by=camera(unclassified=True)).table.num_rows == 1


def test_an_idle_object_that_is_no_longer_listed_stands_there_still():
    frames = [frame(0, thing(1)), frame(1, thing(1, behaviour="Idle")), *(frame(second) for second in range(2, 21))]
    rows = taken(*frames).table.to_pylist()
    assert [row["state"] for row in rows] == ["seen"] + ["idle"] * 4
    times = [(instant.epoch_ms(row["time"]) - BASE_MS) // 1000 for row in rows]
    assert times == [0, 1, 6, 11, 16]
    assert len({(row["lon"], row["lat"], row["track"]) for row in rows}) == 1


def test_an_idle_object_is_not_told_for_ever():
    by = camera(idle_s=60)
    found = taken(frame(1, thing(1, behaviour="Idle")), *(frame(second) for second in range(2, 200)), by=by)
    assert found.table.num_rows == 1 + 12


def test_a_deleted_or_merged_idle_object_is_not_told_again_and_is_not_gone():
    for tree in ('<tt:Delete ObjectId="1"/>', many("Merge", [1, 2], [2])):
        rows = taken(
            frame(1, thing(1, behaviour="Idle"), thing(2)), frame(2, thing(2), tree=tree), frame(30, thing(2))
        ).table.to_pylist()
        assert [row["track"] for row in rows] == ["1", "2", "2", "2"]
        assert "gone" not in {row["state"] for row in rows}


def test_a_removal_where_an_idle_object_stood_says_that_it_is_gone():
    frames = [frame(1, thing(1, (0, 0), behaviour="Idle")), frame(20, thing(7, (1.0, 0), kind="", behaviour="Removed"))]
    rows = taken(*frames, frame(40)).table.to_pylist()
    assert [(row["track"], row["state"]) for row in rows] == [("1", "idle"), ("1", "gone")]


def test_a_removal_elsewhere_or_of_no_vehicle_ends_nothing():
    idle = frame(1, thing(1, (0, 0), behaviour="Idle"))
    found = taken(idle, frame(20, thing(7, (9.0, 0), kind="", behaviour="Removed")))
    assert [row["state"] for row in found.table.to_pylist()] == ["idle", "idle"]
    assert found.refused == {"no_class": 1}


def test_a_removal_that_another_object_hides_is_not_believed():
    by = camera()
    taken(frame(1, thing(1, behaviour="Idle")), by=by)
    lorry = '<tt:BoundingBox left="-1" top="1" right="1" bottom="-1"/>'
    found = taken(frame(2, thing(2, lorry, "Human"), thing(3, behaviour="Removed")), by=by)
    assert found.refused == {"refused_kind": 1, "hidden": 1}
    assert found.table.num_rows == 0
    assert only(taken(frame(8), by=by))["state"] == "idle"


def test_a_rename_keeps_the_track():
    frames = [frame(1, thing(3)), frame(2, thing(7), tree=rename(3, 7)), frame(3, thing(7), thing(3, box(4, 25)))]
    assert taken(*frames).table["track"].to_pylist() == ["3", "3", "3", "3~2"]


def test_a_rename_that_finds_a_vehicle_elsewhere_says_that_it_left():
    frames = [
        frame(1, thing(17, (0, 0), behaviour="Idle"), thing(21, (50, 0))),
        frame(2, thing(17, (50, 0)), tree=rename(21, 17)),
    ]
    rows = taken(*frames).table.to_pylist()
    assert [(row["track"], row["state"]) for row in rows[2:]] == [("17", "gone"), ("21", "seen")]


def test_the_clock_runs_on_over_a_rename_and_an_idle_stretch():
    frames = [
        *stays(0, 60, 3),
        frame(60, thing(7, (0, 0)), tree=rename(3, 7)),
        frame(61, thing(7, (0, 0), behaviour="Idle")),
        *(frame(second) for second in range(62, 320)),
    ]
    alert = alerts(*frames).only
    assert steps(alert) == [("notice", 180), ("alert", 300)]
    assert alert["tracks"] == ["cam-1/3"]
    assert not alert["unseen_s"]


def test_two_vehicles_that_merge_and_split_keep_a_clock_each():
    """The second came a minute later. While merged one hides the other; both come to light under new ids."""
    first, later = (0.0, 0.0), (6.0, 0.0)
    frames = [
        *stays(0, 60, 1, first),
        *stays(60, 150, 1, first, thing(2, later)),
        frame(150, thing(1, first), tree=many("Merge", [1, 2], [1])),
        *stays(151, 170, 1, first),
        frame(170, thing(8, first), thing(9, later), tree=many("Split", [1], [8, 9])),
        *stays(171, 400, 8, first, thing(9, later)),
    ]
    found = sorted(alerts(*frames).alerts.values(), key=lambda alert: alert["started"])
    assert [second(alert["started"]) for alert in found] == [0, 60]
    assert [steps(alert)[0][1] for alert in found] == [180, 240]
    assert [alert["tracks"] for alert in found] == [["cam-1/1", "cam-1/8"], ["cam-1/2", "cam-1/9"]]


def test_a_plate_becomes_a_token_and_is_nowhere_else(caplog):
    caplog.set_level(logging.DEBUG)
    plates = Plates()
    now = instant.epoch_ms(instant.now())
    own = instant.iso(instant.from_epoch_ms(now))
    child = thing(3, parent=2, kind="LicensePlate", more=plate())
    frames = document(frame(1, thing(1, more=plate())), frame(2, thing(2), child))
    body = frames.replace(at(1).encode(), own.encode()).replace(at(2).encode(), own.encode())
    found = camera(plates=plates).take([body], 0, None)
    token = plates.token("qr4821k", now)
    assert token
    assert set(found.table["token"].to_pylist()) == {token, None}
    assert found.table["track"].to_pylist() == ["1", "2", "2"]
    whole = f"{found.table.to_pylist()}{found.faults}{caplog.text}"
    assert "4821" not in whole


def test_a_plate_that_was_read_badly_or_belongs_to_nothing_has_no_token():
    assert only(taken(frame(1, thing(1, more=plate(likelihood=0.3)))))["token"] is None
    assert taken(frame(1, thing(3, parent=9, kind="LicensePlate", more=plate()))).refused == {"no_parent": 1}


def test_modules_that_share_a_stream_have_ids_of_their_own():
    frames = [frame(1, thing(1)), frame(1, thing(1)).replace("UtcTime", 'Source="Zara Q" UtcTime')]
    first, other = taken(*frames).table["track"].to_pylist()
    assert first == "1"
    assert other.endswith("/1") and "Zara" not in other


def test_a_stream_is_cut_into_its_documents_wherever_the_network_cut_it():
    whole = b"\r\n".join([document(frame(1, thing(1))), document(frame(2, thing(1)), frame(3, thing(1)))])
    for size in (1, 7, 64, 1000):
        by = camera()
        parts = [whole[begin : begin + size] for begin in range(0, len(whole), size)]
        rows = [row for part in parts for row in by.take([part], 0, None).table.to_pylist()]
        assert [instant.epoch_ms(row["time"]) - BASE_MS for row in rows] == [1000, 2000, 3000]


def test_damage_costs_its_own_document_alone():
    broken = document(frame(1, thing(1)))[:-40] + b"</wrong>"
    found = camera().take([b"noise" + document(frame(1, thing(2))) + broken + document(frame(3, thing(3)))], 0, None)
    assert found.table["track"].to_pylist() == ["2", "1", "3"]
    assert found.refused == {"not_a_stream": 2}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_document_types_and_entities_are_refused(encoding):
    bomb = (
        '<!DOCTYPE t [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>'
        + document(frame(1, thing(1, more="<tt:VehicleInfo><tt:Type>&b;&c;</tt:Type></tt:VehicleInfo>"))).decode()[38:]
    )
    found = camera().take([bomb.encode(encoding)], 0, None)
    assert found.table.num_rows == 0
    assert found.refused


def test_a_frame_from_ahead_changes_nothing():
    by = camera()
    taken(frame(1, thing(1, behaviour="Idle")), by=by, now_ms=BASE_MS + 5_000)
    found = taken(frame(90_000, thing(2), tree='<tt:Delete ObjectId="1"/>'), by=by, now_ms=BASE_MS + 5_000)
    assert found.refused == {"future": 1}
    assert only(taken(frame(7), by=by, now_ms=BASE_MS + 9_000))["track"] == "1"


def test_what_is_remembered_is_bounded():
    by = camera(ground=None)
    for begin in range(0, MAX_KNOWN + 2_000, 500):
        taken(frame(1, *(thing(ref, (0, 0)) for ref in range(begin, begin + 500))), by=by)
    assert len(by._scene._known) == len(by._scene._names) == MAX_KNOWN


@settings(max_examples=60, derandomize=True, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["list", "idle", "rename", "merge", "split", "delete", "removed"]),
                          st.integers(1, 4), st.integers(1, 4)), max_size=30))  # fmt: skip
def test_two_objects_of_one_frame_never_share_a_track(steps_):
    by = camera(ground=None)
    for number, (step, one, other) in enumerate(steps_):
        tree = {
            "rename": rename(one, other),
            "merge": many("Merge", [one, other], [other]),
            "split": many("Split", [one], [one, other]),
            "delete": f'<tt:Delete ObjectId="{one}"/>',
        }.get(step, "")
        listed = [thing(ref, (ref * 20.0, 0), behaviour="Idle" if step == "idle" else "") for ref in {one, other}]
        if step == "removed":
            listed[0] = thing(one, (one * 20.0, 0), behaviour="Removed")
        rows = taken(frame(number, *listed, tree=tree), by=by).table.to_pylist()
        shown = [row["track"] for row in rows if row["state"] != "gone"]
        assert len(shown) == len(set(shown))


class Posted(Port):
    def post_xml(self, body: bytes):
        headers = {"Authorization": "Bearer sc_feed_onvif", "Content-Type": "application/xml; charset=utf-8"}
        return self.post(body, headers, "/onvif")


@pytest.fixture
def port(tmp_path):
    opened = Posted(tmp_path)
    known = {
        "sc_feed_onvif": Admitted("gate camera", frozenset({"cam-7"}), "onvif", SETTINGS),
        "sc_feed_good": Admitted("gate"),
    }
    opened.app.tokens._look_up = known.get
    yield opened
    opened.close()


def test_documents_are_posted_under_the_feeds_token_and_it_is_remembered_what_stood(port):
    def body(seconds_ago, *objects):
        now = instant.epoch_ms(instant.now())
        return document(frame((now - BASE_MS) / 1000 - seconds_ago, *objects))

    assert port.post_xml(body(20, thing(1, (0, 0), behaviour="Idle"))).json()["accepted"] == 1
    assert port.post_xml(body(10)).json()["accepted"] == 1
    frames = port.stored()
    assert [one.meta["feed"] for one in frames] == ["gate camera"] * 2
    empty = port.post_xml(body(9))
    assert (empty.status_code, empty.json()["accepted"]) == (200, 0)
    persons = port.post_xml(body(8, thing(2, (0, 0), "Human")))
    assert (persons.status_code, persons.json()["refused"]) == (200, {"refused_kind": 1})
    assert port.post_xml(b"<html/>").status_code == 422
    assert port.post_xml(body(7, thing(1, (0, 0)))[:-30]).json()["refused"] == {"cut_short": 1}


def test_another_feeds_token_and_another_media_type_are_refused(port):
    assert port.post(document(), path="/onvif").status_code == 401
    headers = {"Authorization": "Bearer sc_feed_onvif", "Content-Type": "application/json"}
    assert port.post(b"{}", headers, "/onvif").status_code == 415
