"""What the parties owe each other: it arises with its act, is settled by the right one, and no deadline is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.movements.case import raise_alert

from safeconduct import node
from safeconduct.obligations import acts, queries
from safeconduct.obligations.models import Obligation
from safeconduct.obligations.timing import Timekeeper
from safeconduct.record import queries as record
from safeconduct.store.guard import passage
from safeconduct.store.labels import intern, marking_of, relabelled
from safeconduct.terms.decision import Refused
from safeconduct.terms.errors import BadInput, NotFound
from safeconduct.terms.marking import Tlp
from safeconduct.watch import acts as alerts
from safeconduct.watch.models import Alert

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def owed(as_role: Any, ref: Any, role: str = "partner.liaison_officer") -> dict[str, Any]:
    """The obligations that arose from `ref`, by what they are."""
    return {one.code: one for one in queries.of_thing(as_role(role), ref)}


def recorded() -> list[str]:
    """The acts on the record, in order."""
    return [entry.act for entry in record.entries(0, record.size())]


@pytest.fixture
def alert(watch, clock_at):
    clock_at(NOON)
    return raise_alert(watch)


def test_an_obligation_arises_with_the_act_that_it_follows(alert, as_role):
    found = owed(as_role, alert)["acknowledge-alert"]
    assert (found.article, found.trigger, found.debtor, found.creditor) == ("11.1", "alert.raise", "host", "partner")
    assert (found.of_class, found.of, found.site) == ("alert", alert, "marjan")
    assert (found.arose_at, found.due_at, found.state) == (NOON, NOON + timedelta(minutes=2), "open")


def test_what_is_claimed_and_what_is_logged_are_kept_apart(alert, as_role):
    found = owed(as_role, alert)["acknowledge-alert"]
    assert found.claimed_at < found.arose_at == NOON


def test_the_debtor_settles_it_in_time(alert, as_role, clock_at):
    clock_at(NOON + timedelta(minutes=2))
    alerts.acknowledge(as_role("host.duty_officer"), alert)
    found = owed(as_role, alert)
    assert (found["acknowledge-alert"].state, found["acknowledge-alert"].settled_by) == (
        "satisfied",
        "alert.acknowledge",
    )
    assert found["acknowledge-alert"].late_s is None
    assert found["assess-alert"].state == "open"


def test_what_is_done_late_was_missed_even_if_no_clock_ran(alert, as_role, clock_at):
    clock_at(NOON + timedelta(minutes=5))
    alerts.acknowledge(as_role("host.duty_officer"), alert)
    found = owed(as_role, alert)["acknowledge-alert"]
    assert (found.state, found.late_s) == ("cured", 180)
    assert found.noted_at == NOON + timedelta(minutes=5)


def test_the_clock_reminds_and_then_notes_the_missed_deadline_once(alert, as_role, clock_at):
    keeper = Timekeeper(lambda: 0.0)
    looks = []
    for seconds in (59, 60, 61, 119, 121, 122, 600):
        clock_at(NOON + timedelta(seconds=seconds))
        keeper.look()
        found = owed(as_role, alert)["acknowledge-alert"]
        looks.append((found.reminded, found.state))
    assert looks == [
        (0, "open"),
        (1, "open"),
        (1, "open"),
        (1, "open"),
        (1, "breached"),
        (1, "breached"),
        (1, "breached"),
    ]
    assert recorded().count("obligation.breach") == 1


def test_a_clock_that_is_set_back_defers_no_deadline(alert, as_role, clock_at):
    counted = [0.0]
    keeper = Timekeeper(lambda: counted[0])
    keeper.look()
    clock_at(NOON - timedelta(hours=3))
    counted[0] = 119.0
    keeper.look()
    assert owed(as_role, alert)["acknowledge-alert"].state == "open"
    counted[0] = 121.0
    keeper.look()
    assert owed(as_role, alert)["acknowledge-alert"].state == "breached"


def test_a_deadline_that_passed_while_no_clock_ran_is_noted_by_the_next(alert, as_role, clock_at):
    Timekeeper(lambda: 0.0).look()
    clock_at(NOON + timedelta(hours=1))
    Timekeeper(lambda: 0.0).look()
    found = owed(as_role, alert)["acknowledge-alert"]
    assert (found.state, found.noted_at) == ("breached", NOON + timedelta(hours=1))


def test_the_creditor_alone_waives_and_says_why(alert, as_role):
    ref = owed(as_role, alert)["acknowledge-alert"].id
    with pytest.raises(BadInput) as refused:
        acts.waive(as_role("host.commander"), ref, reason="It is ours.")
    assert [fault.where for fault in refused.value.faults] == ["party"]
    with pytest.raises(BadInput) as refused:
        acts.waive(as_role("partner.liaison_officer"), ref, reason=" ")
    assert [fault.where for fault in refused.value.faults] == ["reason"]
    with pytest.raises(Refused) as denied:
        acts.waive(as_role("host.duty_officer"), ref, reason="We saw it.")
    assert denied.value.decision.article

    acts.waive(as_role("partner.liaison_officer"), ref, reason="We acknowledged by telephone.")

    found = owed(as_role, alert)["acknowledge-alert"]
    assert (found.state, found.reason) == ("waived", "We acknowledged by telephone.")


def test_what_is_waived_is_not_settled_again(alert, as_role):
    ref = owed(as_role, alert)["acknowledge-alert"].id
    acts.waive(as_role("partner.liaison_officer"), ref, reason="We acknowledged by telephone.")
    alerts.acknowledge(as_role("host.duty_officer"), alert)
    assert owed(as_role, alert)["acknowledge-alert"].state == "waived"


def test_a_missed_deadline_goes_before_one_meeting(alert, as_role, clock_at):
    ref = owed(as_role, alert)["acknowledge-alert"].id
    head = as_role("partner.head_of_mission")
    with pytest.raises(BadInput):
        acts.table(head, ref, meeting="Joint council, April")
    clock_at(NOON + timedelta(minutes=3))
    Timekeeper(lambda: 0.0).look()
    assert [one.id for one in queries.agenda(head)] == [ref]
    acts.table(head, ref, meeting="Joint council, April")
    assert queries.agenda(head) == []
    assert owed(as_role, alert)["acknowledge-alert"].tabled == "Joint council, April"
    with pytest.raises(BadInput):
        acts.table(head, ref, meeting="Joint council, May")


def test_who_may_not_see_obligations_finds_none(alert, as_role):
    ref = owed(as_role, alert)["acknowledge-alert"].id
    assert queries.unsettled(as_role("host.gate_post")) == []
    with pytest.raises(NotFound):
        queries.obligation(as_role("partner.project_manager"), ref)


def test_the_record_has_the_obligation_right_after_its_act(alert):
    names = recorded()
    at = names.index("alert.raise")
    assert names[at + 1 : at + 3] == ["obligation.arise", "obligation.arise"]


def test_an_obligation_is_released_no_further_than_the_thing(alert, as_role):
    seen = queries.of_thing(as_role("host.commander"), alert)
    assert {one.marking.releasable_to for one in seen} == {frozenset({"partner"})}
    assert {one.marking.area for one in seen} == {"marjan"}


def test_what_is_kept_from_the_clock_makes_nothing_owed_and_fails_no_act(alert, as_role):
    with passage("act"):
        red = intern(replace(marking_of(Alert.objects.get(pk=alert).label_id), tlp=Tlp.RED, releasable_to=frozenset()))
        Alert.objects.filter(pk=alert).update(label_id=red)
        Obligation.objects.filter(of=alert).update(label_id=relabelled(red, "obligation"))
    alerts.acknowledge(as_role("host.commander"), alert)
    alerts.assess(as_role("host.commander"), alert, disposition="benign")
    assert recorded()[-2:] == ["alert.acknowledge", "alert.assess"]


def test_every_obligation_of_the_samples_can_be_named(as_role):
    for one in node.current().accord.obligations:
        assert set(one.name) == {"en", "zh-hans", "ur"}
