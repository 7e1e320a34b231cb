"""The list taken out: by those who keep it, with a reason, the fields that were asked for, and a look at everyone."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from tests.people.roster import COMMANDER, HEAD, LIAISON, MANAGER, SITE, person, register, warden

from safeconduct import release
from safeconduct.people import looks
from safeconduct.people import person_acts as acts
from safeconduct.people import person_queries as queries
from safeconduct.people.exporting import FIELDS
from safeconduct.people.importing import read_roster
from safeconduct.people.models import Export
from safeconduct.record import queries as records
from safeconduct.terms.decision import Refused
from safeconduct.terms.errors import BadInput

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _clock(clock_at):
    clock_at(NOW)


def taken(fields, **given) -> list[dict[str, str]]:
    made = queries.export(MANAGER, site="", fields=list(fields), reason="The insurer asks.", **given)
    return list(csv.DictReader(io.StringIO(made.content.decode("utf-8-sig"))))


def test_it_holds_what_was_asked_for_and_no_more():
    register("L-0002", "Timo Beren")
    register("L-0001", "Mina Aldar", contacts=[{"channel": "sms", "address": "+923001234567"}])
    assert taken(["reference", "name"]) == [
        {"reference": "L-0001", "name": "Mina Aldar"},
        {"reference": "L-0002", "name": "Timo Beren"},
    ]


def test_it_is_on_the_record_with_who_and_why_and_every_person_can_see_it():
    row = register()
    before = records.size()
    taken(["reference"])
    assert [entry.act for entry in records.entries(before, before + 9)] == ["person.export", "look.enter"]
    [made] = release.listing(Export, HEAD)
    assert (made.by, made.reason, made.people, made.fields) == ("manager", "The insurer asks.", 1, ["reference"])
    assert [one.what for one in looks.of(HEAD, row.pk)] == ["export"]


@pytest.mark.parametrize("fields", [[], ["seen_as"], ["user_name"], ["salt"], ["reference", "journeys"], ["left_at"]])
def test_how_somebody_is_seen_is_in_no_export(fields):
    register()
    with pytest.raises(BadInput):
        taken(fields)
    assert release.count(Export, HEAD) == 0


@pytest.mark.parametrize("actor", [COMMANDER, LIAISON, HEAD, warden(), person()])
def test_nobody_else_takes_it_out(actor):
    register()
    with pytest.raises(Refused):
        queries.export(actor, site="", fields=["reference"], reason="Because.")


def test_a_reason_is_wanted():
    with pytest.raises(BadInput):
        queries.export(MANAGER, site="", fields=["reference"], reason=" ")


def test_what_was_taken_out_can_be_taken_in_again():
    zone = acts.make_zone(MANAGER, site=SITE, name="North")
    contacts = [{"channel": "sms", "address": "+923001234567"}, {"channel": "mail", "address": "m@lioran.example"}]
    row = register(
        contacts=contacts, company="Works, Ltd", zone=zone.pk, language="ur", training_until=date(2026, 12, 1)
    )
    acts.vet(LIAISON, row.pk, vetting="cleared", until=date(2027, 1, 1))
    register("V-0001", "Timo Beren", kind="visitor", visit_begin=NOW, visit_end=NOW.replace(day=9))
    made = queries.export(MANAGER, site="", fields=list(FIELDS), reason="A copy.")
    roster = read_roster(made.content, ZoneInfo("UTC"))
    again = queries.compared(MANAGER, roster, "")
    assert (roster.faults, list(again.new), list(again.changed), again.same) == ([], [], [], 2)


def test_a_cell_that_would_compute_is_made_inert():
    register("L-0001", '=HYPERLINK("http://x")')
    register("L-0002", "+cmd|' /C calc'!A0")
    register("L-0003", "@sum(a)")
    assert all(row["name"].startswith("'") for row in taken(["name"]))


def test_a_site_alone_is_taken_out():
    register("L-0001")
    register("L-0002", site="port")
    made = queries.export(MANAGER, site="port", fields=["reference"], reason="A copy.")
    assert made.people == 1
    assert b"L-0002" in made.content
