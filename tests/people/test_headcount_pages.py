"""Promises of the pages of headcounts and whereabouts: each reader sees what is theirs, and does what they may."""

from __future__ import annotations

import pytest
from tests.people import heads, roster
from tests.people.roster import HEAD, LIAISON, SITE

from safeconduct.people import looks
from safeconduct.people.headcounts.acts import answer_for, start
from safeconduct.people.whereabouts.acts import count_strength

pytestmark = pytest.mark.django_db


@pytest.fixture
def counted():
    """A headcount of three people in two zones, one of whom needs help."""
    north, south = heads.zone("North ward"), heads.zone("South ward")
    people = [*heads.people(2, zone=north), *heads.people(1, first=10, zone=south)]
    start(LIAISON, site=SITE, reason="Smoke at the depot")
    answer_for(LIAISON, [heads.answer_of(people[0]).pk], site=SITE, says="need_help")
    return people, heads.headcounts()[0]


def text(answer) -> str:
    return answer.content.decode()


def test_the_partner_sees_zones_and_people(login, counted):
    _, headcount = counted
    page = text(login("partner.liaison_officer").get(f"/headcounts/{headcount.pk}/"))
    for told in ("North ward", "South ward", "Person 1", "Smoke at the depot", "Needs help"):
        assert told in page
    page = text(login("partner.liaison_officer").get(f"/headcounts/{headcount.pk}/?show=waiting"))
    assert "Person 2" in page and "Person 10" in page and "+99900000002" in page


def test_the_host_sees_numbers_by_site_and_nothing_else(login, counted):
    _, headcount = counted
    page = text(login("host.commander").get(f"/headcounts/{headcount.pk}/"))
    assert SITE in page
    for told in ("North ward", "Person", "L-0001", "Smoke at the depot", "liaison", "+999"):
        assert told not in page
    assert "Person" not in text(login("host.commander").get("/headcounts/"))


def test_whoever_is_shown_is_entered_as_looked_at(login, counted):
    people, headcount = counted
    login("partner.project_manager").get(f"/headcounts/{headcount.pk}/?show=help")
    assert [one["role"] for one in looks.of(HEAD, people[0].pk)] == ["partner.project_manager"]
    assert looks.of(HEAD, people[1].pk) == []


def test_one_button_answers_for_one_and_picks_for_many(login, counted):
    people, headcount = counted
    client = login("partner.project_manager")
    refs = [str(heads.answer_of(one).pk) for one in people]
    client.post(f"/headcounts/{headcount.pk}/answer?show=help", {"one": f"{refs[0]} safe"})
    assert heads.answer_of(people[0]).state == "safe"
    answer = client.post(f"/headcounts/{headcount.pk}/answer", {"answers": refs[1:], "says": "not_in_area"})
    assert answer.status_code == 302
    assert heads.headcounts()[0].counts == {"safe": 1, "not_in_area": 2}
    assert all(heads.answer_of(one).proxy for one in people)


def test_the_form_starts_one_and_keeps_what_was_typed_when_it_is_wrong(login):
    heads.people(2)
    client = login("partner.project_manager")
    wrong = client.post("/headcounts/start/", {"site": SITE, "kind": "live", "reason": ""})
    assert wrong.status_code == 422 and heads.headcounts() == []
    right = client.post("/headcounts/start/", {"site": SITE, "kind": "drill", "reason": "Monthly.", "visitors": "on"})
    assert right.status_code == 302
    assert "Exercise" in text(client.get(right["Location"]))


def test_everyone_everywhere_waits_on_its_page_for_another(login):
    heads.people(1)
    heads.people(1, site="harbour", first=50)
    client = login("partner.project_manager")
    where = client.post("/headcounts/start/", {"site": "*", "kind": "live", "reason": "All."})["Location"]
    assert "must give the go" in text(client.get(where))
    assert "Give the go" not in text(client.get(where))
    other = login("partner.head_of_mission")
    assert "Give the go" in text(other.get(where))
    assert client.post(f"{where}confirm").status_code == 422
    assert other.post(f"{where}confirm").status_code == 302
    assert len(heads.answers()) == 2


def test_closing_without_a_reason_says_what_is_wanted(login, counted):
    _, headcount = counted
    client = login("partner.liaison_officer")
    wrong = client.post(f"/headcounts/{headcount.pk}/close", {"reason": ""})
    assert wrong.status_code == 422 and "It was not closed" in text(wrong)
    assert client.post(f"/headcounts/{headcount.pk}/close", {"reason": "Over."}).status_code == 302
    assert heads.headcounts()[0].state == "closed"


@pytest.mark.parametrize("query", ["show=nosuch", "from=x", "from=99999", "zone=-", "show=waiting&from=-1"])
def test_strange_queries_are_harmless(login, counted, query):
    _, headcount = counted
    assert login("partner.liaison_officer").get(f"/headcounts/{headcount.pk}/?{query}").status_code == 200


def test_a_zone_that_is_no_id_is_bad_input(login, counted):
    _, headcount = counted
    assert login("partner.liaison_officer").get(f"/headcounts/{headcount.pk}/?zone=x").status_code == 422


def test_the_list_is_paged(login):
    heads.people(60)
    start(LIAISON, site=SITE)
    client = login("partner.liaison_officer")
    first = text(client.get(f"/headcounts/{heads.headcounts()[0].pk}/?show=waiting"))
    second = text(client.get(f"/headcounts/{heads.headcounts()[0].pk}/?show=waiting&from=50"))
    assert "Person 50<" in first and "Person 51<" not in first
    assert "Person 51<" in second and "Person 50<" not in second


def test_whereabouts_show_ages_to_the_partner_and_a_rounded_number_to_the_host(login, counted):
    count_strength(heads.clock())
    partner = text(login("partner.liaison_officer").get(f"/people/whereabouts/?site={SITE}"))
    assert "Person 1" in partner and "headcount" in partner
    host = text(login("host.commander").get(f"/people/whereabouts/?site={SITE}"))
    assert "Person" not in host.replace("Persons", "") and ">5<" in host


def test_a_warden_sees_the_own_zone_alone(login):
    keeper = roster.with_account(heads.people(1, first=90)[0], "warden")
    north, south = heads.zone("North", warden=keeper), heads.zone("South")
    heads.people(1, zone=north)
    heads.people(1, first=10, zone=south)
    start(LIAISON, site=SITE)
    page = text(login("partner.warden").get(f"/headcounts/{heads.headcounts()[0].pk}/?show=waiting"))
    assert "Person 1<" in page and "Person 10" not in page


def test_the_api_starts_answers_and_closes(login):
    first, second = heads.people(2)
    client = login("partner.liaison_officer")
    made = client.post("/api/headcounts", {"sites": [SITE], "reason": "Smoke."}, "application/json")
    assert made.status_code == 201
    ref = made.json()["items"][0]["id"]
    answers = client.get(f"/api/headcounts/{ref}/answers").json()["items"]
    assert {one["person"] for one in answers} == {str(first.pk), str(second.pk)}
    body = {"answers": [one["id"] for one in answers], "says": "safe"}
    assert client.post(f"/api/headcounts/{ref}/answers", body, "application/json").json() == {"answered": 2}
    assert client.post(f"/api/headcounts/{ref}/close", {}, "application/json").json()["state"] == "closed"
    host = login("host.commander")
    assert set(host.get(f"/api/headcounts/{ref}").json()) == {
        *("id", "marking", "site", "call", "kind", "state", "begun_at", "closed_at", "counts", "targets")
    }
    assert host.get(f"/api/headcounts/{ref}/answers").json()["items"] == []
