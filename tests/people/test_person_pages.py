"""The pages of the list and its API: for whom they are, and what they say of what is wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import orjson
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.people.roster import MANAGER, SITE, register, with_account

from safeconduct import release
from safeconduct.people import looks
from safeconduct.people import person_acts as acts
from safeconduct.people.models import Person
from safeconduct.people.person_contexts import MOST_LOOKS

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
FORM = {"reference": "L-0042", "name": "Mina Aldar", "kind": "guard", "site": SITE}
MANAGING, LIAISING, WARDING, BEING = (
    *("partner.project_manager", "partner.liaison_officer", "partner.warden", "partner.person"),
)


@pytest.fixture(autouse=True)
def _clock(clock_at):
    clock_at(NOW)


def file(content: str, name: str = "roster.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content.encode(), "text/csv")


def text(answer) -> str:
    return answer.content.decode()


def test_a_manager_registers_changes_and_takes_off(login):
    client = login(MANAGING)
    made = client.post("/people/persons/register", FORM | {"sms": "+923001234567"})
    assert made.status_code == 302
    page = client.get(made["Location"])
    assert "Mina Aldar" in text(page)
    assert "+923001234567" in text(page)
    changed = client.post(f"{made['Location']}change", FORM | {"name": "Mina Beren", "sms": "+923001234567"})
    assert changed.status_code == 302
    row = release.listing(Person, MANAGER)[0]
    assert (row.name, row.contacts) == ("Mina Beren", [{"channel": "sms", "address": "+923001234567"}])
    assert client.post(f"{made['Location']}leave").status_code == 302
    assert "Left the list" in text(client.get(made["Location"]))


def test_what_is_wrong_is_told_beside_its_field_and_what_was_entered_stays(login):
    answer = login(MANAGING).post("/people/persons/register", FORM | {"reference": "l 1", "sms": "0300"})
    assert answer.status_code == 422
    assert "Want 3 to 32 capital letters" in text(answer)
    assert "Want telephone numbers" in text(answer)
    assert 'value="Mina Aldar"' in text(answer)


def test_who_does_not_keep_the_list_finds_and_sees_no_list(login):
    register("L-0001", "Mina Aldar")
    client = login(LIAISING)
    assert "Mina" not in text(client.get("/people/persons/"))
    assert "Mina Aldar" in text(client.post("/people/persons/find", {"text": "ald"}))
    refused = client.post("/people/persons/find", {"text": "al"})
    assert refused.status_code == 422
    assert "at least three letters" in text(refused)
    assert client.get("/people/due/").status_code == 403


def test_names_stand_in_no_address(login):
    assert login(LIAISING).get("/people/persons/find", {"text": "aldar"}).status_code == 405


def test_the_list_comes_a_page_at_a_time(login):
    for at in range(60):
        register(f"L-{at:04}", f"Mina Aldar {at}")
    client = login(MANAGING)
    page = text(client.get("/people/persons/"))
    assert page.count('href="/people/persons/0') == 50
    after = page.split("after=")[1].split('"')[0]
    more = text(client.get(f"/people/persons/?after={after}", headers={"HX-Request": "true"}))
    assert (more.count('href="/people/persons/0'), "<html" in more) == (10, False)


def test_a_page_asks_no_more_of_the_database_for_more_people(login, django_assert_max_num_queries):
    zone = acts.make_zone(MANAGER, site=SITE, name="North")
    for at in range(45):
        register(f"L-{at:04}", f"Mina Aldar {at}", zone=zone.pk)
    client = login(MANAGING)
    client.get("/people/persons/")
    with django_assert_max_num_queries(40):
        client.get("/people/persons/")


def test_a_person_is_shown_with_who_looked(login):
    row = register()
    login(LIAISING).get(f"/people/persons/{row.pk}/")
    page = text(login(MANAGING).get(f"/people/persons/{row.pk}/"))
    assert "Security liaison officer" in page
    assert MOST_LOOKS >= 20


def test_a_person_reads_and_chooses_for_themselves_without_a_look(login):
    mine, other = with_account(register("L-0001"), "person"), register("L-0002")
    client = login(BEING)
    assert "Mina Aldar" in text(client.get(f"/people/persons/{mine.pk}/"))
    assert client.get(f"/people/persons/{other.pk}/").status_code == 404
    assert client.post(f"/people/persons/{mine.pk}/choose", {"seen_as": "off"}).status_code == 302
    assert release.one(Person, MANAGER, mine.pk).seen_as == "off"
    answer = client.post(f"/api/persons/{mine.pk}/choose", b'{"seen_as": "zone"}', "application/json")
    assert answer.json()["seen_as"] == "zone"
    assert looks.of(MANAGER, mine.pk) == []


def test_a_warden_has_a_list_of_their_zone_and_enters_a_choice_with_a_note(login):
    mine = with_account(register("L-0001", "Warden Aldar"), "warden")
    zone = acts.make_zone(MANAGER, site=SITE, name="North", warden=str(mine.pk))
    row = register("L-0002", "Mina Within", zone=zone.pk)
    register("L-0003", "Timo Without")
    client = login(WARDING)
    page = text(client.get("/people/persons/"))
    assert "Mina Within" in page
    assert "Timo Without" not in page
    assert client.post(f"/people/persons/{row.pk}/choose", {"seen_as": "off"}).status_code == 422
    chosen = {"seen_as": "off", "note": "Asked by telephone."}
    assert client.post(f"/people/persons/{row.pk}/choose", chosen).status_code == 302


def test_zones_are_made_and_changed_by_references(login):
    register("L-0001")
    register("L-0002")
    client = login(MANAGING)
    made = client.post("/people/zones/", {"site": SITE, "name": "North", "warden": "l-0001", "alternates": "L-0002"})
    assert made.status_code == 302
    page = text(client.get("/people/zones/"))
    assert "L-0001" in page
    wrong = client.post("/people/zones/", {"site": SITE, "name": "South", "warden": "L-0009"})
    assert wrong.status_code == 422
    assert "Want a person of this site" in text(wrong)


def test_a_roster_is_checked_before_it_is_taken_in(login):
    client = login(MANAGING)
    bad = "reference,name,kind\nL-0001,Mina,guard\nL-0002,Timo,spy\n"
    checked = client.post("/people/rosters/check", {"site": SITE, "file": file(bad)}, headers={"HX-Request": "true"})
    assert checked.status_code == 200
    assert "1 problem" in text(checked)
    assert "<td>3</td>" in text(checked)
    refused = client.post("/people/rosters/import", {"site": SITE, "file": file(bad)})
    assert refused.status_code == 422
    assert release.count(Person, MANAGER) == 0
    good = bad.replace("spy", "driver")
    checked = client.post("/people/rosters/check", {"site": SITE, "file": file(good)})
    assert "2 new people" in text(checked)
    assert client.post("/people/rosters/import", {"site": SITE, "file": file(good)}).status_code == 302
    assert release.count(Person, MANAGER) == 2
    assert "no roster that can be read" in text(client.post("/people/rosters/check", {"file": file("%PDF")}))
    assert client.post("/people/rosters/import", {"site": SITE}).status_code == 422


def test_the_list_is_taken_out_as_a_file(login):
    register()
    client = login(MANAGING)
    answer = client.post("/people/rosters/export", {"fields_": ["reference", "kind"], "reason": "The insurer asks."})
    assert answer["Content-Type"].startswith("text/csv")
    assert b"L-0001,protected" in answer.content
    assert b"Mina" not in answer.content
    assert "The insurer asks." in text(client.get("/people/rosters/"))
    assert client.post("/people/rosters/export", {"reason": "x"}).status_code == 422


class TestApi:
    def post(self, client, path, body):
        raw = body if isinstance(body, bytes) else orjson.dumps(body)
        return client.post(path, raw, "application/json" if raw is not body else "text/csv")

    def test_a_person_by_the_api(self, login):
        client = login(MANAGING)
        made = self.post(client, "/api/persons", FORM | {"training_until": "2026-12-01"})
        assert made.status_code == 201
        ref = made.json()["id"]
        assert made.json()["training_until"] == "2026-12-01"
        changed = self.post(client, f"/api/persons/{ref}/change", {"name": "Mina Beren", "training_until": None})
        assert (changed.json()["name"], changed.json()["training_until"]) == ("Mina Beren", None)
        vetted = self.post(client, f"/api/persons/{ref}/vet", {"vetting": "cleared", "until": "2027-01-01"})
        assert vetted.json()["vetted_until"] == "2027-01-01"
        assert [one["id"] for one in client.get("/api/persons").json()["items"]] == [ref]
        found = self.post(login(LIAISING), "/api/persons/find", {"text": "beren"}).json()
        assert (len(found["items"]), found["more"]) == (1, False)
        assert "seen_as" not in found["items"][0]
        assert self.post(client, f"/api/persons/{ref}/leave", {}).json()["left_at"]

    def test_a_roster_by_the_api(self, login):
        client = login(MANAGING)
        bad = b"reference,name,kind\nL-0001,Mina,spy\n"
        checked = self.post(client, f"/api/persons/check?site={SITE}", bad).json()
        assert checked["first_faults"] == [
            {"row": 2, "column": "kind", "found": "'spy'", "wanted": "one of protected, guard, driver, visitor"}
        ]
        refused = self.post(client, f"/api/persons/import?site={SITE}", bad)
        assert refused.json()["faults"][0]["where"] == "row 2, kind"
        done = self.post(client, f"/api/persons/import?site={SITE}", bad.replace(b"spy", b"guard"))
        assert done.json()["new"] == 1
        taken = self.post(client, "/api/persons/export", {"fields": ["reference"], "reason": "The insurer asks."})
        assert b"L-0001" in taken.content

    def test_what_is_due_by_the_api(self, login):
        row = register()
        acts.vet(MANAGER, row.pk, vetting="cleared", until=NOW.date() + timedelta(days=10))
        assert [one["reference"] for one in login(MANAGING).get("/api/persons/due").json()["items"]] == ["L-0001"]
