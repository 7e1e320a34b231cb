"""The frame of every page: headers, no inline code, languages and their direction, the theme, the wall."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.test import Client

import safeconduct
from safeconduct.web.headers import policy

pytestmark = pytest.mark.django_db

OPEN = ["/account/login/", "/healthz"]
PAGES = ["/", "/alerts/", "/movements/", "/measures/", "/sites/", "/accord/", "/record/", "/people/", "/patterns/"]
PARTS = ["/picture/queue/", "/picture/due/", "/picture/health/", "/picture/table/"]
ACCOUNT = ["/account/second-factor/", "/account/password/", "/account/logout/"]


def assert_strict(response) -> None:
    rules = dict(rule.split(" ", 1) for rule in response["Content-Security-Policy"].split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["worker-src"] == "'self'"
    assert rules["frame-ancestors"] == rules["base-uri"] == "'none'"
    assert "unsafe" not in response["Content-Security-Policy"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("path", OPEN)
def test_what_is_open_to_all_carries_the_headers(client, path):
    response = client.get(path)
    assert response.status_code == 200
    assert_strict(response)


@pytest.mark.parametrize("path", PAGES + PARTS + ACCOUNT)
def test_a_page_carries_the_headers_and_no_inline_code(login, path):
    response = login("host.duty_officer").get(path)
    assert response.status_code == 200
    assert_strict(response)
    assert response["Cache-Control"].split(",")[0] in ("no-store", "max-age=0")
    text = response.content.decode()
    for tag in re.findall(r"<script[^>]*>", text):
        assert "src=" in tag or 'type="application/json"' in tag
    assert not re.search(r"<[^>]+\s(style|on[a-z]+|hx-on[^=\s]*)=", text)
    assert "javascript:" not in text


def test_templates_hold_no_inline_code_on_any_path():
    package = Path(safeconduct.__file__).parent
    templates = list(package.glob("*/templates/**/*.html"))
    assert len(templates) > 20
    for template in templates:
        text = template.read_text(encoding="utf-8")
        assert not re.search(r"<[^>]+\s(style|on[a-z]+|hx-on[^=\s]*)=", text), template
        assert "<style" not in text, template


@pytest.mark.parametrize("path", PAGES + PARTS)
def test_the_anonymous_are_sent_to_the_login(client, path):
    response = client.get(path)
    assert response.status_code == 302, response.content
    assert response["Location"].startswith("/account/login/?next=")
    assert not response.content


def test_a_part_asked_for_without_a_session_sends_the_whole_page_to_the_login(client):
    response = client.get("/picture/queue/", headers={"HX-Request": "true"})
    assert response.status_code == 401
    assert response["HX-Redirect"] == "/account/login/"


def test_a_program_without_a_session_is_told_401(client):
    for path in ("/live/picture.json", "/live/places.json", "/live/stream", "/live/roads.json"):
        response = client.get(path, headers={"Accept": "application/json"})
        assert response.status_code == 401
        assert response["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("language", "lang", "direction"), [("en", "en", "ltr"), ("zh-hans", "zh-Hans", "ltr"), ("ur", "ur", "rtl")]
)
def test_a_chosen_language_sets_words_and_direction(login, language, lang, direction):
    reader = login("host.duty_officer")
    answer = reader.post("/language/", {"language": language, "next": "/alerts/"})
    assert answer["Location"] == "/alerts/"
    text = reader.get("/alerts/").content.decode()
    assert f'<html lang="{lang}" dir="{direction}"' in text


def test_the_theme_is_remembered_and_goes_back_only_to_this_node(client):
    answer = client.post("/appearance/", {"theme": "dark", "next": "/account/login/"})
    assert answer["Location"] == "/account/login/"
    assert 'data-theme="dark"' in client.get("/account/login/").content.decode()
    assert client.post("/appearance/", {"theme": "light", "next": "https://elsewhere.example/"})["Location"] == "/"
    assert client.post("/appearance/", {"theme": "neon"}).cookies.get("sc_theme") is None


def test_a_form_without_its_token_is_refused():
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/appearance/", {"theme": "dark"}).status_code == 403


def test_a_map_style_elsewhere_opens_that_host_for_fetches_alone():
    opened = policy("https://tiles.example/style.json?key=1")
    assert "connect-src 'self' https://tiles.example;" in opened
    assert "script-src 'self';" in opened
    assert "example" not in policy("/static/style.json")


def test_what_is_not_there_is_a_page_of_the_same_frame(login):
    response = login("host.duty_officer").get("/nowhere/")
    assert response.status_code == 404
    assert "Nothing there that you may see" in response.content.decode()
    assert_strict(response)
