"""Pages of a plan: made anew or from a template, amended; templates and how they repeat."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from safeconduct.movements import acts, contexts, plan_contexts, queries
from safeconduct.movements.forms import RepeatForm, add_faults
from safeconduct.movements.plan_forms import PlanForms, initial_of
from safeconduct.rest import asker
from safeconduct.terms import instant
from safeconduct.terms.errors import BadInput
from safeconduct.terms.party import Principal

SOON = timedelta(hours=24)
"""When the form proposes to leave, where nobody has said."""


@require_http_methods(["GET", "POST"])
def plan(request: HttpRequest) -> HttpResponse:
    """The form of a new movement. A button that adds or takes away a part gives it back with what was typed."""
    who = asker(request)
    forms = PlanForms(
        who, request.POST or None, None if request.POST else _initial(who, request.GET.get("template", ""))
    )
    if request.method == "POST":
        if (changed := forms.changed(request.POST.get("do", ""))) is not None:
            return _form(request, changed, who)
        if forms.is_valid():
            try:
                planned = acts.plan(who, site=forms.site, **forms.values)
            except BadInput as error:
                forms.add_faults(error)
            else:
                return redirect("movement", planned.pk)
    return _form(request, forms, who, status=422 if request.method == "POST" else 200)


def _initial(who: Principal, template: str) -> dict[str, Any] | None:
    if not template:
        return None
    leaves = (instant.now() + SOON).replace(second=0, microsecond=0)
    made = plan_contexts.template_initial(queries.template(who, template), leaves)
    return initial_of(who, made["main"], made["legs"], made["convoy"])


def _form(request: HttpRequest, forms: PlanForms, who: Principal, *, status: int = 200, **more: Any) -> HttpResponse:
    context = {"forms": forms, "decision": contexts.planning(who), "templates": queries.templates(who), **more}
    return render(request, "movements/plan.html", context, status=status)


@require_http_methods(["GET", "POST"])
def amend(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    """The same form with the plan that is there; what is amended is requested and reviewed anew."""
    who = asker(request)
    movement, main, legs, vehicles = plan_contexts.movement_initial(who, ref)
    forms = PlanForms(who, request.POST or None, None if request.POST else initial_of(who, main, legs, vehicles))
    more: dict[str, Any] = {"movement": movement, "decision": acts.amend.decision(who, movement.marking)}
    if request.method == "POST":
        if (changed := forms.changed(request.POST.get("do", ""))) is not None:
            return _form(request, changed, who, **more)
        if forms.is_valid():
            try:
                acts.amend(who, ref, **forms.values)
            except BadInput as error:
                forms.add_faults(error)
            else:
                return redirect("movement", ref)
    return _form(request, forms, who, status=422 if request.method == "POST" else 200, **more)


@require_GET
def templates(request: HttpRequest) -> HttpResponse:
    """The templates of the reader's party."""
    return _templates(request)


def _templates(request: HttpRequest, status: int = 200, **more: Any) -> HttpResponse:
    page = plan_contexts.templates_page(asker(request))
    form = RepeatForm(initial={"begin": instant.now().date()})
    return render(request, "movements/templates.html", {"page": page, "form": form, **more}, status=status)


@require_POST
def save(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    """Keep the plan of a movement as a template."""
    who = asker(request)
    movement = queries.movement(who, ref)
    acts.save_template(who, site=movement.marking.area, movement=str(ref), name=request.POST.get("name", ""))
    return redirect("templates")


@require_POST
def repeat(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    """Repeat a template week by week, or no more."""
    who = asker(request)
    if request.POST.get("do") == "stop":
        acts.repeat_template(who, ref, pattern={})
        return redirect("templates")
    form = RepeatForm(request.POST)
    if form.is_valid():
        try:
            acts.repeat_template(who, ref, pattern=form.pattern)
        except BadInput as error:
            add_faults(form, error)
    return _templates(request, 422, form=form, open=ref) if form.errors else redirect("templates")


@require_POST
def remove(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    """Put a template away."""
    acts.remove_template(asker(request), ref)
    return redirect("templates")
