"""Every decoder of feeds, on any bytes: rows, refusals or BadInput, in bounded memory, and nobody is named."""

from __future__ import annotations

import logging
import resource
from collections.abc import Callable

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.watch.decoders import DECODERS, PERSON, PLATE
from tests.watch.test_arrow import file, stream, table

from safeconduct.terms.errors import BadInput
from safeconduct.watch import rows
from safeconduct.watch.feeds.ndjson import decode as decode_ndjson

MEGABYTE = 1024 * 1024
ROOM_BYTES = 400 * MEGABYTE
"""What a decoder may take for an input of a few hundred kilobytes, with what a library keeps for the next one."""

BOMBS = (
    b"[" * 200_000,
    b'{"a":' * 100_000,
    b"<a>" * 100_000,
    b"<!DOCTYPE a ["
    + b"".join(b'<!ENTITY a%d "%s">' % (i, b"&a%d;" % (i - 1) * 50) for i in range(1, 20))
    + b"]><a>&a19;</a>",
    b"<a " + b" ".join(b'b%d="c"' % i for i in range(20_000)) + b"/>",
    b"9" * 300_000,
    b'{"time":1e999999,"lon":-1e999999,"lat":' + b"9" * 10_000 + b"}",
    b"\0" * 300_000,
    b"\xff" * 300_000,
    b"\xbf" + b"\xff" * 9 + b"\x01",
    b"ARROW1\0\0" + b"\xff\xff\xff\xff\xff\xff\xff\x7f" * 1000 + b"ARROW1",
    b"PAR1" + b"\xff" * 1000 + b"\xff\xff\xff\x7fPAR1",
    b"ffffffffff\r\n" + b"x" * 100_000,
    b"--frames\r\nContent-Length: 999999999999\r\n\r\n" + b"x" * 100_000,
    b",".join(b"a%d" % number for number in range(50_000)),
    b"time,camera,plate\n" + b'"' * 200_000,
    b"id=1&" * 50_000,
    b"!AIVDM,9,1,1,A," + b"0" * 100_000,
)
HUGE = (
    b"1e308",
    b"-1e999",
    b"9" * 400,
    b"NaN",
    b"-0",
    b"18446744073709551616",
    b"\xff\xff\xff\x7f",
    b"\xff" * 8,
    b"\0",
)

flip = st.tuples(st.just("flip"), st.integers(0, 2**20), st.integers(0, 7))
cut = st.tuples(st.just("cut"), st.integers(0, 2**20), st.integers(0, 2**20))
double = st.tuples(st.just("double"), st.integers(0, 2**20), st.integers(1, 400))
splice = st.tuples(st.just("splice"), st.integers(0, 2**20), st.integers(0, 2**20))
insert = st.tuples(st.just("insert"), st.integers(0, 2**20), st.sampled_from(HUGE) | st.binary(max_size=20))
number = st.tuples(st.just("number"), st.integers(0, 2**20), st.sampled_from(HUGE))
GENTLE = flip | cut | insert
ANY = GENTLE | double | splice | number


def mutated(sample: bytes, other: bytes, steps: list[tuple]) -> bytes:
    data = bytearray(sample)
    for name, place, what in steps:
        at = place % (len(data) + 1)
        if name == "flip" and at < len(data):
            data[at] ^= 1 << what
        elif name == "cut":
            del data[at : at + what % (len(data) + 1)]
        elif name == "double":
            data[at:at] = data[at : at + what]
        elif name == "splice":
            data[at:] = other[what % (len(other) + 1) :]
        elif name == "insert":
            data[at:at] = what
        elif name == "number":
            digits = [place for place, byte in enumerate(data) if 48 <= byte < 58]
            if digits:
                begin = digits[at % len(digits)]
                data[begin : begin + 1] = what
    return bytes(data)


def decoded(name: str, data: bytes) -> tuple[list[rows.Checked], str]:
    """What a decoder makes of `data`, and all that it tells or logs of it. Fails where it raises what it may not."""
    heard: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: heard.append(record.getMessage())
    logging.getLogger().addHandler(handler)
    try:
        with structlog.testing.capture_logs() as logs:
            try:
                found = list(DECODERS[name].decode(data))
            except BadInput as error:
                return [], f"{error}{logs}{heard}"
    finally:
        logging.getLogger().removeHandler(handler)
    for one in found:
        assert one.table.schema.equals(rows.COLUMNS)
        assert all(count > 0 and reason for reason, count in one.refused.items())
        assert len(one.faults) <= rows.MAX_FAULTS
        assert not decode_again(one).refused
    return found, f"{[one.table.to_pylist() for one in found]}{[one.faults for one in found]}{logs}{heard}"


def decode_again(one: rows.Checked) -> rows.Checked:
    """Usable rows are usable to whoever checks them."""
    return rows.checked(one.table, None, str)


def fuzzing(examples: int) -> Callable:
    quiet = [HealthCheck.too_slow, HealthCheck.data_too_large]
    return settings(max_examples=examples, derandomize=True, deadline=None, suppress_health_check=quiet, database=None)


@pytest.mark.parametrize("name", DECODERS)
def test_the_samples_are_good(name):
    for sample in DECODERS[name].samples:
        found, _ = decoded(name, sample)
        assert found
    assert sum(one.table.num_rows for sample in DECODERS[name].samples for one in decoded(name, sample)[0])


@pytest.mark.parametrize("name", DECODERS)
def test_any_bytes_are_rows_refusals_or_bad_input(name):
    @fuzzing(60)
    @given(st.binary(max_size=300))
    def check(data):
        decoded(name, data)

    check()


@pytest.mark.parametrize("name", DECODERS)
def test_damaged_samples_are_rows_refusals_or_bad_input(name):
    samples = st.sampled_from(DECODERS[name].samples)
    strangers = st.sampled_from([sample for one in DECODERS.values() for sample in one.samples])

    @fuzzing(150)
    @given(samples, samples | strangers, st.lists(ANY, min_size=1, max_size=6))
    def check(sample, other, steps):
        data = mutated(sample, other, steps)
        found, _ = decoded(name, data)
        count = DECODERS[name].count(data)
        if found and count is not None:
            assert sum(one.table.num_rows + one.refused.total() for one in found) == count

    check()


@pytest.mark.parametrize("name", [name for name in DECODERS if name.startswith(("frigate", "cot", "onvif", "anpr"))])
def test_no_damage_makes_a_decoder_name_a_person_or_tell_a_plate(name):
    samples = st.sampled_from(DECODERS[name].samples)

    @fuzzing(200)
    @given(samples, st.lists(GENTLE, max_size=4))
    def check(sample, steps):
        _, told = decoded(name, mutated(sample, b"", steps))
        assert PLATE.lower() not in told.lower()
        assert PERSON.lower() not in told.lower()

    check()


@pytest.mark.parametrize("name", DECODERS)
def test_bombs_take_no_memory(name):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for bomb in BOMBS:
        decoded(name, bomb)
        for sample in DECODERS[name].samples:
            decoded(name, sample[: len(sample) // 2] + bomb + sample[len(sample) // 2 :])
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 < ROOM_BYTES


@fuzzing(200)
@given(
    st.lists(st.sampled_from([b'{"time":1}', b"{", b"null", b"[]", b"", b'{"time":1,"time":2}', b"\xff"]), max_size=8)
)
def test_each_line_is_a_row_or_refused(lines):
    found = decode_ndjson(b"\n".join(lines), None)
    assert found.table.num_rows + found.refused.total() == sum(1 for line in lines if line)


@pytest.mark.parametrize("suffix", ["csv", "parquet", "arrow"])
def test_a_file_with_a_column_twice_is_read_or_refused(suffix):
    plain = table(2)
    twice = pa.table([*plain.columns, pa.array([0.0] * 2)], names=[*plain.column_names, "lon"])
    sink = pa.BufferOutputStream()
    pq.write_table(twice, sink)
    line = b"time,lon,lat,sensor,track,lon\n1764000000000,75,-5,a,b,0\n"
    bodies = {"arrow": file(twice), "csv": line, "parquet": sink.getvalue().to_pybytes()}
    found, _ = decoded(f"{suffix} file", bodies[suffix])
    assert not found or set(found[0].table["lon"].to_pylist()) <= {75.0}


def test_times_in_milliseconds_and_bytes_that_are_no_utf8_cost_a_csv_no_row():
    body = b"time,sensor,track,lon,lat\n1764000000000,a,1,75,-5\n"
    body += b"2025-11-24T16:00:00Z,a,2,75,-5\n1,\xff\n1764000000000,\xff,3,75,-5\n"
    ((found,), _) = decoded("csv file", body)
    assert found.table["track"].to_pylist() == ["1", "2", "3"]
    assert len(set(found.table["time"].to_pylist())) == 1
    assert found.refused == {"not_an_object": 1}


@pytest.mark.parametrize("at_ms", [99_999_999_999_999_999, -99_999_999_999_999_999, 2**63 - 1, -(2**63)])
def test_a_time_beyond_every_calendar_is_refused_by_its_reason(at_ms):
    """Its fault cannot be told as a date."""
    times = pa.array([at_ms], pa.int64()).cast(pa.timestamp("ms"))
    ((by_arrow,), _) = decoded("arrow stream", stream(table(1, time=times)))
    ((by_lines,), _) = decoded("ndjson", b'{"time":%d,"sensor":"a","track":"b","lon":75,"lat":-5}' % at_ms)
    for found in (by_arrow, by_lines):
        assert (found.refused, found.table.num_rows) == ({"no_time": 1}, 0)
        assert found.faults
