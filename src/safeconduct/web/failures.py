"""Refusals, misses and bad input as answers: a page for people, RFC 9457 problem details for programs."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from safeconduct.terms.decision import Refused
from safeconduct.terms.errors import BadInput, NotFound, SafeconductError, TooMany, TooManyTries


def problem_of(error: SafeconductError) -> dict[str, Any]:
    """`error` as problem details; `article` on a refusal, `faults` on bad input."""
    match error:
        case Refused():
            status, title, extra = (
                403,
                "Refused by the accord",
                {
                    "act": error.act,
                    "article": error.decision.article,
                    "detail": error.decision.reason,
                },
            )
        case NotFound():
            status, title, extra = 404, "Not found", {"detail": f"no {error.kind} of that id"}
        case BadInput():
            faults = [{"where": one.where, "found": one.found, "wanted": one.wanted} for one in error.faults]
            status, title, extra = 422, "Bad input", {"detail": str(error), "faults": faults}
        case TooMany():
            status, title, extra = 429, "Too many", {"detail": str(error), "article": error.article}
        case TooManyTries():
            status, title, extra = 429, "Too many", {"detail": str(error), "after_s": error.after_s}
        case _:
            status, title, extra = 500, "Fault", {}
    return {"type": "about:blank", "title": title, "status": status, **extra}


def wants_json(request: HttpRequest) -> bool:
    if request.headers.get("HX-Request"):
        return False  # HTMX accepts anything, and swaps what comes into a page
    return request.path.startswith("/api/") or "text/html" not in request.headers.get("Accept", "text/html")


def problem(document: dict[str, Any]) -> JsonResponse:
    response = JsonResponse(document, status=document["status"], content_type="application/problem+json")
    return _with_pause(response, document)


def _with_pause(response: Any, document: dict[str, Any]) -> Any:
    """The answer, with how long to wait where it says so."""
    if "after_s" in document:
        response["Retry-After"] = str(document["after_s"])
    return response


def answer(request: HttpRequest, error: SafeconductError) -> HttpResponse:
    document = problem_of(error)
    if wants_json(request):
        return problem(document)
    context = {"problem": document, "error": error, "minutes": -(-document.get("after_s", 0) // 60)}
    template = "failures/part.html" if request.headers.get("HX-Request") else "failures/page.html"
    return _with_pause(render(request, template, context, status=document["status"]), document)


def _plain(request: HttpRequest, status: HTTPStatus) -> HttpResponse:
    document = {"type": "about:blank", "title": status.phrase, "status": int(status)}
    if wants_json(request):
        return problem(document)
    return render(request, "failures/page.html", {"problem": document, "error": None}, status=int(status))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  # Django's signature
    return _plain(request, HTTPStatus.BAD_REQUEST)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  # Django's signature
    return _plain(request, HTTPStatus.FORBIDDEN)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  # Django's signature
    return _plain(request, HTTPStatus.NOT_FOUND)


def fault(request: HttpRequest) -> HttpResponse:
    return _plain(request, HTTPStatus.INTERNAL_SERVER_ERROR)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001  # Django's signature
    return _plain(request, HTTPStatus.FORBIDDEN)
