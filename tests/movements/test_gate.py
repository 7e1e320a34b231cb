"""The release gate as a value: every condition must hold, none can be bought by another, and unknown does not hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.oracles import gate as oracle

from safeconduct.movements import gate
from safeconduct.movements.gate import GateFacts, Standing, Stretch
from safeconduct.sites.routes import RouteLine
from safeconduct.terms.place import LocalPlane, Point

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
START = Point(75.0, -5.0)
PLANE = LocalPlane(START)
ROUTE = RouteLine("main road", (START, PLANE.to_point(1000.0, 0.0)), 40.0)
KEY = {"by": "someone", "at": "2026-11-24T11:00:00Z"}
HOLD = {"party": "host", "by": "duty", "at": "2026-11-24T11:00:00Z", "reason": "a car", "lifted_at": None}


def stretch(begin_m: float, end_m: float, *, until: datetime = NOW + timedelta(hours=1), void: bool = False) -> Stretch:
    return Stretch(begin_m, end_m, NOW - timedelta(minutes=5), until, NOW - timedelta(minutes=1) if void else None)


READY = GateFacts(
    at=NOW,
    state="planned",
    parties=["host", "partner"],
    keys={"host": KEY, "partner": KEY},
    holds=[],
    escort="Escort troop 3",
    route=ROUTE,
    stretches=[stretch(0.0, 1000.0)],
    standing=[],
)
FAULTS = {
    "keys": {"keys": {"partner": KEY}},
    "no_hold": {"holds": [HOLD]},
    "no_alarm": {"standing": [Standing("alert-1", PLANE.to_point(500.0, 100.0))]},
    "swept": {"stretches": [stretch(0.0, 600.0)]},
    "escort": {"escort": ""},
}
"""One way in which each condition fails, everything else being ready."""


def failing(facts: GateFacts) -> list[str]:
    return [one.code for one in gate.conditions(facts) if not one.holds]


def test_the_gate_is_open_when_all_six_conditions_hold():
    found = gate.conditions(READY)
    assert [one.code for one in found] == ["keys", "no_hold", "route", "no_alarm", "swept", "escort"]
    assert gate.is_open(found)


@given(st.sets(st.sampled_from(sorted(FAULTS)), min_size=1))
@settings(derandomize=True, deadline=None)
def test_each_fault_fails_its_own_condition_and_no_other(broken: set[str]):
    facts = READY
    for code in broken:
        facts = replace(facts, **FAULTS[code])
    assert set(failing(facts)) == broken
    assert not gate.is_open(gate.conditions(facts))


@pytest.mark.parametrize("keys", [{}, {"host": KEY}, {"partner": KEY}, {"host": KEY, "stranger": KEY}])
def test_one_key_never_opens_it(keys: dict[str, object]):
    assert failing(replace(READY, keys=keys)) == ["keys"]


def test_an_unknown_route_fails_what_cannot_be_known_without_it():
    facts = replace(READY, route=None, standing=[Standing("far away", Point(10.0, 10.0))])
    assert failing(facts) == ["route", "no_alarm", "swept"]


def test_a_lifted_hold_stands_in_nobodys_way():
    lifted = HOLD | {"lifted_at": "2026-11-24T11:30:00Z"}
    assert failing(replace(READY, holds=[lifted])) == []
    assert failing(replace(READY, holds=[lifted, HOLD])) == ["no_hold"]


@given(st.floats(-300, 1300), st.floats(-900, 900))
@settings(derandomize=True, deadline=None)
def test_an_alarm_counts_within_reach_of_the_nearest_part_of_the_route(east_m: float, north_m: float):
    beyond = max(0.0, -east_m, east_m - 1000.0)
    distance_m = (beyond**2 + north_m**2) ** 0.5
    if abs(distance_m - gate.REACH_M) < 1.0:
        return  # on the edge, where metres on the plane and on the sphere may differ
    standing = [Standing("alert-1", PLANE.to_point(east_m, north_m))]
    assert (failing(replace(READY, standing=standing)) == []) is (distance_m > gate.REACH_M)


class TestSweep:
    def test_expires_at_the_very_moment_that_it_names(self):
        almost = replace(READY, stretches=[stretch(0.0, 1000.0, until=NOW + timedelta(microseconds=1))])
        expired = replace(READY, stretches=[stretch(0.0, 1000.0, until=NOW)])
        assert failing(almost) == []
        assert failing(expired) == ["swept"]

    def test_does_not_hold_before_it_was_made(self):
        early = Stretch(0.0, 1000.0, NOW + timedelta(minutes=1), NOW + timedelta(hours=1), None)
        assert failing(replace(READY, stretches=[early])) == ["swept"]

    def test_that_is_void_holds_nothing_however_long_it_was_valid(self):
        void = stretch(0.0, 1000.0, until=NOW + timedelta(days=9), void=True)
        assert failing(replace(READY, stretches=[void])) == ["swept"]
        assert failing(replace(READY, stretches=[void, stretch(0.0, 1000.0)])) == []

    def test_condition_names_the_first_expiry_and_the_metres_that_lack(self):
        soon = NOW + timedelta(minutes=10)
        whole = replace(READY, stretches=[stretch(0.0, 500.0, until=soon), stretch(500.0, 1000.0)])
        assert _swept(whole)["until"] == soon
        assert _swept(replace(READY, stretches=[stretch(0.0, 600.0)]))["unswept_m"] == 400

    @given(
        st.integers(1, 400),
        st.lists(
            st.tuples(st.integers(0, 40), st.integers(1, 25)).map(lambda p: (p[0] * 10, p[0] * 10 + p[1] * 10)),
            max_size=6,
        ),
    )
    @settings(derandomize=True, deadline=None)
    def test_unswept_metres_are_those_that_a_walk_finds(self, tens: int, pairs: list[tuple[int, int]]):
        length_m = tens * 10
        inside = [(begin, min(end, length_m)) for begin, end in pairs if begin < length_m]
        found = gate.unswept(length_m, [stretch(begin, end) for begin, end in inside])
        assert found == oracle.unswept_m(length_m, inside)

    def test_small_gaps_between_stretches_are_forgiven_one_by_one_only(self):
        assert gate.unswept(1000.0, [stretch(0.0, 500.0), stretch(504.0, 1000.0)]) == 0
        assert gate.unswept(1000.0, [stretch(0.0, 500.0), stretch(506.0, 1000.0)]) == 6


def _swept(facts: GateFacts) -> dict[str, object]:
    return dict(next(one.detail for one in gate.conditions(facts) if one.code == "swept"))


def test_a_stop_counts_as_on_the_corridor_up_to_the_margin_beside_it():
    assert ROUTE.is_on(PLANE.to_point(500.0, 34.0))
    assert not ROUTE.is_on(PLANE.to_point(500.0, 37.0))
    assert ROUTE.along_m(PLANE.to_point(250.0, 30.0)) == pytest.approx(250.0, abs=1.0)
