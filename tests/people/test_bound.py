"""A person reaches what is held of themselves, a warden their own zones: by the pipelines, whatever a page forgets."""

from __future__ import annotations

import pytest
from django.apps import apps
from tests.people.roster import ANALYST, COMMANDER, HEAD, LIAISON, MANAGER, SITE, person, register, warden, with_account

from safeconduct import node, release
from safeconduct.accord.vocabulary import PERSONAL
from safeconduct.people import person_acts as acts
from safeconduct.people.models import HelpLine, Person, Zone
from safeconduct.store import bound
from safeconduct.store.guard import passage
from safeconduct.store.models import Event, Marked
from safeconduct.terms.decision import Refused
from safeconduct.terms.errors import NotFound
from safeconduct.terms.party import Grant

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    """Two zones: the first has a warden, an alternate and one more; the second one person."""
    found = {
        name: with_account(register(f"L-000{at}", f"{name.title()} Aldar"), name)
        for at, name in enumerate(("warden", "alternate", "person", "other"))
    }
    ids = {name: str(row.pk) for name, row in found.items()}
    first = acts.make_zone(MANAGER, site=SITE, name="North", warden=ids["warden"], alternates=[ids["alternate"]])
    second = acts.make_zone(MANAGER, site=SITE, name="South")
    for name, row in found.items():
        acts.change(MANAGER, row.pk, {"zone": second.pk if name == "other" else first.pk})
    return found | {"first": first, "second": second}


def names(reader) -> set[str]:
    return {row.name.split()[0].lower() for row in release.listing(Person, reader)}


def test_a_person_reads_themselves_and_nobody_else(people):
    assert names(person()) == {"person"}
    assert names(person("stranger")) == set()
    assert names(person("")) == set()
    assert release.one(Person, person(), people["person"].pk).name == "Person Aldar"
    with pytest.raises(NotFound):
        release.one(Person, person(), people["other"].pk)
    assert release.count(Person, person()) == 1


@pytest.mark.parametrize("name", ["warden", "alternate"])
def test_a_warden_and_an_alternate_read_their_own_zone(people, name):
    assert names(warden(name)) == {"warden", "alternate", "person"}
    assert names(warden(name, "harbour")) == set()
    with pytest.raises(NotFound):
        release.one(Person, warden(name), people["other"].pk)


def test_a_warden_without_a_zone_reads_nobody(people):
    assert names(warden("other")) == set()
    acts.change_zone(MANAGER, people["first"].pk, name="North")
    assert names(warden()) == set()


def test_what_a_person_reads_of_themselves_is_not_read_of_others_by_another_of_their_roles(people):
    """The vetting of oneself comes by the one role, the names of one's zone by the other: they do not add up."""
    both = person("warden", Grant("partner.warden", SITE))
    rows = {row.name: row for row in release.listing(Person, both)}
    assert set(rows) == {"Warden Aldar", "Alternate Aldar", "Person Aldar"}
    assert "vetting" in rows["Warden Aldar"]
    assert "vetting" not in rows["Person Aldar"]
    assert "vetting" not in release.one(Person, both, people["person"].pk)
    assert "vetting" in release.one(Person, both, people["warden"].pk)
    few = release.listing(Person, both, fields=["name", "vetting"])
    assert [set(row) for row in few if row.name == "Person Aldar"] == [{"name"}]


@pytest.mark.parametrize(
    "model", [one for one in apps.get_models() if issubclass(one, Marked) and one.info_class in PERSONAL]
)
@pytest.mark.parametrize("reader", [person("stranger"), warden("stranger")])
def test_of_a_personal_class_who_is_nobody_is_given_no_row_whatever_the_articles_say(people, model, reader):
    """Even of a class that names nobody's rows: an article that lets them read it reaches none."""
    accord = node.current().accord
    held = bound.offices(accord, reader, model)
    assert held
    assert bound.without(accord, reader, held).grants == ()
    with passage("release"):
        nobodys = model.objects.filter(bound.theirs(model, *held, reader))
        assert model is HelpLine or not nobodys.exists()


def test_a_role_that_is_bound_to_nothing_reads_on(people):
    assert names(MANAGER) == {"warden", "alternate", "person", "other"}
    assert names(person("person", Grant("partner.project_manager"))) == {"warden", "alternate", "person", "other"}


@pytest.mark.parametrize("reader", [COMMANDER, ANALYST])
def test_neither_the_host_nor_an_analyst_reads_anyone(people, reader):
    assert release.listing(Person, reader) == []
    assert release.listing(Zone, reader) == []


def test_fields_are_those_of_the_role(people):
    row = people["person"].pk
    assert "contacts" not in release.one(Person, HEAD, row)
    assert "contacts" in release.one(Person, LIAISON, row)
    assert "seen_as" not in release.one(Person, LIAISON, row)
    assert "seen_as" in release.one(Person, MANAGER, row)
    assert "vetting" not in release.one(Person, warden(), row)
    assert all("user_name" not in row for row in release.listing(Person, MANAGER))


def test_an_act_on_another_finds_nothing(people):
    with pytest.raises(NotFound):
        acts.choose(person(), people["other"].pk, seen_as="off")
    with pytest.raises(NotFound):
        acts.choose(warden(), people["other"].pk, seen_as="off", note="By telephone.")
    with pytest.raises(NotFound):
        acts.leave(person(), people["other"].pk)
    with pytest.raises(NotFound):
        acts.leave(COMMANDER, people["person"].pk)


def test_a_role_over_others_gives_no_power_that_is_for_oneself(people):
    """A person who reads the whole list as liaison officer does not choose for those on it."""
    both = person("person", Grant("partner.liaison_officer"))
    acts.choose(both, people["person"].pk, seen_as="off")
    with pytest.raises(Refused):
        acts.choose(both, people["other"].pk, seen_as="off")
    with pytest.raises(Refused):
        acts.leave(both, people["other"].pk)


def test_each_hears_of_what_is_theirs(people):
    acts.choose(person(), people["person"].pk, seen_as="off")
    acts.choose(person("other"), people["other"].pk, seen_as="off")
    with passage("release"):
        mine, others = Event.objects.order_by("-id")[:2][::-1]
    assert (mine.ref, others.ref) == (people["person"].pk, people["other"].pk)
    assert release.may_hear(person(), mine)
    assert not release.may_hear(person(), others)
    assert release.may_hear(warden(), mine)
    assert not release.may_hear(warden(), others)
    assert release.may_hear(MANAGER, others)
    assert not release.may_hear(LIAISON, mine), "the liaison officer is not told how anyone is seen"
    assert not release.may_hear(COMMANDER, mine)
