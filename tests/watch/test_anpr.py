"""Plate reads: tokens that are the same for one vehicle, over midnight too, and no plate in clear anywhere."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point, Polygon
from tests.watch.scenes import watch
from tests.watch.test_inbox import Box
from tests.watch.test_ingest import Port

from safeconduct.sites.places import Places, Sensor
from safeconduct.terms import instant
from safeconduct.terms.errors import BadInput
from safeconduct.watch.feeds.admitting import Admitted
from safeconduct.watch.feeds.anpr import MAX_VISITS, Reads
from safeconduct.watch.feeds.kinds import KINDS
from safeconduct.watch.feeds.plates import MAX_RECENT, Plates, normal
from safeconduct.watch.feeds.points import PlacedSensors, Spot

PLATE = "QR 4821-K"
SETTINGS = KINDS["anpr"].checked({})
MIDNIGHT = datetime(2026, 11, 25, tzinfo=UTC)
HOUR = timedelta(hours=1)
POINTS = {"gate-1": Spot(75.0061, -4.9971, 15.0)}


@pytest.fixture
def clock(monkeypatch):
    """The node's clock, set by hand."""

    class Clock:
        now = MIDNIGHT - HOUR

    monkeypatch.setattr(instant, "now", lambda: Clock.now)
    return Clock


def ms(moment: datetime) -> int:
    return instant.epoch_ms(moment)


def reads(plates=None, points=POINTS, **changes) -> Reads:
    return Reads({**SETTINGS, **changes}, plates or Plates(), lambda: points)


def read(at=None, **changes) -> dict:
    at = instant.iso(at or instant.now())
    return {"time": at, "camera": "gate-1", "plate": PLATE, "confidence": 0.93} | changes


def take(*given_reads, by=None, now_ms=None):
    return (by or reads()).take(orjson.dumps(list(given_reads)), "application/json", now_ms)


def csv(*given_reads) -> bytes:
    names = list(given_reads[0])
    return "\n".join([",".join(names), *(",".join(str(one[name]) for name in names) for one in given_reads)]).encode()


def tokens(*given_reads, by=None):
    return take(*given_reads, by=by).table["token"].to_pylist()


@pytest.mark.parametrize(
    "spelling",
    [
        "qr4821k",
        "QR-4821 K",
        "ＱＲ　４８２１－Ｋ",
        "qr·4821·k",
        "QR ٤٨٢١ K",
        "QR ۴۸۲۱ K",
        "QR 4821\u00a0К",
        "QR\u200b4821Κ",
    ],
)
def test_spellings_of_one_plate_have_one_token(spelling):
    plates = Plates()
    assert plates.token(spelling, ms(instant.now())) == plates.token(PLATE, ms(instant.now())) is not None


@pytest.mark.parametrize("text", ["", "-", "Q", "Q" * 17, "ﷺ" * 60, "x" * 100_000])
def test_what_cannot_be_a_plate_has_no_token(text):
    assert normal(text) is None


def test_another_plate_another_day_and_another_node_have_other_tokens(clock):
    plates = Plates()
    at_ms = ms(clock.now)
    first = plates.token(PLATE, at_ms)
    assert first != plates.token("QR 4821-L", at_ms)
    assert first != Plates().token(PLATE, at_ms)
    clock.now += 12 * HOUR
    assert first != plates.token(PLATE, ms(clock.now))


def test_a_vehicle_that_is_back_within_two_hours_of_midnight_is_known_again(clock):
    plates = Plates()
    before = plates.token(PLATE, ms(MIDNIGHT - HOUR))
    clock.now = MIDNIGHT + HOUR
    assert plates.token(PLATE, ms(MIDNIGHT + 0.9 * HOUR)) == before
    assert plates.token("OTHER 1", ms(MIDNIGHT + 0.9 * HOUR)) != before
    clock.now = MIDNIGHT + 4 * HOUR
    assert plates.token(PLATE, ms(MIDNIGHT + 3.5 * HOUR)) != before


def test_reads_that_come_in_the_wrong_order_over_midnight_have_one_token(clock):
    clock.now = MIDNIGHT + timedelta(seconds=5)
    plates = Plates()
    after = plates.token(PLATE, ms(MIDNIGHT + timedelta(seconds=2)))
    assert plates.token(PLATE, ms(MIDNIGHT - timedelta(seconds=2))) == after


def test_a_restart_knows_the_vehicle_again_and_only_the_owner_reads_the_secrets(tmp_path, clock):
    file = tmp_path / "plates.json"
    token = Plates(file).token(PLATE, ms(clock.now))
    assert Plates(file).token(PLATE, ms(clock.now)) == token
    assert file.stat().st_mode & 0o777 == 0o600
    assert "4821" not in file.read_text()


def test_the_secret_of_a_day_is_destroyed_when_the_next_one_is_over(tmp_path, clock):
    file = tmp_path / "plates.json"
    plates = Plates(file)
    at_ms = ms(clock.now)
    assert plates.token(PLATE, at_ms)
    clock.now = MIDNIGHT + 23 * HOUR
    plates.token(PLATE, ms(clock.now))
    assert list(json.loads(file.read_text())) == ["2026-11-24", "2026-11-25"]
    clock.now = MIDNIGHT + 25 * HOUR
    plates.forget()
    assert list(json.loads(file.read_text())) == ["2026-11-25"]
    assert plates.token(PLATE, at_ms) is None


@pytest.mark.parametrize("damage", [b"", b"[]", b'{"2026-11-24": "zz"}', b'{"2026-11-24": "00"}', b'{"today": "00"}'])
def test_damaged_secrets_are_drawn_anew(tmp_path, clock, damage):
    file = tmp_path / "plates.json"
    file.write_bytes(damage)
    file.chmod(0o600)
    assert Plates(file).token(PLATE, ms(clock.now))


def test_secrets_that_others_could_read_are_drawn_anew(tmp_path, clock):
    file = tmp_path / "plates.json"
    token = Plates(file).token(PLATE, ms(clock.now))
    file.chmod(0o644)
    assert Plates(file).token(PLATE, ms(clock.now)) != token


def test_a_day_that_is_long_over_or_to_come_has_no_token(clock):
    for days in (-400, -2, 2, 400):
        assert Plates().token(PLATE, ms(clock.now + timedelta(days=days))) is None


def test_tokens_that_are_remembered_are_bounded(clock):
    plates = Plates()
    for number in range(MAX_RECENT + 10):
        plates.token(f"QR{number}", ms(clock.now))
    assert len(plates._recent) == MAX_RECENT


def test_a_read_is_a_sighting_where_its_camera_stands_or_where_it_says():
    first, other = take(read(), read(lat=-4.99, lon=75.01, camera="gate-9", kind="truck")).table.to_pylist()
    assert (first["sensor"], first["lon"], first["lat"], first["accuracy"]) == ("gate-1", 75.0061, -4.9971, 15.0)
    assert (other["lon"], other["lat"], other["kind"], other["token"]) == (75.01, -4.99, "truck", first["token"])
    assert take(read(camera="gate-9")).refused == {"no_position": 1}
    assert take(read(camera="G1"), by=reads(sensors={"G1": "gate-1"})).table["sensor"].to_pylist() == ["gate-1"]


def test_csv_and_json_and_lines_say_the_same():
    one = read() | {"country": "QA", "lat": -4.99, "lon": 75.01}
    by = reads()
    bodies = {"text/csv": csv(one), "application/json": orjson.dumps(one), "application/x-ndjson": orjson.dumps(one)}
    rows = [by.take(body, media, None).table.to_pylist() for media, body in bodies.items()]
    assert rows[0] == rows[1] == rows[2]
    assert by.take(b"\xef\xbb\xbf" + csv(one).replace(b"camera", b" Sensor "), "text/csv", None).table.num_rows == 1


@pytest.mark.parametrize(
    ("confidence", "sure"),
    [
        *((0.93, True), (93, True), (None, True), (0.5, False), (50, False)),
        *((-1, False), (1e9, False), ("high", False), (True, False)),
    ],
)
def test_a_read_that_is_not_sure_has_no_token(confidence, sure):
    (token,) = tokens(read(confidence=confidence))
    assert (token is not None) is sure


def test_reads_soon_after_one_another_are_one_track_and_a_return_is_another():
    now = instant.now()
    times = [now - timedelta(seconds=seconds) for seconds in (100, 80, 60, 5)]
    found = take(*(read(at) for at in times)).table
    tracks = found["track"].to_pylist()
    assert tracks[0] == tracks[1] == tracks[2] != tracks[3]
    assert len(set(found["token"].to_pylist())) == 1
    assert not any(token in track for token in found["token"].to_pylist() for track in tracks)


def test_a_vehicle_that_passes_twice_does_not_stand_at_the_reader():
    now = instant.now()
    rows = take(*(read(now - timedelta(seconds=seconds)) for seconds in (700, 1))).table.to_pylist()
    from tests.watch.scenes import ring

    assert not watch([one | {"time": ms(one["time"]), "lon": 75.0, "lat": -5.0} for one in rows], ring()).alerts


def test_reads_without_a_plate_are_not_one_vehicle():
    at = instant.now()
    found = take(*(read(at, plate="") for _ in range(3))).table
    assert len(set(found["track"].to_pylist())) == 3


def test_visits_that_are_remembered_are_bounded(clock):
    by = reads()
    body = b"\n".join(orjson.dumps(read(clock.now, plate=f"QR{number}")) for number in range(MAX_VISITS + 10))
    by.take(body, "application/x-ndjson", None)
    assert len(by._visits) == MAX_VISITS


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (read(time="yesterday"), "no_time"),
        (read(camera=""), "no_sensor"),
        (read(lat="north", lon=1), "no_position"),
        (read(lat=95, lon=1), "position_out_of_range"),
        (read(kind=PLATE), "refused_kind"),
        (read(kind=["person"]), "refused_kind"),
        ([PLATE], "not_a_read"),
        (PLATE, "not_a_read"),
    ],
)
def test_a_bad_read_is_counted_by_reason_and_its_plate_is_not_told(bad, reason):
    found = take(bad, read())
    assert (dict(found.refused), found.table.num_rows) == ({reason: 1}, 1)
    assert "4821" not in str(found.faults)


def test_a_csv_line_of_other_columns_or_quotes_is_counted():
    body = csv(read()) + b"\n" + f'{PLATE},1\n"{PLATE}\n'.encode() + csv(read()).split(b"\n")[1]
    found = reads().take(body, "text/csv", None)
    assert (dict(found.refused), found.table.num_rows) == ({"not_a_read": 2}, 2)
    assert "4821" not in str(found.faults)
    with pytest.raises(BadInput, match="columns time, camera, plate"):
        reads().take(PLATE.encode(), "text/csv", None)


ALPHABET = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"


@settings(max_examples=200, derandomize=True, deadline=None)
@given(
    st.text(ALPHABET, min_size=5, max_size=10), st.sampled_from(["plate", "camera_note", "kind", "confidence", "lat"])
)
def test_no_plate_is_in_any_row_or_fault(text, column):
    found = take(read(**{"plate": text, column: text}), read(plate=text))
    told = f"{found.table.to_pylist()}{found.faults}"
    assert f"'{text}'" not in told and f'"{text}"' not in told


def test_where_a_sensor_stands_follows_its_place():
    north = Polygon([(75.0, -5.0), (75.001, -5.0), (75.001, -4.999), (75.0, -4.999)])
    sensors = (Sensor("marjan", "a", "cam-1", point=Point(75, -5)), Sensor("marjan", "b", "cam-2", coverage=north))
    held = [Places(sensors=sensors)]
    points = PlacedSensors(lambda: held[0])
    assert (points()["cam-1"].lon, points()["cam-1"].lat) == (75.0, -5.0)
    assert north.contains(Point(points()["cam-2"].lon, points()["cam-2"].lat))
    assert 50 < points()["cam-2"].accuracy_m < 80
    held[0] = Places()
    assert not points()


class Posted(Port):
    def post_reads(self, body: bytes, media="application/json"):
        return self.post(body, {"Authorization": "Bearer sc_feed_anpr", "Content-Type": media}, "/anpr")


@pytest.fixture
def port(tmp_path):
    opened = Posted(tmp_path)
    opened.app.tokens._look_up = {"sc_feed_anpr": Admitted("readers", frozenset({"gate-1"}), "anpr", SETTINGS)}.get
    opened.app.posts.points = lambda: POINTS
    yield opened
    opened.close()


def test_reads_are_posted_and_no_plate_is_in_the_answer_the_segment_or_the_log(port, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    answer = port.post_reads(orjson.dumps([read(), read(camera="gate-8", lon=75, lat=-5), read(kind=PLATE), PLATE]))
    assert answer.json()["accepted"] == 1
    assert answer.json()["refused"] == {"other_sensor": 1, "refused_kind": 1, "not_a_read": 1}
    assert port.post_reads(csv(read()), "text/csv").json()["accepted"] == 1
    assert port.post_reads(f"{PLATE}\n{PLATE}".encode(), "text/csv").status_code == 422
    from safeconduct.watch.rows import decoded

    stored = [row for one in port.stored() for row in decoded(one.payload).to_pylist()]
    assert stored[0]["token"] == stored[1]["token"]
    raw = b"".join(one.read_bytes() for one in tmp_path.rglob("*") if one.is_file())
    told = f"{answer.text}{caplog.text}{stored}{[one.meta for one in port.stored()]}"
    assert "4821" not in told and b"4821-K" not in raw


@pytest.fixture
def box(tmp_path):
    opened = Box(tmp_path)
    yield opened
    opened.end()


@pytest.mark.parametrize("name", ["reads.csv", "reads.json", "reads.ndjson"])
def test_a_file_of_reads_is_taken_from_the_inbox_and_deleted(box, tmp_path, name):
    one = read(lat=-4.99, lon=75.01)
    body = {"reads.csv": csv(one), "reads.json": orjson.dumps([one]), "reads.ndjson": orjson.dumps(one)}[name]
    box.inbox._plates = plates = Plates()
    (box.path / name).write_bytes(body)
    assert box.inbox.take(box.path / name)
    (frame,) = [one for one in box.segment.frames() if one.meta["kind"] == "observations"]
    from safeconduct.watch.rows import decoded

    assert decoded(frame.payload)["token"].to_pylist() == [plates.token(PLATE, ms(instant.now()))]
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and b"4821-K" in path.read_bytes()]


def test_a_damaged_file_of_reads_leaves_its_fault_and_no_plate(box, tmp_path):
    path = box.path / "reads.csv"
    path.write_bytes(csv(read(time=PLATE)))
    assert not box.inbox.take(path)
    left = [one for one in tmp_path.rglob("*") if one.is_file()]
    assert [one.name for one in left if one.suffix == ".txt"] == ["reads.csv.fault.txt"]
    assert not [one for one in left if b"4821-K" in one.read_bytes()]
