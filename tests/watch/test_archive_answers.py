"""Questions to the archive: what is answered, to whom, and what is not told any more."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from tests.worlds import SITE, START, STOOD_FROM, Clock, build, mark, principal

from safeconduct import node
from safeconduct.demo.world import places
from safeconduct.store import labels
from safeconduct.terms import instant
from safeconduct.terms.decision import Refused
from safeconduct.terms.errors import BadInput, NotFound
from safeconduct.terms.marking import Tlp
from safeconduct.terms.place import Point
from safeconduct.watch import queries as watch_queries
from safeconduct.watch.keeping import contexts, queries
from safeconduct.watch.keeping.acts import ask, hold_evidence, lift_evidence
from safeconduct.watch.keeping.answers import answer, one_stay, replay

pytestmark = pytest.mark.django_db

GATE = Point(*places().gates[0].point.coords[0])
ASKED = {
    "site": SITE,
    "lon": GATE.lon,
    "lat": GATE.lat,
    "begin": START - timedelta(hours=2),
    "end": START,
    "reason": "A search.",
}


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(instant, "now", clock)
    labels.forget()
    return clock


def answered(actor: str, **changed):
    who = principal(actor)
    return answer(who, queries.question(who, ask(who, **ASKED | changed).pk))


def test_who_stood_at_the_gate_is_told_with_its_length_and_its_sensors(clock):
    build()
    (near,) = answered("duty").stays
    assert near.stay["began"] == STOOD_FROM
    assert near.stay["dwell_s"] == 1198.0
    assert near.stay["sensors"] == ["cam-plain"]


def test_the_partner_is_told_what_the_accord_gives_it_and_no_sensor(clock):
    build()
    (near,) = answered("liaison").stays
    assert set(near.stay) == {"site", "kind", "lon", "lat", "began", "ended", "dwell_s", "left"}
    who = principal("liaison")
    question = queries.question(who, ask(who, **ASKED).pk)
    with pytest.raises(NotFound):
        replay(who, question, one_stay(who, question, 0).stay)


@pytest.mark.parametrize("changed", [{"lon": GATE.lon + 0.01}, {"at_least_s": 3600.0}, {"end": STOOD_FROM}])
def test_what_is_elsewhere_shorter_or_later_is_not_told(clock, changed):
    build()
    assert answered("duty", **changed).stays == []


@pytest.mark.parametrize("actor", ["gatepost", "manager", "auditor", "dpo", "stranger"])
def test_whom_the_accord_does_not_name_is_refused(clock, actor):
    build()
    with pytest.raises(Refused):
        ask(principal(actor), **ASKED)


def test_a_question_is_seen_by_its_own_side_alone(clock):
    world = build()
    with pytest.raises(NotFound):
        queries.question(principal("liaison"), world.refs["question"])
    with pytest.raises(NotFound):
        queries.question(principal("duty"), world.refs["partner_question"])


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"radius_m": 4.0}, "radius_m"),
        ({"radius_m": float("nan")}, "radius_m"),
        ({"lon": float("inf")}, "lon"),
        ({"lat": 91.0}, "lat"),
        ({"end": START - timedelta(hours=3)}, "end"),
        ({"begin": START - timedelta(days=20)}, "end"),
        ({"begin": START + timedelta(hours=1), "end": START + timedelta(hours=2)}, "begin"),
        ({"at_least_s": 0.0}, "at_least_s"),
        ({"reason": "  "}, "reason"),
        ({"site": ""}, "place"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused_with_what_was_wanted(clock, changed, where):
    build()
    with pytest.raises(BadInput) as refused:
        ask(principal("duty"), **ASKED | changed)
    assert where in [fault.where for fault in refused.value.faults]


def test_hours_without_any_observation_are_said_to_be_missing(clock):
    build()
    found = answered("duty", begin=START - timedelta(hours=4))
    assert found.missing == [
        (START - timedelta(hours=4), START.replace(hour=14, minute=0)),
        (START.replace(hour=15, minute=0), START),
    ]
    assert found.over == []


def test_what_is_over_its_retention_is_not_told_whether_its_file_is_there_or_not(clock):
    world = build()
    lift_evidence(principal("commander"), world.refs["evidence"])
    clock.at = START + timedelta(days=30) - timedelta(minutes=40)
    found = answered("duty")
    assert [near.stay["began"] for near in found.stays] == [STOOD_FROM + timedelta(minutes=10)]
    assert found.over == [(START - timedelta(hours=2), START - timedelta(minutes=40))]
    clock.at = START + timedelta(days=31)
    assert answered("duty").stays == []
    assert answered("duty").over == [(START - timedelta(hours=2), START)]


def test_what_is_held_as_evidence_is_told_beyond_its_retention(clock):
    build()
    clock.at = START + timedelta(days=31)
    (near,) = answered("duty").stays
    assert near.stay["dwell_s"] == 1198.0
    assert answered("duty").over == [(START - timedelta(hours=2), STOOD_FROM)]
    clock.at = START + timedelta(days=41)
    assert answered("duty").stays == [], "the hold is over"


def test_a_hold_of_one_party_is_seen_by_both_and_lifted_by_its_own_alone(clock):
    world = build()
    seen = queries.one_evidence(principal("liaison"), world.refs["evidence"])
    assert "reason" not in seen and seen["site"] == SITE
    with pytest.raises(Refused):
        lift_evidence(principal("head"), world.refs["evidence"])
    lift_evidence(principal("commander"), world.refs["evidence"])
    assert queries.one_evidence(principal("liaison"), world.refs["evidence"])["lifted"] == START
    with pytest.raises(BadInput):
        lift_evidence(principal("commander"), world.refs["evidence"])


@pytest.mark.parametrize("days", [-1, 367])
def test_a_hold_has_an_end_within_a_year(clock, days):
    build()
    with pytest.raises(BadInput):
        hold_evidence(
            principal("duty"),
            site=SITE,
            begin=STOOD_FROM,
            end=START,
            until=START + timedelta(days=days),
            reason="A search.",
        )


def test_an_alert_of_the_same_place_and_time_is_named_with_the_stay(clock):
    build()
    (near,) = answered("duty").stays
    assert near.alerts == []
    from tests.worlds import alert_found

    from safeconduct.terms.ids import new_id
    from safeconduct.watch.acts import raise_alert

    found = alert_found(
        7,
        lon=GATE.lon,
        lat=GATE.lat,
        started=instant.iso(STOOD_FROM),
        ended=instant.iso(STOOD_FROM + timedelta(minutes=20)),
    )
    raised = raise_alert(node.current().system("node.watch"), site=SITE, alert_id=new_id(), found=found)
    (near,) = answered("duty").stays
    assert [one.id for one in near.alerts] == [raised.pk]
    (near,) = answered("liaison").stays
    assert [one.id for one in near.alerts] == [raised.pk]


def test_the_replay_of_a_stay_and_its_table_say_the_same(clock):
    world = build()
    page = contexts.stay_page(principal("duty"), world.refs["question"], 0)
    told = contexts.stay_replay(principal("duty"), world.refs["question"], 0)
    (track,) = told["tracks"]
    assert track["track"] == "cam-plain/plain" and len(track["points"]) == 600
    assert page.sightings[0].at == STOOD_FROM and len(page.sightings) == 200
    with pytest.raises(NotFound):
        contexts.stay_page(principal("duty"), world.refs["question"], 1)


@pytest.mark.parametrize("language", ["en", "ur", "zh-hans"])
def test_the_partners_answer_is_the_same_byte_for_byte_whatever_is_withheld(clock, client, language):
    def page(**variant: str) -> list[str]:
        with transaction.atomic():
            labels.forget()
            world = build(**variant)
            client.force_login(world.users["liaison"], backend="django.contrib.auth.backends.ModelBackend")
            ref = world.refs["partner_question"]
            paths = (
                f"/archive/questions/{ref}/",
                f"/archive/questions/{ref}/stays/0/",
                f"/archive/questions/{ref}/stays/0/replay.json",
                f"/api/archive/questions/{ref}/answer",
            )
            answers = [client.get(path, headers={"Accept-Language": language}) for path in paths]
            transaction.set_rollback(True)
        assert [one.status_code for one in answers] == [200, 200, 404, 200]
        return [renamed(one.content, "").decode() for one in answers]

    from tests.test_non_interference import renamed

    assert page() == page(host_words="secret")


@pytest.mark.parametrize(
    "changed",
    [
        {"place": "99"},
        {"place": "x"},
        {"begin": "then"},
        {"begin": "0001-01-01T00:00"},
        {"minutes": "nan"},
        {"lon": "1"},
    ],
    ids=str,
)
def test_a_form_that_makes_no_sense_asks_nothing_and_is_shown_again(clock, client, changed):
    world = build()
    client.force_login(world.users["duty"], backend="django.contrib.auth.backends.ModelBackend")
    form = {"place": "0", "radius_m": "200", "begin": "2026-03-02T14:00", "end": "2026-03-02T15:00", "minutes": "3"}
    asked = len(queries.questions(principal("duty")).rows)
    answer = client.post("/archive/", {**form, "reason": "A search.", **changed})
    assert answer.status_code == 422
    assert len(queries.questions(principal("duty")).rows) == asked
    assert client.post("/archive/", {**form, "reason": "A search."}).status_code == 302


def test_an_alerts_page_leads_to_the_question_about_its_place_and_time(clock, client):
    world = build()
    client.force_login(world.users["duty"], backend="django.contrib.auth.backends.ModelBackend")
    ref = world.refs["alert"]
    assert f"/archive/?alert={ref}" in client.get(f"/alerts/{ref}/").content.decode()
    form = client.get(f"/archive/?alert={ref}").context["ask"]
    alert = watch_queries.alert(principal("duty"), ref)
    assert (form["lon"].value(), form["lat"].value()) == (alert["lon"], alert["lat"])
    assert form["begin"].value() == f"{alert['started'] - timedelta(hours=1):%Y-%m-%dT%H:%M}"
    form_of_it = {name: form[name].value() for name in ("place", "radius_m", "begin", "end", "minutes", "lon", "lat")}
    assert client.post("/archive/", {**form_of_it, "reason": "A search."}).status_code == 302


def test_a_question_about_an_alert_that_is_not_theirs_is_not_found(clock, client):
    world = build()
    client.force_login(world.users["liaison"], backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(f"/archive/?alert={world.refs['hidden_alert']}").status_code == 404
    assert client.get("/archive/?alert=nothing").status_code == 404


def test_times_are_taken_in_the_nodes_zone(clock, client, settings):
    settings.TIME_ZONE = "Asia/Karachi"
    world = build()
    client.force_login(world.users["duty"], backend="django.contrib.auth.backends.ModelBackend")
    form = {"place": "0", "radius_m": "200", "begin": "2026-03-02T19:00", "end": "2026-03-02T20:00", "minutes": "3"}
    client.post("/archive/", {**form, "reason": "A search."})
    newest = queries.questions(principal("duty")).rows[0]
    assert newest["begin"] == START.replace(hour=14, minute=0)


def test_what_a_hold_keeps_is_told_to_whoever_is_told_of_the_hold(clock):
    """A hold that is withheld from the partner must not show by an answer that goes further back."""
    world = build()
    clock.at = START + timedelta(days=35)
    lift_evidence(principal("commander"), world.refs["evidence"])
    asked = {"begin": STOOD_FROM, "end": START}
    assert not answered("liaison", **asked).stays
    span = {"site": SITE, "begin": STOOD_FROM, "end": START, "until": clock.at + timedelta(days=1)}
    hold = hold_evidence(principal("duty"), reason="A search.", **span)
    assert answered("liaison", **asked).stays
    mark(hold, Tlp.AMBER_STRICT)
    assert answered("duty", **asked).stays
    answer_of_partner = answered("liaison", **asked)
    assert not answer_of_partner.stays
    assert answer_of_partner.over == [(STOOD_FROM, START)]
