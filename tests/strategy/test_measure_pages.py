"""The pages of measures: the host orders from them, the partner asks, and its try to order is refused by article."""

from __future__ import annotations

from typing import Any

import pytest
from tests.movements.case import ALERT_NEAR, place_site, raise_alert
from tests.strategy.test_measure_acts import LOOK, ORDER

from safeconduct.strategy import acts, queries

pytestmark = pytest.mark.django_db

HTML = {"HTTP_ACCEPT": "text/html"}
PART = {"HTTP_ACCEPT": "*/*", "HTTP_HX_REQUEST": "true"}
FORM = {"site": "marjan", "kind": "look", "text": "Look at the grey car.", "unit": "Patrol 7", "minutes": "60"}


@pytest.fixture(autouse=True)
def site(as_role):
    place_site(as_role)


def states(as_role: Any) -> list[str]:
    return [one["state"] for one in queries.measures(as_role("host.commander"))]


def test_the_commander_orders_and_lifts_from_the_page(login, as_role):
    commander = login("host.commander")
    assert commander.post("/measures/", FORM | {"verb": "order"}, **HTML).status_code == 302
    assert "Patrol 7" in commander.get("/measures/", **HTML).content.decode()
    measure = queries.measures(as_role("host.commander"))[0]
    assert measure["until"] > measure["ordered_at"]
    assert commander.post(f"/measures/{measure.id}/lift", **HTML).status_code == 302
    assert states(as_role) == ["lifted"]


def test_the_partner_asks(login, as_role):
    assert login("partner.liaison_officer").post("/measures/", FORM | {"verb": "request"}, **HTML).status_code == 302
    assert states(as_role) == ["requested"]


@pytest.mark.parametrize("unit", ["Patrol 7", ""])
@pytest.mark.parametrize("headers", [HTML, PART])
def test_the_partner_is_offered_to_order_and_refused_with_the_article(login, as_role, unit, headers):
    liaison = login("partner.liaison_officer")
    assert 'value="order"' in liaison.get("/measures/", **headers).content.decode()
    answer = liaison.post("/measures/", FORM | {"verb": "order", "unit": unit}, **headers)
    assert answer.status_code == 403
    assert "Article 4" in answer.content.decode()
    assert answer.headers["Content-Type"].startswith("text/html")
    assert states(as_role) == []


@pytest.mark.parametrize("role", ["partner.liaison_officer", "host.duty_officer"])
def test_who_does_not_order_does_not_lift(login, as_role, role):
    measure = acts.order_measure(as_role("host.commander"), **ORDER)
    page = login(role).get("/measures/", **HTML).content.decode()
    assert f"/measures/{measure.pk}/lift" not in page
    assert login(role).post(f"/measures/{measure.pk}/lift", **HTML).status_code == 403
    assert states(as_role) == ["ordered"]


def test_the_partner_reads_the_measure_without_its_unit(login, as_role):
    acts.order_measure(as_role("host.commander"), **ORDER)
    page = login("partner.liaison_officer").get("/measures/", **HTML).content.decode()
    assert "grey car" in page and "Patrol 7" not in page


@pytest.mark.parametrize("role", ["partner.project_manager", "auditor"])
def test_who_may_not_read_measures_sees_none(login, as_role, role):
    acts.order_measure(as_role("host.commander"), **ORDER)
    assert "grey car" not in login(role).get("/measures/", **HTML).content.decode()


@pytest.mark.parametrize(
    ("wrong", "field"), [({"text": ""}, "text"), ({"kind": "arrest"}, "kind"), ({"unit": ""}, "unit")]
)
def test_an_order_that_lacks_something_is_marked_and_keeps_what_was_typed(login, as_role, wrong, field):
    answer = login("host.commander").post("/measures/", FORM | {"verb": "order"} | wrong, **HTML)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'id="id_{field}_error"' in page
    assert "Look at the grey car." in page or field == "text"
    assert states(as_role) == []


def test_neither_asking_nor_ordering_does_nothing(login, as_role):
    answer = login("host.commander").post("/measures/", FORM, **HTML)
    assert (answer.status_code, states(as_role)) == (422, [])


class TestBesideAnAlert:
    def test_lists_the_measures_of_its_site(self, login, as_role, watch):
        alert = raise_alert(watch, **ALERT_NEAR)
        acts.request_measure(as_role("partner.liaison_officer"), **LOOK)
        acts.request_measure(as_role("partner.liaison_officer"), **LOOK | {"site": "elsewhere", "text": "Far away."})
        part = login("host.duty_officer").get(f"/measures/near/{alert}/", **PART).content.decode()
        assert "grey car" in part and "Far away." not in part

    def test_is_asked_for_at_its_site_whatever_the_form_says(self, login, as_role, watch):
        alert = raise_alert(watch, **ALERT_NEAR)
        form = FORM | {"verb": "request", "alert": str(alert), "site": "elsewhere"}
        assert login("partner.liaison_officer").post("/measures/", form, **PART).status_code == 422
        form |= {"site": "marjan"}
        answer = login("partner.liaison_officer").post("/measures/", form, **PART)
        assert answer.headers["Location"] == f"/measures/near/{alert}/"
        assert states(as_role) == ["requested"]

    def test_of_an_alert_that_one_may_not_see_is_not_there(self, login, watch):
        alert = raise_alert(watch, **ALERT_NEAR)
        assert login("auditor").get(f"/measures/near/{alert}/", **PART).status_code == 404


def test_nobody_sees_anything_without_a_login(client):
    assert client.get("/measures/", **HTML).status_code == 302
