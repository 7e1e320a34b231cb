"""Arrow IPC bodies: the same rows as NDJSON, and nothing that a header claims is believed."""

from __future__ import annotations

import resource
import struct

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from tests.watch.test_ingest import TOKEN, Port, lines, row

from safeconduct.terms.errors import BadInput
from safeconduct.watch import rows
from safeconduct.watch.feeds import arrow, ndjson

MEGABYTE = 1024 * 1024
AT_MS = 1_764_000_000_000


def table(count=3, **columns) -> pa.Table:
    plain = rows.table_of([
        {"time": AT_MS + number, "sensor": "cam-1", "track": str(number), "lon": 75.0, "lat": -5.0, "kind": "car"}
        for number in range(count)
    ])  # fmt: skip
    for name, column in columns.items():
        plain = plain.drop_columns([name]) if name in plain.column_names else plain
        plain = plain.append_column(name, column)
    return plain


def stream(table: pa.Table, **options) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def file(table: pa.Table, **options) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


@pytest.mark.parametrize("compression", [None, "lz4", "zstd"])
def test_a_stream_and_a_file_hold_the_rows_that_ndjson_does(compression):
    wanted = ndjson.decode(b"\n".join(orjson.dumps(one) for one in table().to_pylist()), None).table
    assert arrow.decode_stream(stream(table(), compression=compression), None).table.equals(wanted)
    assert arrow.decode_file(file(table(), compression=compression), None).table.equals(wanted)


def test_columns_of_other_types_and_orders_are_read_and_others_left_out():
    plain = table()
    other = table(
        time=plain["time"].cast(pa.timestamp("ns", tz="+05:00")),
        sensor=pc.dictionary_encode(plain["sensor"]),
        track=plain["track"].cast(pa.string_view()),
        kind=plain["kind"].cast(pa.large_string()),
        lon=plain["lon"].cast(pa.float32()),
        picture=pa.array([b"x" * 100] * 3),
    )
    assert arrow.decode_stream(stream(other), None).table.equals(arrow.decode_stream(stream(plain), None).table)


def test_bad_rows_are_counted_by_reason():
    found = arrow.decode_stream(
        stream(table(lat=pa.array([1.0, 91.0, None]), kind=pa.array(["car", "car", "person"]))), None
    )
    assert found.table.num_rows == 1
    assert found.refused == {"position_out_of_range": 1, "no_position": 1}
    assert [fault.where for fault in found.faults] == ["row 2", "row 3"]


@pytest.mark.parametrize(
    "column",
    [pa.array([[1], [2], [3]]), pa.array([{"a": 1}] * 3), pa.array([b"1"] * 3), pa.nulls(3), pa.array([True] * 3)],
)
def test_a_column_that_cannot_be_of_an_observation_is_none(column):
    assert arrow.decode_stream(stream(table(track=column)), None).refused == {"no_track": 3}


def test_the_first_of_two_columns_of_one_name_counts_and_none_at_all_are_refused():
    plain = table()
    twice = pa.table([*plain.columns, pa.array([0.0] * 3)], names=[*plain.column_names, "lon"])
    assert arrow.decode_stream(stream(twice), None).table["lon"].to_pylist() == [75.0] * 3
    with pytest.raises(BadInput, match="none of the columns"):
        arrow.decode_stream(stream(pa.table({"x": [1]})), None)


def claiming(body: bytes, compression: str, claimed: int) -> bytes:
    """`body`, whose first compressed buffer claims to unpack to `claimed` bytes."""
    reader = pa.ipc.MessageReader.open_stream(pa.py_buffer(body))
    reader.read_next_message()
    place = body.index(reader.read_next_message().body.to_pybytes())
    assert compression
    return body[:place] + struct.pack("<q", claimed) + body[place + 8 :]


@pytest.mark.parametrize("claimed", [2**62, -(2**62), -2, 2**31, 200 * MEGABYTE])
@pytest.mark.parametrize("compression", ["lz4", "zstd"])
def test_a_buffer_that_claims_to_unpack_to_much_is_never_unpacked(claimed, compression):
    body = claiming(stream(table(5000), compression=compression), compression, claimed)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(BadInput):
        arrow.decode_stream(body, None)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024


def test_a_small_body_that_honestly_unpacks_to_much_is_refused():
    long = "x" * MEGABYTE
    with pytest.raises(BadInput, match="unpacked"):
        arrow.decode_stream(stream(table(200, track=pa.array([long] * 200)), compression="zstd"), None)


def test_more_rows_than_a_body_may_have_are_refused_though_they_take_no_bytes():
    with pytest.raises(BadInput, match="rows"):
        arrow.decode_stream(stream(pa.table({"lon": pa.nulls(arrow.MAX_ROWS + 1)})), None)


@pytest.mark.parametrize("shared", ["dictionary", "view"])
def test_texts_that_share_their_bytes_are_counted_as_often_as_they_are_shown(shared):
    long, count = "x" * MEGABYTE, 10_000
    if shared == "dictionary":
        column = pa.DictionaryArray.from_arrays(pa.array([0] * count, pa.int32()), pa.array([long]))
    else:
        data = pa.py_buffer(long.encode())
        views = pa.py_buffer(struct.pack("<i4sii", MEGABYTE, b"xxxx", 0, 0) * count)
        column = pa.Array.from_buffers(pa.string_view(), count, [None, views, data])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(BadInput, match="texts"):
        arrow.decode_stream(stream(table(count, track=column)), None)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024


@pytest.mark.parametrize(
    "body", [b"", b"ARROW1", b"\xff\xff\xff\xff\xff\xff\xff\x7f", b"{}", b"\xff\xff\xff\xff\0\0\0\0"]
)
def test_what_is_no_arrow_is_refused(body):
    for decode in (arrow.decode_stream, arrow.decode_file):
        with pytest.raises(BadInput):
            decode(body, None)


@pytest.fixture
def port(tmp_path):
    opened = Port(tmp_path)
    yield opened
    opened.close()


def test_bodies_are_posted_like_ndjson(port):
    now = [orjson.loads(orjson.dumps(row(track=str(number)))) for number in range(3)]
    plain = arrow.decode_stream(stream(rows.table_of(now)), None).table
    assert port.post(stream(plain), TOKEN | {"Content-Type": arrow.STREAM}).json()["accepted"] == 3
    assert port.post(file(plain), TOKEN | {"Content-Type": arrow.FILE}).json()["accepted"] == 3
    assert port.post(lines(*now)).json()["accepted"] == 3
    first, *others = (rows.decoded(one.payload) for one in port.stored())
    assert all(first.equals(other) for other in others)
    damaged = port.post(stream(plain)[:-200], TOKEN | {"Content-Type": arrow.STREAM})
    assert (damaged.status_code, damaged.json()["refused"]) == (422, {"not_an_object": 1})
