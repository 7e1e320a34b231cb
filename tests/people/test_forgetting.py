"""Who left is forgotten when the time of the schedule is over: name and contacts go, and the record still verifies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from tests.people.roster import COMMANDER, HEAD, MANAGER, person, register, with_account

from safeconduct import node, release
from safeconduct.accord.accord import load_accord
from safeconduct.node.making import sample
from safeconduct.people import person_acts as acts
from safeconduct.people.forgetting import forget_who_left
from safeconduct.people.models import Forgetting, Person
from safeconduct.people.roster_acts import forget
from safeconduct.record import queries as records
from safeconduct.store.guard import passage
from safeconduct.terms.decision import Refused

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
KEPT = timedelta(days=30)


@pytest.fixture(autouse=True)
def _clock(clock_at):
    clock_at(NOW)


def everything() -> str:
    """All that the tables hold, as text."""
    with passage("release"), connection.cursor() as cursor:
        return "\n".join(_rows(cursor))


def _rows(cursor):
    for table in connection.introspection.table_names():
        cursor.execute(f'SELECT * FROM "{table}"')
        yield from (str(row) for row in cursor.fetchall())


def test_name_contacts_and_account_go_after_the_time_of_the_schedule(clock_at):
    row = with_account(
        register("L-0001", "Mina Aldar", contacts=[{"channel": "sms", "address": "+923001234567"}], company="Works"),
        "person",
    )
    acts.leave(person(), row.pk)
    clock_at(NOW + KEPT)
    assert forget_who_left() == 0
    clock_at(NOW + KEPT + timedelta(seconds=1))
    assert forget_who_left() == 1
    assert forget_who_left() == 0
    gone = release.one(Person, MANAGER, row.pk)
    assert (gone.reference, gone.name, gone.contacts, gone.company) == ("L-0001", "-", [], "")
    assert release.listing(Person, person()) == []
    tables = everything()
    assert not any(word in tables for word in ("Mina", "mina aldar", "923001234567"))


def test_a_visitor_is_forgotten_after_the_visit_and_a_guest_who_stays_is_not(clock_at):
    visitor = register("V-0001", kind="visitor", visit_begin=NOW, visit_end=NOW + timedelta(days=1))
    stays = register("L-0002")
    clock_at(NOW + KEPT + timedelta(days=2))
    forget_who_left()
    assert release.one(Person, MANAGER, visitor.pk).name == "-"
    assert release.one(Person, MANAGER, visitor.pk).left_at == NOW + timedelta(days=1)
    assert release.one(Person, MANAGER, stays.pk).name == "Mina Aldar"


def test_it_is_an_entry_that_the_partner_sees_and_the_host_does_not(clock_at):
    row = register()
    acts.leave(MANAGER, row.pk)
    clock_at(NOW + KEPT * 2)
    before = records.size()
    forget_who_left()
    assert [entry.act for entry in records.entries(before, before + 5)] == ["person.forget"]
    [made] = release.listing(Forgetting, HEAD)
    assert (made.people, made.references) == (1, ["L-0001"])
    assert release.listing(Forgetting, COMMANDER) == []


@pytest.mark.parametrize("actor", [MANAGER, COMMANDER])
def test_nobody_but_the_node_forgets(actor):
    with pytest.raises(Refused):
        forget(actor, party="partner", left_before=NOW)


def test_the_commitment_stays_and_nobody_can_guess_what_it_was_to():
    row = register()
    given = acts.persons.particulars_of(row)
    assert given.commitment(bytes(row.salt)) != given.commitment(b"")
    assert len(row.salt) == 32
    assert register("L-0002").salt != row.salt


def test_each_accord_has_a_time_of_its_own():
    days = {
        name: load_accord(sample(name)).classes["person"].retention_days for name in ("joint-security", "humanitarian")
    }
    assert days == {"joint-security": 30, "humanitarian": 14}
    assert node.current().accord.classes["person"].retention_days == KEPT.days
