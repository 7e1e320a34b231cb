"""Light, dark or as the device is: kept in a cookie and set on the page by the server, so that nothing flashes."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from safeconduct.web.wall import open_to_all

COOKIE = "sc_theme"
THEMES = ("auto", "light", "dark")


def theme_of(request: HttpRequest) -> str:
    chosen = request.COOKIES.get(COOKIE, "")
    return chosen if chosen in THEMES else "auto"


@open_to_all
@require_POST
def appearance(request: HttpRequest) -> HttpResponse:
    """POST theme, next: remember the theme and go back."""
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = "/"
    response = HttpResponseRedirect(back)
    theme = request.POST.get("theme", "")
    if theme in THEMES:
        response.set_cookie(
            COOKIE, theme, max_age=365 * 86400, samesite="Lax", httponly=True, secure=request.is_secure()
        )
    return response
