"""Logging in: password, second factor, lockout; and what allauth offers that a node does not."""

from __future__ import annotations

import re

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from django.test import Client

from safeconduct.people.models import User

pytestmark = pytest.mark.django_db

PASSWORD = "a long enough password"


@pytest.fixture(autouse=True)
def _no_rate_limits_left_over():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def user() -> User:
    return User.objects.create_user("amina", password=PASSWORD, party="host")


def try_login(client: Client, password: str, name: str = "amina"):
    return client.post("/account/login/", {"login": name, "password": password})


def prove_again(client: Client) -> None:
    client.post("/account/reauthenticate/", {"password": PASSWORD})


def code_for(secret: str) -> str:
    counter = next(iter(yield_hotp_counters_from_time()))
    return format_hotp_value(hotp_value(secret, counter))


def test_the_right_password_opens_and_the_wrong_one_does_not(client, user):
    assert try_login(client, "wrong").status_code == 200
    assert client.get("/").status_code == 302
    assert try_login(client, PASSWORD)["Location"] == "/"
    assert client.get("/").status_code == 200


def test_logging_out_closes_again(client, user):
    try_login(client, PASSWORD)
    client.post("/account/logout/")
    assert client.get("/").status_code == 302


def test_five_wrong_passwords_lock_the_name_for_the_right_one_too(client, user):
    for _ in range(4):
        assert try_login(client, "wrong").status_code == 200
    fifth = try_login(client, "wrong")
    assert fifth.status_code == 429
    assert "fifteen minutes" in fifth.content.decode()
    assert try_login(client, PASSWORD).status_code == 429
    assert client.get("/").status_code == 302


def test_an_unknown_name_answers_like_a_wrong_password(client, user):
    known, unknown = try_login(client, "wrong"), try_login(client, "wrong", "nobody")

    def errors(response):
        return re.findall(r'class="note critical".*?</div></div>', response.content.decode(), re.DOTALL)

    assert errors(known) == errors(unknown) != []


def set_up_second_factor(client: Client) -> str:
    """Switch it on for whoever is logged in; answers the secret."""
    prove_again(client)
    page = client.get("/account/second-factor/totp/activate/")
    secret = re.search(r'id="authenticator_secret"[^>]*value="([A-Z2-7]+)"', page.content.decode())[1]
    client.post("/account/second-factor/totp/activate/", {"code": code_for(secret)})
    return secret


def test_codes_of_the_second_factor_cannot_be_guessed_on_and_on(client, user):
    try_login(client, PASSWORD)
    secret = set_up_second_factor(client)
    client.post("/account/logout/")
    cache.clear()
    try_login(client, PASSWORD)
    for _ in range(6):
        client.post("/account/second-factor/authenticate/", {"code": "000000"})
    assert client.post("/account/second-factor/authenticate/", {"code": code_for(secret)}).status_code == 200
    assert client.get("/").status_code == 302
    cache.clear()
    assert client.post("/account/second-factor/authenticate/", {"code": code_for(secret)}).status_code == 302
    assert client.get("/").status_code == 200


def test_with_a_second_factor_the_password_alone_opens_nothing(client, user):
    try_login(client, PASSWORD)
    assert "reauthenticate" in client.get("/account/second-factor/totp/activate/")["Location"]
    secret = set_up_second_factor(client)
    sealed = Authenticator.objects.get(user=user, type="totp").data["secret"]
    assert secret not in sealed
    assert get_adapter().decrypt(sealed) == secret
    client.post("/account/logout/")
    cache.clear()

    assert try_login(client, PASSWORD)["Location"] == "/account/second-factor/authenticate/"
    assert client.get("/").status_code == 302
    assert client.post("/account/second-factor/authenticate/", {"code": "000000"}).status_code == 200
    assert client.get("/").status_code == 302
    cache.clear()  # a code opens once: the one that was used to switch it on is spent
    assert client.post("/account/second-factor/authenticate/", {"code": code_for(secret)})["Location"] == "/"
    assert client.get("/").status_code == 200


def test_pages_of_the_second_factor_are_ours(client, user):
    try_login(client, PASSWORD)
    prove_again(client)
    for path in ("/account/second-factor/", "/account/second-factor/totp/activate/", "/account/password/"):
        response = client.get(path)
        assert response.status_code == 200
        assert 'id="stream-lost"' in response.content.decode()


@pytest.mark.parametrize("path", ["signup/", "password/reset/", "email/", "confirm-email/", "password/set/"])
def test_nobody_signs_up_or_resets_by_mail(client, path):
    assert client.get(f"/account/{path}").status_code == 404


def test_a_closed_account_does_not_open(client, user):
    user.is_active = False
    user.save()
    try_login(client, PASSWORD)
    assert client.get("/").status_code == 302
