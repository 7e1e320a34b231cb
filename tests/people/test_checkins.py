"""Promises of check-ins: each is taken once, both times are kept, and it answers what was asked before it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.people.phones import MANAGER, SITE, person, phone, row, stands

from safeconduct import release
from safeconduct.people.checkin_acts import OLDEST, Said, check_in_once
from safeconduct.people.headcounts.acts import start
from safeconduct.people.models import CheckIn, HeadcountAnswer, Whereabouts
from safeconduct.people.person_acts import choose
from safeconduct.store.guard import passage
from safeconduct.terms import instant
from safeconduct.terms.errors import BadInput, NotFound
from safeconduct.terms.ids import new_id
from safeconduct.terms.place import Point

pytestmark = pytest.mark.django_db


def said(state: str = "safe", **how) -> Said:
    return Said(how.pop("client_id", new_id()), state, how.pop("at", instant.now()), **how)


def test_the_same_check_in_twice_is_one():
    principal = stands(phone(person()))
    one = said()
    assert check_in_once(principal, one)
    assert not check_in_once(principal, one)
    assert len(release.listing(CheckIn, principal)) == 1


def test_two_people_may_use_the_same_id_and_learn_nothing_of_each_other():
    first, second = (stands(phone(person(reference))) for reference in ("L-0001", "L-0002"))
    one = said()
    assert check_in_once(first, one)
    assert check_in_once(second, one)
    assert len(release.listing(CheckIn, second)) == 1


def test_the_time_of_the_phone_and_the_time_of_the_node_are_both_kept(clock_at):
    at = instant.now()
    principal = stands(phone(person()))
    clock_at(at + timedelta(hours=3))
    check_in_once(principal, said(at=at))
    kept = row(CheckIn)
    assert (kept.claimed_at, kept.logged_at) == (at, at + timedelta(hours=3))


def test_nobody_is_safe_at_a_time_to_come():
    check_in_once(stands(phone(person())), said(at=instant.now() + timedelta(hours=5)))
    kept = row(CheckIn)
    assert kept.claimed_at == kept.logged_at


def test_a_check_in_that_waited_too_long_and_a_state_that_is_none_are_refused():
    principal = stands(phone(person()))
    for wrong in (said(at=instant.now() - OLDEST - timedelta(minutes=1)), said("fine")):
        with pytest.raises(BadInput):
            check_in_once(principal, wrong)
    with passage("release"):
        assert not CheckIn.objects.exists()


@pytest.mark.parametrize(("seen_as", "resolution"), [("off", None), ("zone", None), ("cell", 7)])
def test_a_place_is_kept_as_coarse_as_the_person_chose(seen_as, resolution):
    whom = person()
    principal = stands(phone(whom))
    choose(principal, whom.pk, seen_as=seen_as, resolution=resolution)
    check_in_once(principal, said(spot=Point(75.00123, -5.00123)))
    kept = row(Whereabouts)
    assert (kept.lon, kept.lat) == (None, None)
    assert bool(kept.cell) is (seen_as == "cell")
    assert bool(kept.site) is (seen_as != "off")


def test_a_check_in_answers_a_headcount_that_asked_before_it(clock_at):
    at = instant.now()
    principal = stands(phone(person()))
    clock_at(at + timedelta(minutes=10))
    start(MANAGER, site=SITE)
    check_in_once(principal, said(at=at))
    assert row(HeadcountAnswer).answered_at is None, "what was said before it was asked is no answer"
    check_in_once(principal, said("not_here", at=at + timedelta(minutes=10)))
    answered = row(HeadcountAnswer)
    assert (answered.state, answered.way, answered.proxy) == ("not_in_area", "page", False)


def test_who_is_nobodys_phone_does_not_check_in():
    with pytest.raises(NotFound):
        check_in_once(MANAGER, said())
