"""The person's pages under /me/: for a phone, over links that fail, with a script or without one."""

from __future__ import annotations

from typing import Any

import orjson
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from safeconduct.acts import together
from safeconduct.people import enrolment_acts as enrolment
from safeconduct.people import help_line_acts as help_lines
from safeconduct.people import me_contexts, me_data, me_door, person_acts, tries
from safeconduct.people.channels.fetched import note_fetched
from safeconduct.people.enrolment_acts import Secrets
from safeconduct.people.joining import join as join_phone
from safeconduct.people.me_door import behind_pin, of_phone, opened_under_duress
from safeconduct.people.me_forms import ChoiceForm, JoinForm, PinForm, PinsForm, TextForm, add_faults
from safeconduct.people.me_pins import Opens
from safeconduct.people.me_worker import BUILD
from safeconduct.people.own import person_of, phone_of
from safeconduct.rest import answer, asker
from safeconduct.terms import instant
from safeconduct.terms.errors import BadInput, NotFound, TooManyTries
from safeconduct.terms.json import plain

FORGET = '"cache", "storage"'
"""What a browser drops when a phone has left. Source: W3C Clear Site Data."""


@require_GET
@of_phone
def home(request: HttpRequest) -> HttpResponse:
    """Check in, call for help, and the ways to everything else."""
    page = me_contexts.home_page(asker(request), is_open=me_door.is_open(request), build=BUILD())
    if page.asked:
        note_fetched(asker(request))
    return render(request, "me/home.html", {"page": page})


@require_GET
@of_phone
def shell(request: HttpRequest) -> HttpResponse:
    """The page as a phone keeps it for when there is no network: nothing of anyone is in it."""
    return render(request, "me/home.html", {"page": me_contexts.shell_page(asker(request), build=BUILD())})


def join(request: HttpRequest) -> HttpResponse:
    """Type a code, choose two PINs: the phone is the person's. Open to all, and guessing is bounded."""
    if request.method != "POST":
        return render(request, "me/join.html", {"form": JoinForm()})
    form = JoinForm(request.POST)
    try:
        tried = me_door.enter_join(request)
    except TooManyTries as error:
        return _later(request, error)
    try:
        if form.is_valid():
            phone = join_phone(Secrets(**form.cleaned_data))
            tries.take_back(tried)
            me_door.let_in(request, phone.user_name)
            return me_door.in_their_language(phone.user_name, redirect("me:home"))
        tries.take_back(tried)
    except NotFound:
        form.add_error("code", JoinForm.NO_CODE)
    except BadInput as error:
        tries.take_back(tried)
        add_faults(form, error)
    return render(request, "me/join.html", {"form": form}, status=422)


join.login_required = False  # pyright: ignore[reportFunctionMemberAccess]  # the wall's mark (web/wall.py)


@require_http_methods(["GET", "POST"])
@of_phone
def pin(request: HttpRequest) -> HttpResponse:
    """Open the page by its PIN, for ten minutes."""
    back = request.POST.get("next", request.GET.get("next", ""))
    if not (back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)):
        back = "/me/"
    form = PinForm(request.POST or None)
    if form.is_valid():
        try:
            if me_door.given_pin(request, form.cleaned_data["pin"]) is not Opens.NOTHING:
                me_door.open_page(request)
                return redirect(back)
        except TooManyTries as error:
            return _later(request, error)
        form.add_error("pin", PinForm.WRONG)
    status = 422 if form.errors else 200
    return render(request, "me/pin.html", {"form": form, "back": back}, status=status)


@require_POST
@of_phone
def shut(request: HttpRequest) -> HttpResponse:
    """Lock the page at once."""
    me_door.shut_page(request)
    return redirect("me:home")


@require_GET
@behind_pin
def data(request: HttpRequest) -> HttpResponse:
    """What is held about the person."""
    return _data(request)


def _data(request: HttpRequest, status: int = 200, **more: Any) -> HttpResponse:
    page = me_contexts.data_page(asker(request), opened_under_duress(request))
    return render(request, "me/data.html", {"page": page, "form": TextForm(), **more}, status=status)


@require_GET
@behind_pin
def export(request: HttpRequest) -> HttpResponse:
    """The same as a file."""
    principal = asker(request)
    since = me_data.hidden_since(principal, opened_under_duress(request))
    held = {name: [answer(row) for row in rows] for name, rows in me_data.held(principal, since).items()}
    document = orjson.dumps({"as_of": instant.iso(instant.now()), **held}, default=plain, option=orjson.OPT_INDENT_2)
    headers = {"Content-Disposition": 'attachment; filename="my-data.json"'}
    return HttpResponse(document, content_type="application/json", headers=headers)


@require_POST
@behind_pin
def correct(request: HttpRequest) -> HttpResponse:
    """Ask to have something put right."""
    form = TextForm(request.POST)
    if form.is_valid():
        try:
            site = person_of(asker(request)).marking.area
            help_lines.ask_correction(asker(request), form.cleaned_data["text"], site=site)
            return redirect("me:data")
        except BadInput as error:
            add_faults(form, error)
    return _data(request, 422, form=form)


@require_GET
@behind_pin
def seen(request: HttpRequest) -> HttpResponse:
    """Who looked at the person, and when."""
    page = me_contexts.seen_page(asker(request), opened_under_duress(request))
    return render(request, "me/seen.html", {"page": page})


@require_http_methods(["GET", "POST"])
@behind_pin
def choice(request: HttpRequest) -> HttpResponse:
    """How coarsely the person is seen."""
    page = me_contexts.choice_page(asker(request))
    form = ChoiceForm(page.person, request.POST or None)
    if form.is_valid():
        try:
            person_acts.choose(asker(request), page.person.id, **form.values)
            return redirect("me:choice")
        except BadInput as error:
            add_faults(form, error)
    context = {"page": page, "form": form, "pins": PinsForm()}
    return render(request, "me/choice.html", context, status=422 if form.errors else 200)


@require_POST
@behind_pin
def pins(request: HttpRequest) -> HttpResponse:
    """Put other PINs in place of these."""
    form = PinsForm(request.POST)
    if form.is_valid():
        try:
            given = form.cleaned_data
            if me_door.given_pin(request, given["now"]) is not Opens.NOTHING:
                ref = phone_of(asker(request)).id
                enrolment.change_pins(asker(request), ref, given["now"], given["pin"], given["duress"])
                return redirect("me:choice")
            form.add_error("now", PinForm.WRONG)
        except BadInput as error:
            add_faults(form, error)
        except TooManyTries as error:
            return _later(request, error)
    page = me_contexts.choice_page(asker(request))
    context = {"page": page, "form": ChoiceForm(page.person), "pins": form}
    return render(request, "me/choice.html", context, status=422)


@require_POST
@behind_pin
def leave(request: HttpRequest) -> HttpResponse:
    """Leave the page: the phone forgets it all. With `list`, leave the list of people too."""
    principal = asker(request)
    with together():
        # The phone ends last: it is what lets the person leave.
        if request.POST.get("list") == "1":
            person_acts.leave(principal, person_of(principal).id)
        enrolment.end_phone(principal, phone_of(principal).id, reason=enrolment.LEFT)
    logout(request)
    response = render(request, "me/left.html")
    response["Clear-Site-Data"] = FORGET
    return response


def _later(request: HttpRequest, error: TooManyTries) -> HttpResponse:
    response = render(request, "me/later.html", {"minutes": -(-error.after_s // 60)}, status=429)
    response["Retry-After"] = str(error.after_s)
    return response
