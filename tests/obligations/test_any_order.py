"""Over any order of acts, looks, restarts of the clock and steps of time, no deadline is lost and none counts twice."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.movements.case import raise_alert

from safeconduct import node
from safeconduct.obligations import acts
from safeconduct.obligations.models import Obligation
from safeconduct.obligations.timing import Timekeeper
from safeconduct.record import queries as record
from safeconduct.store.guard import passage
from safeconduct.terms import instant
from safeconduct.terms.errors import BadInput
from safeconduct.watch import acts as alerts

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ACKNOWLEDGE, WITHIN_S = "acknowledge-alert", 120.0

STEPS = st.one_of(
    st.tuples(st.just("raise"), st.just(0)),
    st.tuples(st.sampled_from(["acknowledge", "assess", "waive"]), st.integers(0, 2)),
    st.tuples(st.just("pass"), st.sampled_from([1, 40, 61, 119, 121, 400])),
    st.tuples(st.just("step"), st.sampled_from([-7200, -90, 30, 3600])),
    st.tuples(st.just("look"), st.just(0)),
    st.tuples(st.just("restart"), st.just(0)),
)


class Day:
    """A day of one node, by its own clock `shown` and by the time `real_s` that truly passes."""

    def __init__(self, as_role: Any):
        self.as_role, self.shown, self.real_s = as_role, NOON, 0.0
        self.alerts: list[Any] = []
        self.keeper = Timekeeper(lambda: self.real_s)
        self.seen_s: dict[Any, float] = {}

    def do(self, step: str, value: int) -> None:
        if step == "raise" and len(self.alerts) < 3:
            self.alerts.append(raise_alert(node.current().system("node.watch")))
        elif step in ("acknowledge", "assess", "waive") and value < len(self.alerts):
            self._settle(step, self.alerts[value])
        elif step in ("pass", "step"):
            self.shown += timedelta(seconds=value)
            self.real_s += value if step == "pass" else 0
            instant.run_clock(self.shown, datetime.now(UTC), 0.0)
        elif step == "restart":
            self.keeper, self.seen_s = Timekeeper(lambda: self.real_s), {}
        elif step == "look":
            self.keeper.look()
            self._none_is_overdue()

    def _settle(self, step: str, alert: Any) -> None:
        try:
            if step == "waive":
                with passage("release"):
                    ref = Obligation.objects.get(code=ACKNOWLEDGE, of=alert).pk
                acts.waive(self.as_role("partner.liaison_officer"), ref, reason="By telephone.")
            elif step == "acknowledge":
                alerts.acknowledge(self.as_role("host.duty_officer"), alert)
            else:
                alerts.assess(self.as_role("host.duty_officer"), alert, disposition="benign", assessment="Known.")
        except BadInput:
            pass  # it was done before

    def _none_is_overdue(self) -> None:
        """What is open after a look is within its time, by the clock and by what this clock process has counted."""
        for one in self.obligations():
            if one.state == "open":
                begun_s = self.seen_s.setdefault(one.pk, self.real_s)
                within_s = (one.due_at - one.arose_at).total_seconds()
                assert (self.shown - one.arose_at).total_seconds() <= within_s
                assert self.real_s - begun_s <= within_s

    def obligations(self) -> list[Obligation]:
        with passage("release"):
            return list(Obligation.objects.order_by("id"))


@given(st.lists(STEPS, min_size=3, max_size=14))
@settings(derandomize=True, max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_each_deadline_is_kept_or_noted_once(as_role, clock_at, steps):
    from django.db import transaction

    class Undone(Exception):
        pass

    clock_at(NOON)
    with pytest.raises(Undone), transaction.atomic():
        first = record.size()
        day = Day(as_role)
        for step, value in steps:
            day.do(step, value)
        kept_in_order(day, first)
        raise Undone


def kept_in_order(day: Day, first: int) -> None:
    told = Counter(entry.act for entry in record.entries(first, record.size()))
    found = day.obligations()
    assert len({(one.code, one.of) for one in found}) == len(found) == 2 * len(day.alerts) == told["obligation.arise"]
    missed = [one for one in found if one.noted_at is not None]
    assert told["obligation.breach"] == len(missed)
    assert told["obligation.settle"] == sum(one.state in ("satisfied", "cured", "ended") for one in found)
    assert told["obligation.waive"] == sum(one.state == "waived" for one in found)
    for one in found:
        assert (one.state in ("breached", "cured")) <= (one.noted_at is not None)
        if one.state == "satisfied":
            assert one.settled_at is not None
            assert one.settled_at <= one.due_at
            assert one.noted_at is None
        if one.code == ACKNOWLEDGE and one.state == "open":
            assert not any(other.state == "satisfied" for other in found if other.of == one.of)
