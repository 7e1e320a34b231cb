"""Conflicts between plans are told blind: that there is one and whom to call, and nothing to whoever probes."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.movements.case import SITE, draft_convoy, place_site
from tests.worlds import Clock, principal

from safeconduct import release
from safeconduct.accord.protection import Conflicts
from safeconduct.listening import drain
from safeconduct.movements import acts
from safeconduct.movements.models import Conflict, Movement
from safeconduct.movements.protection.conflict import Way, clashes, is_clash
from safeconduct.movements.protection.reactions import LISTENER, forget_old_notices
from safeconduct.people.models import ReadingAlarm
from safeconduct.store.guard import passage
from safeconduct.terms import instant

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
TERMS = Conflicts("9.37", timedelta(minutes=30), 6, timedelta(days=1), {"host": "h", "partner": "p"})


def way(party, begin_min=0, long_min=30, route="east road", gates=(), site=SITE):
    begin = START + timedelta(minutes=begin_min)
    end = begin + timedelta(minutes=long_min)
    return Way(uuid.uuid4(), party, site, frozenset({route}), frozenset(gates), begin, end)


def test_plans_of_one_party_never_conflict():
    assert clashes([way("host"), way("host")], TERMS) == set()


def test_each_side_is_told_of_its_own_plan_and_whom_of_the_other_to_call():
    one, other = way("host"), way("partner")
    told = {clash.party: clash for clash in clashes([one, other], TERMS)}
    assert (told["host"].movement, told["host"].call) == (one.movement, "p")
    assert (told["partner"].movement, told["partner"].call) == (other.movement, "h")


@pytest.mark.parametrize(
    ("other", "wanted"),
    [
        (way("partner", 45), True),
        (way("partner", 120), False),
        (way("partner", route="west road"), False),
        (way("partner", site="harbour"), False),
    ],
)
def test_a_conflict_is_one_route_at_one_time(other, wanted):
    assert bool(clashes([way("host"), other], TERMS)) is wanted


def test_two_ways_through_one_gate_at_one_time_conflict():
    assert is_clash(way("host", gates={"gate A"}), way("partner", route="west", gates={"gate A"}), TERMS.apart)


minutes = st.integers(0, 2880)


@given(minutes, minutes, st.integers(0, 29), st.integers(0, 29))
@settings(derandomize=True, max_examples=200)
def test_moving_a_plan_within_its_half_hour_tells_nothing(begin, other, by, other_by):
    """Whatever a plan's minutes are within their block: a probe learns the block and no finer."""
    begin, other = begin // 30 * 30, other // 30 * 30
    plain = is_clash(way("host", begin, 0), way("partner", other, 0), TERMS.apart)
    assert is_clash(way("host", begin + by, 0), way("partner", other + other_by, 0), TERMS.apart) is plain


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(instant, "now", clock)
    return clock


@pytest.fixture
def ground(as_role, clock):
    place_site(as_role)


def settle():
    while drain(LISTENER):
        pass


def plans(as_role, clock, *, purpose="Shift", host_in=timedelta(minutes=40)):
    """A plan of each party on the same route, both asked for."""
    soon = clock.at + timedelta(minutes=40)
    theirs = draft_convoy(as_role, depart_at=soon, purpose=purpose)
    acts.accept_risk(as_role("partner.project_manager"), theirs)
    acts.request(as_role("partner.project_manager"), theirs)
    ours = draft_convoy(
        as_role, role="host.focal_point", depart_at=clock.at + host_in, convoy=[], vehicles=1, people=2, travellers=[]
    )
    settle()
    with passage("act"):
        Movement.objects.filter(pk=ours).update(state="requested")
    return theirs, ours


def compare(mover="host"):
    from safeconduct.acts import together
    from safeconduct.movements.protection.reactions import compare_plans

    with together():
        compare_plans(mover)


def told(actor):
    rows = release.listing(Conflict, principal(actor), lambda rows: rows.filter(ended_at=None).order_by("id"))
    return [(one["movement"], one["party"], one["call"], one["state"]) for one in rows]


@pytest.mark.django_db
def test_each_party_learns_only_of_its_own_plan(as_role, ground, clock):
    theirs, ours = plans(as_role, clock)
    compare()
    assert told("duty") == [(ours, "partner", "partner.liaison_officer", "stands")]
    assert told("manager") == [(theirs, "host", "host.duty_officer", "stands")]
    assert told("gatepost") == []
    row = release.listing(Conflict, principal("duty"))[0]
    assert set(row) == {"movement", "party", "call", "state", "since"}


@pytest.mark.django_db
def test_a_draft_conflicts_with_nothing(as_role, ground, clock):
    soon = clock.at + timedelta(minutes=40)
    draft_convoy(as_role, depart_at=soon)
    draft_convoy(as_role, role="host.focal_point", depart_at=soon, convoy=[], vehicles=1, people=2, travellers=[])
    settle()
    compare()
    assert told("duty") == told("manager") == []


@pytest.mark.django_db
def test_whoever_moves_a_plan_about_to_find_the_other_is_told_nothing_more_and_the_other_party_hears(
    as_role, ground, clock
):
    _, ours = plans(as_role, clock)
    from safeconduct.movements.models import Leg

    soon = clock.at + timedelta(minutes=40)

    def move(hours):
        with passage("act"):
            begin = soon + timedelta(hours=hours)
            Leg.objects.filter(movement=ours).update(begin_at=begin, end_at=begin + timedelta(minutes=20))
        compare()

    for step in range(8):
        move(9 * (step % 2))
        clock.at += timedelta(seconds=1)
    frozen = told("duty")
    assert ("untold" in {state for *_, state in frozen}) and release.count(ReadingAlarm, principal("head")) == 1
    assert release.count(ReadingAlarm, principal("commander")) == 0
    for hours in (9, 0, 4):
        move(hours)
        assert told("duty") == frozen
    clock.at += timedelta(days=1, minutes=1)
    move(0)
    assert forget_old_notices() == 0
    assert {state for *_, state in told("duty")} == {"stands"}
