"""The page of what the parties decided in council about the gate."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from safeconduct.movements import acts, rule_contexts
from safeconduct.movements.forms import RuleForm, add_faults
from safeconduct.rest import asker
from safeconduct.terms.errors import BadInput


@require_http_methods(["GET", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """What stands, what is proposed, what was lifted; and the form to propose."""
    who = asker(request)
    page = rule_contexts.rules_page(who)
    form = RuleForm(request.POST or None, sites=page.sites)
    if request.method == "POST" and form.is_valid():
        try:
            acts.propose(who, **form.cleaned_data)
        except BadInput as error:
            add_faults(form, error)
        else:
            return redirect("council-rules")
    return render(request, "movements/rules.html", {"page": page, "form": form}, status=422 if form.errors else 200)


ACTS: dict[str, Any] = {"agree": acts.agree, "lift": acts.lift_rule}


@require_POST
def do(request: HttpRequest, ref: uuid.UUID, verb: str) -> HttpResponse:
    """Agree to a decision, or say that it shall hold no more."""
    ACTS[verb](asker(request), ref)
    return redirect("council-rules")
