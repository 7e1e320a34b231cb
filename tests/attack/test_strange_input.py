"""Input that no form sends: it is refused as bad input and ends in no fault of ours."""

from __future__ import annotations

import orjson
import pytest
from tests.movements import case

from safeconduct import release
from safeconduct.terms.errors import BadInput
from safeconduct.watch.feeds import ndjson
from safeconduct.watch.models import Alert

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


OVERRIDE, ISOLATED, HALF = "Convoy \u202eetavirp", "\u2067\u0642\u0627\u0641\u0644\u06c1\u2069 \u200f1", "Convoy \ud800"


@pytest.mark.parametrize("name", [OVERRIDE, HALF, "Convoy \x1b[2J", "Convoy \x7f"])
def test_a_name_that_would_be_read_as_another_or_not_be_kept_is_bad_input(name, as_role):
    case.place_site(as_role)
    with pytest.raises(BadInput):
        case.plan_convoy(as_role, name=name)


def test_an_alarm_is_raised_however_its_vehicle_is_called(watch, as_role):
    """Else whoever names a track hides it."""
    ref = case.raise_alert(watch, tracks=[f"cam-1/{OVERRIDE}\x1b"])
    assert release.one(Alert, as_role("host.duty_officer"), ref)["tracks"] == [f"cam-1/{OVERRIDE}\x1b"]


def test_a_name_that_is_written_from_right_to_left_is_kept(as_role):
    case.place_site(as_role)
    assert case.plan_convoy(as_role, name=ISOLATED)


@pytest.mark.parametrize("text", ["a\0b", OVERRIDE])
def test_text_within_a_list_or_an_object_is_looked_at_too(text, login):
    expected = {
        "site": case.SITE,
        "name": "van",
        "place": {"type": "Polygon", "coordinates": [[[75.0, -5.0], [75.001, -5.0], [75.001, -4.999], [75.0, -5.0]]]},
        "begin": "2026-03-02T15:00:00Z",
        "end": "2026-03-02T16:00:00Z",
    }
    commander = login("host.commander")
    assert send(commander, "/api/expected", expected | {"tokens": [text]}).status_code == 422
    assert send(commander, "/api/expected", expected | {"place": expected["place"] | {text: 1}}).status_code == 422
    feed = {"name": "gps", "kind": "gps", "settings": {"devices": {"1": text}}}
    assert send(commander, "/api/feeds", feed).status_code == 422


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/archive/questions", {"lon": 1e308, "lat": 0, "begin": "2026-03-02T14:00:00Z", "end": AFTER_TIME}),
        ("/api/archive/questions", {"lon": 75.0, "lat": -5.0, "begin": BEFORE_TIME, "end": "2026-03-02T14:00:00Z"}),
        ("/api/archive/questions", {"lon": 75.0, "lat": -5.0, "begin": "2026-03-02T14:00:00Z", "end": "2026-03-02"}),
        (
            "/api/archive/questions",
            {"place": "../../keys", "begin": "2026-03-02T14:00:00Z", "end": "2026-03-02T15:00:00Z"},
        ),
        ("/api/archive/evidence", {"begin": BEFORE_TIME, "end": AFTER_TIME, "until": AFTER_TIME}),
        (
            "/api/archive/evidence",
            {"begin": "2026-03-02T14:00:00Z", "end": "2026-03-02T13:00:00Z", "until": AFTER_TIME},
        ),
        ("/api/shelves", {"kind": "dwell", "until": AFTER_TIME}),
        ("/api/shelves", {"kind": "nothing", "ring": "x" * 5000, "until": "2026-03-02T15:00:00Z"}),
    ],
)
def test_what_makes_no_sense_at_the_new_doors_is_bad_input(path, body, login, as_role):
    case.place_site(as_role)
    answer = send(login("host.commander"), path, {"site": case.SITE, "reason": "A search."} | body)
    assert answer.status_code in (404, 422), answer.content


@pytest.mark.parametrize(
    "query", ["period=year", "period=\0", f"end={AFTER_TIME}", "end=yesterday", "period=" + "x" * 9000]
)
def test_a_period_that_makes_no_sense_is_bad_input(query, login):
    commander = login("host.commander")
    assert commander.get(f"/api/alarm-load?{query}".replace("+", "%2B").replace("\0", "%00")).status_code == 422


@pytest.mark.parametrize("nth", ["99999999999999999999", "0"])
def test_a_stay_that_is_not_there_is_none(nth, login):
    path = f"/api/archive/questions/019a0000-0000-7000-8000-000000000000/stays/{nth}/replay"
    assert login("host.commander").get(path).status_code == 404


def test_a_row_whose_text_no_database_keeps_is_refused_and_the_others_are_taken():
    """An alert that quoted it could never be raised, and would hold up all others."""
    row = {"time": "2026-03-02T15:00:00Z", "sensor": "cam", "track": "1", "lon": 75.0, "lat": -5.0}
    lines = [row, row | {"sensor": "cam\0"}, row | {"track": "\0"}, row | {"token": "a\0b"}]
    taken = ndjson.decode(b"\n".join(orjson.dumps(line) for line in lines), None)
    assert (taken.table.num_rows, taken.refused["nul"]) == (1, 3)
