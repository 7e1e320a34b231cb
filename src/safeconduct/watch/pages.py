"""The list of alerts."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from safeconduct.watch import queries


@require_GET
def alerts(request: HttpRequest) -> HttpResponse:
    """All alerts of this reader, newest first, a page at a time; with HTMX, the next rows alone."""
    asker = request.principal  # pyright: ignore[reportAttributeAccessIssue]  # AskingMiddleware puts it there
    context = {"page": queries.alerts(asker, request.GET.get("after"))}
    template = "watch/alert_rows.html" if request.headers.get("HX-Request") else "watch/alerts.html"
    return render(request, template, context)
