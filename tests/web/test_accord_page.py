"""The accord's pages: its words in the reader's language, who may do what, and why."""

from __future__ import annotations

import re

import pytest

from safeconduct import node
from safeconduct.accord.vocabulary import ACTS, READ
from safeconduct.web.accord_words import ACTS as WORDS

pytestmark = pytest.mark.django_db

EVERYONE = ["host.duty_officer", "host.gate_post", "partner.liaison_officer", "partner.project_manager", "auditor"]


def test_every_act_has_words():
    assert set(WORDS) == {READ, *ACTS}


@pytest.mark.parametrize("role", EVERYONE)
def test_everyone_reads_the_accord(login, role):
    text = login(role).get("/accord/").content.decode()
    accord = node.current().accord
    assert accord.digest in text
    assert text.count("Signed") >= 2
    for number in accord.articles:
        assert f'id="article-{number}"' in text
    assert 'id="article-4.2"' in text


@pytest.mark.parametrize(("code", "language", "direction"), [("zh-hans", "zh-Hans", "ltr"), ("ur", "ur", "rtl")])
def test_the_articles_are_in_the_readers_language(login, code, language, direction):
    client = login("auditor")
    client.cookies["django_language"] = code
    text = client.get("/accord/").content.decode()
    assert f'lang="{language}" dir="{direction}"' in text
    for article in node.current().accord.articles.values():
        assert article.title[code] in text


def test_the_rules_are_shown_as_the_system_reads_them(login):
    text = login("auditor").get("/accord/").content.decode()
    assert "4.4-no-partner-orders" in text
    assert "forbid (" in text


def test_a_standing_in_full_names_articles_and_withheld_fields(login):
    client = login("partner.liaison_officer")
    text = client.get("/accord/matrix", {"who": "partner/partner.liaison_officer"}).content.decode()
    row = re.search(r"Ask for a measure</td>(.*?)</tr>", text, flags=re.S)
    assert row is not None
    assert "article-4.3" in row[1]
    refused = re.search(r"Order a measure</td>(.*?)</tr>", text, flags=re.S)
    assert refused is not None
    assert "Why not" in refused[1]
    assert "Withheld" in text


def test_the_whole_matrix_has_a_column_for_each_standing(login):
    text = login("auditor").get("/accord/matrix").content.decode()
    assert text.count("?who=") == len(node.current().accord.schedule.standings())
    assert login("auditor").get("/accord/matrix", {"who": "nobody/king"}).status_code == 200


def test_why_answers_with_the_article_and_its_words(login):
    client = login("partner.liaison_officer")
    text = client.get("/accord/why", {"act": "measure.order"}).content.decode()
    assert "Refused" in text
    assert "Article 4.4" in text
    assert "No one of the partner orders a unit of the host" in text
    asked = {"act": "measure.order", "standing": "host/host.commander", "originator": "host"}
    assert "Allowed" in client.get("/accord/why", asked).content.decode()


def test_why_tells_which_fields_are_withheld(login):
    asked = {"act": "read", "class": "alert", "standing": "partner/partner.liaison_officer", "originator": "host"}
    text = login("auditor").get("/accord/why", asked).content.decode()
    withheld = re.search(r"Withheld</strong>(.*?)</p>", text, flags=re.S)
    assert withheld is not None
    assert "tracks" in withheld[1]


@pytest.mark.parametrize(
    "asked",
    [
        {"act": "measure.sing"},
        {"act": "measure.order", "class": "gossip"},
        {"act": "measure.order", "standing": "partner/host.commander"},
        {"act": "measure.order", "standing": "nonsense"},
        {"act": "measure.order", "originator": "neverland"},
    ],
)
def test_an_unknown_word_is_said_and_not_fatal(login, asked):
    response = login("auditor").get("/accord/why", asked)
    assert response.status_code == 422
    assert "want" in response.content.decode()
