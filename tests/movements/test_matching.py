"""Positions on a course: direction, loops, alternates, noise and gaps; the matcher says what the oracle says."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.movements.courses import BEGIN_MS, DETOUR, EIGHT, LOLLIPOP, PLANE, STRAIGHT, course, drive, leg
from tests.oracles.matching import likeliest, nearest_m

from safeconduct.movements.progress.matching import Fix, Matcher

CORNER_M = 35.0
SLACK = 3.0
"""The matcher weighs the nearest place each time that the way comes by; round a corner the oracle weighs two, whose
headings differ: by so much at most."""


def follow(matcher, fixes):
    return [matcher.take(fix) for fix in fixes]


@pytest.mark.parametrize("line", [STRAIGHT, LOLLIPOP, EIGHT])
@pytest.mark.parametrize("noise_m", [0.0, 6.0])
@pytest.mark.parametrize("told", [True, False])
def test_a_drive_is_followed_to_its_end_on_roads_that_come_by_twice_too(line, noise_m, told):
    along = course(leg(line))
    way = along.stages[0].ways[0]
    matcher = Matcher(along, BEGIN_MS)
    for fix, really_m in drive(way, along.plane, noise_m=noise_m, told=told):
        found = matcher.take(fix)
        assert found.spot is not None
        assert abs(found.spot.along_m - really_m) <= 15 + 5 * noise_m, really_m


def test_after_a_gap_the_way_back_is_told_from_the_way_out_by_where_it_drives():
    along = course(leg(LOLLIPOP))
    way = along.stages[0].ways[0]
    matcher = Matcher(along, BEGIN_MS)
    follow(matcher, [fix for fix, _ in drive(way, along.plane, to_m=500)])
    gap_ms = BEGIN_MS + 400_000
    back = [fix for fix, _ in drive(way, along.plane, from_m=6500, begin_ms=gap_ms)][:40]
    found = follow(matcher, back)[-1]
    assert found.spot is not None and found.spot.along_m == pytest.approx(6500 + 39 * 15, abs=20)


def test_a_convoy_that_turns_back_loses_what_it_had_gained():
    along = course(leg(STRAIGHT))
    way = along.stages[0].ways[0]
    matcher = Matcher(along, BEGIN_MS)
    out = [fix for fix, _ in drive(way, along.plane, to_m=2000)]
    follow(matcher, out)
    back = drive(way, along.plane, from_m=2000, to_m=800, begin_ms=out[-1].time_ms + 1000)
    found = follow(matcher, [fix for fix, _ in back])[-1]
    assert found.spot is not None and found.spot.along_m == pytest.approx(815, abs=40)


def test_an_alternate_is_a_way_of_the_plan_and_no_detour():
    along = course(leg(STRAIGHT, DETOUR))
    other = along.stages[0].ways[1]
    matcher = Matcher(along, BEGIN_MS)
    found = follow(matcher, [fix for fix, _ in drive(other, along.plane)])
    assert all(one.spot for one in found)
    assert found[-1].spot is not None and found[-1].spot.way == 1
    assert along.stages[0].plan_m(1, other.length_m) == pytest.approx(along.length_m)


def test_the_next_leg_begins_where_the_one_before_ends():
    along = course(leg(STRAIGHT), leg([(3000, 4000), (6000, 4000)], begin_s=1200))
    matcher = Matcher(along, BEGIN_MS)
    first = [fix for fix, _ in drive(along.stages[0].ways[0], along.plane)]
    second = drive(along.stages[1].ways[0], along.plane, begin_ms=first[-1].time_ms + 1000)
    found = follow(matcher, [*first, *(fix for fix, _ in second)])
    assert found[-1].spot is not None and found[-1].spot.stage == 1
    assert all(one.spot for one in found)


def test_what_is_off_every_way_has_no_place_and_is_found_again_beyond():
    along = course(leg(STRAIGHT))
    way = along.stages[0].ways[0]
    matcher = Matcher(along, BEGIN_MS)
    first = [fix for fix, _ in drive(way, along.plane, to_m=2000)]
    follow(matcher, first)
    away = [Fix(first[-1].time_ms + 1000 * n, *PLANE.to_point(2000 + 10 * n, -15 * n)) for n in range(10, 120)]
    off = follow(matcher, away)
    assert off[-1].spot is None and off[-1].off_m > 1000
    again = drive(way, along.plane, from_m=4500, begin_ms=away[-1].time_ms + 200_000)
    found = follow(matcher, [fix for fix, _ in again])
    assert found[0].spot is not None and found[-1].spot is not None
    assert found[-1].spot.along_m == pytest.approx(way.length_m, abs=20)


def test_what_was_dumped_goes_on_as_if_nothing_had_been():
    along = course(leg(EIGHT))
    fixes = [fix for fix, _ in drive(along.stages[0].ways[0], along.plane, noise_m=5.0)]
    whole, first = Matcher(along, BEGIN_MS), Matcher(along, BEGIN_MS)
    follow(first, fixes[:150])
    second = Matcher(along, BEGIN_MS)
    second.load(first.dump())
    one, other = follow(whole, fixes)[-1], follow(second, fixes[150:])[-1]
    assert one.spot is not None and other.spot is not None
    assert one.spot.along_m == pytest.approx(other.spot.along_m, abs=0.1)


@pytest.mark.parametrize("damage", [{}, {"spots": [[9, 0, 0, 0, 0]]}, {"spots": "no"}, {"last": [1]}])
def test_a_dump_that_does_not_fit_is_refused(damage):
    matcher = Matcher(course(leg(EIGHT)), BEGIN_MS)
    plain = matcher.dump() | damage if damage else {}
    with pytest.raises((KeyError, TypeError, ValueError, IndexError)):
        matcher.load(plain)


@st.composite
def scenes(draw):
    lines = draw(st.sampled_from([(STRAIGHT,), (LOLLIPOP,), (EIGHT,), (STRAIGHT, DETOUR)]))
    along = course(leg(*lines))
    way = along.stages[0].ways[draw(st.integers(0, len(lines) - 1))]
    mps = draw(st.sampled_from([4.0, 12.0, 22.0]))
    noise = draw(st.sampled_from([0.0, 4.0, 8.0]))
    every_s = draw(st.sampled_from([1.0, 5.0, 15.0]))
    fixes = [
        fix
        for fix, _ in drive(
            way,
            along.plane,
            mps=mps,
            noise_m=noise,
            every_s=every_s,
            seed=draw(st.integers(0, 99)),
            told=draw(st.booleans()),
        )
    ]
    kept = draw(st.lists(st.booleans(), min_size=len(fixes), max_size=len(fixes))) if draw(st.booleans()) else None
    chosen = [fix for number, fix in enumerate(fixes) if kept is None or kept[number]]
    return along, chosen[:60]


@settings(derandomize=True, max_examples=60, deadline=None)
@given(scenes())
def test_the_matcher_says_what_the_oracle_says(scene):
    along, fixes = scene
    matcher = Matcher(along, BEGIN_MS)
    for fix, (least, places) in zip(fixes, likeliest(along, BEGIN_MS, fixes, SLACK), strict=True):
        found = matcher.take(fix)
        if not places:
            assert found.spot is None
            continue
        assert found.spot is not None
        assert math.isfinite(least)
        assert nearest_m(places, found.spot) <= CORNER_M
