"""Movements by two keys: whatever is done in whatever order, nothing departs past the gate."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.movements.case import ALERT_NEAR, SITE, certify, place_site, plan_convoy, raise_alert

from safeconduct import node
from safeconduct.movements import acts, queries
from safeconduct.movements.protection.acts import disclose
from safeconduct.terms import instant
from safeconduct.terms.decision import Refused
from safeconduct.terms.errors import BadInput, NotFound

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(as_role, watch):
    """A site with a route, and a convoy planned on it."""
    place_site(as_role)
    return plan_convoy(as_role)


@pytest.fixture
def ready(case, as_role):
    """The convoy with everything that its gate asks for."""
    make_ready(as_role, case)
    return case


def make_ready(as_role: Any, ref: Any) -> None:
    certify(as_role)
    acts.assign_escort(as_role("host.duty_officer"), ref, escort="Escort troop 3")
    acts.consent(as_role("host.duty_officer"), ref)
    acts.consent(as_role("partner.liaison_officer"), ref)


def state(as_role: Any, ref: Any) -> Any:
    return queries.movement(as_role("host.duty_officer"), ref)


def failing(as_role: Any, ref: Any) -> list[str]:
    return [one.code for one in queries.gate_of(as_role("host.duty_officer"), ref) if not one.holds]


def faults(act: Any, *args: Any, **details: Any) -> list[str]:
    with pytest.raises(BadInput) as refused:
        act(*args, **details)
    return [one.where for one in refused.value.faults]


class TestDeparture:
    def test_goes_when_the_whole_gate_holds(self, ready, as_role):
        disclose(node.current().system("node.clock"), site=SITE, movement=ready)
        acts.depart(as_role("host.gate_post"), ready)
        assert state(as_role, ready)["state"] == "departed"

    def test_names_every_condition_that_fails(self, case, as_role):
        assert faults(acts.depart, as_role("host.duty_officer"), case) == ["gate.keys", "gate.swept", "gate.escort"]
        assert state(as_role, case)["state"] == "planned"

    @pytest.mark.parametrize("role", ["host.duty_officer", "partner.liaison_officer"])
    def test_one_key_taken_back_stops_it(self, ready, as_role, role):
        acts.withdraw(as_role(role), ready)
        assert faults(acts.depart, as_role("host.duty_officer"), ready) == ["gate.keys"]

    def test_two_keys_of_one_party_are_one(self, case, as_role):
        acts.consent(as_role("host.duty_officer"), case)
        acts.consent(as_role("host.commander"), case)
        assert list(state(as_role, case)["keys"]) == ["host"]

    def test_an_alarm_near_the_route_stops_it_until_it_is_found_harmless(self, ready, as_role, watch):
        from safeconduct.watch.acts import assess

        alert = raise_alert(watch, **ALERT_NEAR)
        assert faults(acts.depart, as_role("host.duty_officer"), ready) == ["gate.no_alarm"]
        assess(as_role("host.duty_officer"), alert, disposition="hostile", assessment="will not move")
        assert failing(as_role, ready) == ["no_alarm"]
        assess(as_role("host.duty_officer"), alert, disposition="benign", assessment="a broken axle")
        assert failing(as_role, ready) == []

    def test_a_notice_near_the_route_stops_nothing(self, ready, as_role, watch):
        raise_alert(watch, **ALERT_NEAR | {"severity": "notice"})
        assert failing(as_role, ready) == []

    @pytest.mark.parametrize("role", ["partner.liaison_officer", "partner.project_manager", "host.commander"])
    def test_is_entered_by_the_host_at_the_gate_alone(self, ready, as_role, role):
        with pytest.raises(Refused) as refused:
            acts.depart(as_role(role), ready)
        assert refused.value.decision.article == "9.6"
        assert state(as_role, ready)["state"] == "planned"


class TestHold:
    @pytest.mark.parametrize("role", ["host.duty_officer", "partner.liaison_officer", "partner.project_manager"])
    def test_of_one_party_stops_it_and_both_keys_fall(self, ready, as_role, role):
        acts.hold(as_role(role), ready, reason="a car waits at gate East")
        held = state(as_role, ready)
        assert (held["state"], held["keys"]) == ("held", {})
        assert faults(acts.depart, as_role("host.duty_officer"), ready) == ["state"]

    def test_lifted_leaves_stale_keys_fallen(self, ready, as_role):
        acts.hold(as_role("host.duty_officer"), ready, reason="a car")
        acts.lift(as_role("host.duty_officer"), ready, reason="it left")
        assert failing(as_role, ready) == ["keys"]
        acts.consent(as_role("host.duty_officer"), ready)
        acts.consent(as_role("partner.head_of_mission"), ready)
        assert failing(as_role, ready) == []

    def test_is_lifted_by_the_party_that_set_it_alone(self, ready, as_role):
        acts.hold(as_role("partner.liaison_officer"), ready, reason="not at night")
        assert faults(acts.lift, as_role("host.commander"), ready, reason="go on") == ["holds"]
        assert state(as_role, ready)["state"] == "held"

    def test_of_both_parties_needs_both_to_lift(self, ready, as_role):
        acts.hold(as_role("host.duty_officer"), ready, reason="a car")
        acts.hold(as_role("partner.liaison_officer"), ready, reason="the same car")
        acts.lift(as_role("host.duty_officer"), ready, reason="it left")
        assert state(as_role, ready)["state"] == "held"
        acts.lift(as_role("partner.liaison_officer"), ready, reason="agreed")
        assert state(as_role, ready)["state"] == "planned"

    def test_nobody_turns_a_key_under_it(self, ready, as_role):
        acts.hold(as_role("host.gate_post"), ready, reason="a car")
        assert faults(acts.consent, as_role("partner.liaison_officer"), ready) == ["state"]

    def test_on_the_way_is_told_and_changes_no_place(self, ready, as_role):
        acts.depart(as_role("host.duty_officer"), ready)
        acts.hold(as_role("partner.project_manager"), ready, reason="stop at the next gate")
        assert state(as_role, ready)["state"] == "departed"
        assert len(state(as_role, ready)["holds"]) == 1

    @pytest.mark.parametrize("reason", ["", "   ", "x" * 1001])
    def test_without_a_reason_leaves_nothing_behind(self, ready, as_role, reason):
        assert faults(acts.hold, as_role("host.duty_officer"), ready, reason=reason) == ["reason"]
        assert state(as_role, ready)["state"] == "planned"


class TestSweep:
    def test_expires_and_shuts_the_gate(self, ready, as_role, monkeypatch):
        later = instant.now() + timedelta(minutes=61)
        monkeypatch.setattr(instant, "now", lambda: later)
        assert failing(as_role, ready) == ["swept"]

    def test_voided_shuts_the_gate_and_a_new_one_opens_it(self, ready, as_role, watch):
        first = queries.sweeps(as_role("host.duty_officer"))[0]
        acts.void_sweep(watch, first.id, reason="a stop on the swept stretch")
        assert failing(as_role, ready) == ["swept"]
        certify(as_role)
        assert failing(as_role, ready) == []

    def test_stays_void_with_its_first_reason(self, ready, as_role, watch):
        first = queries.sweeps(as_role("host.duty_officer"))[0]
        acts.void_sweep(watch, first.id, reason="first")
        acts.void_sweep(as_role("host.commander"), first.id, reason="second")
        assert queries.sweep(as_role("host.duty_officer"), first.id)["void_reason"] == "first"

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"begin_m": 500.0, "end_m": 500.0}, "end_m"),
            ({"begin_m": -1.0}, "end_m"),
            ({"end_m": 99_999.0}, "end_m"),
            ({"route": "no such road"}, "route"),
            ({"unit": " "}, "unit"),
            ({"valid_until": instant.now() - timedelta(days=1)}, "valid_until"),
        ],
    )
    def test_that_makes_no_sense_is_not_certified(self, case, as_role, wrong, field):
        with pytest.raises(BadInput) as refused:
            certify(as_role, **wrong)
        assert [one.where for one in refused.value.faults] == [field]
        assert queries.sweeps(as_role("host.duty_officer")) == []

    def test_is_certified_by_the_gate_post_alone(self, case, as_role):
        with pytest.raises(Refused) as refused:
            certify(as_role, role="partner.liaison_officer")
        assert refused.value.decision.article == "10.1"


class TestPlan:
    def test_names_every_field_that_is_wrong(self, as_role):
        place_site(as_role)
        wrong = {"name": "", "route": "nowhere", "vehicles": 0, "people": 9000, "depart_at": instant.now()}
        with pytest.raises(BadInput) as refused:
            plan_convoy(as_role, **wrong)
        assert {one.where for one in refused.value.faults} == {
            "name",
            "legs[0].route",
            "legs[0].begin_at",
            "vehicles",
            "people",
        }
        assert queries.movements(as_role("partner.project_manager")) == []

    def test_is_the_travelling_partys_own(self, as_role):
        place_site(as_role)
        with pytest.raises(Refused) as refused:
            plan_convoy(as_role, role="host.duty_officer")
        assert refused.value.decision.article == "9.2"

    def test_keeps_its_purpose_from_the_host_and_nothing_else(self, case, as_role):
        manager = queries.movement(as_role("partner.project_manager"), case)
        officer = queries.movement(as_role("host.duty_officer"), case)
        assert set(manager) - set(officer) == {"purpose", "said", "travellers"}

    def test_is_nothing_at_all_to_an_auditor(self, case, as_role):
        with pytest.raises(NotFound):
            queries.movement(as_role("auditor"), case)
        with pytest.raises(NotFound):
            acts.hold(as_role("auditor"), case, reason="because")


class TestProposal:
    def test_of_one_alert_is_made_once(self, ready, as_role, watch):
        alert = raise_alert(watch, **ALERT_NEAR)
        acts.propose_hold(watch, ready, alert=alert, distance_m=120.4)
        acts.propose_hold(watch, ready, alert=alert, distance_m=90.0)
        assert [one["distance_m"] for one in state(as_role, ready)["gate"]] == [120]

    def test_holds_nothing_by_itself(self, ready, as_role, watch):
        acts.propose_hold(watch, ready, alert=raise_alert(watch, **ALERT_NEAR), distance_m=120.4)
        assert state(as_role, ready)["state"] == "planned"

    def test_is_made_by_no_person(self, ready, as_role, watch):
        alert = raise_alert(watch, **ALERT_NEAR)
        with pytest.raises(Refused):
            acts.propose_hold(as_role("host.commander"), ready, alert=alert, distance_m=1.0)


def test_who_planned_a_movement_does_not_turn_a_key_of_it(case, as_role):
    """The accord keeps the roles apart; whoever holds both is kept apart by name."""
    planner, officer = as_role("partner.project_manager"), as_role("partner.liaison_officer")
    both = replace(planner, grants=(*planner.grants, *officer.grants))
    assert faults(acts.consent, both, case) == ["keys"]
    acts.consent(officer, case)
    assert "partner" in state(as_role, case)["keys"]
