"""A CSV: what is written is read back, and no cell of it computes."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime

import pytest

from safeconduct.terms.csv import written


def read(content: bytes) -> list[list[str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("text", ["=1+1", "-1", "@sum(a)", "+cmd|' /C calc'!A0", "\t=1", "\r=1", "=\n1"])
def test_what_begins_like_a_formula_does_not_compute(text):
    assert read(written(["a"], [[text]])) == [["a"], ["'" + text]]


@pytest.mark.parametrize("text", ["", "+923001234567", "a,b", 'a "b"', "two\nlines", "حد", "外围", "a=b"])
def test_everything_else_is_read_back_as_it_was(text):
    assert read(written(["a", "b"], [[text, "x"]])) == [["a", "b"], [text, "x"]]


def test_times_days_numbers_and_nothing_are_plain():
    row = [datetime(2026, 3, 2, 9, tzinfo=UTC), date(2026, 3, 2), -3, None]
    assert read(written(list("abcd"), [row]))[1] == ["2026-03-02T09:00:00Z", "2026-03-02", "-3", ""]
