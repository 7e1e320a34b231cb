"""Pages of minimum standards: scores and gaps, the controls of a site, one control, and the sets."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, time
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from safeconduct import node
from safeconduct.rest import asker
from safeconduct.sites import control_acts, exporting, standard_contexts, standard_deeds, standards
from safeconduct.terms.decision import Refused
from safeconduct.terms.errors import BadInput, Fault, shown


@require_GET
def compliance(request: HttpRequest) -> HttpResponse:
    """All sites with controls, the least met first, and the gravest gaps."""
    return render(request, "sites/compliance.html", {"page": standard_contexts.compliance_page(asker(request))})


@require_GET
def gaps(request: HttpRequest) -> HttpResponse:
    """Gaps by risk: of all sites, or of `?site=`."""
    number = request.GET.get("page", "1")
    page = standard_contexts.gaps_page(
        asker(request), request.GET.get("site", ""), int(number) if number.isascii() and number.isdecimal() else 1
    )
    return render(request, "sites/gaps.html", {"page": page})


@require_GET
def controls(request: HttpRequest, site: str) -> HttpResponse:
    """The controls of one site, its score and its gaps."""
    return render(request, "sites/controls.html", {"page": standard_contexts.controls_page(asker(request), site)})


@require_GET
def controls_file(request: HttpRequest, site: str) -> HttpResponse:
    """The controls of one site as a CSV."""
    return _as_file(exporting.controls(asker(request), site), f"controls-{site}")


@require_GET
def gaps_file(request: HttpRequest) -> HttpResponse:
    """The gaps as a CSV: of all sites, or of `?site=`."""
    site = request.GET.get("site", "")
    return _as_file(exporting.gaps_of(asker(request), site), f"gaps-{site}" if site else "gaps")


def _as_file(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    plain = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in name)
    response["Content-Disposition"] = f'attachment; filename="{plain}.csv"'
    return response


@require_POST
def remove(request: HttpRequest, site: str) -> HttpResponse:
    """Take the controls of a set from a site."""
    control_acts.remove_controls(asker(request), site=site, standard=request.POST.get("standard", ""))
    return redirect("sites:compliance")


@require_GET
def control(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    """One control: what was found of it, and forms to test and to waive it."""
    return render(request, "sites/control.html", {"page": standard_contexts.control_page(asker(request), ref)})


@require_POST
def test(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    """Enter a test of a control."""
    given = request.POST
    control_acts.enter_test(asker(request), ref, result=given.get("result", ""), note=given.get("note", ""))
    return redirect("sites:control", ref)


@require_POST
def waive(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    """Waive a control until the end of a day."""
    until = datetime.combine(read_date(request.POST.get("until", ""), "until"), time(23, 59), UTC)
    control_acts.waive(asker(request), ref, until=until, reason=request.POST.get("reason", ""))
    return redirect("sites:control", ref)


@require_POST
def unwaive(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    """End a waiver."""
    control_acts.unwaive(asker(request), ref)
    return redirect("sites:control", ref)


def read_date(text: str, where: str) -> date:
    """Raises BadInput."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput("form", [Fault(where, shown(text), "a date, like 2026-03-31")]) from None


@require_http_methods(["GET", "POST"])
def sets(request: HttpRequest) -> HttpResponse:
    """The sets of controls; POST brings one in, or with `do=check` says what is in it without doing so."""
    page = standard_contexts.standards_page(asker(request))
    context: dict[str, Any] = {"page": page, "faults": (), "lines": (), "name": request.POST.get("name", "")}
    if request.method == "GET":
        return render(request, "sites/standards.html", context)
    if not page.importing.allowed:
        raise Refused(control_acts.import_standard.name, page.importing)
    try:
        text = standards.decoded(_given(request))
        terms = standards.read_standard(text, node.current().accord.risk_matrix)
        if request.POST.get("do") != "check":
            name = request.POST.get("name", "")
            made = control_acts.import_standard(asker(request), name=name, text=text)
            return redirect("sites:standard", made.pk)
        context["lines"] = standard_contexts.terms_lines(terms)
    except BadInput as error:
        context["faults"] = error.faults
    template = "sites/standard_check.html" if request.headers.get("HX-Request") else "sites/standards.html"
    # A check that found faults is no failed request: its answer goes where the check was asked for.
    is_bad = bool(context["faults"]) and not request.headers.get("HX-Request")
    return render(request, template, context, status=422 if is_bad else 200)


def _given(request: HttpRequest) -> bytes:
    """The file that was sent, or the sample that ships where that was asked for."""
    if request.POST.get("source") == "sample":
        return standards.sample()
    given = request.FILES.get("file")
    if given is None:
        raise BadInput("standard", [Fault("file", "nothing", "a CSV file")])
    return given.read(standards.MOST_BYTES + 1)


@require_GET
def sample(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  # the same for every reader: it is public
    """The sample set as a file to begin with."""
    response = HttpResponse(standards.sample(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="minimum-standards.csv"'
    return response


@require_http_methods(["GET", "POST"])
def one_set(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    """One set of controls; POST applies it to the sites that the form names."""
    if request.method == "POST":
        sites = request.POST.getlist("site")
        if not sites:
            raise BadInput("controls", [Fault("site", "none", "one site at least")])
        standard_deeds.apply_to_each(asker(request), ref, sites)
        return redirect("sites:compliance")
    return render(request, "sites/standard.html", {"page": standard_contexts.standard_page(asker(request), ref)})
