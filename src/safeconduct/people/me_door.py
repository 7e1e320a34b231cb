"""The door of the person's page: whose phone asks, whether its PIN was given, and how often one may guess.

Whoever opens the page with the PIN for duress finds it as it always is, and has called for help.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, cast
from urllib.parse import quote

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from safeconduct.people import me_pins, tries
from safeconduct.people import sos_acts as sos
from safeconduct.people.enrolment_acts import ACCOUNT
from safeconduct.people.me_pins import Opens
from safeconduct.people.own import person_of, phone_of
from safeconduct.people.sos_acts import Call
from safeconduct.people.standing import account_of, pins_of
from safeconduct.people.tries import Bound
from safeconduct.rest import asker
from safeconduct.terms import instant
from safeconduct.terms.errors import NotFound
from safeconduct.terms.ids import new_id
from safeconduct.terms.party import NOBODY, Principal

OPEN_S = 600
"""How long the page stays open after its PIN."""
SESSION_S = 90 * 86400
RENEWED_S = 86400
GUESSES, GUESSES_S = 5, 900
JOINS, JOINS_S, ALL_JOINS, ALL_JOINS_S = 10, 600, 300, 3600

_OPEN_UNTIL, _DURESS, _RENEWED = "me_open_until", "me_duress", "me_renewed"

View = Callable[..., HttpResponse]


def of_phone(view: View) -> View:
    """Decorator: only for phones. Who is not logged in is asked to join one; a program gets 401."""

    @wraps(view)
    def looked_at(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if asker(request) == NOBODY or not request.user.is_authenticated:
            if is_script(request):
                return HttpResponse(status=401)
            return redirect("me:join") if request.method == "GET" else HttpResponse(status=401)
        phone_of(asker(request))
        _renew(request)
        return allow_place(view(request, *args, **kwargs))

    looked_at.login_required = False  # pyright: ignore[reportAttributeAccessIssue]  # the wall's mark (web/wall.py)
    return looked_at


def behind_pin(view: View) -> View:
    """Decorator: only while the page is open; else its PIN is asked for first."""

    @of_phone
    @wraps(view)
    def looked_at(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if is_open(request):
            return view(request, *args, **kwargs)
        back = request.path if request.method == "GET" else reverse("me:home")
        return redirect(f"{reverse('me:pin')}?next={quote(back)}")

    return looked_at


def is_script(request: HttpRequest) -> bool:
    """Whether the page's own script asks, which takes short answers."""
    return request.headers.get("Accept") == "application/json"


def allow_place(response: HttpResponse) -> HttpResponse:
    """The person's page alone may ask the phone where it is: the header of all others forbids it."""
    response["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(self), interest-cohort=()"
    return response


def is_phone(name: str) -> bool:
    """Whether an account is a phone's."""
    return name.startswith(ACCOUNT)


def is_open(request: HttpRequest) -> bool:
    return float(request.session.get(_OPEN_UNTIL, 0)) > time.time()


def opened_under_duress(request: HttpRequest) -> datetime | None:
    """Since when the page is open by the PIN for duress; then nothing later shows that somebody was called."""
    since = request.session.get(_DURESS)
    return instant.parse(since) if since else None


def given_pin(request: HttpRequest, pin: str) -> Opens:
    """Try a PIN: remember that the page is open, call for help where it is the one for duress. Raises TooManyTries."""
    principal = asker(request)
    phone = pins_of(principal.name)
    if phone is None:
        raise NotFound("phone", "phone")
    bound = Bound(f"me-pin-{phone.pk}", GUESSES, GUESSES_S)
    tries.enter(bound)
    what = me_pins.opens(phone.pk, pin, phone.page_pin, phone.duress_pin)
    if what is Opens.NOTHING:
        return what
    tries.forget(bound)
    if what is Opens.DURESS:
        if opened_under_duress(request) is None:
            request.session[_DURESS] = instant.iso(instant.now())
        call_under_duress(principal)
    else:
        request.session.pop(_DURESS, None)
    return what


def open_page(request: HttpRequest) -> None:
    request.session[_OPEN_UNTIL] = time.time() + OPEN_S


def shut_page(request: HttpRequest) -> None:
    request.session.pop(_OPEN_UNTIL, None)


def call_under_duress(principal: Principal) -> None:
    """Call for help without a trace on the phone."""
    call = Call(new_id(), instant.now(), silent=True, way=sos.DURESS)
    sos.call(principal, call, site=person_of(principal).marking.area)


def let_in(request: HttpRequest, user_name: str) -> None:
    """Log the phone in, for long: it asks for its PIN, not for a password."""
    login(request, cast(Any, account_of(user_name)), backend="django.contrib.auth.backends.ModelBackend")
    request.session.set_expiry(SESSION_S)
    request.session[_RENEWED] = time.time()
    open_page(request)


def in_their_language(name: str, response: HttpResponse) -> HttpResponse:
    """The answer, in the language of this account from the next page on."""
    language = account_of(name).language
    if language:
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, max_age=365 * 86400, samesite="Lax")
    return response


def _renew(request: HttpRequest) -> None:
    """Once a day the session begins anew: an answer with a cookie costs bytes."""
    if time.time() - float(request.session.get(_RENEWED, 0)) > RENEWED_S:
        request.session.set_expiry(SESSION_S)
        request.session[_RENEWED] = time.time()


def enter_join(request: HttpRequest) -> list[int]:
    """Enter that a code is tried; what is answered takes it back (`tries.take_back`) where it was no wrong one.

    Raises TooManyTries where this address, or everyone together, guessed too many codes.
    """
    address = f"me-join-{request.META.get('REMOTE_ADDR', '')}"
    return tries.enter(Bound(address, JOINS, JOINS_S), Bound("me-join", ALL_JOINS, ALL_JOINS_S))
