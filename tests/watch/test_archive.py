"""The archive: each accepted row in exactly one place, whatever stage of sealing a crash interrupts."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.demo.world import places
from safeconduct.sites.places import Places
from safeconduct.terms.instant import iso
from safeconduct.watch import archive, rows
from safeconduct.watch.feeds import ndjson
from safeconduct.watch.observations import decode_ndjson
from safeconduct.watch.segment import Segment

DAY = datetime(2026, 11, 24, tzinfo=UTC)


def row(at: datetime, track: str = "1", sensor: str = "cam-01", lon: float = 75.0, lat: float = -5.0) -> dict:
    return {"time": iso(at), "sensor": sensor, "track": track, "lon": lon, "lat": lat, "kind": "car"}


class Store:
    """A node's segments and archive, filled batch by batch."""

    def __init__(self, path):
        self.path = path
        self.segment = Segment(path / "watch" / "segments")

    def add(self, *found: dict) -> None:
        table = ndjson.decode(b"\n".join(orjson.dumps(one) for one in found), None).table
        self.segment.append({"kind": "observations", "feed": "f", "received_ms": 0}, rows.encoded(table))
        self.segment.sync()

    def write(self, at: Places | None = None) -> list[archive.Sealed]:
        return archive.write(self.segment.complete()[0], self.path / "archive", at or Places())

    def tracks(self, begin=DAY, end=DAY + timedelta(days=1), where="true", **values) -> list[str]:
        return archive.observations(self.path, begin, end, where, **values)["track"].to_pylist()


@pytest.fixture
def store(tmp_path):
    opened = Store(tmp_path)
    yield opened
    opened.segment.close()


def test_a_row_is_found_once_at_every_stage_of_sealing(store):
    store.add(row(DAY, "a"), row(DAY + timedelta(seconds=1), "b"))
    assert store.tracks() == ["a", "b"]
    store.segment.rotate()
    store.add(row(DAY + timedelta(seconds=2), "c"))
    assert store.tracks() == ["a", "b", "c"]
    store.write()
    assert store.tracks() == ["a", "b", "c"]
    store.segment.drop(store.segment.complete()[0])
    assert store.tracks() == ["a", "b", "c"]


def test_sealing_again_after_a_crash_gives_the_same_bytes_and_leaves_no_other_file(store):
    store.add(row(DAY, "a"), row(DAY, "b", sensor="cam-02"))
    store.segment.rotate()
    first = store.write(places())
    elsewhere = store.write(Places())
    again = store.write(places())
    assert again == first
    assert elsewhere != first
    assert len(list((store.path / "archive").rglob("*.parquet"))) == len(first)
    file = store.path / "archive" / first[0].name
    assert hashlib.sha256(file.read_bytes()).hexdigest() == first[0].sha256


def test_files_are_by_day_and_site(store):
    store.add(
        row(DAY + timedelta(hours=23), sensor="cam-01", lon=0.0, lat=0.0),
        row(DAY + timedelta(hours=25), sensor="gps-7"),
        row(DAY + timedelta(hours=25), sensor="gps-7", lon=10.0, lat=10.0),
    )
    store.segment.rotate()
    assert [(one.name, one.site, one.rows) for one in store.write(places())] == [
        ("2026-11-24/marjan/000000000001.parquet", "marjan", 1),
        ("2026-11-25/elsewhere/000000000001.parquet", "elsewhere", 1),
        ("2026-11-25/marjan/000000000001.parquet", "marjan", 1),
    ]


def test_wrong_clocks_make_a_bounded_number_of_files_and_their_rows_are_still_found(store):
    store.add(*(row(DAY - timedelta(days=3 * number), str(number)) for number in range(200)))
    store.segment.rotate()
    sealed = store.write()
    assert len(sealed) == archive.MAX_DAYS + 1
    store.segment.drop(store.segment.complete()[0])
    oldest = DAY - timedelta(days=3 * 199)
    assert store.tracks(oldest, oldest + timedelta(days=1)) == ["199"]


def test_a_condition_and_a_span_narrow_what_is_found(store):
    store.add(row(DAY, "a"), row(DAY + timedelta(seconds=1), "b"), row(DAY + timedelta(seconds=2), "c"))
    assert store.tracks(DAY, DAY + timedelta(seconds=2)) == ["a", "b"]
    assert store.tracks(where="track = $wanted", wanted="b'; DROP TABLE recent") == []
    assert store.tracks(where="track = $wanted", wanted="b") == ["b"]


values = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.just([]))
strange_rows = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "time": st.one_of(values, st.just("2026-11-24T06:00:00Z"), st.just(1795500000000)),
            "sensor": st.one_of(values, st.just("cam-1"), st.just("x" * 257)),
            "track": st.one_of(values, st.just("t")),
            "lon": st.one_of(values, st.just(75.0)),
            "lat": st.one_of(values, st.just(-5.0), st.just(91)),
            "kind": st.one_of(values, st.sampled_from(["car", "person", None])),
            "state": st.one_of(st.sampled_from(["seen", "gone", "odd", None])),
            "token": st.one_of(st.none(), st.just("abc")),
        },
    ),
    max_size=6,
)


@settings(derandomize=True, deadline=None, max_examples=300)
@given(strange_rows)
def test_rows_are_refused_for_the_same_reasons_as_one_by_one(found):
    body = b"\n".join(json.dumps(one).encode() for one in found)
    in_bulk, one_by_one = ndjson.decode(body, None), decode_ndjson(body)
    assert in_bulk.table.num_rows == len(one_by_one.batch.time_ms)
    assert sum(in_bulk.refused.values()) == sum(one_by_one.refused.values())
