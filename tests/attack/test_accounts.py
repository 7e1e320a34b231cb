"""An account is attacked: by guessing, by a session that should have ended, by a way back that leads elsewhere."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django.test import Client

from safeconduct.people.models import User
from safeconduct.web.stream import _who

pytestmark = pytest.mark.django_db

PASSWORD = "a long enough password"
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture(autouse=True)
def _no_rate_limits_left_over():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def user() -> User:
    return User.objects.create_user("amina", password=PASSWORD, party="host")


def try_login(name: str, password: str, **more: str) -> Client:
    client = Client()
    client.post("/account/login/", {"login": name, "password": password, **more})
    return client


def is_in(client: Client) -> bool:
    return client.get("/").status_code == 200


def test_a_name_in_other_letters_is_the_same_name_to_the_lockout(user):
    for name in ("amina", "Amina", "aMina", " amina ", "AMINA"):
        try_login(name, "wrong")
        cache.clear()  # what a restart forgets; the lockout is in the database
    assert not is_in(try_login("amina", PASSWORD))
    assert not is_in(try_login("AmInA", PASSWORD))


def test_a_forwarded_address_does_not_reset_the_lockout(user):
    for number in range(5):
        Client().post(
            "/account/login/",
            {"login": "amina", "password": "wrong"},
            headers={"X-Forwarded-For": f"192.0.2.{number}"},
        )
        cache.clear()
    assert not is_in(try_login("amina", PASSWORD))


def test_the_session_key_changes_at_the_login(user):
    """A key that someone planted before is worth nothing after."""
    client = Client()
    client.get("/account/login/")
    planted = SessionStore()
    planted.create()
    client.cookies[settings.SESSION_COOKIE_NAME] = planted.session_key or ""
    client.post("/account/login/", {"login": "amina", "password": PASSWORD})
    assert is_in(client)
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != planted.session_key


@pytest.mark.parametrize("to", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example"])
def test_no_way_back_leads_out_of_the_node(to, user):
    client = Client()
    entered = client.post("/account/login/", {"login": "amina", "password": PASSWORD, "next": to})
    themed = client.post("/appearance/", {"theme": "dark", "next": to})
    spoken = client.post("/language/", {"language": "ur", "next": to})
    left = client.post("/account/logout/", {"next": to})
    for answer in (entered, themed, spoken, left):
        assert answer.status_code == 302
        assert answer["Location"].startswith("/") and "evil" not in answer["Location"]


def test_another_host_name_is_refused(user):
    assert Client().get("/account/login/", headers={"Host": "evil.example"}).status_code == 400


def session_of(client: Client) -> str:
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def test_the_stream_of_a_session_ends_with_the_password_that_opened_it(user):
    client = try_login("amina", PASSWORD)
    assert _who(user.pk, session_of(client)) is not None
    user.set_password("another long password")
    user.save()
    assert not is_in(client)
    again = try_login("amina", "another long password")
    assert _who(user.pk, session_of(again)) is not None
    user.set_password("a third long password")
    user.save()
    assert _who(user.pk, session_of(again)) is None


def test_the_stream_of_a_closed_account_ends(user):
    client = try_login("amina", PASSWORD)
    User.objects.update(is_active=False)
    assert _who(user.pk, session_of(client)) is None
    assert not is_in(client)


def test_a_session_may_not_stream_as_somebody_else(user):
    other = User.objects.create_user("bilal", password=PASSWORD, party="partner")
    assert _who(other.pk, session_of(try_login("amina", PASSWORD))) is None


@pytest.mark.parametrize("path", ["/people/tokens/", "/api/tokens", "/language/", "/appearance/", "/account/logout/"])
def test_a_page_of_another_site_can_post_nothing(path, user):
    client = Client(enforce_csrf_checks=True)
    client.force_login(user, backend=BACKEND)
    answer = client.post(path, {"name": "x", "purpose": "api"}, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
