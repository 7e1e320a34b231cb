"""The page of shelves: what is shelved and until when, the form for another, and taking one off."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from safeconduct.rest import asker
from safeconduct.terms.errors import BadInput, NotFound
from safeconduct.watch import acts, shelf_context
from safeconduct.watch.shelf_forms import ShelfForm, add_faults


@require_http_methods(["GET", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """The shelves; the form is filled in by what the address names, a place and kind or one alert."""
    who = asker(request)
    offered = shelf_context.offered(who)
    if request.method != "POST":
        form = ShelfForm(initial=shelf_context.asked_for(who, request.GET), offered=offered)
        return _page(request, form)
    form = ShelfForm(request.POST, offered=offered)
    if form.is_valid():
        try:
            acts.shelve(who, **form.values)
        except BadInput as error:
            add_faults(form, error)
        except NotFound:
            form.add_error(None, shelf_context.GONE)
    return _page(request, form, status=422) if form.errors else redirect("shelves")


def _page(request: HttpRequest, form: ShelfForm, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {"page": shelf_context.shelf_page(asker(request)), "form": form}
    return render(request, "watch/shelves.html", context, status=status)


@require_POST
def end(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    """Take it off the shelf before its time."""
    acts.unshelve(asker(request), ref)
    return redirect("shelves")
