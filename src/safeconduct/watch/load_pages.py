"""The page of the alarm load."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from safeconduct.rest import asker
from safeconduct.terms.instant import parse
from safeconduct.watch import load_context


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """The figures of a day, a week or a month that ends now, or at `end`."""
    end = request.GET.get("end")
    shown = load_context.load_page(asker(request), request.GET.get("period", "day"), parse(end, "end") if end else None)
    return render(request, "watch/load.html", {"page": shown})
