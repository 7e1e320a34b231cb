"""A token, a grant or a suspension is used beyond what it is for."""

from __future__ import annotations

from datetime import timedelta

import orjson
import pytest
from django.test import Client
from tests.movements import case

from safeconduct.movements import acts as movements
from safeconduct.people.acts import appoint, issue_token, revoke_token
from safeconduct.people.standing import bearer_of, feed_of
from safeconduct.strategy.acts import request_measure
from safeconduct.terms import instant
from safeconduct.terms.decision import Refused
from safeconduct.terms.errors import NotFound
from safeconduct.terms.party import Grant, Principal
from safeconduct.watch import acts as watch_acts
from safeconduct.watch import queries as watch_queries

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(monkeypatch):
    at = [instant.now()]
    monkeypatch.setattr(instant, "now", lambda: at[0])
    return at


def test_a_token_is_of_one_purpose_until_its_end(login, as_role, clock):
    login("host.commander")
    commander = as_role("host.commander")
    end = clock[0] + timedelta(hours=1)
    api, feed = (issue_token(commander, name="x", purpose=one, end=end) for one in ("api", "feed"))
    assert bearer_of(api.clear, "api") and feed_of(feed.clear)
    assert bearer_of(feed.clear, "api") is None and feed_of(api.clear) is None
    clock[0] = end
    assert bearer_of(api.clear, "api") is None and feed_of(feed.clear) is None


def test_nobody_revokes_the_token_of_another(login, as_role):
    theirs = issue_token(as_role("host.commander"), name="x")
    for role in ("host.duty_officer", "host.focal_point", "partner.liaison_officer"):
        with pytest.raises((NotFound, Refused)):
            revoke_token(as_role(role), theirs.pk)


def test_a_token_in_a_query_or_a_cookie_is_no_token(login, as_role):
    login("host.commander")
    clear = issue_token(as_role("host.commander"), name="x").clear
    assert Client().get("/api/me", {"token": clear, "access_token": clear}).status_code == 401
    client = Client()
    client.cookies["sessionid"] = clear
    assert client.get("/api/me").status_code == 401


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"])
def test_a_reading_is_no_act_whatever_a_header_says(header, login, as_role):
    case.place_site(as_role)
    convoy = case.plan_convoy(as_role)
    client = login("partner.liaison_officer")
    answer = client.get(f"/api/movements/{convoy}/hold", headers={header: "POST"})
    assert answer.status_code == 405
    assert client.post(f"/movements/{convoy}/", {"_method": "DELETE"}, headers={header: "DELETE"}).status_code == 405


def test_who_asks_cannot_be_said_in_a_body(login, as_role):
    case.place_site(as_role)
    body = {"site": case.SITE, "kind": "look", "text": "Look.", "unit": "Patrol"}
    client = login("partner.liaison_officer")
    for name, value in {"principal": "commander", "party": "host", "role": "host.commander", "label_id": 1}.items():
        answer = client.post("/api/measures/order", orjson.dumps(body | {name: value}), "application/json")
        assert answer.status_code in (403, 422)


def test_a_grant_of_one_site_gives_nothing_of_another_or_of_none(as_role, watch):
    post = Principal("post", "host", (Grant("host.gate_post", "harbour"),))
    case.place_site(as_role)
    convoy, alert = case.plan_convoy(as_role), case.raise_alert(watch)
    assert watch_queries.alerts(post).rows == []
    with pytest.raises(NotFound):
        movements.hold(post, convoy, reason="An alarm.")
    with pytest.raises(NotFound):
        watch_queries.alert(post, alert)
    for site in (case.SITE, "", "harbour ", "HARBOUR"):
        with pytest.raises(Refused):
            request_measure(post, site=site, kind="look", text="Look.")


def test_a_role_of_the_other_party_is_worth_nothing(as_role, watch):
    """Whatever an appointment says: a partner's person is no commander of the host, and no part of the node."""
    alert = case.raise_alert(watch)
    for role in ("host.commander", "host.duty_officer", "node.watch", "no such role"):
        turned = Principal("eve", "partner", (Grant(role),))
        with pytest.raises(NotFound):
            watch_acts.acknowledge(turned, alert)
        with pytest.raises(Refused):
            watch_acts.raise_alert(turned, site=case.SITE, alert_id=alert, found={})


def test_nobody_appoints_into_a_role_of_the_node_or_of_the_other_party(login, as_role):
    from safeconduct.terms.errors import BadInput

    login("partner.liaison_officer")
    for role in ("host.commander", "node.watch", "node.clock", "auditor ", ""):
        with pytest.raises(BadInput):
            appoint(as_role("partner.head_of_mission"), site="", user="liaison", role=role, begin=instant.now())


def test_a_name_of_the_other_party_and_a_name_of_nobody_are_told_alike(login, as_role):
    from safeconduct.terms.errors import BadInput

    login("host.commander")
    told = []
    for name in ("commander", "nobody at all"):
        with pytest.raises(BadInput) as refused:
            appoint(as_role("partner.head_of_mission"), site="", user=name, role="partner.analyst", begin=instant.now())
        told.append([(one.where, one.wanted) for one in refused.value.faults])
    assert told[0] == told[1]
