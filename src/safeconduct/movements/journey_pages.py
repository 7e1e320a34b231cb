"""The part of the person's page that tells of their journeys."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from safeconduct.movements import journeys
from safeconduct.people.checkin_acts import SAFE, STAGES, Said
from safeconduct.people.me_door import behind_pin
from safeconduct.rest import asker
from safeconduct.terms import instant
from safeconduct.terms.errors import BadInput, Fault, shown
from safeconduct.terms.ids import new_id


@require_GET
@behind_pin
def index(request: HttpRequest) -> HttpResponse:
    """Journeys on which the person travels."""
    context = {"journeys": journeys.journeys(asker(request)), "said": new_id()}
    return render(request, "me/journeys.html", context)


@require_POST
@behind_pin
def say(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    """Form: id, stage: the person boarded, or arrived."""
    stage, client_id = request.POST.get("stage", ""), request.POST.get("id", "")
    faults = [] if stage in STAGES else [Fault("stage", shown(stage), "one of " + ", ".join(STAGES))]
    try:
        given = uuid.UUID(client_id)
    except ValueError:
        raise BadInput("form", [*faults, Fault("id", shown(client_id), "an id")]) from None
    if faults:
        raise BadInput("form", faults)
    # The form stands at each journey and each stage: the id that it made is theirs by those.
    own = uuid.uuid5(given, f"{ref} {stage}")
    journeys.say(asker(request), ref, Said(own, SAFE, instant.now(), None, ref, stage))
    return redirect("my-journeys")
