"""Input that no form sends: it is refused as bad input and ends in no fault of ours."""

from __future__ import annotations

import orjson
import pytest
from tests.movements import case

from safeconduct.watch.feeds import ndjson

pytestmark = pytest.mark.django_db

BEFORE_TIME, AFTER_TIME = "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"
"""There in some zone, and not in UTC."""


def send(client, path: str, body: object):
    return client.post(path, orjson.dumps(body), "application/json")


@pytest.mark.parametrize("at", [BEFORE_TIME, AFTER_TIME])
def test_an_instant_that_utc_does_not_have_is_bad_input(at, login, as_role):
    case.place_site(as_role)
    plan = {"site": case.SITE, "name": "Ibis", "route": case.ROUTE, "depart_at": at, "vehicles": 1, "people": 1}
    assert send(login("partner.project_manager"), "/api/movements", plan).status_code == 422
    sweep = {"site": case.SITE, "route": case.ROUTE, "begin_m": 0, "end_m": 9, "valid_until": at, "unit": "Team"}
    assert send(login("host.gate_post"), "/api/sweeps", sweep).status_code == 422
    appointed = {"user": "focal", "role": "host.analyst", "begin": at}
    assert send(login("host.focal_point"), "/api/appointments", appointed).status_code == 422
    form = {"name": "Ibis", "place": f"{case.SITE}/{case.ROUTE}", "depart_at": at, "vehicles": "1", "people": "1"}
    assert login("partner.project_manager").post("/movements/plan/", form).status_code == 422
    assert (
        login("host.commander").post("/people/tokens/", {"name": "x", "purpose": "api", "end": at}).status_code == 422
    )


@pytest.mark.parametrize("at", [BEFORE_TIME, AFTER_TIME])
def test_a_cursor_of_such_an_instant_is_bad_input(at, login):
    after = f"{at}_019a0000-0000-7000-8000-000000000000"
    assert login("host.commander").get("/alerts/", {"after": after}).status_code == 422


@pytest.mark.parametrize("index", [2**62, 2**63, 2**64 - 1])
def test_an_index_that_no_database_holds_is_bad_input(index, login):
    answer = send(login("dpo"), "/api/council/erasures", {"index": index, "reason": "A name stood in it."})
    assert answer.status_code == 422


def test_a_deep_place_of_an_expected_presence_is_bad_input(login):
    """Kept, it would end every reading of the list: what is answered may nest no deeper than 254."""
    deep = "[" * 900 + "]" * 900
    body = f"""{{"site": "{case.SITE}", "name": "van", "place": {{"type": "Polygon", "coordinates": {deep}}},
        "begin": "2026-03-02T15:00:00Z", "end": "2026-03-02T16:00:00Z"}}"""
    answer = login("host.commander").post("/api/expected", body, "application/json")
    assert answer.status_code == 422


NUL_FORMS = {
    "hold": {"reason": "An alarm.\0"},
    "cancel": {"reason": "Not needed.\0"},
    "escort": {"escort": "Troop\0"},
}


@pytest.mark.parametrize("verb", NUL_FORMS)
def test_text_that_no_database_keeps_is_no_fault_of_ours(verb, login, as_role):
    case.place_site(as_role)
    convoy = case.plan_convoy(as_role)
    role = {"escort": "host.commander"}.get(verb, "partner.liaison_officer")
    answer = login(role).post(f"/movements/{convoy}/{verb}", NUL_FORMS[verb])
    assert answer.status_code == 422


def test_a_row_whose_text_no_database_keeps_is_refused_and_the_others_are_taken():
    """An alert that quoted it could never be raised, and would hold up all others."""
    row = {"time": "2026-03-02T15:00:00Z", "sensor": "cam", "track": "1", "lon": 75.0, "lat": -5.0}
    lines = [row, row | {"sensor": "cam\0"}, row | {"track": "\0"}, row | {"token": "a\0b"}]
    taken = ndjson.decode(b"\n".join(orjson.dumps(line) for line in lines), None)
    assert (taken.table.num_rows, taken.refused["nul"]) == (1, 3)
