"""Ids are UUIDv7 that sort as they were made."""

from __future__ import annotations

import time
import uuid

from safeconduct.terms import ids


def test_ids_sort_as_they_were_made_and_are_of_version_7():
    made = [ids.new_id() for _ in range(20_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)
    assert {one.version for one in made} == {7}
    assert {one.variant for one in made} == {uuid.RFC_4122}


def test_the_time_in_an_id_is_that_of_its_making():
    assert abs((ids.new_id().int >> 80) - time.time() * 1000) < 2000


def test_a_clock_that_was_set_back_makes_no_id_that_sorts_before(monkeypatch):
    before = ids.new_id()
    monkeypatch.setattr(ids.time, "time_ns", lambda: 0)
    assert ids.new_id() > before


def test_a_derived_id_is_the_same_again_and_another_for_another_digest():
    assert ids.derived_id(1_700_000_000_000, b"0123456789") == ids.derived_id(1_700_000_000_000, b"0123456789")
    assert ids.derived_id(1_700_000_000_000, b"0123456789") != ids.derived_id(1_700_000_000_000, b"9876543210")
    assert ids.derived_id(1_700_000_000_000, b"0123456789").version == 7
