"""Pages of the accord: its articles, who may do what, and why."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from safeconduct.rest import asker
from safeconduct.web import accord_contexts as contexts


@require_GET
def articles(request: HttpRequest) -> HttpResponse:
    """The accord in force, article by article, with its schedule and signatures."""
    return render(request, "accord/articles.html", {"page": contexts.accord_page(asker(request))})


@require_GET
def matrix(request: HttpRequest) -> HttpResponse:
    """Who may do what; with `?who=party/role`, one standing in full."""
    return render(
        request, "accord/matrix.html", {"page": contexts.matrix_page(asker(request), request.GET.get("who", ""))}
    )


@require_GET
def why(request: HttpRequest) -> HttpResponse:
    """Why a decision is as it is: choose who, what and of whom."""
    page = contexts.why_page(asker(request), {name: str(value) for name, value in request.GET.items()})
    template = "accord/answer.html" if request.headers.get("HX-Request") else "accord/why.html"
    return render(request, template, {"page": page}, status=422 if page.faults else 200)
