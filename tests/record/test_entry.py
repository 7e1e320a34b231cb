"""An entry has one spelling, and nothing else is read as one."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.record import entry
from safeconduct.record.entry import Deed, Entry
from safeconduct.terms.errors import BadInput

AT = datetime(2026, 11, 24, 6, 0, 59, tzinfo=UTC)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SCALARS = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False) | TEXTS
SCALARS = SCALARS.filter(lambda value: not isinstance(value, float) or abs(value) != float("inf"))
PAYLOADS = st.dictionaries(
    TEXTS,
    st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner), max_leaves=6),
    max_size=5,
)


def deed(act: str = "movement.hold", party: str = "qarand", article: str = "4.2", info_class: str = "movement") -> Deed:
    return Deed(AT, party, act, article, info_class, {"reason": "a car waits"})


RAW = entry.encoded(17, "2026-11-24T06:00Z", deed(), "ab" * 32)


def test_entry_holds_these_seven_fields_and_no_more():
    assert json.loads(RAW) == {
        "act": "movement.hold",
        "article": "4.2",
        "class": "movement",
        "commitment": "ab" * 32,
        "index": 17,
        "party": "qarand",
        "time": "2026-11-24T06:00Z",
    }
    assert entry.parse(RAW) == Entry(17, "2026-11-24T06:00Z", "qarand", "movement.hold", "4.2", "movement", "ab" * 32)


@settings(derandomize=True, max_examples=300)
@given(TEXTS, TEXTS, TEXTS, TEXTS, st.integers(0, 2**53 - 1))
def test_entry_is_spelled_as_rfc_8785_does(act: str, party: str, article: str, info_class: str, index: int):
    raw = entry.encoded(index, "2026-11-24T06:00Z", deed(act, party, article, info_class), "ab" * 32)
    assert raw == rfc8785.dumps(json.loads(raw))
    assert entry.parse(raw).act == act


@pytest.mark.parametrize(
    ("at", "minute"),
    [
        (AT, "2026-11-24T06:00Z"),
        (AT.astimezone(timezone(timedelta(hours=5))), "2026-11-24T06:00Z"),
        (datetime(2026, 1, 2, 3, 4, 5, 6, UTC), "2026-01-02T03:04Z"),
    ],
)
def test_time_is_utc_to_the_minute(at: datetime, minute: str):
    assert entry.minute_of(at) == minute


def test_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="no zone"):
        entry.minute_of(datetime(2026, 11, 24))  # noqa: DTZ001 - the promise is about naive times


def test_commitment_hashes_salt_before_payload():
    assert entry.commitment(b"salt", b"{}") == sha256(b"salt{}").hexdigest()


@settings(derandomize=True, max_examples=200)
@given(PAYLOADS)
def test_payload_has_one_spelling_whatever_its_order(payload: dict):
    backwards = dict(reversed(payload.items()))
    assert entry.canonical(payload) == entry.canonical(backwards)
    assert json.loads(entry.canonical(payload), parse_int=float) == payload


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), 2**53, "\ud800", b"bytes", object(), {1: 2}, {"\ud800": 1}],
    ids=["nan", "infinity", "integer past 2^53", "surrogate", "bytes", "object", "number key", "surrogate key"],
)
def test_payload_that_json_cannot_carry_is_refused(value: object):
    with pytest.raises(BadInput, match="want JSON that RFC 8785 can spell"):
        entry.canonical({"value": value})  # pyright: ignore[reportArgumentType] - refused at run time


def test_payload_nested_too_deep_is_refused():
    deep: list = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(BadInput):
        entry.canonical({"value": deep})


def test_entry_too_long_for_a_bundle_is_refused():
    room = entry.MOST_BYTES - len(entry.encoded(1, "2026-11-24T06:00Z", deed(""), "ab" * 32))
    assert len(entry.encoded(1, "2026-11-24T06:00Z", deed("x" * room), "ab" * 32)) == 65_535
    with pytest.raises(BadInput, match="entry 1: length: found 65536 bytes, want at most 65535"):
        entry.encoded(1, "2026-11-24T06:00Z", deed("x" * (room + 1)), "ab" * 32)


def test_entry_that_is_no_unicode_is_refused():
    with pytest.raises(BadInput, match="Unicode text"):
        entry.encoded(1, "2026-11-24T06:00Z", deed("\udcff"), "ab" * 32)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        (b'"index":17', b'"index": 17', "spelling"),
        (b'"index":17', b'"index":17.0', "index"),
        (b'"index":17', b'"index":true', "index"),
        (b'"index":17', b'"index":"17"', "index"),
        (b'"index":17', b'"index":17,"index":17', "spelling"),
        (b'"index":17', b'"index":017', "bytes"),
        (b'"index":17', b'"index":17,"name":"x"', "keys"),
        (b'"index":17,', b"", "keys"),
        (b'"act"', b'"Act"', "keys"),
        (b"movement.hold", b"movement\\u002ehold", "spelling"),
        (b'"qarand"', b"null", "party"),
        (b"abab", b"ABAB", "commitment"),
        (b"abab", b"ab", "commitment"),
        (b"06:00Z", b"06:00:00Z", "time"),
        (b"06:00Z", b"24:00Z", "time"),
        (b"11-24", b"13-24", "time"),
        (b"}", b"} ", "spelling"),
        (b"{", b"[", "bytes"),
    ],
)
def test_other_spelling_is_no_entry(old: bytes, new: bytes, named: str):
    assert entry.parse(RAW).index == 17
    with pytest.raises(BadInput, match=named):
        entry.parse(RAW.replace(old, new, 1))


def test_entry_with_keys_in_another_order_is_refused():
    with pytest.raises(BadInput, match="spelling"):
        entry.parse(json.dumps(dict(reversed(json.loads(RAW).items())), separators=(",", ":")).encode())


@settings(derandomize=True, max_examples=300)
@given(st.binary(max_size=80) | PAYLOADS.map(lambda payload: json.dumps(payload).encode()))
def test_any_bytes_give_an_entry_or_bad_input(raw: bytes):
    with pytest.raises(BadInput):
        entry.parse(raw)
