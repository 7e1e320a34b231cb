"""Pages of inspection rounds: the list, one round control by control for a phone in the hand, and its photos."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from safeconduct.rest import asker
from safeconduct.sites import inspection_acts as acts
from safeconduct.sites import inspection_contexts, photos, standard_deeds, standard_queries
from safeconduct.sites.standard_pages import read_date
from safeconduct.terms.errors import BadInput, Fault
from safeconduct.terms.party import Principal


@require_http_methods(["GET", "POST"])
def rounds(request: HttpRequest) -> HttpResponse:
    """The rounds that this reader sees; POST plans one."""
    if request.method == "POST":
        planned_for = read_date(request.POST.get("planned_for", ""), "planned_for")
        made = acts.plan_inspection(asker(request), site=request.POST.get("site", ""), planned_for=planned_for)
        return redirect("sites:inspection", made.pk)
    return render(request, "sites/inspections.html", {"page": inspection_contexts.rounds_page(asker(request))})


@require_GET
def one(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    """One round."""
    return render(request, "sites/inspection.html", {"page": inspection_contexts.round_page(asker(request), ref)})


@require_POST
def find(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    """Enter what was found of one control."""
    given = request.POST
    control = given.get("control", "")
    acts.find(asker(request), ref, control=control, result=given.get("result", ""), note=given.get("note", ""))
    return _item(request, ref, control)


@require_POST
def attach(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    """Add a photo to what was found of one control."""
    given = request.FILES.get("photo")
    if given is None:
        raise BadInput("photo", [Fault("photo", "nothing", "a JPEG or PNG")])
    control = request.POST.get("control", "")
    standard_deeds.add_photo(asker(request), ref, control, given.read(photos.MOST_BYTES + 1))
    return _item(request, ref, control)


@require_POST
def detach(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    """Take a photo out again."""
    acts.detach(asker(request), ref, photo=request.POST.get("photo", ""))
    return _item(request, ref, request.POST.get("control", ""))


def _item(request: HttpRequest, ref: uuid.UUID, control: str) -> HttpResponse:
    """The control as it now is, in place; for a browser without scripts the page, at that control."""
    if request.headers.get("HX-Request"):
        item = inspection_contexts.item(asker(request), ref, control)
        return render(request, "sites/inspection_item.html", {"item": item})
    response = redirect("sites:inspection", ref)
    response["Location"] += f"#control-{control}"
    return response


_STEPS: dict[str, Callable[[Principal, uuid.UUID, Any], None]] = {
    "finish": lambda who, ref, _: acts.finish(who, ref),
    "sign": lambda who, ref, _: acts.sign(who, ref),
    "return": lambda who, ref, form: acts.give_back(who, ref, reason=form.get("reason", "")),
    "cancel": lambda who, ref, form: acts.cancel(who, ref, reason=form.get("reason", "")),
}


@require_POST
def step(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    """Finish a round, sign it, give it back or give it up: `do` says which."""
    done = _STEPS.get(request.POST.get("do", ""))
    if done is None:
        raise BadInput("inspection", [Fault("do", request.POST.get("do", ""), "one of " + ", ".join(_STEPS))])
    done(asker(request), ref, request.POST)
    return redirect("sites:inspection", ref)


@require_GET
def photo(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    """A photo, for its reader's browser alone: it is never shared, run or guessed to be something else."""
    response = HttpResponse(standard_queries.photo(asker(request), ref), content_type="image/jpeg")
    response["Cache-Control"] = "private, max-age=300"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = f'inline; filename="{ref}.jpg"'
    return response
