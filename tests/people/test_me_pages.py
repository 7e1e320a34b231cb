"""Promises of the person's pages: what a phone gets, what it does, and what whoever holds it by force does not see."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from tests.people.phones import (
    DURESS,
    DUTY,
    LIAISON,
    MANAGER,
    PIN,
    SITE,
    client_of,
    person,
    phone,
    row,
    stands,
    user_of,
    zone_of,
)

from safeconduct import release
from safeconduct.people import enrolment_acts as enrolment
from safeconduct.people import help_line_acts as help_lines
from safeconduct.people import looks, me_data, me_door, tries
from safeconduct.people import sos_acts as sos
from safeconduct.people.headcounts.acts import start
from safeconduct.people.me_pins import Opens, opens
from safeconduct.people.models import CheckIn, Delivery, Person, Phone, Sos, Try
from safeconduct.people.person_acts import change
from safeconduct.people.standing import principal_of
from safeconduct.record import queries as records
from safeconduct.store.guard import passage
from safeconduct.terms import instant
from safeconduct.terms.errors import TooManyTries
from safeconduct.terms.ids import new_id

pytestmark = pytest.mark.django_db

SCRIPT = {"Accept": "application/json"}
PAGES = ("/me/", "/me/shell/", "/me/data/", "/me/data.json", "/me/seen/", "/me/choice/")


@pytest.fixture
def joined() -> Phone:
    return phone(person())


@pytest.fixture
def client(joined) -> Client:
    return client_of(joined)


def opened(client: Client, pin: str = PIN) -> Client:
    assert client.post("/me/pin/", {"pin": pin}).status_code == 302
    return client


def sent(client: Client, state: str = "safe", **form):
    return client.post("/me/check-in/", {"id": str(new_id()), "state": state, **form}, headers=SCRIPT)


def test_a_code_and_two_pins_make_a_phone_that_stays_logged_in():
    client = Client()
    code = enrolment.invite_person(MANAGER, person().pk).clear
    answer = client.post("/me/join/", {"code": code, "pin": PIN, "duress": DURESS})
    assert (answer.status_code, answer["Location"]) == (302, "/me/")
    assert client.get("/me/").status_code == 200
    assert client.get("/me/data/").status_code == 200, "who has just chosen the PIN need not type it"
    assert client.session.get_expiry_age() > 80 * 86400


@pytest.mark.parametrize("path", PAGES)
def test_who_has_no_phone_is_asked_to_join_one_and_an_officer_finds_nothing(path, login):
    assert Client().get(path)["Location"].startswith("/me/join/")
    assert login("partner.project_manager").get(path).status_code == 404


@pytest.mark.parametrize("path", ["/me/data/", "/me/data.json", "/me/seen/", "/me/choice/"])
def test_private_pages_ask_for_the_pin_first(client, path):
    assert client.get(path)["Location"] == f"/me/pin/?next={path}"
    assert opened(client).get(path).status_code == 200
    client.post("/me/shut/")
    assert client.get(path).status_code == 302


def test_a_page_without_a_network_holds_nothing_of_anyone(client, joined):
    help_lines.give_line(MANAGER, site="", name="Operations room", number="+92 300 1234567")
    shell = client.get("/me/shell/").content.decode()
    whom = row(Person, pk=joined.person)
    for word in (whom.name, whom.reference, str(whom.pk), joined.user_name, "/me/data/"):
        assert word not in shell
    assert "+92 300 1234567" in shell


def test_who_says_that_they_are_well_shows_that_it_is_them(client):
    assert sent(client).status_code == 403
    assert sent(client, pin="9753").status_code == 403
    assert sent(client, pin=PIN).status_code == 201
    assert sent(client, "need_help").status_code == 201, "help is asked for without a PIN"
    assert sent(opened(client)).status_code == 201


def test_the_same_check_in_is_answered_alike_and_kept_once(client):
    form = {"id": str(new_id()), "state": "need_help", "at": instant.iso(instant.now() - timedelta(hours=1))}
    assert [client.post("/me/check-in/", form, headers=SCRIPT).status_code for _ in range(3)] == [201, 200, 200]
    with passage("release"):
        assert CheckIn.objects.count() == 1


def test_a_check_in_needs_no_script(client):
    page = client.get("/me/").content.decode()
    assert '<form class="checkin"' in page
    answer = client.post("/me/check-in/", {"id": str(new_id()), "state": "safe", "pin": PIN})
    assert (answer.status_code, answer["Location"]) == (302, "/me/")
    assert row(CheckIn).state == "safe"


def test_five_wrong_pins_lock_the_pin_for_a_while_and_never_a_call_for_help(client):
    assert [sent(client, pin="9753").status_code for _ in range(6)] == [403] * 5 + [429]
    assert sent(client, pin=PIN).status_code == 429
    assert client.post("/me/pin/", {"pin": PIN}).status_code == 429
    assert client.post("/me/sos/", {"id": str(new_id())}, headers=SCRIPT).status_code == 201


def test_what_waits_on_the_own_page_is_delivered_when_the_phone_fetches_it(client, joined):
    start(MANAGER, site=SITE, reason="Smoke.")
    assert (row(Delivery).channel, row(Delivery).state) == ("app", "sent")
    assert client.get("/me/shell/").status_code == 200
    assert row(Delivery).state == "sent", "the shell holds nothing of anyone"
    client.get("/me/")
    first = row(Delivery)
    assert (first.state, first.delivered_at is not None) == ("delivered", True)
    client.get("/me/")
    assert row(Delivery).delivered_at == first.delivered_at


def test_wrong_pins_are_counted_in_the_database_alone(client, joined, clock_at):
    """So that neither a restart nor a second process of the pages gives fresh tries."""
    for at in range(me_door.GUESSES):
        clock_at(instant.now() + timedelta(seconds=at))
        assert sent(client, pin="9753").status_code == 403
    cache.clear()  # what a restart forgets
    elsewhere = client_of(joined)
    answer = sent(elsewhere, pin=PIN)
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= me_door.GUESSES_S
    before = records.size()
    clock_at(instant.now() + timedelta(seconds=me_door.GUESSES_S))
    assert sent(elsewhere, pin=PIN).status_code == 201
    assert [one.act for one in records.entries(before, before + 9)] == ["person.check_in"], "no try is on the record"
    assert not Try.objects.exists()


def test_tries_at_the_same_moment_are_all_counted():
    """A try is entered before it is judged: of many that are sent at once no more are judged than of a few."""
    bound = tries.Bound("phone", 5, 900)
    made = [tries.enter(bound) for _ in range(5)]
    with pytest.raises(TooManyTries):
        tries.enter(bound)
    tries.take_back(made[0])
    tries.enter(bound)
    with pytest.raises(TooManyTries):
        tries.enter(tries.Bound("other", 5, 900), bound)
    assert Try.objects.count() == 5, "what is refused is entered nowhere"
    assert "phone" not in set(Try.objects.values_list("key", flat=True))


def test_the_pin_for_duress_looks_the_same_and_calls_for_help(client, joined):
    other = client_of(phone(person("L-0077")))
    plain, forced = opened(other), opened(client, DURESS)
    call = row(Sos)
    assert (call.person, call.silent, call.way) == (joined.person, True, sos.DURESS)
    for path in ("/me/", "/me/choice/", "/me/seen/", "/me/data/"):
        told = forced.get(path).content.decode()
        assert 'class="calling"' not in told
    assert plain.get("/me/data/").status_code == forced.get("/me/data/").status_code == 200
    assert "sos" not in {name for name, rows in forced.get("/me/data.json").json().items() if rows}


def test_a_check_in_by_the_pin_for_duress_is_taken_and_calls_for_help(client):
    answer = sent(client, pin=DURESS)
    assert (answer.status_code, list(answer.json())) == (201, ["at"])
    assert (row(CheckIn).state, row(Sos).way) == ("safe", sos.DURESS)


def test_a_replayed_check_in_does_not_call_again(client):
    form = {"id": str(new_id()), "state": "safe", "pin": DURESS}
    client.post("/me/check-in/", form, headers=SCRIPT)
    sos.end(LIAISON, row(Sos).pk, reason="Found.")
    assert client.post("/me/check-in/", form, headers=SCRIPT).status_code == 200
    with passage("release"):
        # Whoever types that PIN again is in need again: given_pin calls, and the call of the check-in itself does not.
        assert Sos.objects.exclude(state=sos.ENDED).count() <= 1


def test_an_open_call_ends_by_the_pin_and_only_seems_to_by_the_one_for_duress(client):
    client.post("/me/sos/", {"id": str(new_id())}, headers=SCRIPT)
    assert 'class="calling"' in client.get("/me/").content.decode()
    assert client.post("/me/sos/end/", {"pin": "9753"}, headers=SCRIPT).status_code == 403
    forced = client.post("/me/sos/end/", {"pin": DURESS}, headers=SCRIPT)
    assert 'class="calling"' not in client.get("/me/").content.decode()
    call = row(Sos)
    assert (call.state, call.silent, call.way) == (sos.OPEN, True, sos.DURESS)
    ended = client.post("/me/sos/end/", {"pin": PIN}, headers=SCRIPT)
    assert (ended.status_code, list(ended.json())) == (forced.status_code, list(forced.json()))
    assert row(Sos).state == sos.ENDED


def test_a_silent_call_shows_nowhere_on_the_phone(client):
    before = opened(client).get("/me/data.json").json()
    client.post("/me/sos/", {"id": str(new_id()), "silent": "1", "lon": "75.1", "lat": "-5.1"}, headers=SCRIPT)
    looks.enter(LIAISON, "person", [row(Sos).person], "page")
    after = client.get("/me/data.json").json()
    assert {name: len(rows) for name, rows in after.items()} == {name: len(rows) for name, rows in before.items()}
    assert 'class="calling"' not in client.get("/me/").content.decode()
    assert "75.1" not in client.get("/me/data/").content.decode()


def test_the_place_of_a_call_is_told_while_it_lasts(client):
    assert client.post("/me/sos/move/", {"lon": "75", "lat": "-5"}, headers=SCRIPT).status_code == 404
    client.post("/me/sos/", {"id": str(new_id()), "silent": "1"}, headers=SCRIPT)
    moved = client.post("/me/sos/move/", {"lon": "75.25", "lat": "-5.25", "accuracy": "9"}, headers=SCRIPT)
    assert (moved.status_code, release.one(Sos, DUTY, row(Sos).pk).lon) == (201, 75.25)


@pytest.mark.parametrize(
    "form",
    [
        {"id": "7"},
        {"state": "fine"},
        {"at": "yesterday"},
        {"lon": "x", "lat": "1"},
        {"lon": "nan", "lat": "0"},
        {"sealed": "AAAA"},
    ],
)
def test_what_is_no_check_in_is_refused_shortly(client, form):
    answer = sent(client, **{"pin": PIN} | form)
    assert (answer.status_code, answer.content) == (422, b"")


def test_what_a_person_is_asked_stands_on_their_page_until_they_answer(client):
    start(MANAGER, site=SITE)
    assert "are you safe" in client.get("/me/").content.decode()
    sent(client, pin=PIN)
    assert "are you safe" not in client.get("/me/").content.decode()


def test_my_data_is_all_that_is_bound_to_me_and_nothing_of_another(client, joined):
    sent(client, pin=PIN)
    other = client_of(phone(person("L-0077", name="Somebody Else")))
    sent(other, pin=PIN)
    held = opened(client).get("/me/data.json").json()
    assert set(held) == {"as_of", *(model.info_class for model in me_data.personal_models())}
    assert [one["reference"] for one in held["person"]] == ["L-0042"]
    assert len(held["check_in"]) == 1
    assert "Somebody" not in str(held)


def test_who_looked_at_me_is_told_by_role_and_time(client, joined):
    looks.enter(LIAISON, "person", [joined.person], "page")
    page = opened(client).get("/me/seen/").content.decode()
    assert "Security liaison officer" in page
    assert "liaison" not in page.replace("Security liaison officer", "")


def test_a_correction_is_asked_for_and_answered(client, joined):
    opened(client).post("/me/correct/", {"text": "My company is another."})
    [asked] = release.listing(help_lines.Correction, MANAGER)
    help_lines.answer_correction(MANAGER, asked.id, "Put right.", state="done")
    assert "Put right." in client.get("/me/data/").content.decode()


def test_a_choice_of_how_coarsely_one_is_seen_holds(client, joined):
    answer = opened(client).post("/me/choice/", {"seen_as": "cell", "resolution": "6"})
    assert answer.status_code == 302
    assert (row(Person).seen_as, row(Person).cell_resolution) == ("cell", 6)
    assert client.post("/me/choice/", {"seen_as": "cell", "resolution": ""}).status_code == 422


def test_whoever_leaves_is_forgotten_by_the_phone(client, joined):
    answer = opened(client).post("/me/leave/")
    assert answer["Clear-Site-Data"] == '"cache", "storage"'
    assert row(Phone).end_reason == "left"
    assert client.get("/me/")["Location"] == "/me/join/"
    assert row(Person).left_at is None


def test_whoever_leaves_the_list_leaves_both(client):
    opened(client).post("/me/leave/", {"list": "1"})
    assert row(Person).left_at is not None
    assert row(Phone).end_reason == "left"


def test_a_lost_phone_is_out_at_once(client, joined):
    opened(client)
    enrolment.end_phone(MANAGER, joined.pk, reason="lost")
    assert client.get("/me/data/").status_code == 302
    assert sent(client, pin=PIN).status_code == 401


def test_whoever_changes_pins_under_duress_changes_the_one_for_duress(client, joined):
    opened(client, DURESS)
    form = {"now": DURESS, "pin": "8642", "duress": "7531"}
    assert client.post("/me/pins/", form).status_code == 302
    kept = row(Phone)
    assert opens(kept.pk, "8642", kept.page_pin, kept.duress_pin) is Opens.DURESS
    assert opens(kept.pk, PIN, kept.page_pin, kept.duress_pin) is Opens.PAGE


def test_guessing_codes_is_bounded_by_address(client):
    guess = Client()
    form = {"code": "AAAA-BBBB-CCCC", "pin": PIN, "duress": DURESS}
    assert [guess.post("/me/join/", form).status_code for _ in range(me_door.JOINS + 1)] == [422] * me_door.JOINS + [
        429
    ]
    code = enrolment.invite_person(MANAGER, person("L-0099").pk).clear
    assert guess.post("/me/join/", form | {"code": code}).status_code == 429


def test_the_page_alone_may_ask_the_phone_where_it_is(client, login):
    assert "geolocation=(self)" in client.get("/me/")["Permissions-Policy"]
    assert "geolocation=()" in login("host.duty_officer").get("/alerts/")["Permissions-Policy"]


@pytest.mark.parametrize("language", ["en", "zh-hans", "ur"])
@pytest.mark.parametrize(
    "path", ["/me/", "/me/data/", "/me/seen/", "/me/choice/", "/me/sos/end/", "/me/pin/", "/me/join/"]
)
def test_every_page_is_there_in_every_language(client, path, language):
    answer = opened(client).get(path, headers={"Accept-Language": language})
    assert answer.status_code == 200
    assert f'lang="{ {"en": "en", "zh-hans": "zh-Hans", "ur": "ur"}[language] }"' in answer.content.decode()


def test_a_warden_reads_their_zone_only_while_the_page_is_open():
    warden, other = person("L-0001"), person("L-0002")
    zone = zone_of(warden)
    change(MANAGER, other.pk, {"zone": zone.pk})
    joined = phone(warden)
    client = client_of(joined)
    with passage("release"):
        names = {one.id for one in release.listing(Person, stands(joined))}
    assert names == {warden.pk, other.pk}
    shut = principal_of(user_of(joined), is_open=False)
    assert {one.id for one in release.listing(Person, shut)} == {warden.pk}
    assert "L-0002" not in str(opened(client).get("/me/data.json").json())


def test_a_phone_has_no_password_to_change_and_reads_nothing_else_while_it_is_shut(client):
    assert client.get("/account/password/").status_code == 404
    assert client.get("/api/persons").status_code == 401 or client.get("/api/persons").json().get("items", []) == []
    assert opened(client).get("/account/second-factor/").status_code == 404


def test_numbers_of_another_site_are_not_given(client, joined):
    help_lines.give_line(MANAGER, site="harbour", name="Harbour desk", number="+92 300 9999999")
    help_lines.give_line(MANAGER, site=SITE, name="Clinic", number="+92 300 1111111")
    told = client.get("/me/").content.decode()
    assert "Clinic" in told
    assert "Harbour desk" not in told
