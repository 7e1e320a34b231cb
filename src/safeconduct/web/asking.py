"""Who asks: puts `request.principal` on every request, and turns our errors into answers that name the article."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from safeconduct.people.me_door import is_open, is_phone
from safeconduct.people.standing import principal_of
from safeconduct.terms.decision import Refused
from safeconduct.terms.errors import BadInput, NotFound, TooMany, TooManyTries
from safeconduct.terms.party import NOBODY, Principal
from safeconduct.web.failures import answer

log = structlog.get_logger("safeconduct.web")


class AskingMiddleware:
    """Middleware: the principal is looked up anew for each request, so that a dismissal works at once."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.principal = SimpleLazyObject(lambda: _principal(request))  # pyright: ignore[reportAttributeAccessIssue]  # ours
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer a refusal (403), a miss (404), bad input (422), too much (429) in one shape; the rest is our fault."""
        if isinstance(exception, Refused):
            log.info("act_refused", act=exception.act, article=exception.decision.article, rule=exception.decision.rule)
        if isinstance(exception, Refused | NotFound | BadInput | TooMany | TooManyTries):
            return answer(request, exception)
        return None


def _principal(request: HttpRequest) -> Principal:
    if not request.user.is_authenticated:
        return NOBODY
    # A phone whose PIN was not given lately gets its own page and nothing else.
    if is_phone(request.user.get_username()) and not is_open(request) and not request.path.startswith("/me/"):
        return NOBODY
    return principal_of(request.user, is_open=is_open(request))  # pyright: ignore[reportArgumentType]  # our user model
