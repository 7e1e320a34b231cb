"""Pages of late release: looks, manifests, cards and calendars count, and say no more than their reader may have."""

from __future__ import annotations

import re

import pytest
from tests.movements.case import ROUTE, place_site, plan_convoy

from safeconduct import release
from safeconduct.movements import acts
from safeconduct.movements.models import Movement
from safeconduct.movements.protection.reactions import disclose_what_is_due
from safeconduct.people import looks

pytestmark = pytest.mark.django_db


@pytest.fixture
def ground(as_role):
    place_site(as_role)


def whats(as_role, ref, role="partner.project_manager"):
    return {(one["role"], one["what"]) for one in looks.of(as_role(role), ref)}


def test_opening_a_plan_is_a_look_and_everyone_concerned_sees_it(as_role, ground, login):
    ref = plan_convoy(as_role)
    assert login("host.duty_officer").get(f"/movements/{ref}/").status_code == 200
    page = login("partner.project_manager").get(f"/movements/{ref}/looks/").content.decode()
    assert "Duty officer" in page and "duty</bdi>" not in page
    assert ("host.duty_officer", "page") in whats(as_role, ref)


def test_a_page_whose_look_cannot_be_entered_is_not_shown(as_role, ground, login, monkeypatch):
    ref = plan_convoy(as_role)
    client = login("host.duty_officer")

    def broken(*_, **__):
        raise RuntimeError("no look")

    monkeypatch.setattr("safeconduct.people.looks.enter_looks", broken)
    for path in (f"/movements/{ref}/", f"/movements/{ref}/card/", f"/api/movements/{ref}"):
        with pytest.raises(RuntimeError):
            client.get(path)


def test_a_gate_post_sees_no_route_no_time_and_no_gate_before_its_leg_is_due(as_role, ground, login):
    ref = plan_convoy(as_role)
    post = login("host.gate_post")
    shown = {path: post.get(path) for path in ("/movements/", f"/movements/{ref}/", f"/api/movements/{ref}")}
    for path, answer in shown.items():
        text = answer.content.decode()
        assert answer.status_code == 200, path
        assert ROUTE not in text and "data-condition" not in text, path
        assert "depart_at" not in text and "is_open" not in text, path
    disclose_what_is_due()
    for path in (f"/movements/{ref}/", f"/api/movements/{ref}"):
        assert ROUTE in post.get(path).content.decode(), path


def test_a_gate_post_that_is_not_told_yet_learns_nothing_by_entering_a_departure(as_role, ground, login):
    ref = plan_convoy(as_role)
    post = login("host.gate_post")
    answer = post.post(f"/api/movements/{ref}/depart", content_type="application/json")
    assert answer.status_code == 422
    assert "gate." not in answer.content.decode()
    disclose_what_is_due()
    assert "gate.keys" in post.post(f"/api/movements/{ref}/depart", content_type="application/json").content.decode()


def test_a_manifest_is_viewed_by_a_post_and_not_by_a_link(as_role, ground, login):
    ref = plan_convoy(as_role)
    acts.consent(as_role("partner.head_of_mission"), ref)
    acts.consent(as_role("host.commander"), ref)
    post = login("host.gate_post")
    assert post.post(f"/movements/{ref}/manifest").status_code == 404
    disclose_what_is_due()
    assert post.get(f"/movements/{ref}/manifest").status_code == 405
    text = post.post(f"/movements/{ref}/manifest").content.decode()
    assert text.count("Somebody Made Up") == 13 and "Read by gatepost" in text
    assert ("host.gate_post", "manifest") in whats(as_role, ref)
    assert login("host.focal_point").post(f"/movements/{ref}/manifest").status_code == 404


def test_a_card_bears_its_readers_name_and_counts(as_role, ground, login):
    ref = plan_convoy(as_role)
    text = login("host.duty_officer").get(f"/movements/{ref}/card/").content.decode()
    assert "Read by duty" in text and ROUTE in text
    assert ("host.duty_officer", "card") in whats(as_role, ref)
    post = login("host.gate_post").get(f"/movements/{ref}/card/").content.decode()
    assert ROUTE not in post


def address_of(client, **data):
    answer = client.post("/movements/calendars/", {"name": "phone", **data})
    assert answer.status_code == 201
    return re.search(r"/calendar/[^\"]+\.ics", answer.content.decode())[0]


def test_a_calendar_says_when_and_no_more_and_each_fetch_is_a_look(as_role, ground, login, client):
    ref = plan_convoy(as_role)
    address = address_of(login("host.duty_officer"))
    answer = client.get(address)
    assert answer.status_code == 200 and answer["Content-Type"].startswith("text/calendar")
    text = answer.content.decode()
    assert f"UID:{ref}@" in text and "Convoy Heron" not in text and ROUTE not in text
    assert ("host.duty_officer", "calendar") in whats(as_role, ref)
    assert "Convoy Heron" in client.get(address_of(login("host.duty_officer"), details="on")).content.decode()


def test_a_revoked_calendar_and_a_guessed_one_answer_alike(as_role, ground, login, client):
    duty = login("host.duty_officer")
    address = address_of(duty)
    page = duty.get("/movements/calendars/").content.decode()
    revoke = re.search(r"/movements/calendars/tokens/[0-9a-f-]+/revoke", page)[0]
    duty.post(revoke)
    assert client.get(address).status_code == client.get("/calendar/sc_calendar_guess.ics").status_code == 404


def test_whoever_is_told_late_keeps_no_calendar(as_role, ground, login):
    assert login("host.gate_post").post("/movements/calendars/", {"name": "phone"}).status_code == 403


def test_the_api_hands_out_no_itineraries_in_bulk(as_role, ground, login, monkeypatch):
    refs = [plan_convoy(as_role, name=f"Convoy {number}", people=1, vehicles=1) for number in range(3)]
    from dataclasses import replace

    from safeconduct import node

    accord = node.current().accord
    tight = tuple(
        replace(one, most=1, stop=2) if (one.of, one.rule) == ("movement", "many") else one
        for one in accord.schedule.reading_limits
    )
    monkeypatch.setitem(
        node.current().__dict__, "accord", replace(accord, schedule=replace(accord.schedule, reading_limits=tight))
    )
    client = login("host.duty_officer")
    assert client.get("/api/movements?limit=2").status_code == 200
    stopped = client.get("/api/movements")
    assert stopped.status_code == 429 and "article" in stopped.json()
    assert client.get(f"/movements/{refs[0]}/").status_code == 429
    alarms = login("partner.head_of_mission").get("/people/reading/").content.decode()
    assert "So much that they were stopped" in alarms and "duty" in alarms
    assert release.count(Movement, as_role("host.duty_officer")) == 3
