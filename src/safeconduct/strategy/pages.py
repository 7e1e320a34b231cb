"""Pages of measures: the list, the form that asks or orders, and the part that an alert's page shows."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import reswap, retarget

from safeconduct.rest import asker
from safeconduct.strategy import acts, contexts
from safeconduct.strategy.forms import MeasureForm, add_faults
from safeconduct.terms.errors import BadInput, Fault, shown
from safeconduct.terms.party import Principal


@require_http_methods(["GET", "POST"])
def measures(request: HttpRequest) -> HttpResponse:
    """GET lists the measures of this reader; POST asks for one or orders one, as the button `verb` says."""
    if request.method == "POST":
        return _create(request)
    return _page(request, None)


def _page(request: HttpRequest, form: MeasureForm | None) -> HttpResponse:
    page = contexts.measures_page(asker(request))
    context = {"page": page, "form": form or MeasureForm(sites=page.sites)}
    return _answer(request, "strategy/measures.html", context, "#live")


@require_GET
def near(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    """A part of the page of the alert `ref`: the measures at its site, and the form for another."""
    return _near(request, ref, None)


def _near(request: HttpRequest, ref: uuid.UUID | str, form: MeasureForm | None) -> HttpResponse:
    page = contexts.near_page(asker(request), ref)
    site = page.alert["site"]
    context = {"page": page, "form": form or MeasureForm(sites=[site], initial={"site": site})}
    return _answer(request, "strategy/near.html", context, "#measures")


def _answer(request: HttpRequest, template: str, context: Mapping[str, object], part: str) -> HttpResponse:
    form = context["form"]
    if not isinstance(form, MeasureForm) or not form.errors:
        return render(request, template, dict(context))
    return reswap(retarget(render(request, template, dict(context), status=422), part), "innerHTML")


def _create(request: HttpRequest) -> HttpResponse:
    who, alert, verb = asker(request), request.POST.get("alert", ""), request.POST.get("verb", "")
    form = MeasureForm(request.POST, sites=_sites(who, alert))
    if form.is_valid():
        try:
            _do(who, verb, form)
        except BadInput as error:
            add_faults(form, error)
    if form.errors:
        return _near(request, alert, form) if alert else _page(request, form)
    if not alert:
        return redirect("measures")
    return redirect("measures-near" if request.headers.get("HX-Request") else "alert", alert)


def _sites(who: Principal, alert: str) -> list[str]:
    if alert:
        return [contexts.near_page(who, alert).alert["site"]]
    return list(contexts.measures_page(who).sites)


def _do(who: Principal, verb: str, form: MeasureForm) -> None:
    if verb == "request":
        acts.request_measure(who, **form.asked)
    elif verb == "order":
        acts.order_measure(who, **form.ordered)
    else:
        raise BadInput("measure", [Fault("verb", shown(verb), "request or order")])


@require_POST
def lift(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    """End a measure, and go back to the list, or to the alert from whose page it was lifted."""
    acts.lift_measure(asker(request), ref)
    alert = request.POST.get("alert", "")
    return redirect("measures-near", alert) if alert and request.headers.get("HX-Request") else redirect("measures")
