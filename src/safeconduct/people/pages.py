"""The page of people: appointments, and the reader's own tokens."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from safeconduct.people import acts, person_contexts
from safeconduct.people.contexts import people_page
from safeconduct.people.forms import AppointForm, TokenForm, add_faults
from safeconduct.rest import asker
from safeconduct.terms.decision import Refused
from safeconduct.terms.errors import BadInput


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Who holds which role, and the reader's tokens."""
    return _page(request)


def _page(request: HttpRequest, status: int = 200, **more: Any) -> HttpResponse:
    page = people_page(asker(request))
    offered = person_contexts.tabs(asker(request))
    context = {"page": page, "tabs": offered, "appoint": AppointForm(page), "token": TokenForm(), **more}
    return render(request, "people/index.html", context, status=status)


@require_POST
def appoint(request: HttpRequest) -> HttpResponse:
    """Appoint someone of one's own party; what was entered is kept when something in it is wrong."""
    page = people_page(asker(request))
    if not page.appointing.allowed:
        raise Refused(acts.appoint.name, page.appointing)
    form = AppointForm(page, request.POST)
    if form.is_valid():
        try:
            acts.appoint(asker(request), **form.values)
        except BadInput as error:
            add_faults(form, error)
        else:
            return redirect("people:index")
    return _page(request, 422, appoint=form)


@require_POST
def dismiss(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    acts.dismiss(asker(request), ref)
    return redirect("people:index")


@require_POST
def issue(request: HttpRequest) -> HttpResponse:
    """Issue a token. It is in this one answer and nowhere else, so that there is no redirect."""
    form = TokenForm(request.POST)
    if form.is_valid():
        try:
            issued = acts.issue_token(asker(request), **form.values)
        except BadInput as error:
            add_faults(form, error)
        else:
            return _page(request, 201, issued=issued.clear)
    return _page(request, 422, token=form)


@require_POST
def revoke(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    acts.revoke_token(asker(request), ref)
    return redirect("people:index")
