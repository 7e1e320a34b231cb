"""What is taken of observations, from rows and files alike, and what is refused of them, by reason."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.terms.errors import BadInput
from safeconduct.watch.columns import TextHashes, decode_table
from safeconduct.watch.files import decode_body, read_observations
from safeconduct.watch.observations import KIND_CODES, Decoded, decode_ndjson, decode_rows, text_hash

GOOD: dict[str, Any] = {
    "time": "2026-11-24T06:00:00Z",
    "sensor": "cam-1",
    "track": "17",
    "lon": 75.0,
    "lat": -5.0,
    "kind": "car",
    "state": "seen",
    "token": "a1",
}

BAD: list[tuple[str, dict[str, Any]]] = [
    ("no_time", {"time": None}),
    ("no_time", {"time": "yesterday"}),
    ("no_time", {"time": "2026-11-24T06:00:00"}),
    ("no_time", {"time": -1}),
    ("no_time", {"time": 9e18}),
    ("no_sensor", {"sensor": None}),
    ("no_sensor", {"sensor": ""}),
    ("no_track", {"track": None}),
    ("no_position", {"lon": None}),
    ("no_position", {"lat": float("nan")}),
    ("position_out_of_range", {"lat": 90.1}),
    ("position_out_of_range", {"lon": float("inf")}),
    ("refused_kind", {"kind": "person"}),
    ("refused_kind", {"kind": ""}),
    ("unknown_state", {"state": "parked"}),
    ("text_too_long", {"track": "x" * 257}),
    ("text_too_long", {"sensor": "é" * 200}),
    ("text_too_long", {"token": "x" * 100_000}),
]


def table(rows: list[dict[str, Any]]) -> pa.Table:
    return pa.table({name: pa.array([row.get(name) for row in rows]) for name in GOOD})


@pytest.mark.parametrize(("reason", "change"), BAD)
def test_a_bad_row_is_refused_for_its_reason_and_the_others_are_kept(reason: str, change: dict[str, Any]):
    decoded = decode_rows([GOOD, {**GOOD, **change}])
    assert decoded.refused == {reason: 1}
    assert len(decoded.batch.time_ms) == 1


@pytest.mark.parametrize(("reason", "change"), BAD)
def test_columns_are_refused_for_the_reasons_of_rows(reason: str, change: dict[str, Any]):
    decoded = decode_table(table([{**GOOD, **change}]), TextHashes())
    assert decoded.refused == {reason: 1}
    assert len(decoded.batch.time_ms) == 0


def test_rows_and_columns_come_to_the_same():
    rows = [GOOD, {**GOOD, "track": "18", "kind": None, "state": "gone", "token": None}]
    same(decode_rows(rows), decode_table(table(rows), TextHashes()))


def same(one: Decoded, other: Decoded) -> None:
    for name, a, b in zip(one.batch._fields[:9], one.batch, other.batch, strict=False):
        if name not in ("sensor", "track"):
            assert list(a) == list(b), name
    for batch in (one.batch, other.batch):
        assert [batch.sensors[number] for number in batch.sensor] == ["cam-1", "cam-1"]
        assert [batch.tracks[number] for number in batch.track] == ["17", "18"]


def test_times_may_be_milliseconds_or_carry_any_zone():
    times = [1_795_500_000_000, "2026-11-24T06:00:00+00:00", "2026-11-24T11:00:00+05:00", "2026-11-24T06:00:00.000Z"]
    found = decode_rows([{**GOOD, "time": time} for time in times]).batch.time_ms
    assert list(found) == [1_795_500_000_000] * 4


def test_a_line_that_is_no_object_is_counted():
    body = json.dumps(GOOD).encode() + b"\n[1, 2]\n{broken\n\n" + b"\xff\xfe\n"
    decoded = decode_ndjson(body)
    assert decoded.refused == {"not_an_object": 3}
    assert len(decoded.batch.time_ms) == 1


def test_lines_alike_and_lines_that_differ_are_decoded_alike():
    alike = b"\n".join(json.dumps({**GOOD, "track": str(n)}).encode() for n in range(5))
    mixed = alike + b"\n" + json.dumps({**GOOD, "track": 5}).encode()
    fast, slow = decode_body(alike, TextHashes()), decode_body(mixed, TextHashes())
    assert list(fast.batch.key) == list(slow.batch.key)[:5]
    assert len(slow.batch.time_ms) == 6


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_decoded_without_an_error(body: bytes):
    assert decode_body(body, TextHashes()) is not None


@settings(derandomize=True, max_examples=200, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(sorted(GOOD)),
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10) | st.lists(st.integers()),
    )
)
def test_any_row_is_taken_or_refused(change: dict[str, Any]):
    decoded = decode_rows([{**GOOD, **change}])
    assert len(decoded.batch.time_ms) + decoded.refused.total() == 1


def written(path: Path, rows: list[dict[str, Any]]) -> Path:
    match path.suffix:
        case ".parquet":
            pq.write_table(table(rows), path)
        case ".arrow":
            with pa.ipc.new_file(path, table(rows).schema) as sink:
                sink.write_table(table(rows))
        case ".ipc":
            with pa.ipc.new_stream(path, table(rows).schema) as sink:
                sink.write_table(table(rows))
        case ".csv":
            lines = [",".join(reversed(GOOD)), *(",".join(str(row[name]) for name in reversed(GOOD)) for row in rows)]
            path.write_text("\n".join(lines))
        case _:
            path.write_text("\n".join(map(json.dumps, rows)))
    return path


@pytest.mark.parametrize("suffix", [".parquet", ".arrow", ".ipc", ".csv", ".ndjson", ".jsonl"])
def test_every_format_is_read_alike(tmp_path: Path, suffix: str):
    path = written(tmp_path / f"o{suffix}", [GOOD, {**GOOD, "lat": 91.0}])
    refused: Counter[str] = Counter()
    (batch,) = read_observations(path, refused)
    assert refused == {"position_out_of_range": 1}
    assert list(batch.key) == list(decode_rows([GOOD]).batch.key)
    assert list(batch.time_ms) == list(decode_rows([GOOD]).batch.time_ms)
    assert list(batch.kind) == [KIND_CODES["car"]]


@pytest.mark.parametrize("suffix", [".parquet", ".arrow", ".csv", ".ndjson"])
def test_a_file_without_a_usable_row_is_an_error_that_says_why(tmp_path: Path, suffix: str):
    path = written(tmp_path / f"o{suffix}", [{**GOOD, "kind": "person"}] * 3)
    with pytest.raises(BadInput, match="3 refused_kind"):
        list(read_observations(path, Counter()))


@pytest.mark.parametrize("suffix", [".parquet", ".arrow"])
def test_a_truncated_file_is_an_error(tmp_path: Path, suffix: str):
    path = written(tmp_path / f"o{suffix}", [GOOD] * 1000)
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(BadInput, match="want a whole"):
        list(read_observations(path, Counter()))


def test_a_file_that_is_not_there_or_of_no_known_kind_is_an_error(tmp_path: Path):
    for path in (tmp_path / "none.parquet", tmp_path / "o.xlsx", tmp_path / "none.ndjson"):
        with pytest.raises(BadInput):
            list(read_observations(path, Counter()))


def test_a_line_of_a_gigabyte_would_be_skipped_and_not_kept(tmp_path: Path):
    path = tmp_path / "o.ndjson"
    path.write_bytes(b'{"track": "' + b"x" * (9 << 20) + b'"}\n' + json.dumps(GOOD).encode() + b"\n")
    refused: Counter[str] = Counter()
    batches = list(read_observations(path, refused))
    assert sum(len(batch.time_ms) for batch in batches) == 1
    assert refused == {"text_too_long": 1}


def test_the_dictionaries_of_row_groups_may_differ_in_order_and_words():
    hashes = TextHashes()
    for words in (["a", "b", "c"], ["c", "", "a", "d"], ["d", None, "e", "a"], ["a", "b", "c"]):
        values = pa.array(words, pa.string())
        found, hashed = hashes.words("track", values)
        assert list(found) == [word or "" for word in words]
        assert [found[i] for i in range(len(found))] == list(found)
        assert hashed.tolist() == [text_hash(word or "") for word in words]
