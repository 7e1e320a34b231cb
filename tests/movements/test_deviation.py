"""Classes of deviation, by scenes of fixes and of time: each begins and ends on evidence, and never flaps."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.movements.courses import BEGIN_MS, PLANE, STRAIGHT, course, drive, leg

from safeconduct.movements.progress import deviation, duties
from safeconduct.movements.progress.deviation import Due, Latch, Looks, Seen, Situation
from safeconduct.movements.progress.facts import Facts
from safeconduct.movements.progress.matching import Fix

ROAD = course(
    leg(STRAIGHT, checkpoints=[("bridge", (1500, 0), 300), ("bend", (3000, 0), 600)], max_speed_kmh=60.0, minutes=24)
)
WAY = ROAD.stages[0].ways[0]


def facts(fixes, along=ROAD) -> Facts:
    found = Facts(along, "V1", BEGIN_MS)
    for fix in fixes:
        found.take(fix)
    return found


def driven(**how) -> list[Fix]:
    return [fix for fix, _ in drive(WAY, ROAD.plane, **how)]


def standing(x: float, y: float, begin_ms: int, seconds: int, noise_m: float = 0.0) -> list[Fix]:
    draw = random.Random(3)
    return [
        Fix(begin_ms + 1000 * n, *PLANE.to_point(x + draw.gauss(0, noise_m), y + draw.gauss(0, noise_m)), 0.0)
        for n in range(seconds)
    ]


def situation(at_s: float, **how) -> Situation:
    given = {"tracked": True, "seen": (), "due": (), "delay_s": None, "expected": ("V1",)}
    return Situation(BEGIN_MS + int(at_s * 1000), BEGIN_MS, **given | how)


def kinds(found) -> list[str]:
    return [one.kind for one in found]


# By the devices


def test_a_drive_as_planned_deviates_in_nothing():
    found = facts(driven(noise_m=5.0)).seen()
    assert (found.off_ms, found.stopped_ms, found.fast_ms) == (None, None, None)


def test_checkpoints_are_passed_by_the_device_that_was_there():
    assert set(facts(driven()).passed) == {"bridge", "bend"}
    assert set(facts(driven(to_m=2000)).passed) == {"bridge"}


def test_off_the_route_begins_when_the_first_of_many_fixes_was_off_and_not_by_one_wild_fix():
    on = driven(to_m=1500)
    wild = Fix(on[-1].time_ms + 1000, *PLANE.to_point(1500, 800), 15.0, 90.0)
    after = driven(from_m=1530, to_m=2000, begin_ms=on[-1].time_ms + 2000)
    assert facts([*on, wild, *after]).off.since_ms is None
    away = [Fix(on[-1].time_ms + 1000 * n, *PLANE.to_point(1500, -15 * n), 15.0, 180.0) for n in range(1, 60)]
    off = facts([*on, *away])
    assert off.off.since_ms == pytest.approx(on[-1].time_ms + 3000, abs=1000)
    assert off.seen().off_m > 500
    assert (
        facts([*on, *away, *driven(from_m=1600, to_m=1700, begin_ms=away[-1].time_ms + 1000)]).off.since_ms is not None
    )
    assert facts([*on, *away, *driven(from_m=1600, to_m=2200, begin_ms=away[-1].time_ms + 1000)]).off.since_ms is None


def test_a_stop_where_none_is_planned_is_one_and_at_a_checkpoint_none():
    on = driven(to_m=900)
    stopped = facts([*on, *standing(900, 0, on[-1].time_ms + 1000, 300, noise_m=6.0)])
    assert stopped.stopped_ms == pytest.approx(on[-1].time_ms, abs=5000)
    on = driven(to_m=1500)
    assert facts([*on, *standing(1500, 0, on[-1].time_ms + 1000, 300, noise_m=6.0)]).stopped_ms is None


def test_a_short_stop_is_none_and_one_that_goes_on_is_over():
    on = driven(to_m=900)
    short = standing(900, 0, on[-1].time_ms + 1000, 100)
    assert facts([*on, *short]).stopped_ms is None
    long = standing(900, 0, on[-1].time_ms + 1000, 300)
    assert facts([*on, *long, *driven(from_m=900, to_m=1300, begin_ms=long[-1].time_ms + 1000)]).stopped_ms is None


def test_overspeed_takes_a_while_and_not_one_reading():
    slow = driven(mps=15.0, to_m=1000)
    jump = slow[-1]._replace(time_ms=slow[-1].time_ms + 1000, speed_mps=70.0)
    assert facts([*slow, jump, *driven(from_m=1015, to_m=1500, begin_ms=jump.time_ms + 1000)]).fast.since_ms is None
    fast = facts([*slow, *driven(mps=25.0, from_m=1015, begin_ms=slow[-1].time_ms + 1000)])
    assert fast.fast.since_ms is not None and fast.seen().fast_kmh == pytest.approx(90, abs=3)


@settings(derandomize=True, max_examples=25, deadline=None)
@given(st.integers(0, 1000), st.sampled_from([4.0, 8.0]))
def test_noise_flaps_nothing(seed, noise_m):
    found = Facts(ROAD, "V1", BEGIN_MS)
    turns = 0
    before = (None, None, None)
    for fix in driven(noise_m=noise_m, seed=seed, mps=14.0):
        found.take(fix)
        now = (found.off.since_ms, found.stopped_ms, found.fast.since_ms)
        turns += now != before
        before = now
    assert turns == 0


def test_fixes_that_come_again_change_nothing_and_a_dump_goes_on():
    fixes = driven(noise_m=5.0)
    once, twice = facts(fixes), facts(fixes[:200])
    again = Facts(ROAD, "V1", BEGIN_MS)
    again.load(twice.dump())
    for fix in [*fixes[150:200], *fixes[200:]]:
        again.take(fix)
    assert again.plan_m == pytest.approx(once.plan_m, abs=0.2)
    assert again.seen() == once.seen()
    assert again.passed == once.passed and again.seen_ms == once.seen_ms


def test_a_vague_fix_says_that_the_device_is_heard_and_not_where():
    fixes = driven(to_m=1000)
    far = Fix(fixes[-1].time_ms + 1000, *PLANE.to_point(9000, 9000), None, None, 500.0)
    found = facts([*fixes, far])
    assert found.seen_ms == far.time_ms
    assert found.plan_m == pytest.approx(1000, abs=20)


# By time


def test_silence_begins_after_its_limit_and_ends_only_when_the_device_was_heard_for_a_while():
    looks = Looks()
    seen = [Seen("V1", BEGIN_MS + 60_000)]
    assert kinds(deviation.found(situation(230, seen=seen), looks)) == []
    found = deviation.found(situation(241, seen=seen), looks)
    assert kinds(found) == ["silent"] and found[0].evidence["heard_ms"] == BEGIN_MS + 60_000
    heard = [Seen("V1", BEGIN_MS + 250_000)]
    assert kinds(deviation.found(situation(251, seen=heard), looks)) == ["silent"]
    assert kinds(deviation.found(situation(270, seen=[Seen("V1", BEGIN_MS + 269_000)]), looks)) == []


def test_a_device_that_was_never_heard_is_silent_and_not_well():
    (found,) = deviation.found(situation(200), Looks())
    assert found.kind == "silent" and found.evidence["ever"] is False


def test_late_and_early_begin_past_the_limit_and_end_at_half_of_it():
    looks = Looks()
    for at_s, delay_s, wanted in [
        (0, 590, []),
        (1, 601, []),
        (32, 605, ["late"]),
        (40, 400, ["late"]),
        (50, 290, ["late"]),
        (81, 290, []),
        (90, -700, []),
        (121, -700, ["early"]),
    ]:
        now = situation(at_s, delay_s=delay_s, seen=[Seen("V1", BEGIN_MS + at_s * 1000)])
        assert kinds(deviation.found(now, looks)) == wanted, at_s


def test_not_to_know_where_it_is_ends_no_lateness():
    looks = Looks()
    for at_s in (0, 31):
        deviation.found(situation(at_s, delay_s=900, expected=()), looks)
    assert kinds(deviation.found(situation(90, delay_s=None, expected=()), looks)) == ["late"]


@pytest.mark.parametrize(
    ("due", "by"),
    [
        ([Due("bridge", None, None, 0.0), Due("bend", None, BEGIN_MS, 0.0)], "later"),
        ([Due("bridge", None, None, 400.0)], "behind"),
        ([Due("bridge", BEGIN_MS + 99_000, None, 0.0)], "time"),
    ],
)
def test_a_checkpoint_is_missed_by_a_later_one_by_lying_behind_and_by_time(due, by):
    found = deviation.found(situation(100, due=due, expected=()), Looks())
    assert [(one.kind, one.of, one.evidence["by"]) for one in found] == [("missed_checkpoint", "bridge", by)]


def test_a_vehicle_that_is_heard_may_be_late_at_a_checkpoint_before_it_is_missed():
    due = [Due("bridge", BEGIN_MS, None, 0.0)]
    at = {"due": due, "delay_s": 0.0}
    assert kinds(deviation.found(situation(890, seen=[Seen("V1", BEGIN_MS + 890_000)], **at), Looks())) == []
    late = deviation.found(situation(901, seen=[Seen("V1", BEGIN_MS + 901_000)], **at), Looks())
    assert kinds(late) == ["missed_checkpoint"]


def test_wrong_vehicles_are_told_with_what_was_found():
    wrong = [{"callsign": "X9", "found": "not_planned", "at_ms": BEGIN_MS}]
    (found,) = deviation.found(situation(10, wrong=wrong, expected=()), Looks())
    assert (found.kind, found.of) == ("wrong_vehicle", "X9")


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 30), st.booleans()), max_size=60))
def test_a_latch_turns_only_on_as_long_a_run_as_it_wants(steps):
    """The slow definition: it is on from a run of `True` of 20 s, off from a run of `False` of 40 s."""
    latch, at_ms, is_on = Latch(), 0, False
    run_since: int | None = None
    for after_s, is_so in steps:
        at_ms += after_s * 1000
        if is_so == is_on:
            run_since = None
        elif run_since is None:
            run_since = at_ms
        if run_since is not None and at_ms - run_since >= (20_000 if is_so else 40_000):
            is_on, run_since = is_so, None
        assert latch.step(is_so, at_ms, 20, 40) == is_on


# What is overdue


def test_a_word_is_due_at_a_checkpoint_at_once_where_nobody_hears_the_movement():
    due = [Due("bridge", BEGIN_MS + 300_000, None, 0.0)]
    assert duties.missed(situation(299, due=due, expected=()), None, None) is None
    found = duties.missed(situation(300, due=due, expected=()), None, None)
    assert found == duties.Missed(BEGIN_MS + 300_000, "checkpoint", "bridge")


def test_silence_of_every_device_is_overdue_and_of_one_among_several_is_not():
    both = {"expected": ("V1", "V2")}
    one = [Seen("V1", BEGIN_MS), Seen("V2", BEGIN_MS + 290_000)]
    assert duties.missed(situation(300, seen=one, **both), None, None) is None
    found = duties.missed(situation(500, seen=one, **both), None, None)
    assert found == duties.Missed(BEGIN_MS + 470_000, "silent")


def test_nothing_is_due_before_whoever_was_seen_owes_another_word():
    due = [Due("bridge", BEGIN_MS, None, 0.0)]
    assert duties.missed(situation(500, due=due, expected=()), None, BEGIN_MS + 600_000) is None
    found = duties.missed(situation(601, due=due, expected=()), None, BEGIN_MS + 600_000)
    assert found is not None and found.due_ms == BEGIN_MS + 600_000


def test_an_arrival_that_did_not_come_is_overdue():
    found = duties.missed(situation(100, expected=()), BEGIN_MS + 90_000, None)
    assert found == duties.Missed(BEGIN_MS + 90_000, "arrival")
