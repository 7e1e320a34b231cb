"""Shelving: limited in time, with a reason, never of what is critical, and never a way around a gate."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.movements.case import ALERT_NEAR, SITE, found, place_site, plan_convoy, raise_alert
from tests.worlds import Clock

from safeconduct.movements import queries as movements
from safeconduct.record.queries import entries
from safeconduct.terms import instant
from safeconduct.terms.decision import Refused
from safeconduct.terms.errors import BadInput, NotFound
from safeconduct.watch import queries
from safeconduct.watch.acts import shelve, shelve_critical, unshelve, update_alert
from safeconduct.watch.unshelving import unshelve_what_is_over

pytestmark = pytest.mark.django_db

DUTY, LIAISON, MANAGER = "host.duty_officer", "partner.liaison_officer", "partner.project_manager"


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(instant, "now", clock)
    return clock


@pytest.fixture
def shelved(as_role):
    """`shelved()`: alerts of the outer ring that wait too long, put aside by the duty officer for an hour."""

    def put_aside(role: str = DUTY, **details: Any):
        usual = {"site": SITE, "ring": "outer", "kind": "dwell", "reason": "Road works; the crew is known."}
        until = instant.now() + timedelta(hours=1)
        return shelve(as_role(role), **{**usual, "until": until, **details})

    return put_aside


def is_shelved(principal: Any, ref: Any) -> bool:
    return queries.shelved(principal).over(queries.alert(principal, ref)) is not None


def test_a_shelf_covers_one_place_and_cause_alone(as_role, watch, shelved):
    here, elsewhere = raise_alert(watch), raise_alert(watch, ring="inner")
    other = raise_alert(watch, kind="circling")
    shelved()
    assert [is_shelved(as_role(DUTY), ref) for ref in (here, elsewhere, other)] == [True, False, False]


def test_one_alert_is_shelved_and_its_like_are_not(as_role, watch, shelved):
    one, like = raise_alert(watch), raise_alert(watch)
    shelved(alert=one)
    assert [is_shelved(as_role(DUTY), ref) for ref in (one, like)] == [True, False]


def test_an_alert_is_shelved_with_its_own_place_and_only_while_it_is_not_critical(as_role, watch, shelved):
    with pytest.raises(BadInput, match="alert"):
        shelved(alert=raise_alert(watch, ring="inner"))
    with pytest.raises(BadInput, match="severity"):
        shelved(alert=raise_alert(watch, severity="critical"))
    with pytest.raises(NotFound):
        shelved(alert=watch_nothing())
    assert queries.shelves(as_role(DUTY)) == []


def watch_nothing():
    from safeconduct.terms.ids import new_id

    return new_id()


@pytest.mark.parametrize(
    ("where", "details"),
    [
        ("until", {"until": timedelta(hours=8, seconds=1)}),
        ("until", {"until": timedelta(0)}),
        ("reason", {"reason": "  "}),
        ("reason", {"reason": "x" * 1001}),
        ("kind", {"kind": "anything"}),
        ("ring", {"ring": "x" * 17}),
    ],
)
def test_never_for_longer_than_the_accord_lets_and_never_without_a_reason(as_role, shelved, where, details):
    if "until" in details:
        details = {"until": instant.now() + details["until"]}
    with pytest.raises(BadInput, match=where):
        shelved(**details)
    assert queries.shelves(as_role(DUTY)) == []


def test_eight_hours_is_what_the_accord_lets(shelved):
    assert shelved(until=instant.now() + timedelta(hours=8)).until == instant.now() + timedelta(hours=8)


def test_no_one_shelves_critical_alerts_under_an_accord_that_lets_no_one(as_role, watch):
    details = {"site": SITE, "ring": "outer", "kind": "dwell", "reason": "x", "until": instant.now()}
    with pytest.raises(Refused):
        shelve_critical(as_role(DUTY), **details)
    with pytest.raises(Refused):
        shelve(as_role(LIAISON), **details)


def test_what_becomes_critical_comes_back_at_once(as_role, watch, shelved):
    ref = raise_alert(watch)
    shelved()
    assert is_shelved(as_role(DUTY), ref)
    update_alert(watch, ref, found=found(severity="critical"))
    assert not is_shelved(as_role(DUTY), ref)


def test_the_shelf_of_one_alert_ends_as_that_becomes_critical(as_role, watch, shelved):
    ref = raise_alert(watch)
    one, of_place = shelved(alert=ref), shelved()
    assert unshelve_what_is_over() == 0
    update_alert(watch, ref, found=found(severity="critical"))
    assert unshelve_what_is_over() == 1
    assert queries.shelf(as_role(DUTY), one.pk)["end_reason"] == "critical"
    assert queries.shelf(as_role(DUTY), of_place.pk)["ended"] is None


def test_a_shelf_ends_in_time_by_an_act_of_the_node_also_after_a_restart(as_role, watch, shelved, clock):
    ref, shelf = raise_alert(watch), shelved()
    clock.at += timedelta(minutes=59, seconds=59)
    assert is_shelved(as_role(DUTY), ref)
    assert unshelve_what_is_over() == 0
    clock.at += timedelta(seconds=1)
    assert not is_shelved(as_role(DUTY), ref), "whether or not the clock process runs"
    assert unshelve_what_is_over() == 1  # nothing but the tables is remembered
    assert unshelve_what_is_over() == 0
    assert queries.shelf(as_role(DUTY), shelf.pk)["end_reason"] == "expired"
    assert [one.act for one in entries(0, 100)][-2:] == ["alert.unshelve", "obligation.settle"]


def test_a_person_ends_it_earlier_and_once(as_role, watch, shelved):
    ref, shelf = raise_alert(watch), shelved()
    with pytest.raises(Refused):
        unshelve(as_role(LIAISON), shelf.pk)
    unshelve(as_role("host.commander"), shelf.pk)
    assert not is_shelved(as_role(DUTY), ref)
    with pytest.raises(BadInput, match="ended"):
        unshelve(as_role(DUTY), shelf.pk)


def test_the_gate_stays_shut_for_a_shelved_alarm(as_role, watch, shelved):
    place_site(as_role)
    movement = plan_convoy(as_role)

    def holds() -> dict[str, bool]:
        return {one.code: one.holds for one in movements.gate_of(as_role(DUTY), movement)}

    assert holds()["no_alarm"]
    alarm = raise_alert(watch, **ALERT_NEAR)
    assert not holds()["no_alarm"]
    shelved()
    shelved(alert=alarm)
    assert is_shelved(as_role(DUTY), alarm)
    assert not holds()["no_alarm"], "shelving is no way around a gate"


def test_the_other_party_sees_what_its_release_gives(as_role, watch, shelved):
    ref, shelf = raise_alert(watch), shelved()
    told = queries.shelf(as_role(LIAISON), shelf.pk)
    assert {"site", "kind", "ring", "until"} <= told.keys()
    assert not {"reason", "by"} & told.keys()
    assert is_shelved(as_role(LIAISON), ref)
    assert queries.shelves(as_role(MANAGER)) == []
    assert not is_shelved(as_role(MANAGER), ref)
