"""Looks: no page without its look, one in ten minutes, released no further than what was looked at."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import OperationalError
from tests.worlds import SITE, Clock, mark, principal

from safeconduct import release
from safeconduct.people import acts, looks
from safeconduct.people.models import Look, Person
from safeconduct.people.person_acts import register
from safeconduct.people.persons import Particulars
from safeconduct.record import queries as record
from safeconduct.store.guard import passage
from safeconduct.strategy.acts import request_measure
from safeconduct.terms import instant
from safeconduct.terms.decision import Refused
from safeconduct.terms.errors import NotFound
from safeconduct.terms.ids import new_id
from safeconduct.terms.marking import Tlp
from safeconduct.terms.party import Grant, Principal

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(instant, "now", clock)
    return clock


@pytest.fixture
def asked(clock):
    """A thing of the partner that the host may read: looks are alike, whatever they are at."""
    return request_measure(principal("liaison"), site=SITE, kind="look", text="Please look.")


def seen(actor, ref):
    return [(one["party"], one["role"], one["what"]) for one in looks.of(principal(actor), ref)]


def test_a_look_is_on_the_record_and_in_the_list_of_who_has_seen(asked):
    before = record.size()
    looks.enter(principal("duty"), "measure", [asked.pk], "page")
    assert seen("liaison", asked.pk) == [("host", "host.duty_officer", "page")]
    assert [one.act for one in record.entries(before, before + 2)] == ["look.enter"]


def test_looks_of_one_reader_within_ten_minutes_are_one(asked, clock):
    for minutes in (0, 4, 5):
        clock.at += timedelta(minutes=minutes)
        looks.enter(principal("duty"), "measure", [asked.pk], "page")
    assert len(seen("liaison", asked.pk)) == 1
    looks.enter(principal("commander"), "measure", [asked.pk], "page")
    clock.at += timedelta(minutes=2)
    looks.enter(principal("duty"), "measure", [asked.pk], "page")
    assert len(seen("liaison", asked.pk)) == 3


def test_the_same_look_again_writes_nothing(asked, django_assert_num_queries):
    looks.enter(principal("duty"), "measure", [asked.pk], "page")
    before = record.size()
    with django_assert_num_queries(1):
        looks.enter(principal("duty"), "measure", [asked.pk], "page")
    assert record.size() == before


def test_many_things_are_one_entry_an_area(asked, django_assert_max_num_queries):
    refs = [asked.pk] * 3
    before = record.size()
    with django_assert_max_num_queries(25):
        looks.enter(principal("duty"), "measure", refs, "list")
    assert record.size() == before + 1
    assert len(seen("duty", refs[0])) == 1


def test_a_name_is_shown_to_data_protection_officers_alone(asked):
    looks.enter(principal("duty"), "measure", [asked.pk], "page")
    for actor, tells in (("dpo", True), ("head", False), ("commander", False), ("liaison", False)):
        assert all(("reader" in one) is tells for one in looks.of(principal(actor), asked.pk)), actor
    assert looks.of(principal("gatepost"), asked.pk) == []


def test_a_look_at_what_the_other_party_may_not_know_of_stays_unknown_to_it(asked):
    mark(asked, Tlp.AMBER_STRICT)
    looks.enter(principal("liaison"), "measure", [asked.pk], "page")
    assert seen("duty", asked.pk) == []
    assert seen("head", asked.pk) == [("partner", "partner.liaison_officer", "page")]
    assert release.count(Look, principal("commander")) == 0


def test_who_may_enter_no_look_is_shown_nothing(asked):
    with pytest.raises(Refused):
        looks.enter(principal("auditor"), "measure", [asked.pk], "page")
    with pytest.raises(NotFound):
        looks.enter(principal("duty"), "measure", [new_id()], "page")
    assert seen("liaison", asked.pk) == []


def test_a_look_that_cannot_be_written_is_an_error_and_not_silence(asked, monkeypatch):
    def broken(*_, **__):
        raise OperationalError("database is locked")

    monkeypatch.setattr("safeconduct.record.store.append", broken)
    with pytest.raises(OperationalError):
        looks.enter(principal("duty"), "measure", [asked.pk], "page")
    assert seen("liaison", asked.pk) == []


def test_a_gate_post_looks_in_its_own_area_only(asked):
    looks.enter(principal("gatepost"), "measure", [asked.pk], "page")
    assert seen("liaison", asked.pk) == [("host", "host.gate_post", "page")]
    with pytest.raises(Refused):
        acts.enter_looks(
            principal("gatepost_elsewhere"),
            site="marjan",
            of_class="measure",
            refs=[asked.pk],
            what="page",
        )


def a_person(reference: str, user_name: str | None = None):
    given = {"reference": reference, "name": f"Somebody {reference}", "kind": "protected"}
    person = register(principal("manager"), Particulars(**given), site=SITE)
    with passage("act"):
        Person.objects.filter(pk=person.pk).update(user_name=user_name)
    return person


def test_a_person_sees_who_has_seen_them_and_nobody_else(clock):
    me, other = a_person("L-0001", "ada"), a_person("L-0002")
    looks.enter(principal("manager"), "person", [me.pk, other.pk], "list")
    ada = Principal("ada", "partner", (Grant("partner.person"),))
    assert [(one["of"], one["role"]) for one in looks.of(ada, me.pk)] == [(me.pk, "partner.project_manager")]
    assert "reader" not in looks.of(ada, me.pk)[0]
    assert looks.of(ada, other.pk) == []
    heard = [one.ref for one in release.events_after(0) if one.kind == "look" and release.may_hear(ada, one)]
    assert set(heard) <= {one.id for one in looks.of(ada, me.pk)}


def test_the_host_learns_nothing_of_looks_at_people(clock):
    looks.enter(principal("manager"), "person", [a_person("L-0001").pk], "list")
    for actor in ("commander", "duty", "gatepost"):
        assert release.count(Look, principal(actor)) == 0
        assert not any(release.may_hear(principal(actor), one) for one in release.events_after(0) if one.kind == "look")
