"""Pages of obligations: the board of both parties, one obligation, and the part that the page of a thing shows."""

from __future__ import annotations

import uuid

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from safeconduct.acts import Act
from safeconduct.obligations import acts, contexts
from safeconduct.obligations.forms import TableForm, WaiveForm, add_faults
from safeconduct.rest import asker
from safeconduct.terms.errors import BadInput


@require_GET
def board(request: HttpRequest) -> HttpResponse:
    return render(request, "obligations/board.html", {"board": contexts.board(asker(request))})


@require_GET
def obligation(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    return _page(request, ref)


@require_GET
def of_thing(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    """The part of the page of `ref`: what is or was owed because of it, as far as this reader may see that."""
    return render(request, "obligations/of_thing.html", {"rows": contexts.of_thing(asker(request), ref), "ref": ref})


@require_POST
def waive(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    return _do(request, ref, acts.waive, WaiveForm(request.POST), "waive")


@require_POST
def table(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    return _do(request, ref, acts.table, TableForm(request.POST), "table")


def _do(request: HttpRequest, ref: uuid.UUID, act: Act[None], form: forms.Form, name: str) -> HttpResponse:
    if form.is_valid():
        try:
            act(asker(request), ref, **form.cleaned_data)
        except BadInput as error:
            add_faults(form, error)
        else:
            return redirect("obligation", ref)
    return _page(request, ref, **{name: form})


def _page(request: HttpRequest, ref: uuid.UUID, **given: forms.Form) -> HttpResponse:
    context = {"row": contexts.one(asker(request), ref), "waive": WaiveForm(), "table": TableForm(), **given}
    return render(request, "obligations/obligation.html", context, status=422 if given else 200)
