"""The page of people: who holds which role, and tokens that are shown once."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from safeconduct.people import queries
from safeconduct.people.acts import appoint, dismiss, issue_token, revoke_token
from safeconduct.terms import instant
from safeconduct.terms.errors import BadInput, NotFound

pytestmark = pytest.mark.django_db


def held(login, role: str) -> str:
    text = login(role).get("/people/").content.decode()
    return re.sub(r"\s+", " ", text)


def test_both_parties_see_who_holds_which_role(login):
    login("host.duty_officer")
    assert "Duty officer" in held(login, "partner.liaison_officer")
    assert "Security liaison officer" in held(login, "host.duty_officer")


def test_a_gate_post_sees_no_appointments(login):
    login("host.duty_officer")
    text = held(login, "host.gate_post")
    assert "No appointment is released to you." in text
    assert "duty</strong>" not in text


def test_a_role_that_appoints_nobody_is_told_the_article(login):
    text = held(login, "host.duty_officer")
    assert "Article 3.2" in text
    assert 'action="/people/appointments/"' not in text
    form = {"user": "duty", "role": "host.commander"}
    response = login("host.duty_officer").post("/people/appointments/", form)
    assert response.status_code == 403
    assert "Article 3.2" in response.content.decode()


def test_a_head_appoints_and_dismisses_own_people(login):
    login("partner.liaison_officer")
    head = login("partner.head_of_mission")
    assert head.post("/people/appointments/", {"user": "liaison", "role": "partner.analyst"}).status_code == 302
    liaison = login("partner.liaison_officer")
    grants = {one["role"] for one in liaison.get("/api/me").json()["grants"]}
    assert grants == {"partner.liaison_officer", "partner.analyst"}
    ref = re.search(r"/people/appointments/([0-9a-f-]+)/dismiss", head.get("/people/").content.decode())
    assert ref is not None
    assert head.post(f"/people/appointments/{ref[1]}/dismiss").status_code == 302


def test_a_head_appoints_nobody_of_the_other_party(login):
    login("host.duty_officer")
    head = login("partner.head_of_mission")
    response = head.post("/people/appointments/", {"user": "duty", "role": "partner.analyst"})
    assert response.status_code == 422
    assert "Nobody was appointed" in response.content.decode()


def test_a_head_dismisses_nobody_of_the_other_party(login, as_role):
    login("host.duty_officer")
    row = queries.appointments(as_role("host.duty_officer"))[0]
    response = login("partner.head_of_mission").post(f"/people/appointments/{row.id}/dismiss")
    assert response.status_code == 403
    assert "Article 3.2" in response.content.decode()


def test_what_was_entered_is_kept_when_something_is_wrong(login):
    head = login("partner.head_of_mission")
    form = {"user": "head", "role": "partner.analyst", "site": "marjan", "end": "2001-01-01T00:00"}
    response = head.post("/people/appointments/", form)
    assert response.status_code == 422
    assert 'value="marjan"' in response.content.decode()


def test_an_appointment_that_ended_is_not_ended_again(login, as_role, db):
    login("partner.liaison_officer")
    head = as_role("partner.head_of_mission")
    begin = instant.now() - timedelta(days=2)
    row = appoint(head, site="", user="liaison", role="partner.analyst", begin=begin, end=begin + timedelta(days=1))
    with pytest.raises(BadInput):
        dismiss(head, row.pk)
    assert queries.appointment(head, row.pk)["end"] == begin + timedelta(days=1)


def test_a_token_is_shown_once(login):
    client = login("host.commander")
    first = client.post("/people/tokens/", {"name": "script", "purpose": "api"})
    assert first.status_code == 201
    clear = re.search(r'value="(sc_api_[\w-]+)"', first.content.decode())
    assert clear is not None
    assert first["Cache-Control"] == "no-store"
    again = client.get("/people/").content.decode()
    assert clear[1] not in again
    assert "script" in again


def test_a_colleague_sees_and_revokes_no_token_of_mine(login, as_role):
    mine = issue_token(as_role("host.commander"), name="mine")
    text = login("host.duty_officer").get("/people/").content.decode()
    assert "mine" not in text
    assert login("host.duty_officer").post(f"/people/tokens/{mine.pk}/revoke").status_code == 404
    with pytest.raises(NotFound):
        revoke_token(as_role("host.duty_officer"), mine.pk)
    revoke_token(as_role("host.commander"), mine.pk)
    with pytest.raises(BadInput):
        revoke_token(as_role("host.commander"), mine.pk)


@pytest.mark.parametrize(
    ("details", "where"),
    [({"name": " "}, "name"), ({"name": "x" * 151}, "name"), ({"name": "x", "purpose": "all"}, "purpose")],
)
def test_a_token_without_sense_is_not_issued(as_role, details, where):
    with pytest.raises(BadInput) as refused:
        issue_token(as_role("host.commander"), **details)
    assert [fault.where for fault in refused.value.faults] == [where]


def test_an_account_of_no_party_may_nothing_and_is_told_so(client, db):
    from safeconduct.people.models import User

    client.force_login(User.objects.create_user("nobody"), backend="django.contrib.auth.backends.ModelBackend")
    for path in ("/people/", "/sites/"):
        assert client.get(path).status_code == 200
    for path in ("/accord/", "/accord/matrix", "/accord/why", "/record/", "/sites/marjan/"):
        assert client.get(path).status_code == 404, path
