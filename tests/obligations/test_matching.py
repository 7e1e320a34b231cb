"""Which act settles which obligation: by the same thing, by a field of both, by a detail of the act."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.movements.case import ALERT_NEAR, ROUTE_M, SITE, certify, draft_convoy, place_site, plan_convoy, raise_alert

from safeconduct.movements import acts as movements
from safeconduct.obligations import queries
from safeconduct.obligations.timing import Timekeeper
from safeconduct.watch import acts as alerts

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _site(as_role, clock_at):
    clock_at(NOON)
    place_site(as_role)


def states(as_role: Any, ref: Any, code: str) -> list[str]:
    return [one.state for one in queries.of_thing(as_role("partner.liaison_officer"), ref) if one.code == code]


def requested(as_role: Any) -> Any:
    plan = draft_convoy(as_role)
    movements.accept_risk(as_role("partner.project_manager"), plan)
    movements.request(as_role("partner.project_manager"), plan)
    return plan


def test_a_draft_asks_nothing_of_the_host(as_role):
    assert states(as_role, draft_convoy(as_role), "answer-plan") == []


@pytest.mark.parametrize("outcome", ["cleared", "refused"])
def test_any_answer_to_a_plan_is_an_answer(as_role, outcome):
    plan = requested(as_role)
    assert states(as_role, plan, "answer-plan") == ["open"]
    said: dict[str, Any] = (
        {"text": "A crowd.", "reason_class": "threat", "until": NOON + timedelta(days=1)}
        if outcome == "refused"
        else {}
    )
    movements.review(as_role("host.commander"), plan, outcome=outcome, **said)
    assert states(as_role, plan, "answer-plan") == ["satisfied"]


def test_a_plan_that_is_taken_back_needs_no_answer(as_role):
    plan = requested(as_role)
    movements.cancel(as_role("partner.project_manager"), plan, reason="The visit is off.")
    assert states(as_role, plan, "answer-plan") == ["ended"]


def test_what_ends_after_its_deadline_was_missed_all_the_same_and_never_done(as_role, clock_at):
    plan = requested(as_role)
    clock_at(NOON + timedelta(days=1, seconds=1))
    Timekeeper(lambda: 0.0).look()
    movements.cancel(as_role("partner.project_manager"), plan, reason="The visit is off.")
    (owed,) = (one for one in queries.of_thing(as_role("partner.liaison_officer"), plan) if one.code == "answer-plan")
    assert (owed.state, owed.late_s, owed.noted_at is not None) == ("ended", None, True)


def test_a_proposed_hold_is_answered_by_assessing_that_alert_and_no_other(as_role, watch):
    convoy = plan_convoy(as_role)
    near, other = raise_alert(watch, **ALERT_NEAR), raise_alert(watch)
    movements.propose_hold(watch, convoy, alert=near, distance_m=130.0)
    alerts.assess(as_role("host.duty_officer"), other, disposition="benign")
    assert states(as_role, convoy, "answer-hold") == ["open"]
    alerts.assess(as_role("host.duty_officer"), near, disposition="benign")
    assert states(as_role, convoy, "answer-hold") == ["satisfied"]


def test_a_stretch_is_swept_again_by_another_sweep_of_the_same_route(as_role):
    first = certify(as_role, end_m=400.0)
    movements.void_sweep(as_role("host.gate_post"), first, reason="A car stopped there.")
    assert states(as_role, first, "sweep-again") == ["open"]
    second = certify(as_role, end_m=ROUTE_M)
    assert states(as_role, first, "sweep-again") == ["satisfied"]
    assert states(as_role, second, "sweep-again") == []


def test_an_act_that_is_done_again_makes_nothing_owed_twice(as_role):
    sweep = certify(as_role)
    for _ in range(2):
        movements.void_sweep(as_role("host.gate_post"), sweep, reason="A car stopped there.")
    assert states(as_role, sweep, "sweep-again") == ["open"]


def test_whoever_sees_the_site_knows_of_the_obligation_there_alone(as_role):
    sweep = certify(as_role)
    movements.void_sweep(as_role("host.gate_post"), sweep, reason="A car stopped there.")
    assert queries.of_thing(as_role("host.duty_officer", "harbour"), sweep) == []
    assert [one.site for one in queries.of_thing(as_role("host.duty_officer", SITE), sweep)] == [SITE]
