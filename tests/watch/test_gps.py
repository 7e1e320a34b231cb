"""GPS trackers: the OsmAnd protocol, the Traccar client's JSON, and answers that let an app go on."""

from __future__ import annotations

import asyncio
import contextlib
import json
from datetime import timedelta

import httpx
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.watch.test_ingest import Port

from safeconduct.terms import instant
from safeconduct.terms.errors import BadInput
from safeconduct.watch import rows
from safeconduct.watch.feeds import gps
from safeconduct.watch.feeds.admitting import Admitted
from safeconduct.watch.feeds.gps import KNOT_MPS
from safeconduct.watch.feeds.kinds import KINDS
from safeconduct.watch.ingest import Ingest

CHECKED = KINDS["gps"].checked(
    {"devices": {"481": "patrol 7", "482": "minibus"}, "kinds": {"481": "own", "482": "bus"}}
)
TRACKERS = Admitted("trackers", kind="gps", settings=CHECKED)
AT_MS = 1_764_000_000_000


def taken(query: str = "", body: bytes = b""):
    return gps.checked(gps.positions(query.encode(), body), TRACKERS, AT_MS, None)


def row_of(query: str = "", body: bytes = b""):
    (row,) = taken(query, body).table.to_pylist()
    return row


def client_json(at="2025-11-24T16:00:00.000Z", device="481", activity="in_vehicle", **coords) -> bytes:
    told = {"latitude": -5.0025, "longitude": 75.0065, "accuracy": 5, "speed": 4.25, "heading": 270, "altitude": 3}
    location = {"timestamp": at, "coords": told | coords, "is_moving": True, "event": "motionchange"}
    location |= {"battery": {"level": 1, "is_charging": False}, "activity": {"type": activity}, "extras": {}}
    return orjson.dumps({"location": location, "device_id": device})


PLACE = "id=481&lat=-5.0025&lon=75.0065"


def test_an_osmand_position_is_a_row_of_the_registered_vehicle():
    row = row_of(PLACE + "&timestamp=1764000000&speed=8.2&bearing=270&accuracy=5&altitude=3&batt=80&charge=true")
    assert (row["sensor"], row["track"], row["kind"]) == ("trackers", "patrol 7", "own")
    assert (row["lon"], row["lat"], row["heading"], row["accuracy"]) == (75.0065, -5.0025, 270.0, 5.0)
    assert row["speed"] == pytest.approx(8.2 * KNOT_MPS, rel=1e-6)


@pytest.mark.parametrize(
    "written",
    [
        "1764000000",
        "1764000000.0",
        "1764000000000",
        "2025-11-24T16:00:00Z",
        "2025-11-24T21:00:00%2B05:00",
        "2025-11-24 16:00:00",
    ],
)
def test_seconds_milliseconds_and_iso_are_the_same_time(written):
    assert row_of(f"{PLACE}&timestamp={written}")["time"] == instant.from_epoch_ms(AT_MS)


@pytest.mark.parametrize(("unit", "speed"), [("kn", 18 * KNOT_MPS), ("mps", 18.0), ("kmh", 5.0)])
def test_a_speed_is_in_the_unit_that_the_settings_name(unit, speed):
    (one,) = gps.positions(f"{PLACE}&speed=18".encode(), b"", gps.SPEEDS_MPS[unit])
    assert one.speed_mps == pytest.approx(speed)
    assert gps.SPEEDS_MPS[CHECKED["speed"]] == KNOT_MPS


def test_a_position_without_a_time_is_of_the_moment():
    assert row_of(PLACE)["time"] == instant.from_epoch_ms(AT_MS)


def test_location_deviceid_heading_hdop_and_post_fields_are_understood():
    row = row_of(body=b"deviceid=482&location=-5.0025,75.0065&heading=90&hdop=1.5")
    assert (row["track"], row["kind"], row["lon"], row["lat"]) == ("minibus", "bus", 75.0065, -5.0025)
    assert (row["heading"], row["accuracy"]) == (90.0, 7.5)


def test_the_clients_json_has_metres_a_second():
    row = row_of(body=client_json())
    assert (row["track"], row["speed"], row["heading"], row["accuracy"]) == ("patrol 7", 4.25, 270.0, 5.0)
    assert row["time"] == instant.from_epoch_ms(AT_MS)
    assert row_of(body=client_json(speed=-1, heading=-1))["speed"] is None


def test_a_device_that_is_carried_on_foot_is_a_person():
    assert taken(body=client_json(activity="walking")).refused == {"refused_kind": 1}


def test_a_tracker_without_a_fix_is_nowhere():
    for query in ("id=481&lat=0&lon=0", "id=481&batt=4", PLACE + "&valid=false"):
        assert taken(query).refused == {"no_position": 1}


def test_a_device_that_nobody_named_is_refused_and_one_without_a_kind_is_not_own():
    assert taken("id=999&lat=1&lon=1").refused == {"unknown_device": 1}
    bare = Admitted("trackers", kind="gps", settings=KINDS["gps"].checked({"devices": {"481": "patrol 7"}}))
    assert gps.checked(gps.positions(PLACE.encode(), b""), bare, AT_MS, None).table["kind"].to_pylist() == ["unknown"]


def test_a_kind_that_is_none_does_not_open_a_feed():
    with pytest.raises(BadInput):
        KINDS["gps"].checked({"devices": {"481": "x"}, "kinds": {"481": "person"}})


KEYS = st.sampled_from(["id", "lat", "lon", "timestamp", "location", "speed", "valid", "hdop", "bearing", "device_id"])
JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["location", "coords", "device_id", "timestamp", "latitude", "activity"]), inner
        )
    ),
    max_leaves=12,
)


@given(
    st.binary(max_size=200), st.binary(max_size=200), st.lists(st.tuples(KEYS, st.text(max_size=20)), max_size=8), JSONS
)
@settings(derandomize=True, max_examples=500, deadline=None)
def test_any_request_becomes_rows_refusals_or_bad_input(query, body, fields, document):
    made = "&".join(f"{key}={value}" for key, value in fields).encode("utf-8", "replace")
    nested = json.dumps({"device_id": "481", "location": document}).encode()
    for one, other in ((query, body), (b"id=481&" + made, b""), (b"", b"{" + body), (b"", nested), (b"", b"[" * 5_000)):
        with contextlib.suppress(BadInput):
            gps.checked(gps.positions(one, other), TRACKERS, AT_MS, AT_MS)


class Trackers(Port):
    """A port whose one token is of a feed of trackers."""

    def __init__(self, path):
        super().__init__(path)
        known = {"sc_feed_gps": TRACKERS, "sc_feed_good": Admitted("gate")}
        self.app = Ingest(self.journal, self.batches, known.get)

    def ask(self, method, path, **more):
        async def ask():
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://watch") as client:
                return await client.request(method, path, **more)

        return asyncio.run(ask())

    def get(self, token="sc_feed_gps", **fields):
        at = instant.now().replace(microsecond=0)
        told = {"id": "481", "lat": "-5.0025", "lon": "75.0065", "timestamp": str(int(at.timestamp()))} | fields
        return self.ask("GET", f"/gps/{token}", params={key: value for key, value in told.items() if value is not None})

    def tracks(self):
        return [one for frame in self.stored() for one in rows.decoded(frame.payload)["track"].to_pylist()]


@pytest.fixture
def port(tmp_path):
    opened = Trackers(tmp_path)
    yield opened
    opened.close()


def test_a_request_that_is_answered_200_is_durable_and_its_repetition_counts_once(port):
    assert port.get().status_code == 200
    assert port.tracks() == ["patrol 7"]
    assert port.get(timestamp=str(int((instant.now() - timedelta(seconds=9)).timestamp()))).status_code == 200
    before = len(port.tracks())
    fixed = str(int((instant.now() - timedelta(seconds=5)).timestamp()))
    for _ in range(3):
        assert port.get(timestamp=fixed).status_code == 200
    assert len(port.tracks()) == before + 1


def test_a_vehicle_that_stands_and_tells_no_time_is_seen_each_time(port):
    for _ in range(3):
        assert port.get(timestamp=None).status_code == 200
    assert port.tracks() == ["patrol 7"] * 3


def test_the_client_posts_json_under_a_bearer_or_the_address(port):
    body = client_json(at=instant.iso(instant.now().replace(microsecond=0)))
    assert port.ask("POST", "/gps/sc_feed_gps", content=body).status_code == 200
    body = client_json(at=instant.iso(instant.now().replace(microsecond=0) - timedelta(seconds=1)))
    bearer = {"Authorization": "Bearer sc_feed_gps"}
    assert port.ask("POST", "/gps", content=body, headers=bearer).status_code == 200
    assert port.tracks() == ["patrol 7"] * 2


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"id": "999"}, 400),
        ({"id": None}, 400),
        ({"lat": "north"}, 400),
        ({"timestamp": "soon"}, 400),
        ({"lat": "0", "lon": "0"}, 200),
    ],
)
def test_what_no_retry_would_better_is_answered_so_that_the_app_goes_on(port, fields, status):
    assert port.get(**fields).status_code == status
    assert port.tracks() == []
    assert sum(port.app.feeds["trackers"].unusable.values()) == 1


def test_a_token_opens_its_own_door_alone(port):
    assert port.get(token="sc_feed_bad").status_code == 401
    assert port.get(token="sc_feed_good").status_code == 401
    bearer = {"Authorization": "Bearer sc_feed_gps"}
    assert port.ask("POST", "/observations", content=b"{}", headers=bearer).status_code == 401
    assert port.ask("PUT", "/gps/sc_feed_gps").status_code == 405


def test_a_large_body_is_refused(port):
    assert port.ask("POST", "/gps/sc_feed_gps", content=b"{" * 2_000_000).status_code == 413
