"""The pages and the REST API of incidents: what they show, what they take, what they refuse."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.worlds import alert_found

from safeconduct.demo.world import places
from safeconduct.incidents import acts, queries
from safeconduct.sites.acts import import_places
from safeconduct.sites.geojson import to_geojson
from safeconduct.terms import instant
from safeconduct.terms.ids import new_id
from safeconduct.watch import acts as watching

pytestmark = pytest.mark.django_db

SITE = "marjan"
OPENED: dict[str, Any] = {"site": SITE, "type": "attack", "text": "A blast at gate East."}


@pytest.fixture
def site(db, as_role):
    import_places(as_role("host.commander"), site=SITE, features=to_geojson(places())["features"])


@pytest.fixture
def incident(site, as_role):
    return acts.open_incident(as_role("host.duty_officer"), **OPENED)


def opened(answer: Any) -> str:
    assert answer.status_code == 302, answer.content.decode()[:2000]
    return answer["Location"]


def test_an_incident_is_opened_with_its_first_report_and_shows_both_times(site, login):
    duty = login("host.duty_officer")
    page = duty.get("/incidents/new/").content.decode()
    assert "M/ETHANE" in page
    where = opened(
        duty.post(
            "/incidents/new/",
            OPENED | {"severity": "severe", "letter-hazards": "Smoke", "occurred_at": "2026-03-02T10:00"},
        )
    )
    shown = login("partner.liaison_officer").get(where).content.decode()
    assert "A blast at gate East." in shown
    assert "Smoke" in shown
    assert "not known" in shown
    assert "2026-03-02 10:00" in shown
    assert "Severe" in shown


def test_a_gate_post_and_a_partner_open_one_too(site, login):
    for role in ("host.gate_post", "partner.project_manager"):
        client = login(role)
        assert client.get("/incidents/new/").status_code == 200
        assert client.get(opened(client.post("/incidents/new/", OPENED))).status_code == 200


def test_every_form_of_the_page_works(incident, login, as_role):
    commander = login("host.commander")
    url = f"/incidents/{incident.pk}/"
    steps: list[dict[str, str]] = [
        {"do": "write", "text": "Fire is out.", "at": "2026-03-02T10:00"},
        {"do": "write", "text": "Ours.", "own": "on"},
        {"do": "write", "text": "More.", "affected": "4"},
        {"do": "report", "letter-access": "By gate North"},
        {
            "do": "figure",
            "category": "injured",
            "whose": "other",
            "count": "2",
            "source": "Clinic",
            "status": "claimed",
        },
        {
            "do": "figure",
            "category": "injured",
            "whose": "other",
            "count": "3",
            "source": "Clinic",
            "status": "claimed",
        },
        {"do": "claim", "who": "The Grey Front", "channel": "Video"},
        {"do": "attribute", "who": "Nobody known", "confidence": "low", "text": "Hired."},
        {"do": "grade", "severity": "minor", "text": "Glass."},
        {"do": "stand_down", "text": "Over."},
        {"do": "close", "text": "Repaired."},
        {"do": "reopen", "text": "Not over."},
    ]
    for step in steps:
        assert opened(commander.post(url + "step", step)) == url
        assert commander.get(url).status_code == 200
    page = commander.get(url).content.decode()
    for text in ("The Grey Front", "Hired.", "Figures before", "Ours.", "Repaired."):
        assert text in page
    partner = login("partner.project_manager").get(url).content.decode()
    assert "Ours." not in partner
    assert "Hired." not in partner
    assert "The Grey Front" in partner


def test_a_line_is_put_right_on_its_page(incident, login, as_role):
    line = acts.write(as_role("host.duty_officer"), incident.pk, text="Two cars.")
    duty = login("host.duty_officer")
    opened(duty.post(f"/incidents/entries/{line.pk}/correct", {"text": "One car."}))
    page = duty.get(f"/incidents/{incident.pk}/").content.decode()
    assert "Two cars." in page
    assert "Put right by a later line" in page


@pytest.mark.parametrize(
    "wrong",
    [{"do": "explode"}, {"do": "write"}, {"do": "figure", "count": "many"}, {"do": "write", "text": "x", "at": "noon"}],
)
def test_what_is_wrong_changes_nothing(incident, login, as_role, wrong):
    answer = login("host.commander").post(f"/incidents/{incident.pk}/step", wrong)
    assert answer.status_code in (400, 422)
    assert list(queries.timeline(as_role("host.commander"), incident.pk).rows) == []


def test_a_document_is_handed_out_to_be_saved(incident, login):
    duty = login("host.duty_officer")
    file = SimpleUploadedFile("note.txt", b"It was grey.", "text/plain")
    opened(duty.post(f"/incidents/{incident.pk}/attach", {"document": file, "name": "A witness"}))
    listed = duty.get(f"/api/incidents/{incident.pk}/documents").json()["items"][0]
    answer = login("partner.liaison_officer").get(f"/incidents/documents/{listed['id']}")
    assert answer.content == b"It was grey."
    assert answer["Content-Disposition"].startswith("attachment")
    assert login("host.gate_post").get(f"/incidents/documents/{listed['id']}").status_code == 404


def test_an_alert_found_hostile_proposes_an_incident_and_opens_none(site, login, as_role, watch):
    started = instant.iso(instant.now() - timedelta(minutes=20))
    found = alert_found(0, started=started, raised=started, updated=started)
    alert = watching.raise_alert(watch, site=SITE, alert_id=new_id(), found=found)
    watching.assess(as_role("host.duty_officer"), alert.pk, disposition="hostile", assessment="It fled.")
    duty = login("host.duty_officer")
    assert list(queries.incidents(as_role("host.duty_officer"), None, 10).rows) == []
    assert "an incident is proposed" in duty.get(f"/incidents/near/alert/{alert.pk}/").content.decode()
    where = opened(duty.post("/incidents/new/", OPENED | {"of": "alert", "thing": str(alert.pk)}))
    assert "Evidence is held" in duty.get(where).content.decode()
    near = duty.get(f"/incidents/near/alert/{alert.pk}/").content.decode()
    assert "an incident is proposed" not in near
    assert where in near


def test_the_list_is_filtered_and_paged(site, login, as_role):
    duty = as_role("host.duty_officer")
    made = [acts.open_incident(duty, **OPENED | {"type": kind}) for kind in ("attack", "fire")]
    acts.close(duty, made[0].pk, outcome="Over.")
    client = login("host.commander")
    page = client.get("/incidents/").content.decode()
    assert made[1].name in page
    assert made[0].name not in page
    assert made[0].name in client.get("/incidents/?state=closed").content.decode()
    assert made[1].name not in client.get("/incidents/?state=&type=attack").content.decode()
    first = client.get("/api/incidents?limit=1").json()
    second = client.get(f"/api/incidents?limit=1&after={first['next']}").json()
    assert [first["items"][0]["name"], second["items"][0]["name"]] == [made[1].name, made[0].name]


def test_the_api_writes_all_that_the_page_does(incident, login):
    api = login("host.commander")

    def post(path: str, body: dict[str, Any]) -> Any:
        return api.post(f"/api/incidents/{incident.pk}/{path}", body, content_type="application/json")

    assert post("write", {"text": "Fire is out."}).status_code == 201
    assert post("figure", {"category": "killed", "count": 1, "source": "Clinic"}).json()["items"][0]["count"] == 1
    assert post("claim", {"who": "The Grey Front", "channel": "Video"}).status_code == 200
    assert post("attribute", {"who": "Nobody", "confidence": "low", "text": "Hired."}).status_code == 200
    assert post("grade", {"severity": "severe", "reason": "One is dead."}).json()["severity"] == "severe"
    assert post("stand-down", {"reason": "Over."}).json()["state"] == "stood_down"
    assert post("close", {"outcome": "Repaired."}).json()["outcome"] == "Repaired."
    assert post("reopen", {"reason": "Not over."}).json()["state"] == "open"
    lines = api.get(f"/api/incidents/{incident.pk}/entries").json()["items"]
    assert [one["kind"] for one in lines] == ["state", "state", "state", "severity", "text"]
