"""The page of whereabouts."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from safeconduct.people.person_contexts import tabs
from safeconduct.people.whereabouts.contexts import whereabouts_page
from safeconduct.rest import asker


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """How many are where; with `?site=`, who, the oldest fact first."""
    begin = request.GET.get("from", "")
    at = int(begin) if begin.isascii() and begin.isdecimal() and len(begin) < 8 else 0
    shown = whereabouts_page(asker(request), request.GET.get("site", ""), at)
    return render(request, "whereabouts/page.html", {"page": shown, "tabs": tabs(asker(request))})
