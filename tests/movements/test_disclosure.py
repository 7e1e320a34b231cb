"""Late release: a leg is told when its window opens and not before, to each in their own area, and is taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.movements.case import ROUTE, draft_convoy, place_site, plan_convoy
from tests.worlds import Clock, principal

from safeconduct import release
from safeconduct.movements import acts
from safeconduct.movements.models import Leg, LegDue, LegSoon, Manifest, Movement
from safeconduct.movements.protection.acts import view_manifest
from safeconduct.movements.protection.reactions import disclose_what_is_due, reduce_old_manifests
from safeconduct.people import looks
from safeconduct.people.models import Person
from safeconduct.store.guard import passage
from safeconduct.terms import instant
from safeconduct.terms.decision import Refused
from safeconduct.terms.errors import NotFound

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(instant, "now", clock)
    return clock


@pytest.fixture
def ground(as_role, clock):
    place_site(as_role)


def told(actor, model=LegDue):
    return [(one["number"], one["route"]) for one in release.listing(model, principal(actor))]


def later(clock, by):
    clock.at += by
    disclose_what_is_due()


def keys(ref, as_role):
    acts.consent(as_role("partner.head_of_mission"), ref)
    acts.consent(as_role("host.commander"), ref)


def test_a_gate_post_is_told_of_a_leg_two_hours_before_it_and_not_earlier(as_role, ground, clock):
    plan_convoy(as_role, depart_at=clock.at + 30 * HOUR)
    later(clock, timedelta(0))
    assert told("gatepost") == []
    later(clock, 28 * HOUR - timedelta(seconds=1))
    assert told("gatepost") == []
    later(clock, timedelta(seconds=1))
    assert told("gatepost") == [(1, ROUTE)]
    assert told("gatepost_elsewhere") == []


def test_the_outer_ring_is_told_a_day_before(as_role, ground, clock):
    plan_convoy(as_role, depart_at=clock.at + 30 * HOUR)
    analyst = as_role("host.analyst")
    later(clock, 6 * HOUR - timedelta(seconds=1))
    assert release.count(LegSoon, analyst) == 0
    later(clock, timedelta(seconds=1))
    assert release.count(LegSoon, analyst) == 1
    assert release.count(LegDue, analyst) == 0
    assert release.count(LegSoon, principal("gatepost")) == 0


@pytest.mark.parametrize("actor", ["gatepost", "gatepost_elsewhere"])
def test_before_its_window_a_leg_sends_no_event_to_a_post(as_role, ground, clock, actor):
    plan_convoy(as_role, depart_at=clock.at + 30 * HOUR)
    later(clock, 27 * HOUR)
    heard = {one.kind for one in release.events_after(0, 9999) if release.may_hear(principal(actor), one)}
    assert not heard & {"leg", "leg_due", "leg_soon", "manifest", "convoy_vehicle"}


def test_a_draft_and_a_request_are_told_to_no_post(as_role, ground, clock):
    ref = draft_convoy(as_role)
    later(clock, timedelta(0))
    assert told("gatepost") == []
    acts.accept_risk(as_role("partner.project_manager"), ref)
    acts.request(as_role("partner.project_manager"), ref)
    later(clock, timedelta(0))
    assert told("gatepost") == []


def test_a_hold_takes_everything_back_and_a_lift_tells_it_again(as_role, ground, clock):
    ref = plan_convoy(as_role)
    keys(ref, as_role)
    later(clock, timedelta(0))
    assert told("gatepost") and release.count(Manifest, principal("gatepost")) == 1
    acts.hold(as_role("host.duty_officer"), ref, reason="A car waits.")
    later(clock, timedelta(0))
    assert told("gatepost") == [] and release.count(Manifest, principal("gatepost")) == 0
    acts.lift(as_role("host.duty_officer"), ref, reason="It left.")
    later(clock, timedelta(0))
    assert told("gatepost") and release.count(Manifest, principal("gatepost")) == 0


def test_a_cancelled_movement_leaves_nothing_told(as_role, ground, clock):
    ref = plan_convoy(as_role)
    later(clock, timedelta(0))
    acts.cancel(as_role("partner.project_manager"), ref, reason="Not needed.")
    later(clock, timedelta(0))
    assert told("gatepost") == []


def test_what_is_told_follows_the_plan(as_role, ground, clock):
    ref = plan_convoy(as_role)
    later(clock, timedelta(0))
    with passage("act"):
        Leg.objects.filter(movement=ref).update(begin_at=clock.at + timedelta(minutes=55))
    later(clock, timedelta(0))
    (row,) = release.listing(LegDue, principal("gatepost"))
    assert row["begin_at"] == clock.at + timedelta(minutes=55)


def test_a_look_with_nothing_to_do_does_nothing(as_role, ground, clock, django_assert_max_num_queries):
    plan_convoy(as_role)
    later(clock, timedelta(0))
    with django_assert_max_num_queries(12):
        assert disclose_what_is_due() == 0


def test_of_a_movement_a_gate_post_reads_neither_route_nor_time(as_role, ground, clock):
    ref = plan_convoy(as_role)
    row = release.one(Movement, principal("gatepost"), ref)
    assert not {"route", "depart_at", "arrive_at", "gate", "review", "conditions", "travellers"} & set(row)
    assert {"route", "depart_at"} <= set(release.one(Movement, principal("duty"), ref))
    with pytest.raises(NotFound):
        release.one(Leg, principal("gatepost"), Leg.objects.none().model().pk)


def manifest_of(actor):
    (row,) = release.listing(Manifest, principal(actor))
    return row


def test_a_manifest_opens_with_both_keys_only_and_says_reference_name_and_vehicle(as_role, ground, clock):
    ref = plan_convoy(as_role)
    later(clock, timedelta(0))
    assert release.count(Manifest, principal("commander")) == 0
    keys(ref, as_role)
    later(clock, timedelta(0))
    lines = view_manifest(principal("gatepost"), manifest_of("gatepost").id)
    assert len(lines) == 13
    assert {line.vehicle for line in lines} == {"", "Heron 1", "Heron 2", "Heron 3", "Heron 4"}
    with passage("release"):
        assert {line.reference for line in lines} == set(Person.objects.values_list("reference", flat=True))


def test_a_manifest_does_not_open_early(as_role, ground, clock):
    ref = plan_convoy(as_role, depart_at=clock.at + 5 * HOUR)
    keys(ref, as_role)
    later(clock, HOUR - timedelta(seconds=1))
    assert release.count(Manifest, principal("commander")) == 0
    later(clock, timedelta(seconds=1))
    assert release.count(Manifest, principal("commander")) == 1


def test_a_view_of_a_manifest_is_seen_by_the_travellers_party(as_role, ground, clock):
    ref = plan_convoy(as_role)
    keys(ref, as_role)
    later(clock, timedelta(0))
    lines = view_manifest(principal("gatepost"), manifest_of("gatepost").id)
    seen = looks.of(principal("manager"), lines[0].person)
    assert [(one["party"], one["role"], one["what"]) for one in seen] == [("host", "host.gate_post", "manifest")]
    assert [one["what"] for one in looks.of(principal("liaison"), ref)] == ["manifest"]


@pytest.mark.parametrize("actor", ["focal", "gatepost_elsewhere", "auditor", "dpo"])
def test_whoever_does_not_need_a_manifest_gets_none(as_role, ground, clock, actor):
    ref = plan_convoy(as_role)
    keys(ref, as_role)
    later(clock, timedelta(0))
    assert release.count(Manifest, principal(actor)) == 0
    with pytest.raises((Refused, NotFound)):
        view_manifest(principal(actor), manifest_of("commander").id)


def test_a_manifest_is_reduced_to_a_count_when_its_time_is_over(as_role, ground, clock):
    ref = plan_convoy(as_role)
    acts.cancel(as_role("partner.project_manager"), ref, reason="Not needed.")
    assert reduce_old_manifests() == 0
    clock.at += timedelta(days=31)
    assert reduce_old_manifests() == 1
    row = release.one(Movement, principal("manager"), ref)
    assert (row["travellers"], row["people"]) == ([], 9)
    assert reduce_old_manifests() == 0
