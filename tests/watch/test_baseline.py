"""What is usual: a stay's rank is its true share, rests on enough, cannot be taught by waiting, and decides nothing."""

from __future__ import annotations

import contextlib
import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.watch.scenes import BASE_MS, PLANE, batch, drives, ring, stands

from safeconduct.terms.errors import BadInput
from safeconduct.terms.instant import epoch_ms
from safeconduct.terms.place import Point
from safeconduct.watch.baseline import DAY_STAYS, LEAST_STAYS, Baseline, Calendar, Counts, Stay, counted
from safeconduct.watch.baseline_cells import BINS, EDGES_S, cell_of, cells_near, share_below
from safeconduct.watch.baseline_file import decoded, decoded_day, encoded, encoded_day
from safeconduct.watch.engine import Engine
from safeconduct.watch.learning import Student, Untaught, by_day
from safeconduct.watch.settings import Settings

KARACHI = Calendar("Asia/Karachi")
HERE = Point(75.0, -5.0)
TUESDAY_EVENING = datetime(2026, 11, 24, 14, 30, tzinfo=UTC)
"""19:30 in Karachi."""


def stay(length_s: float, at: datetime = TUESDAY_EVENING, east_m: float = 0.0, **more) -> Stay:
    lon, lat = PLANE.to_point(east_m, 0.0)
    begin_ms = epoch_ms(at)
    values = {"kind": "car", "waits": False, "token": 0} | more
    return Stay(lon=lon, lat=lat, begin_ms=begin_ms, end_ms=begin_ms + int(length_s * 1000), **values)


def of_weeks(weeks: int, stays_of_week, calendar: Calendar = KARACHI) -> Baseline:
    """`stays_of_week(at)` on each of so many Tuesday evenings."""
    days = [counted(stays_of_week(TUESDAY_EVENING - timedelta(weeks=week)), calendar) for week in range(weeks)]
    return Baseline.of_days(days, calendar)


def ranked(baseline: Baseline, length_s: float, at: datetime = TUESDAY_EVENING, east_m: float = 0.0, **more):
    asked = stay(length_s, at, east_m, **more)
    return baseline.rank(asked.lon, asked.lat, asked.kind, asked.waits, asked.begin_ms, length_s)


@settings(derandomize=True, max_examples=40, deadline=None)
@given(seed=st.integers(0, 1 << 30), asked_s=st.floats(5, 4000))
def test_a_rank_is_the_share_of_shorter_stays(seed, asked_s):
    chance = random.Random(seed)
    weeks = [[chance.lognormvariate(4, 1) for _ in range(40)] for _ in range(8)]
    lengths = iter(weeks)
    baseline = of_weeks(8, lambda at: [stay(length, at) for length in next(lengths)])
    every = [length for week in weeks for length in week]
    rank = ranked(baseline, asked_s)
    assert rank.stays == len(every) and rank.days == 8 and rank.when == "weekday_evening"
    assert abs(rank.longer_than - sum(length < asked_s for length in every) / len(every)) < 0.03


def test_a_rank_never_claims_to_be_longer_than_all():
    baseline = of_weeks(8, lambda at: [stay(20, at)] * 40)
    assert 0.999 < ranked(baseline, 1e5).to_plain()["longer_than"] < 1


@pytest.mark.parametrize(("weeks", "each"), [(3, LEAST_STAYS // 3), (2, 40), (0, 0)])
def test_too_few_stays_or_days_say_nothing_and_say_how_few(weeks, each):
    rank = ranked(of_weeks(weeks, lambda at: [stay(20, at)] * each), 500)
    assert rank.longer_than is None and (rank.stays, rank.days) == (weeks * each, weeks)


def test_stays_of_other_hours_kinds_and_waiting_places_do_not_count():
    baseline = of_weeks(8, lambda at: [stay(20, at)] * 20)
    assert ranked(baseline, 500).longer_than is not None
    assert ranked(baseline, 500, TUESDAY_EVENING - timedelta(hours=8)).longer_than is None
    assert ranked(baseline, 500, TUESDAY_EVENING - timedelta(days=2)).longer_than is None, "a Sunday"
    assert ranked(baseline, 500, kind="bus").longer_than is None
    assert ranked(baseline, 500, waits=True).longer_than is None
    assert ranked(baseline, 500, east_m=400).longer_than is None
    assert ranked(baseline, 500, TUESDAY_EVENING + timedelta(days=1)).longer_than is not None, "a weekday like others"
    assert ranked(baseline, 500, kind="unknown").longer_than is not None, "it may be a car"


def test_hours_are_those_of_the_site():
    at_midnight = datetime(2026, 11, 27, 20, 0, tzinfo=UTC)  # a Friday in Greenwich, Saturday in Karachi
    assert KARACHI.part_of(KARACHI.hour_of_week(epoch_ms(at_midnight))) == "weekend_night"
    assert Calendar("UTC").part_of(Calendar("UTC").hour_of_week(epoch_ms(at_midnight))) == "weekday_evening"
    friday_off = Calendar("UTC", ("fri", "sat"))
    assert friday_off.part_of(friday_off.hour_of_week(epoch_ms(at_midnight))) == "weekend_evening"


def test_one_vehicle_that_comes_often_in_a_day_counts_once():
    often = of_weeks(8, lambda at: [stay(900, at, token=7)] * 50 + [stay(30, at) for _ in range(20)])
    assert ranked(often, 300).longer_than > 0.9


def test_one_day_cannot_outweigh_the_others():
    def of_week(at: datetime) -> list[Stay]:
        return [stay(900, at)] * 5000 if at == TUESDAY_EVENING else [stay(30, at)] * DAY_STAYS

    assert 0.8 < ranked(of_weeks(8, of_week), 300).longer_than < 0.9, "seven days of eight"


def test_an_alarm_that_nobody_called_harmless_teaches_nothing():
    rows = [*stands(0, 400, track="7"), *drives(400, 30, track="7"), *stands(0, 100, x=200.0, track="8")]
    rows += drives(100, 30, x=200.0, track="8")
    alarm = {"severity": "alert", "started": "2023-11-14T22:13:20Z", "ended": None, "tracks": ["cam-1/7"]}

    def learnt(**more) -> int:
        student = Student(ring(), Settings(), Untaught.of_alerts([alarm | more]))
        return len(list(student.stays([batch(rows)])))

    assert learnt() == learnt(disposition="suspicious") == learnt(disposition="hostile") == 1
    assert learnt(disposition="benign") == learnt(disposition="expected") == learnt(severity="notice") == 2


def test_a_baseline_changes_what_an_alert_tells_and_nothing_else():
    rows = [*stands(0, 700, track="7"), *drives(700, 30, track="7")]
    at = datetime.fromtimestamp(BASE_MS / 1000, UTC)
    days = [counted([stay(5000, at - timedelta(weeks=week))] * 40, KARACHI) for week in range(8)]
    without, with_it = Engine(ring(), Settings()), Engine(ring(), Settings())
    with_it.compare(Baseline.of_days(days, KARACHI))
    before, after = ([*engine.feed(batch(rows)), *engine.finish()] for engine in (without, with_it))
    assert [change.change for change in before] == [change.change for change in after]
    for one, other in zip(before, after, strict=True):
        rank = other.alert["explanation"].pop("baseline")
        one.alert["explanation"].pop("baseline")
        assert rank["longer_than"] < 0.05, "all others stayed for over an hour"
        said = other.alert["explanation"].pop("sentence")
        assert "of 320 stays here on weekday nights" in said, said
        one.alert["explanation"].pop("sentence")
        assert one == other


def test_learning_twice_gives_the_same_bytes():
    rows = [*stands(0, 400, track="7"), *drives(400, 30, track="7")]
    first, second = (
        encoded(
            Baseline.of_days(list(by_day(Student(ring(), Settings()).stays([batch(rows)]), KARACHI).values()), KARACHI)
        )
        for _ in range(2)
    )
    assert first == second


@st.composite
def _days(draw):
    lengths = draw(st.lists(st.tuples(st.floats(0, 2e4), st.floats(-5000, 5000), st.integers(0, 6 * 24)), max_size=60))
    return [stay(length, TUESDAY_EVENING - timedelta(hours=back), east) for length, east, back in lengths]


@settings(derandomize=True, max_examples=40, deadline=None)
@given(stays=_days())
def test_bytes_come_back_as_they_were(stays):
    days = list(by_day(stays, KARACHI).values())
    for day in days:
        found, calendar = decoded_day(encoded_day(day, KARACHI), "a day")
        assert calendar == KARACHI and (found.keys == day.keys).all() and (found.counts == day.counts).all()
    baseline = Baseline.of_days(days, KARACHI)
    found = decoded(encoded(baseline))
    assert found.calendar == KARACHI
    for name in ("keys", "weights", "hours", "days"):
        assert (getattr(found, name) == getattr(baseline, name)).all()


@settings(derandomize=True, max_examples=200, deadline=None)
@given(at=st.integers(0, 400), byte=st.integers(0, 255), more=st.binary(max_size=20))
def test_other_bytes_are_refused_or_still_a_baseline(at, byte, more):
    data = bytearray(encoded(of_weeks(3, lambda day: [stay(20, day)] * 9)))
    data[at % len(data)] = byte
    for found in (bytes(data), bytes(data[:at]), more, bytes(data) + more):
        with contextlib.suppress(BadInput):
            ranked(decoded(found), 100)


def test_a_baseline_too_large_for_a_snapshot_lets_go_of_what_it_knows_least_of():
    chance = random.Random(5)
    rare = [stay(30, TUESDAY_EVENING, chance.uniform(-5e4, 5e4)) for _ in range(3000)]
    days = [counted([stay(30, TUESDAY_EVENING - timedelta(weeks=w))] * 30 + rare[w::4], KARACHI) for w in range(4)]
    small = decoded(encoded(Baseline.of_days(days, KARACHI), limit_bytes=600))
    assert ranked(small, 300).longer_than is not None and len(small.hours) < 100


@settings(derandomize=True, max_examples=200, deadline=None)
@given(lon=st.floats(-180, 180), lat=st.floats(-90, 90))
def test_the_cells_near_a_place_hold_it_in_their_middle(lon, lat):
    near = cells_near(cell_of(lon, lat), 1)
    assert len(near) == 9 and near[4] == cell_of(lon, lat) and len(set(near)) == 9


@settings(derandomize=True, max_examples=200, deadline=None)
@given(stay_s=st.floats(0, 1e6))
def test_shares_fall_from_bin_to_bin(stay_s):
    import numpy as np

    shares = share_below(np.arange(BINS), stay_s)
    assert (np.diff(shares) <= 0).all() and ((shares >= 0) & (shares <= 1)).all()
    assert all(share == 1 for share, high in zip(shares, EDGES_S[1:], strict=True) if high <= stay_s)


def test_no_baseline_knows_a_vehicle():
    """Counts by place and hour alone: nothing of a token is in the bytes."""
    one, other = (
        encoded(of_weeks(3, lambda at, t=token: [stay(40, at, token=t + i) for i in range(9)])) for token in (10, 99)
    )
    assert one == other


@pytest.mark.parametrize("bad", [{"zone": "Nowhere/Land"}, {"zone": "../etc/passwd"}, {"weekend": ("noday",)}])
def test_an_unknown_calendar_is_refused(bad):
    with pytest.raises(BadInput):
        Calendar(**bad)


def test_counts_of_no_stay_are_a_baseline_that_says_nothing():
    nothing = counted([], KARACHI)
    assert isinstance(nothing, Counts) and ranked(Baseline.of_days([nothing], KARACHI), 60).longer_than is None
