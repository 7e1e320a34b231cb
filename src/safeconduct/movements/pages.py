"""Pages of movements and sweeps: the list, one movement with its gate, and the posts that call acts."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import reswap, retarget

from safeconduct.movements import acts, contexts, queries, words
from safeconduct.movements.forms import CertifyForm, ReviewForm, add_faults
from safeconduct.movements.protection import contexts as protection
from safeconduct.people import looks
from safeconduct.rest import asker
from safeconduct.terms.errors import BadInput


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Movements that are due, with their gates, and the latest past ones."""
    return render(request, "movements/index.html", {"page": contexts.list_page(asker(request))})


@require_GET
def page(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    return _page(request, ref)


def _page(
    request: HttpRequest,
    ref: uuid.UUID,
    *,
    certify: CertifyForm | None = None,
    review: ReviewForm | None = None,
    **more: Any,
) -> HttpResponse:
    who = asker(request)
    movement = queries.movement(who, ref)
    if protection.is_shown(who, movement):
        looks.enter(who, "movement", [movement.id], "page")
    shown = contexts.movement_page(who, ref)
    context = {
        "page": shown,
        "protection": protection.protection_of(who, movement),
        "ways": [(way, _certify_form(way, certify)) for way in shown.ways],
        "review": review or ReviewForm(parties=shown.plan.parties, initial=contexts.review_initial(shown.movement)),
        **more,
    }
    if not more and certify is None and review is None:
        return render(request, "movements/page.html", context)
    answer = render(request, "movements/page.html", context, status=422)
    # What is wrong belongs beside what was typed, not into the corner where refusals are shown.
    return reswap(retarget(answer, "#live"), "innerHTML")


def _certify_form(way: contexts.WayShown, posted: CertifyForm | None) -> CertifyForm:
    """The form under one leg: the posted one where it was posted there."""
    if posted is not None and posted.data.get("way") == str(way.number):
        return posted
    initial = {"end_m": way.strip.length_m if way.strip else None}
    return CertifyForm(initial=initial, auto_id=f"certify_{way.number}_%s")


TAKES: Mapping[str, tuple[str, ...]] = {
    "hold": ("reason",),
    "lift": ("reason",),
    "cancel": ("reason",),
    "escort": ("escort",),
    "meet": ("number",),
}
"""What the post of an act takes from its form; the others take nothing."""


@require_POST
def do(request: HttpRequest, ref: uuid.UUID, verb: str) -> HttpResponse:
    """Do one act on a movement. What the act finds wrong is said on the page; a refusal goes to the middleware."""
    details: dict[str, Any] = {name: request.POST.get(name, "") for name in TAKES.get(verb, ())}
    if "number" in details:
        details["number"] = int(details["number"]) if re.fullmatch("[0-9]{1,4}", details["number"]) else 0
    try:
        contexts.ACTS[verb](asker(request), ref, **details)
    except BadInput as error:
        faults = [words.fault(fault.where) for fault in error.faults]
        return _page(request, ref, wrong=verb, faults=faults, typed=details)
    return redirect("movement", ref)


@require_POST
def review(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    """Enter the review of a plan."""
    form = ReviewForm(request.POST, parties=contexts.party_names())
    if form.is_valid():
        try:
            acts.review(asker(request), ref, **form.values)
        except BadInput as error:
            add_faults(form, error)
    return _page(request, ref, review=form) if form.errors else redirect("movement", ref)


@require_POST
def certify(request: HttpRequest) -> HttpResponse:
    """Certify a stretch of a route on the way of the movement that the form names."""
    who = asker(request)
    movement = queries.movement(who, request.POST.get("movement", ""))
    form = CertifyForm(request.POST)
    if form.is_valid():
        site, route = request.POST.get("site", ""), request.POST.get("route", "")
        try:
            acts.certify_sweep(who, site=site, route=route, **form.values)
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
