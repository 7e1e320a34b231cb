"""The REST API: one shape for every error, a true schema, and no more than the release gives."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.test import Client
from tests.movements.case import LOW
from tests.web.places import FEATURES, SITE

from safeconduct.accord.vocabulary import CLASSES
from safeconduct.movements.acts import accept_risk, plan, request
from safeconduct.people.acts import issue_token
from safeconduct.rest import made
from safeconduct.sites.acts import import_places
from safeconduct.strategy.acts import request_measure
from safeconduct.strategy.queries import measure
from safeconduct.terms import instant
from safeconduct.terms.errors import NotFound

pytestmark = pytest.mark.django_db

PROBLEM = "application/problem+json"


@pytest.fixture
def site(as_role):
    import_places(as_role("host.commander"), site=SITE, features=FEATURES)


def planned(principal, name="Morning convoy"):
    return plan(
        principal,
        site=SITE,
        name=name,
        route="airport road",
        depart_at=instant.now() + timedelta(hours=2),
        vehicles=3,
        people=11,
        purpose="site visit",
        risk=LOW,
    )


def post(client: Client, path: str, body: object = None):
    return client.post(path, data=json.dumps(body or {}), content_type="application/json")


def assert_problem(response, status: int) -> dict:
    assert response.status_code == status
    assert response["Content-Type"] == PROBLEM
    document = response.json()
    assert document["status"] == status
    assert document["title"]
    return document


# errors


def test_nobody_is_told_401_with_how_to_ask(client):
    response = client.get("/api/alerts")
    assert_problem(response, 401)
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_an_unknown_token_is_401_invalid_token(client):
    response = client.get("/api/alerts", headers={"Authorization": "Bearer sc_api_guessed"})
    assert_problem(response, 401)
    assert 'error="invalid_token"' in response["WWW-Authenticate"]


def test_an_unknown_token_is_not_saved_by_a_session(login):
    response = login("host.commander").get("/api/alerts", headers={"Authorization": "Bearer sc_api_guessed"})
    assert_problem(response, 401)


def test_an_unknown_path_is_a_problem(login):
    assert_problem(login("host.commander").get("/api/nothing"), 404)


def test_a_wrong_method_is_a_problem_that_names_the_right_ones(login):
    response = login("host.commander").delete("/api/alerts")
    assert_problem(response, 405)
    assert response["Allow"] == "GET"


@pytest.mark.parametrize("ref", ["0193a8f0-0000-7000-8000-000000000000", "not-an-id", "%00"])
def test_absent_and_malformed_ids_answer_alike(login, ref):
    for path in ("alerts", "movements", "sweeps", "measures"):
        document = assert_problem(login("host.commander").get(f"/api/{path}/{ref}"), 404)
        assert document["detail"] == f"no {path.removesuffix('s')} of that id"


def test_a_refusal_names_act_and_article(login, site):
    body = {"site": SITE, "kind": "cordon", "text": "Close it.", "unit": "Unit 1"}
    document = assert_problem(post(login("partner.liaison_officer"), "/api/measures/order", body), 403)
    assert document["act"] == "measure.order"
    assert document["article"] == "4.4"


def test_bad_input_lists_every_fault(login):
    body = {"site": SITE, "name": 7, "route": "airport road", "depart_at": "tomorrow", "vehicles": "two", "wheels": 4}
    document = assert_problem(post(login("partner.project_manager"), "/api/movements", body), 422)
    found = {fault["where"]: fault for fault in document["faults"]}
    assert set(found) == {"body.name", "body.depart_at", "body.vehicles", "body.wheels"}
    assert found["body.vehicles"]["found"] == "'two'"
    assert found["body.name"]["found"] == "7"


@pytest.mark.parametrize("body", [b"{", b"[" * 100_000, b'{"reason": NaN}', b"\xff"])
def test_a_body_that_is_no_json_is_400(login, body):
    client = login("host.commander")
    response = client.post("/api/alerts/x/close", data=body, content_type="application/json")
    assert_problem(response, 400)


def test_a_body_that_is_missing_is_422(login):
    client = login("host.commander")
    document = assert_problem(client.post("/api/alerts/x/close", data=b"", content_type="application/json"), 422)
    assert document["faults"][0]["where"] == "body"


def test_a_body_over_the_limit_is_413(login, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    client = login("host.commander")
    response = client.post("/api/alerts/x/close", data=b'"' + b"x" * 2000 + b'"', content_type="application/json")
    assert_problem(response, 413)


def test_text_that_no_database_keeps_is_422(login):
    document = assert_problem(post(login("host.commander"), "/api/alerts/x/close", {"reason": "a\0b"}), 422)
    assert document["faults"][0]["where"] == "body.reason"


def test_a_session_without_csrf_token_changes_nothing(login):
    client = login("host.commander")
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    assert strict.get("/api/me").status_code == 200
    assert_problem(post(strict, "/api/alerts/x/acknowledge"), 403)


# schema


def schema_of(client: Client) -> dict:
    response = client.get("/api/openapi.json")
    assert response.status_code == 200
    return response.json()


def operations(schema: dict):
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def refs_in(value: object):
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for one in value.values():
            yield from refs_in(one)
    elif isinstance(value, list):
        for one in value:
            yield from refs_in(one)


def test_the_schema_is_openapi_3_1(login):
    schema = schema_of(login("auditor"))
    assert schema["openapi"].startswith("3.1.")
    assert schema["info"]["title"] and schema["info"]["version"]
    ids = [operation["operationId"] for _, _, operation in operations(schema)]
    assert len(ids) == len(set(ids)) > 40
    for path, method, operation in operations(schema):
        assert path.startswith("/api/")
        assert method in {"get", "put", "post", "delete"}
        in_path = {one["name"] for one in operation["parameters"] if one["in"] == "path"}
        assert in_path == {part[1:-1] for part in path.split("/") if part.startswith("{")}, path
        assert all(one["required"] for one in operation["parameters"] if one["in"] == "path")
        assert operation["description"], path
        assert operation["responses"]
        for code, response in operation["responses"].items():
            assert 100 <= int(code) < 600
            assert response["description"]
    for ref in refs_in(schema):
        assert ref.startswith("#/components/schemas/")
        assert ref.rsplit("/", 1)[1] in schema["components"]["schemas"], ref
    assert '"nullable"' not in json.dumps(schema), "nullable is of OpenAPI 3.0"
    assert set(schema["components"]["securitySchemes"]) == {"Bearer", "Session"}


def test_every_operation_declares_its_problems(login):
    for path, _, operation in operations(schema_of(login("auditor"))):
        assert "401" in operation["responses"], path
        for code, response in operation["responses"].items():
            if int(code) >= 400:
                assert list(response["content"]) == [PROBLEM], path
        if "requestBody" in operation:
            assert {"400", "403", "413", "422"} <= set(operation["responses"]), path


def test_the_schema_is_only_for_those_who_are_known(client):
    assert_problem(client.get("/api/openapi.json"), 401)


@pytest.mark.parametrize(
    ("name", "info_class"),
    [
        ("Alert", "alert"),
        ("Position", "position"),
        ("Movement", "movement"),
        ("Sweep", "sweep"),
        ("Measure", "measure"),
        ("Sensor", "sensor"),
        ("Expected", "expected"),
        ("Feed", "feed"),
        ("Appointment", "appointment"),
    ],
)
def test_a_schema_has_the_fields_of_its_class(login, name, info_class):
    found = schema_of(login("auditor"))["components"]["schemas"][name]
    assert set(found["properties"]) == {"id", "marking", *CLASSES[info_class]}
    assert found["required"] == ["id", "marking"]


# release


def test_a_withheld_field_is_absent_and_a_marking_is_there(login, site, as_role):
    manager = as_role("partner.project_manager")
    ref = planned(manager).pk
    accept_risk(manager, ref)
    request(manager, ref)
    partner = login("partner.liaison_officer").get(f"/api/movements/{ref}").json()
    host = login("host.duty_officer").get(f"/api/movements/{ref}").json()
    assert partner["purpose"] == "site visit"
    assert "purpose" not in host
    assert "host_note" in host
    assert "host_note" not in partner
    assert partner["marking"]["originator"] == "partner"
    assert partner["marking"]["tlp"] == "TLP:AMBER"
    assert {one["code"] for one in host["conditions"]} >= {"keys", "swept"}
    assert host["is_open"] is False


def test_what_its_maker_may_not_read_is_an_id_and_a_marking(site, as_role):
    liaison = as_role("partner.liaison_officer")
    row = request_measure(liaison, site=SITE, kind="look", text="Look at the car.")

    def withheld(principal, ref):
        raise NotFound("measure", str(ref))

    assert set(made(liaison, row, measure)) > {"id", "marking"}
    found = made(liaison, row, withheld)
    assert set(found) == {"id", "marking"}
    assert (found["id"], found["marking"]["info_class"]) == (row.pk, "measure")


def test_a_class_that_is_withheld_is_an_empty_list(login, site):
    assert login("partner.liaison_officer").get("/api/feeds").json() == {"items": [], "next": None}
    assert login("auditor").get("/api/movements").json() == {"items": [], "next": None}


def test_places_leave_with_what_the_reader_may_see(login, site):
    def roles(role: str) -> set[str]:
        answer = login(role).get("/api/places").json()
        assert all(one["marking"]["tlp"] for one in answer["features"])
        return {one["properties"]["role"] for one in answer["features"]}

    assert roles("host.duty_officer") == {"ring", "gate", "route", "exempt", "post", "sensor"}
    assert roles("partner.liaison_officer") == {"ring", "gate", "route", "exempt"}
    assert roles("auditor") == set()


# pages


def test_pages_stay_right_while_rows_are_added(login, site, as_role):
    manager = as_role("partner.project_manager")
    before = [str(planned(manager, f"Convoy {number}").pk) for number in range(7)]
    client = login("partner.project_manager")
    seen: list[str] = []
    after = None
    while True:
        page = client.get("/api/movements", {"limit": 2, **({"after": after} if after else {})}).json()
        seen += [one["id"] for one in page["items"]]
        planned(manager, "Added meanwhile")
        after = page["next"]
        if after is None:
            break
    assert seen == before[::-1]


def test_a_cursor_that_is_none_is_refused(login):
    for path in ("alerts", "movements", "sweeps", "measures"):
        assert_problem(login("host.commander").get(f"/api/{path}", {"after": "zzz"}), 422)
    assert_problem(login("host.commander").get("/api/alerts", {"limit": 0}), 422)
    assert_problem(login("host.commander").get("/api/alerts", {"limit": 100000}), 422)


# tokens


def test_a_token_acts_as_its_holder_until_it_is_revoked(login, client, site):
    mine = login("host.commander")
    made = post(mine, "/api/tokens", {"name": "script"})
    assert made.status_code == 201
    token = made.json()
    bearer = {"Authorization": f"Bearer {token['token']}"}
    assert client.get("/api/me", headers=bearer).json()["name"] == "commander"
    assert "token" not in mine.get("/api/tokens").json()["items"][0]
    assert post(mine, f"/api/tokens/{token['id']}/revoke").status_code == 200
    assert_problem(client.get("/api/me", headers=bearer), 401)


def test_a_token_loses_what_its_holder_loses(login, client, as_role):
    from safeconduct.people.models import User

    login("host.commander")
    clear = issue_token(as_role("host.commander"), name="script").clear
    bearer = {"Authorization": f"Bearer {clear}"}
    assert client.get("/api/me", headers=bearer).json()["grants"] == [{"role": "host.commander", "area": ""}]
    User.objects.filter(username="commander").update(is_active=False)
    assert client.get("/api/me", headers=bearer).json()["grants"] == []


def test_a_feed_token_opens_no_api(login, client, as_role):
    login("host.commander")
    clear = issue_token(as_role("host.commander"), name="camera", purpose="feed").clear
    assert_problem(client.get("/api/me", headers={"Authorization": f"Bearer {clear}"}), 401)


# acts


def test_a_movement_is_planned_held_and_lifted(login, site):
    manager, duty = login("partner.project_manager"), login("host.duty_officer")
    depart_at = instant.iso(instant.now() + timedelta(hours=2))
    body = {"site": SITE, "name": "Convoy", "route": "airport road", "depart_at": depart_at, "vehicles": 2, "people": 5}
    made = post(manager, "/api/movements", body | {"purpose": "site visit", "risk": LOW})
    assert made.status_code == 201, made.content
    path = f"/api/movements/{made.json()['id']}"
    assert_problem(duty.get(path), 404)
    assert post(manager, f"{path}/accept-risk").status_code == 200
    assert post(manager, f"{path}/request").json()["state"] == "requested"
    assert post(duty, f"{path}/review", {"outcome": "cleared"}).json()["state"] == "planned"
    assert post(duty, f"{path}/hold", {"reason": "A car waits."}).json()["state"] == "held"
    document = assert_problem(post(duty, f"{path}/depart"), 422)
    assert document["faults"][0]["found"] == "held"
    assert post(duty, f"{path}/lift", {"reason": "It left."}).json()["state"] == "planned"


def test_a_measure_that_was_asked_for_is_shown_to_both(login, site, as_role):
    row = request_measure(as_role("partner.liaison_officer"), site=SITE, kind="look", text="Look at the rank.")
    for role in ("partner.liaison_officer", "host.commander"):
        assert login(role).get(f"/api/measures/{row.pk}").json()["request"] == "Look at the rank."


def test_an_import_is_whole_or_nothing(login, site):
    client = login("host.commander")
    before = client.get("/api/places").json()
    broken = [*FEATURES[:2], {**FEATURES[2], "geometry": {"type": "Point", "coordinates": [200, 95]}}]
    body = json.dumps({"type": "FeatureCollection", "features": broken})
    document = assert_problem(client.put(f"/api/places/{SITE}", data=body, content_type="application/json"), 422)
    assert document["faults"]
    assert client.get("/api/places").json() == before


def test_an_export_is_an_import(login, site):
    client = login("host.commander")
    before = client.get("/api/places").json()
    given = {one["properties"]["name"]: one["properties"] for one in FEATURES}
    for one in before["features"]:
        properties = one["properties"]
        assert {name: properties[name] for name in given[properties["name"]]} == given[properties["name"]]
    again = client.put(f"/api/places/{SITE}", data=json.dumps(before), content_type="application/json")
    assert again.status_code == 200, again.content
    assert again.json() == before


def test_a_place_is_changed_and_removed(login, site):
    client = login("host.commander")
    gate = next(one for one in FEATURES if one["properties"]["role"] == "gate")
    moved = {**gate, "geometry": {"type": "Point", "coordinates": [75.001, -5.001]}}
    found = post(client, f"/api/places/{SITE}", moved).json()["features"]
    at = {one["properties"]["name"]: one["geometry"] for one in found}
    assert at[gate["properties"]["name"]] == moved["geometry"]
    name = gate["properties"]["name"]
    left = client.delete(f"/api/places/{SITE}?name={name}").json()["features"]
    assert name not in {one["properties"]["name"] for one in left}


def test_a_place_may_take_another_role(login, site):
    client = login("host.commander")
    gate = next(one for one in FEATURES if one["properties"]["role"] == "gate")
    post_instead = {**gate, "properties": {**gate["properties"], "role": "post"}}
    found = post(client, f"/api/places/{SITE}", post_instead).json()["features"]
    named = [one["properties"]["role"] for one in found if one["properties"]["name"] == gate["properties"]["name"]]
    assert named == ["post"]


# accord and record


def test_why_names_the_article_and_its_words(login):
    client = login("partner.liaison_officer")
    answer = client.get("/api/accord/decide", {"act": "measure.order", "class": "measure"}).json()
    assert answer["allowed"] is False
    assert answer["article"] == "4.4"
    assert set(answer["clause"]) == {"en", "zh-hans", "ur"}
    asked = {"act": "measure.order", "class": "measure", "role": "host.commander", "originator": "host"}
    assert client.get("/api/accord/decide", asked).json()["allowed"] is True
    assert_problem(client.get("/api/accord/decide", {"act": "measure.sing", "class": "measure"}), 422)
    assert_problem(client.get("/api/accord/decide", {"act": "read", "class": "alert", "role": "king"}), 422)


def test_the_accord_is_whole(login):
    client = login("auditor")
    found = client.get("/api/accord").json()
    assert {one["id"] for one in found["classes"]} == set(CLASSES)
    assert client.get("/api/accord/articles/4").json()["clauses"]["4.2"]["ur"]
    assert_problem(client.get("/api/accord/articles/400"), 404)


def test_an_entry_is_proved_by_what_the_api_gives(login, site):
    import base64

    from safeconduct.record import merkle, note
    from safeconduct.record.checkpoint import opened

    client = login("auditor")
    proof = client.get("/api/record/entries/0/proof").json()
    signed = opened(proof["note"].encode(), [note.parse_vkey(proof["key"])])
    raw = base64.b64decode(proof["entry"])
    path = [base64.b64decode(one) for one in proof["path"]]
    merkle.check_inclusion(merkle.leaf_hash(raw), 0, signed.size, path, signed.root)
    assert json.loads(raw)["index"] == 0
    entry = client.get("/api/record/entries/0").json()
    assert {key: entry[key] for key in json.loads(raw)} == json.loads(raw)
    assert entry["marking"]["info_class"] == "record"


def test_the_record_is_paged_newest_first(login, site, as_role):
    for number in range(5):
        planned(as_role("partner.project_manager"), f"Convoy {number}")
    client = login("auditor")
    first = client.get("/api/record/entries", {"limit": 3}).json()
    second = client.get("/api/record/entries", {"limit": 3, "below": first["next"]}).json()
    indices = [one["index"] for one in first["items"] + second["items"]]
    assert indices == list(range(first["size"] - 1, first["size"] - 7, -1))


def test_the_record_is_not_for_a_gate_post(login):
    client = login("host.gate_post")
    for path in ("entries", "entries/0", "entries/0/proof", "entries/0/tlog-proof", "checkpoint"):
        assert_problem(client.get(f"/api/record/{path}"), 404)
    assert_problem(client.get("/api/record/consistency?old=1&new=1"), 404)


# alerts


@pytest.fixture
def alert(watch, site):
    """An alarm, as the watch raises it."""
    import uuid

    from safeconduct.terms.ids import new_id
    from safeconduct.watch.acts import raise_alert

    def raised(minutes_ago: float = 0) -> uuid.UUID:
        at = instant.now() - timedelta(minutes=minutes_ago)
        found = {
            "kind": "dwell",
            "ring": "outer",
            "severity": "alert",
            "lon": 75.01,
            "lat": -5.01,
            "started": instant.iso(at - timedelta(minutes=5)),
            "raised": instant.iso(at),
            "updated": instant.iso(at),
            "ended": None,
            "dwell_s": 300.0,
            "steps": [{"severity": "alert", "at": instant.iso(at)}],
            "tracks": ["cam-1:7"],
            "sensors": ["cam-1"],
            "vehicle": "car",
            "explanation": {"ring": "outer ring"},
        }
        return raise_alert(watch, site=SITE, alert_id=new_id(), found=found).pk

    return raised


def test_an_alert_is_read_as_each_role_may(login, alert):
    ref = alert()
    host = login("host.duty_officer").get(f"/api/alerts/{ref}").json()
    liaison = login("partner.liaison_officer").get(f"/api/alerts/{ref}").json()
    manager = login("partner.project_manager").get(f"/api/alerts/{ref}").json()
    assert host["tracks"] == ["cam-1:7"] and host["explanation"] == {"ring": "outer ring"}
    assert not {"tracks", "sensors", "explanation", "assessment"} & set(liaison)
    assert set(manager) == {"id", "marking", "kind", "site", "ring", "severity", "raised", "ended", "state"}
    assert login("auditor").get(f"/api/alerts/{ref}").status_code == 404


def test_an_alert_is_acknowledged_assessed_escalated_and_closed(login, alert):
    ref = alert()
    duty = login("host.duty_officer")
    path = f"/api/alerts/{ref}"
    assert post(duty, f"{path}/acknowledge").json()["state"] == "acknowledged"
    assert_problem(post(duty, f"{path}/acknowledge"), 422)
    assert post(duty, f"{path}/escalate").json()["escalated"]
    told = post(duty, f"{path}/assess", {"disposition": "suspicious", "assessment": "It watches the road."}).json()
    assert (told["state"], told["disposition"]) == ("assessed", "suspicious")
    assert post(duty, f"{path}/close", {"reason": "The post saw it leave."}).json()["ended"]
    assert_problem(post(duty, f"{path}/assess", {"disposition": "odd"}), 422)


def test_alerts_are_paged_while_more_are_raised(login, alert):
    before = [str(alert(minutes_ago=number)) for number in range(5)]
    client = login("host.duty_officer")
    seen: list[str] = []
    after = None
    while True:
        page = client.get("/api/alerts", {"limit": 2, **({"after": after} if after else {})}).json()
        seen += [one["id"] for one in page["items"]]
        alert()
        after = page["next"]
        if after is None:
            break
    assert seen == before


# expected presences, feeds, sweeps


def test_an_expected_presence_is_registered_and_withdrawn(login, site):
    client = login("host.duty_officer")
    at = instant.now()
    body = {
        "site": SITE,
        "name": "catering van",
        "place": {"type": "Polygon", "coordinates": [[[75, -5], [75.001, -5], [75.001, -4.999], [75, -5]]]},
        "begin": instant.iso(at),
        "end": instant.iso(at + timedelta(hours=1)),
        "tokens": ["h1"],
    }
    made = post(client, "/api/expected", body)
    assert made.status_code == 201, made.content
    partner = login("partner.liaison_officer").get("/api/expected").json()["items"]
    assert [one["name"] for one in partner] == ["catering van"]
    assert "tokens" not in partner[0] and made.json()["tokens"] == ["h1"]
    assert post(client, f"/api/expected/{made.json()['id']}/withdraw").status_code == 200
    assert client.get("/api/expected").json()["items"] == []


def test_a_feed_is_opened_and_closed(login):
    client = login("host.duty_officer")
    made = post(client, "/api/feeds", {"name": "gate cameras"})
    assert made.status_code == 201
    assert_problem(post(client, "/api/feeds", {"name": "gate cameras"}), 422)
    assert post(client, f"/api/feeds/{made.json()['id']}/close").json()["state"] == "closed"
    assert client.get("/api/feeds").json()["items"] == []


def test_a_sweep_is_certified_and_voided(login, site):
    until = instant.iso(instant.now() + timedelta(hours=1))
    body = {
        "site": SITE,
        "route": "airport road",
        "begin_m": 0,
        "end_m": 500,
        "valid_until": until,
        "unit": "Dog team 2",
    }
    post_ = login("host.gate_post")
    made = post(post_, "/api/sweeps", body)
    assert made.status_code == 201, made.content
    path = f"/api/sweeps/{made.json()['id']}"
    assert "unit" not in login("partner.liaison_officer").get(path).json()
    assert post(post_, f"{path}/void", {"reason": "A car stopped there."}).json()["void_at"]
    assert_problem(post(post_, "/api/sweeps", {**body, "begin_m": 600}), 422)
    assert_problem(post(login("partner.liaison_officer"), "/api/sweeps", body), 403)
