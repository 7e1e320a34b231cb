"""The release gate as a value: every condition must hold, none can be bought by another, and unknown does not hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.oracles import gate as oracle

from safeconduct.accord.gate_rules import Acceptance
from safeconduct.movements import gate
from safeconduct.movements.gate import Clearance, GateFacts, Standing, Stretch, Way
from safeconduct.movements.gate_rules import Asked, Convoy, Fitness, People, Risk
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


WAY = Way(ROUTE, [stretch(0.0, 1000.0)])
FIT = Fitness(NOW.date(), NOW.date())
RULES = [
    Asked("swept", "9.15"),
    Asked("escort", "9.15"),
    Asked("vehicle_class", "9.12", at_least="b6"),
    Asked("training", "9.13"),
    Asked("vetting", "9.13"),
    Asked("risk", "9.14", acceptances=(Acceptance(("low",), ("a",)), Acceptance(("high",), ("b",), ("c",)))),
]
READY = GateFacts(
    at=NOW,
    parties=["host", "partner"],
    keys={"host": KEY, "partner": KEY},
    holds=[],
    escort="Escort troop 3",
    ways=[WAY],
    clearance=Clearance("cleared", NOW + timedelta(hours=1)),
    conditions=[{"text": "Go by day.", "met_at": "2026-11-24T11:00:00Z"}],
    convoy=Convoy(["b6", "b7"], 2),
    people=People([FIT, FIT, FIT], 3, NOW.date()),
    risk=Risk("low", {"people": {"level": "low"}}),
    rules=RULES,
)
FAULTS = {
    "keys": {"keys": {"partner": KEY}},
    "no_hold": {"holds": [HOLD]},
    "cleared": {"clearance": Clearance("cleared", NOW)},
    "met": {"conditions": [{"text": "Go by day.", "met_at": None}]},
    "escort": {"escort": ""},
    "vehicle_class": {"convoy": Convoy(["b6", "b4"], 2)},
    "training": {"people": People([FIT, FIT, Fitness(None, NOW.date())], 3, NOW.date())},
    "risk": {"risk": Risk("high", {"people": {"level": "high"}})},
}
"""One way in which each condition fails, everything else being ready."""


def failing(facts: GateFacts) -> list[str]:
    return [one.code for one in gate.conditions(facts) if not one.holds]


def swept_by(*stretches: Stretch) -> GateFacts:
    return replace(READY, ways=[replace(WAY, stretches=list(stretches))])


def past(*standing: Standing) -> GateFacts:
    return replace(READY, ways=[replace(WAY, standing=list(standing))])


def test_the_gate_is_open_when_all_conditions_hold():
    found = gate.conditions(READY)
    core = ["keys", "no_hold", "cleared", "met", "route", "no_alarm"]
    assert [one.code for one in found] == [*core, *(one.condition for one in RULES)]
    assert gate.is_open(found)


def test_what_the_accord_does_not_ask_is_no_condition():
    codes = [one.code for one in gate.conditions(replace(READY, rules=[], conditions=[], escort="", risk=Risk()))]
    assert codes == ["keys", "no_hold", "cleared", "route", "no_alarm"]


def test_each_condition_names_its_clause_or_its_decision():
    decided = Asked("closed", decision="0193")
    found = gate.conditions(replace(READY, rules=[*RULES, decided], articles={"keys": "9.1"}))
    named = {one.code: (one.article, one.decision) for one in found}
    assert named["keys"] == ("9.1", "")
    assert named["vehicle_class"] == ("9.12", "")
    assert named["closed"] == ("", "0193")


@given(st.sets(st.sampled_from([*sorted(FAULTS), "no_alarm", "swept"]), min_size=1))
@settings(derandomize=True, deadline=None)
def test_each_fault_fails_its_own_condition_and_no_other(broken: set[str]):
    facts = READY
    for code in broken:
        facts = replace(facts, **FAULTS.get(code, {}))
    if "no_alarm" in broken or "swept" in broken:
        standing = [Standing("alert-1", PLANE.to_point(500.0, 100.0))] if "no_alarm" in broken else []
        stretches = [stretch(0.0, 600.0)] if "swept" in broken else WAY.stretches
        facts = replace(facts, ways=[Way(ROUTE, stretches, standing)])
    assert set(failing(facts)) == broken
    assert not gate.is_open(gate.conditions(facts))


@pytest.mark.parametrize("keys", [{}, {"host": KEY}, {"partner": KEY}, {"host": KEY, "stranger": KEY}])
def test_one_key_never_opens_it(keys: dict[str, object]):
    assert failing(replace(READY, keys=keys)) == ["keys"]


def test_an_unknown_route_fails_what_cannot_be_known_without_it():
    facts = replace(READY, ways=[WAY, Way(None, standing=[Standing("far away", Point(10.0, 10.0))])])
    assert failing(facts) == ["route", "no_alarm", "swept"]
    assert failing(replace(READY, ways=[])) == ["route", "swept"]


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
    alarm = Standing("alert-1", PLANE.to_point(east_m, north_m))
    assert (failing(past(alarm)) == []) is (distance_m > gate.REACH_M)


class TestSweep:
    def test_expires_at_the_very_moment_that_it_names(self):
        almost = swept_by(stretch(0.0, 1000.0, until=NOW + timedelta(microseconds=1)))
        expired = swept_by(stretch(0.0, 1000.0, until=NOW))
        assert failing(almost) == []
        assert failing(expired) == ["swept"]

    def test_does_not_hold_before_it_was_made(self):
        early = Stretch(0.0, 1000.0, NOW + timedelta(minutes=1), NOW + timedelta(hours=1), None)
        assert failing(swept_by(early)) == ["swept"]

    def test_that_is_void_holds_nothing_however_long_it_was_valid(self):
        void = stretch(0.0, 1000.0, until=NOW + timedelta(days=9), void=True)
        assert failing(swept_by(void)) == ["swept"]
        assert failing(swept_by(void, stretch(0.0, 1000.0))) == []

    def test_condition_names_the_first_expiry_and_the_metres_that_lack(self):
        soon = NOW + timedelta(minutes=10)
        whole = swept_by(stretch(0.0, 500.0, until=soon), stretch(500.0, 1000.0))
        assert _swept(whole)["until"] == soon
        assert _swept(swept_by(stretch(0.0, 600.0)))["unswept_m"] == 400

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


class TestLegs:
    def test_each_is_swept_and_free_of_alarms(self):
        other = RouteLine("other road", (START, PLANE.to_point(0.0, 800.0)), 40.0)
        unswept = Way(other)
        assert failing(replace(READY, ways=[WAY, unswept])) == ["swept"]
        assert _swept(replace(READY, ways=[WAY, unswept]))["unswept_m"] == 800
        both = [WAY, Way(other, [stretch(0.0, 800.0)], [Standing("a", PLANE.to_point(0.0, 1000.0))])]
        assert failing(replace(READY, ways=both)) == ["no_alarm"]

    def test_count_an_alarm_near_two_of_them_once(self):
        alarm = Standing("a", PLANE.to_point(500.0, 10.0))
        found = gate.conditions(replace(READY, ways=[replace(WAY, standing=[alarm])] * 2))
        assert next(one.detail["alerts"] for one in found if one.code == "no_alarm") == ["a"]


class TestClearance:
    @pytest.mark.parametrize(
        "clearance",
        [
            Clearance("", None),
            Clearance("deferred", None),
            Clearance("refused", None),
            Clearance("cleared", NOW),
            Clearance("cleared", NOW + timedelta(hours=1), gate.MORE_SEVERE),
        ],
    )
    def test_that_is_absent_or_over_shuts_the_gate(self, clearance: Clearance):
        assert failing(replace(READY, clearance=clearance)) == ["cleared"]


class TestVehicles:
    @pytest.mark.parametrize(
        ("convoy", "holds"),
        [
            (Convoy(["b6"], 1), True),
            (Convoy(["b7"], 1), True),
            (Convoy(["b4"], 1), False),
            (Convoy(["soft_skin", "b7"], 2), False),
            (Convoy([""], 1), False),
            (Convoy(["tank"], 1), False),
            (Convoy(["b6"], 2), False),
            (Convoy([], 0), False),
        ],
    )
    def test_are_all_known_and_of_the_class(self, convoy: Convoy, holds: bool):
        assert (failing(replace(READY, convoy=convoy)) == []) is holds

    def test_inside_are_of_any_class(self):
        inside = replace(READY, ways=[replace(WAY, outdoor=False)], convoy=Convoy(["soft_skin"], 1))
        assert failing(inside) == []


class TestPeople:
    def test_are_told_as_a_count(self):
        yesterday = NOW.date() - timedelta(days=1)
        people = People([FIT, Fitness(yesterday, NOW.date())], 12, NOW.date())
        found = {one.code: one for one in gate.conditions(replace(READY, people=people))}
        assert found["training"].detail == {"not_current": 11, "of": 12}
        assert found["vetting"].detail == {"not_current": 10, "of": 12}
        assert not found["training"].holds and not found["vetting"].holds

    def test_whom_nobody_names_are_not_current(self):
        assert failing(replace(READY, people=People([], 0, NOW.date()))) == ["training", "vetting"]


class TestRisk:
    @pytest.mark.parametrize(
        ("level", "accepted", "holds"),
        [
            ("low", {"people": "low"}, True),
            ("low", {}, False),
            ("low", {"measures": "low"}, False),
            ("high", {"people": "high"}, False),
            ("high", {"people": "high", "measures": "high"}, True),
            ("high", {"people": "low", "measures": "high"}, False),
            ("unacceptable", {"people": "unacceptable", "measures": "unacceptable"}, False),
            ("", {"people": ""}, False),
        ],
    )
    def test_is_accepted_at_its_level_by_all_who_must(self, level: str, accepted: dict[str, str], holds: bool):
        risk = Risk(level, {what: {"level": at} for what, at in accepted.items()})
        assert (failing(replace(READY, risk=risk)) == []) is holds


def test_a_decision_of_the_council_adds_a_condition_and_takes_none_away():
    weaker = Asked("vehicle_class", decision="0193", at_least="soft_skin")
    facts = replace(READY, convoy=Convoy(["b4"], 1), rules=[*RULES, weaker])
    assert failing(facts) == ["vehicle_class"]
    assert failing(replace(READY, rules=[*RULES, Asked("closed", decision="0193")])) == ["closed"]


def test_a_condition_that_nobody_knows_holds_never():
    assert failing(replace(READY, rules=[*RULES, Asked("full_moon", "9.19")])) == ["full_moon"]


def test_a_stop_counts_as_on_the_corridor_up_to_the_margin_beside_it():
    assert ROUTE.is_on(PLANE.to_point(500.0, 34.0))
    assert not ROUTE.is_on(PLANE.to_point(500.0, 37.0))
    assert ROUTE.along_m(PLANE.to_point(250.0, 30.0)) == pytest.approx(250.0, abs=1.0)
