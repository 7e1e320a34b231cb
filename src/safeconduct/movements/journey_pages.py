"""The part of the person's page that tells of their journeys."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from safeconduct.movements import journeys
from safeconduct.people.checkin_acts import SAFE, STAGES, Said
from safeconduct.people.me_contexts import queue_page
from safeconduct.people.me_door import behind_pin, is_open
from safeconduct.people.me_posts import by_pin, ref_given, shortly, time_given
from safeconduct.rest import asker
from safeconduct.terms.errors import BadInput, Fault, shown
from safeconduct.terms.ids import new_id


@require_GET
@behind_pin
def index(request: HttpRequest) -> HttpResponse:
    """Journeys on which the person travels."""
    context = {"journeys": journeys.journeys(asker(request)), "said": new_id(), "page": queue_page(is_open(request))}
    return render(request, "me/journeys.html", context)


@shortly
def say(request: HttpRequest) -> HttpResponse:
    """Form: id, stage, at, [journey], [pin or sealed]: the person boarded, or arrived.

    Without a journey it is the nearest one. What waited on the phone comes with its own time, as a check-in does.
    """
    stage, given = request.POST.get("stage", ""), ref_given(request, "id")
    if stage not in STAGES:
        raise BadInput("form", [Fault("stage", shown(stage), "one of " + ", ".join(STAGES))])
    at = time_given(request)
    named = request.POST.get("journey", "")
    journey = ref_given(request, "journey") if named else journeys.on_which(asker(request), at)
    # A page without a script has one id for all of its buttons: each journey and stage has its own by that.
    own = uuid.uuid5(given, f"{named} {stage}")
    back = "my-journeys" if named else "me:home"
    return by_pin(request, Said(own, SAFE, at, None, journey, stage), given, journeys.say, back)
