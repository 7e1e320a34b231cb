"""The wall: every page wants a login, unless its view says `open_to_all`. The API asks for tokens by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from safeconduct.people.me_door import is_phone
from safeconduct.web.failures import not_found, problem, wants_json

ASKS_BY_ITSELF = ("/api/",)
OF_ACCOUNTS = "/account/"
"""Passwords and second factors: a phone has neither, and ends by leaving."""

V = TypeVar("V", bound=Callable[..., Any])


def open_to_all(view: V) -> V:
    """Decorator: this view needs no login. It sets the mark that Django and allauth use for it, too."""
    view.login_required = False  # pyright: ignore[reportFunctionMemberAccess]  # an attribute on a function
    return view


class Wall:
    """Middleware: sends people to the login, tells HTMX to go there as a whole page, and answers programs 401."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., Any], *_: object) -> HttpResponse | None:
        if request.path.startswith(OF_ACCOUNTS) and is_phone(request.user.get_username()):
            return not_found(request, Http404())
        if request.user.is_authenticated or not getattr(view, "login_required", True):
            return None
        return None if request.path.startswith(ASKS_BY_ITSELF) else _to_login(request)


def _to_login(request: HttpRequest) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return HttpResponse(status=401, headers={"HX-Redirect": reverse("account_login")})
    if wants_json(request):
        return problem({"type": "about:blank", "title": "Not logged in", "status": 401})
    return redirect_to_login(request.get_full_path(), reverse("account_login"))
