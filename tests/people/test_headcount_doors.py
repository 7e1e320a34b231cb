"""Promises of the ways to answer: a link good for one answer, replies and receipts that only the gateway can send."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from django.test import Client
from tests.people import heads, roster
from tests.people.gateways import signed
from tests.people.roster import LIAISON, SITE

import safeconduct.web
from safeconduct import node
from safeconduct.people.headcounts.acts import answer_for, close, start
from safeconduct.people.headcounts.links import link_of
from safeconduct.people.headcounts.replies import said

pytestmark = pytest.mark.django_db
CSS = Path(safeconduct.web.__file__).parent / "static" / "safeconduct" / "css" / "answer.css"


@pytest.fixture(autouse=True)
def _channels():
    heads.channels_are(heads.SMS)
    yield
    heads.no_channels()


@pytest.fixture
def asked():
    """One person who was asked, and the path of their link."""
    row = heads.people(1)[0]
    start(LIAISON, site=SITE)
    return row, f"/a/{link_of(node.current().secret, heads.answer_of(row).pk)}"


def fresh(**how) -> Client:
    return Client(enforce_csrf_checks=True, **how)


def test_a_link_answers_for_its_person_without_a_login(asked):
    person, path = asked
    page = fresh().get(path)
    assert page.status_code == 200 and not page.cookies
    assert heads.answer_of(person).state == "read"
    assert fresh().post(path, {"says": "safe"}).status_code == 200
    row = heads.answer_of(person)
    assert (row.state, row.way, row.proxy, row.by) == ("safe", "link", False, "person L-0001")
    assert heads.headcounts()[0].counts == {"safe": 1}


@pytest.mark.parametrize("language", ["en", "zh-hans", "ur"])
def test_the_page_behind_a_link_is_under_two_kilobytes_with_its_style(asked, language):
    _, path = asked
    for page in (fresh().get(path), fresh().post(path, {"says": "safe"})):
        assert len(page.content) + len(CSS.read_bytes()) <= 2048
    assert b"<script" not in page.content and b"style=" not in page.content


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("zh-hans", "ltr"), ("ur", "rtl")])
def test_the_page_behind_a_link_is_in_the_persons_language_whatever_the_browser_says(language, direction):
    row = heads.people(1, language=language)[0]
    start(LIAISON, site=SITE)
    page = fresh().get(
        f"/a/{link_of(node.current().secret, heads.answer_of(row).pk)}", headers={"Accept-Language": "en"}
    )
    assert f'lang="{language}" dir="{direction}"' in page.content.decode()


def test_a_link_is_good_for_one_answer_but_help_can_still_be_called(asked):
    person, path = asked
    fresh().post(path, {"says": "safe"})
    assert fresh().post(path, {"says": "not_in_area"}).status_code == 409
    assert heads.answer_of(person).state == "safe"
    assert fresh().post(path, {"says": "need_help"}).status_code == 200
    assert fresh().post(path, {"says": "safe"}).status_code == 409
    row = heads.answer_of(person)
    assert row.state == "need_help" and [one["state"] for one in row.history] == ["safe"]


@pytest.mark.parametrize("says", ["", "read", "asked", "SAFE", "safe\0"])
def test_a_link_says_nothing_but_the_three_answers(asked, says):
    person, path = asked
    assert fresh().post(path, {"says": says}).status_code == 409
    assert heads.answer_of(person).state == "asked"


def test_a_link_of_a_closed_headcount_answers_no_more(asked):
    person, path = asked
    close(LIAISON, heads.headcounts()[0].pk, reason="A false alarm.")
    assert fresh().get(path).status_code == 200
    assert fresh().post(path, {"says": "safe"}).status_code == 409
    assert heads.answer_of(person).state == "asked"


@pytest.mark.parametrize("code", ["x", "AAAAAAAAAAA", "%00", "a" * 500])
def test_a_link_that_nobody_made_is_not_known(asked, code):
    assert fresh().get(f"/a/{code}").status_code == 404
    assert fresh().post(f"/a/{code}", {"says": "safe"}).status_code == 404


def test_a_link_names_nobody(asked):
    _, path = asked
    text = fresh().get(path).content.decode()
    for told in ("Person 1", "L-0001", SITE):
        assert told not in text


def test_no_link_is_kept(asked):
    _, path = asked
    row = heads.answers()[0]
    assert path.removeprefix("/a/") not in str(vars(row))


def called(what: str, document: object, *, secret: str = heads.SMS.secret, at_s: float | None = None, name="gateway"):
    body = json.dumps(document).encode()
    headers = signed(secret, body, at_s or time.time())
    return fresh().generic("POST", f"/api/channels/{name}/{what}", body, "application/json", headers=headers)


def test_receipts_take_a_message_from_sent_to_delivered_and_never_back(asked):
    person, _ = asked
    (message,) = heads.deliveries()
    for state in ("sent", "delivered", "sent"):
        assert called("receipts", {"receipts": [{"id": str(message.pk), "state": state}]}).status_code == 200
    assert heads.deliveries()[0].state == "delivered"
    assert heads.answer_of(person).state == "delivered"


def test_a_callback_must_be_signed_with_the_channels_secret_and_fresh(asked):
    (message,) = heads.deliveries()
    receipt = {"receipts": [{"id": str(message.pk), "state": "delivered"}]}
    assert called("receipts", receipt, secret="another").status_code == 401
    assert called("receipts", receipt, secret="").status_code == 401
    assert called("receipts", receipt, at_s=time.time() - 301).status_code == 401
    assert called("receipts", receipt, at_s=time.time() + 302).status_code == 401
    assert called("receipts", receipt, name="nosuch").status_code == 401
    plain = fresh().post("/api/channels/gateway/receipts", json.dumps(receipt), "application/json")
    assert plain.status_code == 401
    assert heads.deliveries()[0].state == "queued"


def test_one_channel_tells_nothing_of_anothers_messages(asked):
    heads.channels_are(heads.SMS, heads.MAIL.__class__("other", "sms", heads.SMS.url, secret="of the other"))
    (message,) = heads.deliveries()
    receipt = {"receipts": [{"id": str(message.pk), "state": "delivered"}]}
    called("receipts", receipt, secret="of the other", name="other")
    assert heads.deliveries()[0].state == "queued"


@pytest.mark.parametrize("sender", ["+99900000001", "99900000001", "0099900000001", "+999 0000 0001"])
def test_a_reply_answers_for_whoever_has_that_telephone(asked, sender):
    person, _ = asked
    answer = called("replies", {"replies": [{"from": sender, "text": " 1 thanks"}]})
    assert answer.json() == {"taken": 1, "unclear": 0, "unknown": 0, "shared": 0}
    row = heads.answer_of(person)
    assert (row.state, row.way, row.by) == ("safe", "sms", "person L-0001")


def test_a_reply_finds_its_message_by_the_id_first(asked):
    person, _ = asked
    (message,) = heads.deliveries()
    called("replies", {"replies": [{"from": "+1", "text": "2", "id": str(message.pk)}]})
    assert heads.answer_of(person).state == "need_help"


def test_a_shared_telephone_speaks_for_nobody_but_calls_help_for_all():
    for number in (1, 2):
        roster.register(f"L-000{number}", f"Person {number}", contacts=heads.phone(7))
    start(LIAISON, site=SITE)
    sender = heads.phone(7)[0]["address"]
    assert called("replies", {"replies": [{"from": sender, "text": "1"}]}).json()["shared"] == 1
    assert {one.state for one in heads.answers()} == {"asked"}
    called("replies", {"replies": [{"from": sender, "text": "2"}]})
    assert {one.state for one in heads.answers()} == {"need_help"}


def test_replies_of_strangers_and_unclear_ones_change_nothing(asked):
    replies = [{"from": "+1", "text": "1"}, {"from": "+99900000001", "text": "who is this?"}]
    assert called("replies", {"replies": replies}).json() == {"taken": 0, "unclear": 1, "unknown": 1, "shared": 0}
    assert heads.answers()[0].state == "asked"


def test_a_reply_after_the_answer_is_late_news_but_help_is_heard(asked):
    person, _ = asked
    answer_for(LIAISON, [heads.answer_of(person).pk], site=SITE, says="safe")
    sender = heads.phone(1)[0]["address"]
    called("replies", {"replies": [{"from": sender, "text": "3"}]})
    assert heads.answer_of(person).state == "safe"
    called("replies", {"replies": [{"from": sender, "text": "help"}]})
    assert heads.answer_of(person).state == "need_help"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1", "safe"),
        ("2", "need_help"),
        ("3", "not_in_area"),
        ("۱", "safe"),
        ("٢", "need_help"),
        ("２", "need_help"),
        ("Safe.", "safe"),
        ("安全", "safe"),
        ("محفوظ", "safe"),
        ("مدد", "need_help"),
        ("1 but please help", "need_help"),
        ("not safe", None),
        ("12", None),
        ("4", None),
        ("", None),
        ("²", "need_help"),
    ],
)
def test_what_a_reply_says(text, says):
    assert said(text) == says
