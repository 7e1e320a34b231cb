"""No sequence of acts lets a movement depart with one key or past a failing condition: against the obvious account."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from tests.movements.case import (
    ALERT_NEAR,
    ROUTE,
    SITE,
    certify,
    convoy,
    draft_convoy,
    fit_people,
    place_site,
    raise_alert,
)
from tests.oracles.departure import SEVERITY, Departure

from safeconduct.movements import acts, ending, queries
from safeconduct.sites.posture_acts import set_posture
from safeconduct.store import labels
from safeconduct.terms import instant
from safeconduct.terms.decision import Refused
from safeconduct.terms.errors import BadInput, NotFound
from safeconduct.watch.acts import assess

pytestmark = pytest.mark.django_db

BEGIN = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
DEPARTS_AT = 240
RISKS = {
    "low": {"likelihood": "unlikely", "impact": "minor"},
    "high": {"likelihood": "moderately-likely", "impact": "severe"},
    "unacceptable": {"likelihood": "very-likely", "impact": "critical"},
}
PARTIES = {"host": "host.duty_officer", "partner": "partner.liaison_officer"}
PARTY = st.sampled_from(sorted(PARTIES))


class Journey(RuleBasedStateMachine):
    """One convoy on a node, and beside it the account of what may be done to it."""

    as_role: Any
    watch: Any

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        labels.forget()
        self.alerts: list[Any] = []
        self.decision: Any = None
        self.account = Departure(DEPARTS_AT)
        self._set_clock()
        place_site(self.as_role)
        self.people = {fit: fit_people(2, **({} if fit else {"training_until": None})) for fit in (True, False)}
        self.vehicles = {fit: convoy(1, vehicle_class="b6" if fit else "b4") for fit in (True, False)}
        departs = BEGIN + timedelta(minutes=DEPARTS_AT)
        self.ref = draft_convoy(
            self.as_role, depart_at=departs, travellers=self.people[True], convoy=self.vehicles[True]
        )

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)
        labels.forget()

    def _set_clock(self) -> None:
        instant.run_clock(BEGIN + timedelta(minutes=self.account.now), datetime.now(UTC), 0.0)

    def _both(self, expected: bool, act: Callable[..., Any], role: str, *args: Any, **details: Any) -> None:
        """Do one act; it is done where the account says so, and leaves what the account says."""
        try:
            act(self.as_role(role), *args, **details)
            done = True
        except (BadInput, NotFound, Refused):
            done = False
        assert done is expected, (act, self.account)
        self._compare()

    def _compare(self) -> None:
        row = queries.movement(self.as_role("partner.liaison_officer"), self.ref)
        assert (row["state"], set(row["keys"])) == (self.account.state, self.account.keys), self.account

    @rule(risk=st.sampled_from(["low", "low", "high", "unacceptable"]), fit=st.booleans(), trained=st.booleans())
    def amend(self, risk: str, fit: bool, trained: bool) -> None:
        leg = {"site": SITE, "route": ROUTE, "begin_at": BEGIN + timedelta(minutes=DEPARTS_AT)}
        self._both(
            self.account.amend(risk, fit, trained),
            acts.amend,
            "partner.project_manager",
            self.ref,
            name="Convoy Heron",
            legs=[leg],
            travellers=self.people[trained],
            convoy=self.vehicles[fit],
            risk=RISKS[risk],
        )

    @rule()
    def request(self) -> None:
        self._both(self.account.request(), acts.request, "partner.project_manager", self.ref)

    @rule(
        who=st.sampled_from(["host.commander", "host.duty_officer"]),
        outcome=st.sampled_from(["cleared", "cleared", "cleared", "deferred", "refused"]),
        minutes=st.sampled_from([30, 300]),
        conditions=st.integers(0, 2),
    )
    def review(self, who: str, outcome: str, minutes: int, conditions: int) -> None:
        conditions = conditions if outcome == "cleared" else 0
        if self.account.state == "draft":
            return  # nobody but its own party finds it, unless it was requested before
        end = instant.now() + timedelta(minutes=minutes)
        self._both(
            self.account.review(who, outcome, minutes, conditions),
            acts.review,
            who,
            self.ref,
            outcome=outcome,
            text="As found.",
            until=end if outcome == "cleared" else None,
            deadline=end if outcome == "refused" else None,
            reason_class="time" if outcome == "refused" else "",
            conditions=[{"text": f"Condition {one}", "owner": "partner"} for one in range(conditions)],
        )

    @rule(number=st.integers(1, 2))
    def meet(self, number: int) -> None:
        self._both(self.account.meet(number), acts.meet, "partner.project_manager", self.ref, number=number)

    @rule(is_head=st.booleans())
    def accept_people(self, is_head: bool) -> None:
        role = "partner.head_of_mission" if is_head else "partner.project_manager"
        self._both(self.account.accept_people(is_head), acts.accept_risk, role, self.ref)

    @rule()
    def accept_measures(self) -> None:
        if self.account.state != "draft":
            self._both(self.account.accept_measures(), acts.accept_measures, "host.commander", self.ref)

    @rule(party=PARTY)
    def key(self, party: str) -> None:
        self._both(self.account.key(party), acts.consent, PARTIES[party], self.ref)

    @rule(party=PARTY)
    def key_back(self, party: str) -> None:
        self._both(self.account.key_back(party), acts.withdraw, PARTIES[party], self.ref)

    @rule(party=PARTY)
    def hold(self, party: str) -> None:
        self._both(self.account.hold(party), acts.hold, PARTIES[party], self.ref, reason="stop")

    @rule(party=PARTY)
    def lift(self, party: str) -> None:
        self._both(self.account.lift(party), acts.lift, PARTIES[party], self.ref, reason="go")

    @rule(minutes=st.sampled_from([20, 400]))
    def sweep(self, minutes: int) -> None:
        certify(self.as_role, valid_until=instant.now() + timedelta(minutes=minutes))
        self.account.swept_until = max(self.account.swept_until, self.account.now + minutes)

    @rule()
    def void(self) -> None:
        for one in queries.sweeps(self.as_role("host.duty_officer")):
            acts.void_sweep(self.watch, one.id, reason="a stop")
        self.account.swept_until = -1

    @rule(escort=st.booleans())
    def assign(self, escort: bool) -> None:
        if self.account.state != "draft":
            unit = "troop 3" if escort else ""
            self._both(self.account.assign(escort), acts.assign_escort, "host.commander", self.ref, escort=unit)

    @rule()
    def alarm(self) -> None:
        self.alerts.append(raise_alert(self.watch, **ALERT_NEAR))
        self.account.alarm = True

    @rule()
    def find_harmless(self) -> None:
        for alert in self.alerts:
            assess(self.as_role("host.duty_officer"), alert, disposition="benign", assessment="seen")
        self.account.alarm = False

    @rule(state=st.sampled_from(SEVERITY))
    def declare(self, state: str) -> None:
        if state != self.account.posture:
            set_posture(self.as_role("host.commander"), site=SITE, state=state, reason="as it is")
            self.account.posture = state

    @rule()
    def propose(self) -> None:
        if self.account.council in ("none", "lifted"):
            end = BEGIN + timedelta(days=9)
            role = self.as_role("partner.liaison_officer")
            self.decision = acts.propose(role, site=SITE, condition="closed", text="Nobody passes.", until=end).pk
            self.account.propose()

    @rule()
    def agree(self) -> None:
        if self.decision:
            self._both(self.account.agree(), acts.agree, "host.commander", self.decision)

    @rule(party=PARTY)
    def lift_decision(self, party: str) -> None:
        if self.decision:
            role = {"host": "host.commander", "partner": "partner.head_of_mission"}[party]
            self._both(self.account.unlift(party), acts.lift_rule, role, self.decision)

    @rule(minutes=st.sampled_from([10, 45]))
    def wait(self, minutes: int) -> None:
        self.account.now += minutes
        self._set_clock()

    @rule()
    def clock(self) -> None:
        self.account.clock()
        ending.lapse_if_over(self.ref)
        self._compare()

    @rule()
    def cancel(self) -> None:
        if self.account.now > DEPARTS_AT:  # earlier, nothing else would come to be tried
            self._both(self.account.cancel(), acts.cancel, "partner.project_manager", self.ref, reason="no need")

    @rule(tries=st.booleans())
    def make_ready(self, tries: bool) -> None:
        """What usually comes one after the other, so that departures are found that are refused for one thing alone."""
        self.request()
        self.accept_people(True)
        self.review("host.commander", "cleared", 300, 0)
        self.accept_measures()
        self.sweep(400)
        self.assign(True)
        self.key("host")
        self.key("partner")
        if tries:
            self.depart()

    @rule()
    def depart(self) -> None:
        if self.account.state == "draft":
            return
        self._both(self.account.depart(), acts.depart, "host.duty_officer", self.ref)


def test_no_sequence_of_acts_departs_with_one_key_or_past_a_failing_condition(as_role, watch, clock_at):
    clock_at(BEGIN)
    Journey.as_role, Journey.watch = staticmethod(as_role), watch
    run_state_machine_as_test(
        Journey,
        settings=settings(
            derandomize=True,
            deadline=None,
            max_examples=20,
            stateful_step_count=25,
            suppress_health_check=list(HealthCheck),
        ),
    )
