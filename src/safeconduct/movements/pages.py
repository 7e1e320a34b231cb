"""Pages of movements and sweeps: the list, the plan, one movement with its gate, and the posts that call acts."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import reswap, retarget

from safeconduct.movements import acts, contexts, queries, words
from safeconduct.movements.forms import CertifyForm, PlanForm, add_faults
from safeconduct.rest import asker
from safeconduct.terms.errors import BadInput


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Movements that are due, with their gates, and the latest past ones."""
    return render(request, "movements/index.html", {"page": contexts.list_page(asker(request))})


@require_http_methods(["GET", "POST"])
def plan(request: HttpRequest) -> HttpResponse:
    """The form of a new movement; what was typed is kept when something in it is wrong."""
    who = asker(request)
    form = PlanForm(request.POST or None, routes=queries.routes(who))
    if request.method == "POST" and form.is_valid():
        try:
            planned = acts.plan(who, **form.values)
        except BadInput as error:
            add_faults(form, error)
        else:
            return redirect("movement", planned.pk)
    context = {"form": form, "decision": contexts.planning(who)}
    return render(request, "movements/plan.html", context, status=422 if form.errors else 200)


@require_GET
def page(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    return _page(request, ref)


def _page(request: HttpRequest, ref: uuid.UUID, *, certify: CertifyForm | None = None, **more: Any) -> HttpResponse:
    shown = contexts.movement_page(asker(request), ref)
    if certify is None:
        certify = CertifyForm(initial={"end_m": shown.strip.length_m if shown.strip else None})
    context = {"page": shown, "certify": certify, **more}
    if not more and not certify.errors:
        return render(request, "movements/page.html", context)
    answer = render(request, "movements/page.html", context, status=422)
    # What is wrong belongs beside what was typed, not into the corner where refusals are shown.
    return reswap(retarget(answer, "#live"), "innerHTML")


TAKES: Mapping[str, tuple[str, ...]] = {
    "hold": ("reason",),
    "lift": ("reason",),
    "cancel": ("reason",),
    "escort": ("escort",),
}
"""What the post of an act takes from its form; the others take nothing."""


@require_POST
def do(request: HttpRequest, ref: uuid.UUID, verb: str) -> HttpResponse:
    """Do one act on a movement. What the act finds wrong is said on the page; a refusal goes to the middleware."""
    details = {name: request.POST.get(name, "") for name in TAKES.get(verb, ())}
    try:
        contexts.ACTS[verb](asker(request), ref, **details)
    except BadInput as error:
        faults = [words.fault(fault.where) for fault in error.faults]
        return _page(request, ref, wrong=verb, faults=faults, typed=details)
    return redirect("movement", ref)


@require_POST
def certify(request: HttpRequest) -> HttpResponse:
    """Certify a stretch of the route of the movement that the form names."""
    who = asker(request)
    movement = queries.movement(who, request.POST.get("movement", ""))
    form = CertifyForm(request.POST)
    if form.is_valid():
        try:
            acts.certify_sweep(who, site=movement["site"], route=movement["route"], **form.values)
        except BadInput as error:
            add_faults(form, error)
    return _page(request, movement.id, certify=form) if form.errors else redirect("movement", movement.id)


@require_POST
def void(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    """Take a certificate back, and go on with the movement that the form names."""
    who = asker(request)
    movement = queries.movement(who, request.POST.get("movement", ""))
    acts.void_sweep(who, ref, reason=request.POST.get("reason", ""))
    return redirect("movement", movement.id)


@require_GET
def near(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    """A part of the page of the alert `ref`: the movements that pass near it."""
    return render(request, "movements/near.html", {"page": contexts.near_page(asker(request), ref)})
