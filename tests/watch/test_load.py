"""The figures of the alarm load are those of a slow, obvious count; a flood begins above 10 and ends below 5."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.oracles import load as oracle

from safeconduct.watch.load import Alarm, Source, flood_now, floods, load_of

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
ENDLESS = BEGIN + timedelta(days=9)


def at(*minutes: float) -> list[datetime]:
    return [BEGIN + MINUTE * one for one in minutes]


def test_ten_alarms_in_ten_minutes_are_no_flood_and_eleven_are():
    assert floods(at(*range(10)), ENDLESS) == []
    (flood,) = floods(at(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9.5), ENDLESS)
    assert flood.begin == at(9.5)[0]
    assert flood.alarms == 11


def test_eleven_alarms_over_more_than_ten_minutes_are_no_flood():
    assert floods(at(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10), ENDLESS) == []


def test_a_flood_goes_on_until_fewer_than_five_are_left_in_ten_minutes():
    (flood,) = floods(at(*[0.1 * number for number in range(11)]), ENDLESS)
    # The alarms of 0.0 … 1.0 minutes leave the window from 10.0 on; below five are left once the seventh has.
    assert flood.end == at(10.6)[0]


def test_more_operators_bear_more():
    times = at(*[0.1 * number for number in range(15)])
    assert floods(times, ENDLESS)
    assert floods(times, ENDLESS, operators=2) == []


def test_a_flood_that_goes_on_has_no_end_yet():
    times = at(*[0.1 * number for number in range(11)])
    assert flood_now(times, at(2)[0]) is not None
    assert flood_now(times, at(10.5)[0]) is not None
    assert flood_now(times, at(10.6)[0]) is None


offsets = st.lists(st.integers(0, 3600), max_size=60).map(sorted)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(offsets=offsets, operators=st.integers(1, 2))
def test_floods_are_those_of_a_count_every_second(offsets: list[int], operators: int):
    times, until = [BEGIN + SECOND * one for one in offsets], BEGIN + SECOND * 4400
    found = floods(times, until, operators)
    slow = dict(oracle.in_flood(times, operators, until))
    for second, flood in slow.items():
        assert flood == any(one.begin <= second and (one.end is None or second < one.end) for one in found)
    for one in found:
        assert oracle.count_at(times, one.begin) > 10 * operators
        if one.end is not None:
            assert oracle.count_at(times, one.end) < 5 * operators
            assert oracle.count_at(times, one.end - SECOND) >= 5 * operators


drawn = st.lists(
    st.tuples(
        st.integers(0, 7200),
        st.sampled_from(["outer", "inner"]),
        st.sampled_from(["alert", "critical"]),
        st.none() | st.integers(0, 900),
        st.sampled_from(["", "benign", "false"]),
    ),
    max_size=60,
).map(lambda rows: sorted(rows, key=lambda row: row[0]))


@settings(derandomize=True, max_examples=40, deadline=None)
@given(rows=drawn, operators=st.integers(1, 2))
def test_the_figures_are_those_of_a_slow_count(rows: list, operators: int):
    begin, end = BEGIN + timedelta(hours=1), BEGIN + timedelta(hours=2)
    alarms = [
        Alarm(
            BEGIN + SECOND * second,
            Source("marjan", ring, "dwell"),
            severity,
            None if wait is None else BEGIN + SECOND * (second + wait),
            disposition,
        )
        for second, ring, severity, wait, disposition in rows
    ]
    now = BEGIN + timedelta(hours=3)
    load = load_of(alarms, begin, end, slot=timedelta(minutes=30), now=now, operators=operators)
    mine = [one for one in alarms if begin <= one.at < end]
    times = [one.at for one in alarms]
    assert load.alarms == len(mine)
    assert load.rate * operators == len(mine)
    assert round(load.flood_share * 3600) == oracle.flood_seconds(times, operators, begin, end)
    if mine:
        assert load.peak == max(oracle.count_at(times, one.at) for one in mine)
        assert load.half == oracle.within_which(mine, 0.5, now)
        assert load.most == oracle.within_which(mine, 0.9, now)
    assert load.waiting == len([one for one in mine if not one.acknowledged])
    assert dict(load.dispositions) == Counter(one.disposition for one in mine)
    assert dict(load.severities) == Counter(one.severity for one in mine)
    assert dict(load.sources) == Counter(one.source for one in mine)
    assert sum(slot.alarms for slot in load.slots) == len(mine)
    for slot in load.slots:
        tens = [slot.begin + MINUTE * 10 * number for number in range(3)]
        assert slot.busiest == max(len([one for one in mine if ten <= one.at < ten + MINUTE * 10]) for ten in tens)


def test_nobody_looks_better_by_leaving_alarms_unacknowledged():
    source = Source("marjan", "outer", "dwell")
    quick = [Alarm(BEGIN, source, "alert", BEGIN + MINUTE, "")] * 4
    left = [Alarm(BEGIN, source, "alert", None, "")] * 6
    load = load_of([*quick, *left], BEGIN, BEGIN + timedelta(hours=1), slot=10 * MINUTE, now=BEGIN + 60 * MINUTE)
    assert load.half == (3600.0, True)
    assert load.waiting == 6
