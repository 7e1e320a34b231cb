"""What the person's page sends: check-ins and calls for help. A phone's script gets short answers, a form the page.

An answer to a script is 201 for what is new, 200 for what came before, 401 where the phone is not known any more, 403
where the PIN is wrong or missing, 422 for what is no such thing, 429 after too many wrong PINs.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from safeconduct.acts import together
from safeconduct.people import checkin_acts as checkins
from safeconduct.people import me_door
from safeconduct.people import sos_acts as sos
from safeconduct.people.checkin_acts import Said, check_in_once
from safeconduct.people.me_door import View, call_under_duress, is_open, is_script, of_phone
from safeconduct.people.me_forms import PinForm
from safeconduct.people.me_pins import Opens, unsealed
from safeconduct.people.own import person_of
from safeconduct.people.sos_acts import Call, Spot
from safeconduct.people.sos_reads import sos_of
from safeconduct.rest import asker
from safeconduct.terms import instant
from safeconduct.terms.errors import BadInput, Fault, NotFound, TooManyTries, shown
from safeconduct.terms.party import Principal
from safeconduct.terms.place import Point

EARLIER = timedelta(minutes=5)
"""A place that is so much older than its call is of another time."""


def shortly(view: View) -> View:
    """Decorator: a phone's script gets an answer without a page: its status says it all."""

    @require_POST
    @of_phone
    @wraps(view)
    def looked_at(request: HttpRequest) -> HttpResponse:
        try:
            return view(request)
        except TooManyTries as error:
            return HttpResponse(status=429, headers={"Retry-After": str(error.after_s)})
        except (BadInput, NotFound) as error:
            if not is_script(request):
                raise
            return HttpResponse(status=404 if isinstance(error, NotFound) else 422)

    return looked_at


@shortly
def check_in(request: HttpRequest) -> HttpResponse:
    """Form: id, state, at, [lon, lat], [pin or sealed]. Who says that they are well shows that it is them."""
    point = _point(request)
    said = Said(ref_given(request, "id"), request.POST.get("state", ""), time_given(request), point)
    return by_pin(request, said, said.client_id, check_in_once)


def by_pin(
    request: HttpRequest,
    said: Said,
    sealed_for: uuid.UUID,
    take: Callable[[Principal, Said], bool],
    back: str = "me:home",
) -> HttpResponse:
    """Take what was said once it is shown who says it; whoever needs help need not. `sealed_for` is the id with which
    the phone sealed the PIN."""
    opens = Opens.PAGE
    if said.state in (checkins.SAFE, checkins.NOT_HERE) and not is_open(request):
        opens = _pin_given(request, str(sealed_for))
        if opens is Opens.NOTHING:
            return _asked_for_pin(request)
    with together():
        is_new = take(asker(request), said)
        if is_new and opens is Opens.DURESS:
            call_under_duress(asker(request))
    return _taken(request, is_new, back)


@shortly
def call(request: HttpRequest) -> HttpResponse:
    """Form: id, at, silent, [lon, lat, accuracy]. Nothing is asked of whoever calls for help."""
    principal = asker(request)
    silent = request.POST.get("silent") == "1"
    made = Call(ref_given(request, "id"), time_given(request), silent, _spot(request))
    is_new = sos.call(principal, made, site=person_of(principal).marking.area) is not None
    return _taken(request, is_new)


@shortly
def move(request: HttpRequest) -> HttpResponse:
    """Form: at, lon, lat, accuracy: where the phone is now, while a call lasts."""
    principal = asker(request)
    lasting, spot = sos_of(principal), _spot(request)
    if lasting is None or spot is None or spot.at < lasting["claimed_at"] - EARLIER:
        raise NotFound("sos", "of this phone")
    sos.move(principal, lasting.id, spot)
    return _taken(request, True)


@require_http_methods(["GET", "POST"])
@of_phone
def end(request: HttpRequest) -> HttpResponse:
    """Form: pin. End one's call; the page is the same whether one lasts, so that it tells of no silent one.

    By the PIN for duress it seems to end, and goes on silently.
    """
    form = PinForm(request.POST or None)
    if form.is_valid():
        try:
            opens = me_door.given_pin(request, form.cleaned_data["pin"])
        except TooManyTries as error:
            return HttpResponse(status=429, headers={"Retry-After": str(error.after_s)})
        lasting = sos_of(asker(request))
        if opens is Opens.PAGE and lasting is not None:
            sos.end(asker(request), lasting.id, True, reason=sos.BY_PERSON)
        if opens is not Opens.NOTHING:
            return _taken(request, True)
        form.add_error("pin", PinForm.WRONG)
    if is_script(request):
        return HttpResponse(status=403)
    return render(request, "me/end.html", {"form": form}, status=422 if form.errors else 200)


def _pin_given(request: HttpRequest, check_in: str) -> Opens:
    sealed = request.POST.get("sealed", "")
    pin = unsealed(sealed, check_in) if sealed else request.POST.get("pin", "")
    return me_door.given_pin(request, pin) if pin else Opens.NOTHING


def _asked_for_pin(request: HttpRequest) -> HttpResponse:
    if is_script(request):
        return HttpResponse(status=403)
    form = PinForm()
    form.add_error(None, PinForm.WRONG) if request.POST.get("pin") else None
    return render(request, "me/pin.html", {"form": form, "back": "/me/"}, status=403)


def _taken(request: HttpRequest, is_new: bool, back: str = "me:home") -> HttpResponse:
    if not is_script(request):
        return redirect(back)
    return JsonResponse({"at": instant.iso(instant.now())}, status=201 if is_new else 200)


def ref_given(request: HttpRequest, name: str) -> uuid.UUID:
    """An id that the form gives. Raises BadInput."""
    text = request.POST.get(name, "")
    try:
        return uuid.UUID(text)
    except ValueError:
        raise BadInput("form", [Fault(name, shown(text), "an id")]) from None


def time_given(request: HttpRequest) -> datetime:
    """When the phone says that it was; now, where a form without a script says nothing."""
    text = request.POST.get("at", "")
    return instant.parse(text, "at") if text else instant.now()


def _number(request: HttpRequest, name: str) -> float | None:
    text = request.POST.get(name, "")
    try:
        return float(text) if text else None
    except ValueError:
        raise BadInput("form", [Fault(name, shown(text), "a number")]) from None


def _point(request: HttpRequest) -> Point | None:
    spot = _spot(request)
    if spot is not None and (faults := spot.faults()):
        raise BadInput("form", faults)
    return Point(spot.lon, spot.lat) if spot else None


def _spot(request: HttpRequest) -> Spot | None:
    lon, lat = _number(request, "lon"), _number(request, "lat")
    if lon is None or lat is None:
        return None
    return Spot(lon, lat, _number(request, "accuracy"), time_given(request))
