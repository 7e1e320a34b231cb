"""The ladder: each rung once, in its order, never late by the process's own count, whatever is done to clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.movements.progress import overdue
from safeconduct.movements.progress.looks import Hours
from safeconduct.movements.progress.overdue import due_s, rung, to_climb
from safeconduct.terms.elapsed import Elapsed
from safeconduct.terms.instant import epoch_ms

T = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


def test_the_rungs_are_those_of_the_accord():
    assert [due_s(number, 1.0) / 60 for number in range(8)] == [0, 5, 10, 15, 30, 60, 90, 120]
    assert [due_s(number, 0.5) / 60 for number in range(8)] == [0, 2.5, 5, 7.5, 15, 30, 45, 60]
    assert [rung(number).owner for number in range(7)] == [
        "system",
        "system",
        "partner",
        "both",
        "host",
        "both",
        "both",
    ]


def test_a_ladder_of_duress_begins_with_both_duty_officers():
    assert [due_s(number, 1.0, first=3) / 60 for number in range(3, 8)] == [0, 15, 45, 75, 105]
    assert list(to_climb(0, 0.0, 1.0, first=3)) == [3]


def test_it_never_ends_by_itself():
    assert list(to_climb(0, 24 * 3600, 1.0))[-1] == 5 + (24 * 60 - 60) // 30


def test_what_was_due_while_nobody_looked_is_climbed_in_its_order():
    assert list(to_climb(1, 16 * 60, 1.0)) == [1, 2, 3]
    assert list(to_climb(4, 16 * 60, 1.0)) == []


class Case:
    """A clock process that may be killed, and a ladder's row; `real_s` is how long it has really been since T."""

    def __init__(self) -> None:
        self.real_s = self.step_s = 0.0
        self.done: list[int] = []
        self.kept_s = 0.0
        self.start()

    def start(self) -> None:
        self.hours = Hours(lambda: T + timedelta(seconds=self.real_s + self.step_s), lambda: self.real_s)
        self.climb = Elapsed(self.kept_s)

    def look(self, factor: float = 1.0) -> None:
        passed_s = self.hours.pass_time()
        elapsed_s = self.climb.pass_time((self.hours.at_ms - epoch_ms(T)) / 1000, passed_s)
        for number in to_climb(len(self.done), elapsed_s, factor):
            self.done.append(number)
            self.kept_s = max(self.kept_s, elapsed_s)


STEPS = st.one_of(
    st.tuples(st.just("wait"), st.integers(1, 1200)),
    st.tuples(st.just("clock"), st.integers(-7200, 7200)),
    st.tuples(st.just("kill"), st.integers(0, 900)),
    st.tuples(st.just("posture"), st.sampled_from([1.0, 0.5])),
)


@settings(derandomize=True, max_examples=400, deadline=None)
@given(st.lists(STEPS, max_size=30))
def test_no_rung_is_climbed_twice_or_left_out_whatever_happens_to_the_clock_and_the_process(steps):
    case, factor = Case(), 1.0
    case.look()
    for what, value in steps:
        if what == "wait":
            case.real_s += value
        elif what == "clock":
            case.step_s += value
        elif what == "kill":
            case.real_s += value
            case.start()
        else:
            factor = value
        case.look(factor)
        assert case.done == list(range(len(case.done))), "each once, in order"
    case.step_s = 0.0
    case.look(factor)
    assert len(case.done) >= len(list(to_climb(0, case.real_s, factor))), "none is left out once the clock is right"


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 300), st.integers(-3600, 3600)), min_size=1, max_size=20))
def test_while_the_process_lives_no_clock_makes_a_rung_late(turns):
    case = Case()
    case.look()
    for wait_s, step_s in turns:
        case.real_s += wait_s
        case.step_s += step_s
        case.look()
        assert len(case.done) >= len(list(to_climb(0, case.real_s, 1.0)))


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 600), st.booleans()), max_size=20))
def test_with_a_right_clock_kills_make_no_rung_early_and_none_late(turns):
    case = Case()
    case.look()
    for wait_s, is_killed in turns:
        case.real_s += wait_s
        if is_killed:
            case.start()
        case.look()
        assert case.done == list(to_climb(0, case.real_s, 1.0))


def test_a_clock_that_was_set_back_is_believed_after_an_hour():
    case = Case()
    case.step_s = -7200.0
    for _ in range(130):
        case.real_s += 60
        case.hours.pass_time()
    assert case.hours.at_ms == pytest.approx(epoch_ms(T + timedelta(seconds=case.real_s - 7200)), abs=61_000)


def test_what_people_see_has_the_next_rung_and_how_late_one_was():
    rungs = [
        {"number": 0, "due_at": "2026-03-02T15:00:00Z", "at": "2026-03-02T15:00:01Z", "answers": []},
        {"number": 1, "due_at": "2026-03-02T15:05:00Z", "at": "2026-03-02T15:07:00Z", "answers": []},
    ]
    shown = overdue.shown(T, rungs, 1.0)
    assert [(one.code, one.late_s) for one in shown] == [("noted", 1), ("ping", 120), ("calls", 0)]
    assert shown[-1].done_at is None and shown[-1].due_at == T + timedelta(minutes=10)
