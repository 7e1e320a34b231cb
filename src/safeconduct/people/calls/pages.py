"""Pages of calls for help, of numbers and corrections, and of a person's phones."""

from __future__ import annotations

import io
import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_GET, require_POST

from safeconduct.people import enrolment_acts as enrolment
from safeconduct.people import help_line_acts as help_lines
from safeconduct.people import sos_acts as sos
from safeconduct.people.calls.contexts import Banner, calls_page, phones_page
from safeconduct.people.calls.forms import CorrectionForm, LineForm, ReasonForm, add_faults
from safeconduct.people.person_contexts import tabs
from safeconduct.rest import asker
from safeconduct.terms.errors import BadInput


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Calls that last, and what belongs to them."""
    return _page(request)


def _page(request: HttpRequest, status: int = 200, **more: Any) -> HttpResponse:
    page = calls_page(asker(request), request.GET.get("after"))
    context = {
        "page": page,
        "tabs": tabs(asker(request)),
        "line": LineForm(),
        "ending": ReasonForm(),
        "correcting": CorrectionForm(),
        **more,
    }
    return render(request, "calls/index.html", context, status=status)


@require_GET
def banner(request: HttpRequest) -> HttpResponse:
    """What stands on top of every page of those who hear of calls."""
    return render(request, "calls/banner.html", {"calls": Banner(asker(request))})


@require_POST
def answer(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    sos.answer(asker(request), ref)
    return redirect("calls:index")


@require_POST
def acknowledge(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    sos.acknowledge(asker(request), ref)
    return redirect("calls:index")


@require_POST
def end(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    form = ReasonForm(request.POST)
    if form.is_valid():
        sos.end(asker(request), ref, reason=form.cleaned_data["reason"])
        return redirect("calls:index")
    return _page(request, 422, ending=form)


@require_POST
def give(request: HttpRequest) -> HttpResponse:
    form = LineForm(request.POST)
    if form.is_valid():
        try:
            help_lines.give_line(asker(request), **form.cleaned_data)
        except BadInput as error:
            add_faults(form, error)
        else:
            return redirect("calls:index")
    return _page(request, 422, line=form)


@require_POST
def remove(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    help_lines.remove_line(asker(request), ref)
    return redirect("calls:index")


@require_POST
def correct(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    form = CorrectionForm(request.POST)
    if form.is_valid():
        try:
            help_lines.answer_correction(
                asker(request), ref, form.cleaned_data["answer"], state=form.cleaned_data["state"]
            )
        except BadInput as error:
            add_faults(form, error)
        else:
            return redirect("calls:index")
    return _page(request, 422, correcting=form)


@require_GET
def phones(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    """A person's phones."""
    return render(request, "calls/phones.html", {"page": phones_page(asker(request), ref)})


@require_POST
def invite(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    """Make a code. It is in this one answer and nowhere else, so that there is no redirect."""
    made = enrolment.invite_person(asker(request), ref)
    address = request.build_absolute_uri(reverse("me:join"))
    context = {
        "page": phones_page(asker(request), ref),
        "code": made.clear,
        "until": made.end,
        "address": address,
        "qr": _drawn(f"{address}#{made.clear}"),
    }
    return render(request, "calls/phones.html", context, status=201)


@require_POST
def end_phone(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    """End a lost phone."""
    enrolment.end_phone(asker(request), ref, reason=enrolment.LOST)
    person = request.POST.get("person", "")
    try:
        return redirect("calls:phones", uuid.UUID(person))
    except ValueError:
        return redirect("calls:index")


def _drawn(text: str) -> SafeString:
    """A QR code as an inline drawing; what it says is ours. Source: ISO/IEC 18004."""
    import qrcode
    from qrcode.image.svg import SvgPathImage

    drawn = io.BytesIO()
    qrcode.make(text, image_factory=SvgPathImage, border=2).save(drawn)
    svg = drawn.getvalue().decode()
    return mark_safe(svg[svg.index("<svg") :])  # noqa: S308 -- drawn by us from an address and a code of our letters
