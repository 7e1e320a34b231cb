"""Persons and zones: what may be written down of whom, and by whom."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import orjson
import pytest
from tests.people.roster import COMMANDER, HEAD, LIAISON, MANAGER, SITE, person, register, warden, with_account

from safeconduct import release
from safeconduct.accord.vocabulary import CLASSES
from safeconduct.people import looks
from safeconduct.people import person_acts as acts
from safeconduct.people import person_queries as queries
from safeconduct.people.models import Person
from safeconduct.record import queries as records
from safeconduct.record.models import Payload
from safeconduct.store.guard import passage
from safeconduct.terms import instant
from safeconduct.terms.decision import Refused
from safeconduct.terms.errors import BadInput
from safeconduct.terms.party import Grant, Principal

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LATER = date(2027, 3, 2)


@pytest.fixture(autouse=True)
def _clock(clock_at):
    clock_at(NOW)


def at_(error) -> set[str]:
    return {fault.where for fault in error.value.faults}


def read(row, reader=MANAGER):
    return release.one(Person, reader, row.pk)


def test_no_field_tells_of_ethnicity_religion_health_or_blood():
    assert not {"ethnicity", "religion", "health", "blood", "blood_group", "nationality"} & set(CLASSES["person"])
    columns = {one.name for one in Person._meta.get_fields()}
    assert not any(word in name for name in columns for word in ("ethnic", "relig", "health", "blood", "nation"))


def test_a_person_is_registered_with_what_was_given():
    contacts = [{"channel": "sms", "address": "+923001234567"}, {"channel": "mail", "address": "mina@lioran.example"}]
    row = read(register(contacts=contacts, company="Harbour Works", language="ur"))
    assert (row.name, row.kind, row.contacts, row.language, row.site) == (
        "Mina Aldar",
        "protected",
        contacts,
        "ur",
        SITE,
    )
    assert (row.vetting, row.seen_as, row.left_at) == ("asked", "zone", None)


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"reference": "l-1"}, "reference"),
        ({"reference": "L 0042"}, "reference"),
        ({"name": ""}, "name"),
        ({"name": " Mina"}, "name"),
        ({"name": "Mi\u202ena"}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"kind": "spy"}, "kind"),
        ({"language": "xx"}, "language"),
        ({"contacts": [{"channel": "sms", "address": "0300 1234567"}]}, "contacts"),
        ({"contacts": [{"channel": "pigeon", "address": "Otto"}]}, "contacts"),
        ({"contacts": [{"channel": "mail", "address": "mina"}]}, "contacts"),
        ({"contacts": [{"channel": "chat", "address": "a"}] * 7}, "contacts"),
        ({"contacts": [{"channel": "chat", "address": "a", "blood": "A"}]}, "contacts"),
        ({"kind": "visitor"}, "visit_begin"),
        ({"kind": "visitor", "visit_begin": NOW, "visit_end": NOW}, "visit_end"),
        ({"visit_end": NOW}, "visit_end"),
        ({"zone": "01935000-0000-7000-8000-000000000000"}, "zone"),
    ],
)
def test_what_is_wrong_is_named_by_field(given, where):
    with pytest.raises(BadInput) as error:
        register(**given)
    assert where in at_(error)
    assert release.count(Person, MANAGER) == 0


def test_a_reference_is_given_once_in_a_party():
    first = register()
    with pytest.raises(BadInput) as error:
        register(name="Somebody Else")
    assert at_(error) == {"reference"}
    other = register("L-0002")
    with pytest.raises(BadInput):
        acts.change(MANAGER, other.pk, {"reference": "L-0001"})
    acts.change(MANAGER, first.pk, {"reference": "L-0001", "company": "Works"})


@pytest.mark.parametrize("actor", [COMMANDER, LIAISON, HEAD, warden(), person()])
def test_only_who_keeps_the_list_registers(actor):
    with pytest.raises(Refused) as no:
        register(by=actor)
    assert no.value.decision.article.startswith("21.")


def test_who_they_are_is_not_on_the_record_but_committed_to():
    row = register(name="Mina Aldar", contacts=[{"channel": "sms", "address": "+923001234567"}])
    acts.change(MANAGER, row.pk, {"company": "Harbour Works"})
    with passage("release"):
        texts = [one for one in Payload.objects.values_list("text", flat=True) if one]
        person_ = Person.objects.get(pk=row.pk)
    assert not any(word in text for text in texts for word in ("Mina", "Harbour Works", "923001234567"))
    changed = next(payload for text in reversed(texts) if "commitment" in (payload := orjson.loads(text)))
    assert changed["changed"] == ["company"]
    assert changed["commitment"] == acts.persons.particulars_of(person_).commitment(bytes(person_.salt))
    assert [entry.act for entry in records.entries(0, 10)][-2:] == ["person.register", "person.change"]


def test_a_change_leaves_the_rest_and_refuses_what_is_no_particular():
    row = register(company="Harbour Works")
    acts.change(MANAGER, row.pk, {"language": "zh-hans"})
    assert (read(row).company, read(row).language) == ("Harbour Works", "zh-hans")
    for name in ("religion", "seen_as", "user_name", "vetting"):
        with pytest.raises(BadInput):
            acts.change(MANAGER, row.pk, {name: "off"})


def test_a_person_moves_only_to_where_the_mover_keeps_the_list_too():
    here = Principal("site manager", "partner", (Grant("partner.project_manager", SITE),))
    both = Principal(
        "manager", "partner", (Grant("partner.project_manager", SITE), Grant("partner.project_manager", "port"))
    )
    row = register()
    with pytest.raises(Refused):
        acts.change(here, row.pk, {}, site="port")
    assert read(row).site == SITE
    acts.change(both, row.pk, {}, site="port")
    assert read(row).site == "port"
    assert release.count(Person, here) == 0


class TestVetting:
    def test_who_is_cleared_is_so_until_a_day(self):
        row = register()
        acts.vet(LIAISON, row.pk, vetting="cleared", until=LATER)
        assert (read(row).vetting, read(row).vetted_until) == ("cleared", LATER)
        acts.vet(MANAGER, row.pk, vetting="refused")
        assert read(row).vetted_until is None

    @pytest.mark.parametrize(
        "given",
        [
            {"vetting": "cleared"},
            {"vetting": "cleared", "until": NOW.date()},
            {"vetting": "asked", "until": LATER},
            {"vetting": "x"},
        ],
    )
    def test_a_vetting_without_an_end_is_refused(self, given):
        with pytest.raises(BadInput):
            acts.vet(LIAISON, register().pk, **given)

    def test_what_is_due_is_shown_the_most_urgent_first(self):
        days = {"L-0001": 400, "L-0002": 50, "L-0003": 5, "L-0004": None}
        for reference, left in days.items():
            row = register(reference)
            if left:
                acts.vet(LIAISON, row.pk, vetting="cleared", until=NOW.date() + timedelta(days=left))
        trained = register("L-0005", training_until=NOW.date() - timedelta(days=1))
        acts.vet(LIAISON, trained.pk, vetting="cleared", until=LATER)
        due = queries.due(MANAGER, NOW.date())
        assert [row.reference for row in due] == ["L-0004", "L-0003", "L-0002", "L-0005"]


class TestChoice:
    def test_each_chooses_for_themselves(self):
        row = with_account(register(), "person")
        acts.choose(person(), row.pk, seen_as="cell", resolution=6)
        assert (read(row).seen_as, read(row).cell_resolution) == ("cell", 6)
        acts.choose(person(), row.pk, seen_as="off")
        assert (read(row).seen_as, read(row).cell_resolution) == ("off", None)

    @pytest.mark.parametrize("actor", [MANAGER, LIAISON, HEAD])
    def test_nobody_chooses_for_another(self, actor):
        row = with_account(register(), "person")
        with pytest.raises(Refused) as no:
            acts.choose(actor, row.pk, seen_as="cell", resolution=9)
        assert no.value.decision.article == "21.4"
        assert read(row).seen_as == "zone"

    def test_a_warden_enters_what_the_person_asked_for_with_a_note(self):
        mine = with_account(register("L-0001"), "warden")
        zone = acts.make_zone(MANAGER, site=SITE, name="North", warden=str(mine.pk))
        row = register("L-0002", zone=zone.pk)
        with pytest.raises(BadInput) as error:
            acts.choose(warden(), row.pk, seen_as="off")
        assert at_(error) == {"note"}
        acts.choose(warden(), row.pk, seen_as="off", note="Asked on the telephone.")
        assert read(row).seen_as == "off"

    @pytest.mark.parametrize(
        "given",
        [
            {"seen_as": "exact"},
            {"seen_as": "cell"},
            {"seen_as": "cell", "resolution": 10},
            {"seen_as": "cell", "resolution": 3},
            {"seen_as": "zone", "resolution": 6},
        ],
    )
    def test_nobody_is_seen_finer_than_an_area(self, given):
        row = with_account(register(), "person")
        with pytest.raises(BadInput):
            acts.choose(person(), row.pk, **given)


class TestLeaving:
    @pytest.mark.parametrize("actor", [MANAGER, person()])
    def test_a_person_leaves_by_themselves_or_their_manager(self, actor):
        row = with_account(register(), "person")
        acts.leave(actor, row.pk)
        assert read(row).left_at == NOW
        assert [one.id for one in queries.listed(MANAGER).rows] == []
        assert [one.id for one in queries.listed(MANAGER, part="left").rows] == [row.pk]
        with pytest.raises(BadInput):
            acts.change(MANAGER, row.pk, {"company": "Works"})
        with pytest.raises(BadInput):
            acts.leave(MANAGER, row.pk)

    def test_a_warden_hands_over_first(self):
        row = register()
        zone = acts.make_zone(MANAGER, site=SITE, name="North", warden=str(row.pk))
        with pytest.raises(BadInput):
            acts.leave(MANAGER, row.pk)
        acts.change_zone(MANAGER, zone.pk, name="North")
        acts.leave(MANAGER, row.pk)

    def test_a_visitor_falls_out_of_the_list_when_the_visit_is_over(self, clock_at):
        register(kind="visitor", visit_begin=NOW + timedelta(hours=1), visit_end=NOW + timedelta(hours=5))
        assert not queries.listed(MANAGER).rows
        assert len(queries.listed(MANAGER, part="visitors").rows) == 1
        clock_at(NOW + timedelta(hours=2))
        assert len(queries.listed(MANAGER).rows) == 1
        clock_at(NOW + timedelta(hours=5))
        assert not queries.listed(MANAGER).rows
        assert queries.counted(MANAGER)["visitor"] == 0


class TestZones:
    def test_a_zone_has_a_warden_and_alternates_of_its_site(self):
        first, second = register("L-0001"), register("L-0002")
        zone = acts.make_zone(MANAGER, site=SITE, name="North", warden=str(first.pk), alternates=[str(second.pk)])
        row = queries.zone(MANAGER, zone.pk)
        assert (row.warden, row.alternates) == (first.pk, [str(second.pk)])

    @pytest.mark.parametrize(
        "who", [{"site": "port"}, {"kind": "visitor", "visit_begin": NOW, "visit_end": NOW + timedelta(days=1)}]
    )
    def test_nobody_of_another_site_and_no_visitor_is_a_warden(self, who):
        stranger = register("L-0009", **who)
        for given in ({"warden": str(stranger.pk)}, {"alternates": [str(stranger.pk)]}, {"warden": "nobody"}):
            with pytest.raises(BadInput):
                acts.make_zone(MANAGER, site=SITE, name="North", **given)

    def test_a_name_stands_once_at_a_site(self):
        acts.make_zone(MANAGER, site=SITE, name="North")
        acts.make_zone(MANAGER, site="port", name="North")
        with pytest.raises(BadInput):
            acts.make_zone(MANAGER, site=SITE, name="North ")

    def test_a_zone_with_people_stays_open(self):
        zone = acts.make_zone(MANAGER, site=SITE, name="North")
        row = register(zone=zone.pk)
        with pytest.raises(BadInput):
            acts.close_zone(MANAGER, zone.pk)
        acts.leave(MANAGER, row.pk)
        acts.close_zone(MANAGER, zone.pk)
        assert queries.zones(MANAGER) == []
        with pytest.raises(BadInput):
            register("L-0002", zone=zone.pk)

    def test_a_person_is_of_no_zone_of_another_site(self):
        zone = acts.make_zone(MANAGER, site="port", name="North")
        with pytest.raises(BadInput) as error:
            register(zone=zone.pk)
        assert at_(error) == {"zone"}


class TestLooks:
    def test_who_is_shown_is_entered(self):
        rows = [register(f"L-000{at}") for at in range(3)]
        queries.listed(MANAGER, limit=2)
        queries.person(LIAISON, rows[0].pk)
        assert {(one.role, one.what) for one in looks.of(MANAGER, rows[0].pk)} == {("partner.liaison_officer", "page")}
        assert {one.role for one in looks.of(MANAGER, rows[2].pk)} == {"partner.project_manager"}

    @pytest.mark.parametrize("reader", [LIAISON, HEAD, COMMANDER, person()])
    def test_the_list_is_shown_to_those_who_keep_it(self, reader):
        register()
        with pytest.raises(Refused):
            queries.listed(reader)
        with pytest.raises(Refused):
            queries.due(reader, instant.now().date())
