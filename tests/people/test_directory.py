"""The directory finds whom one knows of already; nobody learns from it who there is, or how many."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation
from tests.people.roster import ANALYST, COMMANDER, HEAD, LIAISON, MANAGER, SITE, person, register, warden, with_account

from safeconduct import release
from safeconduct.people import looks
from safeconduct.people import person_acts as acts
from safeconduct.people import person_queries as queries
from safeconduct.people.directory import LIMITS, MOST_SHOWN
from safeconduct.people.models import Look, Lookup
from safeconduct.people.person_words import too_often
from safeconduct.record import queries as records
from safeconduct.record.models import Payload
from safeconduct.store.guard import passage
from safeconduct.terms.decision import Refused
from safeconduct.terms.errors import BadInput, TooManyTries

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _clock(clock_at):
    clock_at(NOW)


def found(text: str, reader=LIAISON, site: str = "") -> set[str]:
    return {row.reference for row in queries.find(reader, text, site).rows}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("L-0001", {"L-0001"}),
        ("l-0001", {"L-0001"}),
        ("L-000", set()),
        ("L-", None),
        ("min", {"L-0001"}),
        ("ALD", {"L-0001", "L-0002"}),
        ("aldár", {"L-0001", "L-0002"}),
        ("ina", set()),
        ("mina aldar", {"L-0001"}),
        ("aldar mina", set()),
        ("mi", None),
        ("m", None),
        ("", None),
        ("%%%", None),
        ("___", None),
        ("a%d", None),
        ("王伟", {"L-0003"}),
        ("王", None),
        ("李伟", None),
        ("   a   ", None),
    ],
)
def test_a_reference_is_exact_and_a_name_has_three_letters(text, wanted):
    register("L-0001", "Mina Aldár")
    register("L-0002", "Timo Aldar-Beren")
    register("L-0003", "王伟")
    if wanted is None:
        with pytest.raises(BadInput) as error:
            found(text)
        assert error.value.faults[0].where == "text"
    else:
        assert found(text) == wanted


def test_no_more_than_a_few_are_shown_and_nobody_says_how_many_there_are():
    for at in range(MOST_SHOWN + 5):
        register(f"L-{at:04}", f"Mina Aldar {at}")
    answers = queries.find(LIAISON, "mina")
    assert (len(answers.rows), answers.more) == (MOST_SHOWN, True)
    assert set(vars(answers)) == {"rows", "more"}
    again = queries.find(LIAISON, "mina")
    assert [row.id for row in again.rows] == [row.id for row in answers.rows], "asking again brings no others"


def test_each_search_is_entered_without_what_was_typed_and_each_found_is_a_look():
    row = register("L-0001", "Mina Aldar")
    before = records.size()
    found("aldar")
    assert [entry.act for entry in records.entries(before, before + 5)] == ["person.find", "look.enter"]
    with passage("release"):
        assert not any(
            "aldar" in (text or "").lower() for text in Payload.objects.values_list("text", flat=True)[before:]
        )
    [lookup] = release.listing(Lookup, HEAD)
    assert (lookup.by, lookup.shown, lookup.asked_at) == ("liaison", 1, NOW)
    assert [one.what for one in looks.of(HEAD, row.pk)] == ["list"]


def test_so_many_searches_and_no_more(clock_at):
    register()
    span, most = LIMITS[0]
    for at in range(most):
        clock_at(NOW + timedelta(seconds=at))
        found("mina")
    with pytest.raises(TooManyTries) as error:
        found("mina")
    assert error.value.after_s == span.total_seconds() - (most - 1)
    assert found("mina", HEAD) == {"L-0001"}, "the limit is each person's own"
    with pytest.raises(TooManyTries):
        found("L-0001")
    clock_at(NOW + span)
    assert found("mina") == {"L-0001"}
    with pytest.raises(TooManyTries):
        clock_at(NOW + span + timedelta(milliseconds=1))
        found("mina")


def test_a_day_has_its_own_limit(clock_at):
    register()
    span, most = LIMITS[1]
    for at in range(most):
        clock_at(NOW + timedelta(minutes=at * 2))
        found("mina")
    clock_at(NOW + timedelta(hours=8))
    with pytest.raises(TooManyTries):
        found("mina")
    clock_at(NOW + span)
    assert found("mina")


def test_a_refused_search_leaves_nothing_behind():
    register()
    with pytest.raises(BadInput):
        found("m")
    with passage("release"):
        assert (Lookup.objects.count(), Look.objects.count()) == (0, 0)


@pytest.mark.parametrize("reader", [COMMANDER, ANALYST, person()])
def test_nobody_searches_who_reads_nobody(reader):
    register()
    with pytest.raises(Refused):
        found("mina", reader)


def test_a_warden_finds_those_of_their_zone_alone():
    mine = with_account(register("L-0001", "Mina Warden"), "warden")
    zone = acts.make_zone(MANAGER, site=SITE, name="North", warden=str(mine.pk))
    register("L-0002", "Mina Within", zone=zone.pk)
    register("L-0003", "Mina Without")
    assert found("mina", warden()) == {"L-0002"}
    with pytest.raises(Refused):
        found("mina", warden(), "port")


def test_who_left_and_whose_visit_is_over_are_found_no_more():
    gone = register("L-0001")
    acts.leave(MANAGER, gone.pk)
    register("L-0002", kind="visitor", visit_begin=NOW - timedelta(days=2), visit_end=NOW - timedelta(days=1))
    assert found("mina") == set()
    assert found("L-0001") == set()


@pytest.mark.parametrize("language", ["en", "zh-hans", "ur"])
def test_one_search_too_many_is_told_when_to_come_back(login, clock_at, language):
    register()
    client = login("partner.liaison_officer")
    span, most = LIMITS[0]
    for at in range(most):
        clock_at(NOW + timedelta(seconds=at))
        assert client.post("/people/persons/find", {"text": "mina"}).status_code == 200
    wait = str(int(span.total_seconds()) - most + 1)
    page = client.post("/people/persons/find", {"text": "mina"}, headers={"Accept-Language": language})
    assert (page.status_code, page["Retry-After"]) == (429, wait)
    with translation.override(language):
        assert too_often(int(wait)) in page.content.decode()
    assert ("searched too often" in page.content.decode()) is (language == "en")
    answer = client.post("/api/persons/find", {"text": "mina"}, "application/json")
    assert (answer.status_code, answer["Retry-After"], answer.json()["after_s"]) == (429, wait, int(wait))
