"""Pages of the list of people: the list and the directory, a person, zones, what is due, rosters in and out."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from safeconduct.acts import Act
from safeconduct.people import import_words, person_acts, roster_acts, sheets
from safeconduct.people import person_contexts as contexts
from safeconduct.people import person_queries as queries
from safeconduct.people.importing import Roster, read_roster
from safeconduct.people.person_forms import (
    ChooseForm,
    ExportForm,
    FindForm,
    ImportForm,
    PersonForm,
    VetForm,
    ZoneForm,
    add_faults,
    person_initial,
)
from safeconduct.people.person_words import too_often
from safeconduct.people.persons import Particulars
from safeconduct.rest import asker
from safeconduct.terms.decision import Decision, Refused
from safeconduct.terms.errors import BadInput, Fault, TooManyTries

MOST_FAULTS_SHOWN = 200


def _require(act: Act[Any], decision: Decision) -> None:
    if not decision.allowed:
        raise Refused(act.name, decision)


@require_GET
def people(request: HttpRequest) -> HttpResponse:
    """The list for those who keep it, a page at a time; for all who may read persons, the search."""
    asked = request.GET
    after, part, zone = (asked.get(name, "") for name in ("after", "part", "zone"))
    page = contexts.list_page(asker(request), after=after or None, part=part, zone=zone)
    template = "persons/rows.html" if request.headers.get("HX-Request") and asked.get("after") else "persons/list.html"
    return render(request, template, {"page": page, "find": FindForm()})


@require_POST
def find(request: HttpRequest) -> HttpResponse:
    """Search. It is posted, so that no name stands in an address, and entered."""
    form = FindForm(request.POST)
    answers, after_s = None, 0
    if form.is_valid():
        try:
            answers = queries.find(asker(request), form.cleaned_data["text"])
        except BadInput as error:
            add_faults(form, error)
        except TooManyTries as error:
            after_s = error.after_s
            form.add_error("text", too_often(after_s))
    page = contexts.list_page(asker(request), answers=answers)
    status = 429 if after_s else 422 if form.errors else 200
    response = render(request, "persons/list.html", {"page": page, "find": form}, status=status)
    if after_s:
        response["Retry-After"] = str(after_s)
    return response


@require_http_methods(["GET", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """Enter a person."""
    decision = contexts.decision(asker(request), person_acts.register)
    _require(person_acts.register, decision)
    zones = queries.zones(asker(request))
    form = PersonForm(zones, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = person_acts.register(asker(request), Particulars(**form.given), site=form.cleaned_data["site"])
        except BadInput as error:
            add_faults(form, error)
        else:
            return redirect("people:person", made.pk)
    context: dict[str, Any] = {"form": form, "tabs": contexts.tabs(asker(request)), "sites": _sites(zones)}
    return render(request, "persons/register.html", context, status=422 if form.errors else 200)


def _sites(zones: Any) -> list[str]:
    return sorted({one["site"] for one in zones})


@require_GET
def person(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    return _person(request, ref)


def _person(request: HttpRequest, ref: uuid.UUID, status: int = 200, **more: Any) -> HttpResponse:
    page = contexts.person_page(asker(request), ref)
    row = page.row.person
    vetted = {"vetting": row.get("vetting"), "until": row.get("vetted_until")}
    chosen = {"seen_as": row.get("seen_as"), "resolution": row.get("cell_resolution")}
    context = {
        "page": page,
        "change": PersonForm(page.zones, initial=person_initial(row)),
        "vet": VetForm(initial=vetted),
        "choose": ChooseForm(initial=chosen),
        **more,
    }
    return render(request, "persons/person.html", context, status=status)


@require_POST
def change(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    """Change what differs from what the reader was shown, and nothing else."""
    page = contexts.person_page(asker(request), ref)
    _require(person_acts.change, page.may["change"])
    form = PersonForm(page.zones, request.POST)
    if form.is_valid():
        before = page.row.person
        changes = {name: value for name, value in form.given.items() if _plain(before.get(name)) != _plain(value)}
        try:
            person_acts.change(asker(request), ref, changes, site=form.cleaned_data["site"])
        except BadInput as error:
            add_faults(form, error)
        else:
            return redirect("people:person", ref)
    return _person(request, ref, 422, change=form)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple | list) else value or None


@require_POST
def vet(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    return _done(request, ref, person_acts.vet, "vet", VetForm(request.POST))


@require_POST
def choose(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    return _done(request, ref, person_acts.choose, "choose", ChooseForm(request.POST))


def _done(request: HttpRequest, ref: uuid.UUID, act: Act[Any], name: str, form: Any) -> HttpResponse:
    if form.is_valid():
        try:
            act(asker(request), ref, **form.cleaned_data)
        except BadInput as error:
            add_faults(form, error)
        else:
            return redirect("people:person", ref)
    return _person(request, ref, 422, **{name: form})


@require_POST
def leave(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    person_acts.leave(asker(request), ref)
    return redirect("people:persons")


@require_http_methods(["GET", "POST"])
def zones(request: HttpRequest) -> HttpResponse:
    """Zones with their wardens, and making one."""
    form = ZoneForm(request.POST or None)
    if request.method == "POST":
        _require(person_acts.make_zone, contexts.decision(asker(request), person_acts.make_zone))
        if form.is_valid():
            try:
                given = _zone_given(request, form.cleaned_data)
                person_acts.make_zone(asker(request), site=form.cleaned_data["site"], **given)
            except BadInput as error:
                add_faults(form, error)
            else:
                return redirect("people:zones")
    page = contexts.zones_page(asker(request))
    context = {"page": page, "form": form, "sites": _sites([row.zone for row in page.rows])}
    return render(request, "persons/zones.html", context, status=422 if form.errors else 200)


def _zone_given(request: HttpRequest, clean: Mapping[str, Any]) -> dict[str, Any]:
    """What the acts on zones take. Raises BadInput for a reference of nobody."""
    warden, alternates = clean["warden"].strip().upper(), clean["alternates"].replace(",", " ").upper().split()
    ids = queries.ids_of(asker(request), [*([warden] if warden else []), *alternates])
    faults = [Fault("warden", repr(warden), "a reference")] if warden and warden not in ids else []
    faults += [Fault("alternates", repr(one), "a reference") for one in alternates if one not in ids]
    if faults:
        raise BadInput("zone", faults)
    return {"name": clean["name"], "warden": ids.get(warden), "alternates": [ids[one] for one in alternates]}


@require_POST
def change_zone(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    """Put a name, a warden and alternates in place of those that a zone has."""
    found = queries.zone(asker(request), ref)
    _require(person_acts.change_zone, queries.decided_on(asker(request), person_acts.change_zone, found))
    form = ZoneForm({**request.POST.dict(), "site": found.get("site", "")})
    if not form.is_valid():
        raise BadInput("zone", [Fault(name, "nothing right", "what the form says") for name in form.errors])
    person_acts.change_zone(asker(request), ref, **_zone_given(request, form.cleaned_data))
    return redirect("people:zones")


@require_POST
def close_zone(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    person_acts.close_zone(asker(request), ref)
    return redirect("people:zones")


@require_GET
def due(request: HttpRequest) -> HttpResponse:
    """Whose vetting or training must be done again."""
    return render(request, "persons/due.html", {"page": contexts.due_page(asker(request))})


@require_GET
def files(request: HttpRequest) -> HttpResponse:
    """Rosters in and out."""
    return _files(request)


def _files(request: HttpRequest, status: int = 200, **more: Any) -> HttpResponse:
    page = contexts.files_page(asker(request))
    sites = _sites(queries.zones(asker(request)))
    context = {"page": page, "form": ImportForm(), "export": ExportForm(), "sites": sites, **more}
    return render(request, "persons/files.html", context, status=status)


@require_POST
def check(request: HttpRequest) -> HttpResponse:
    """What an import would do, without doing it: every fault by row and column, or who is new and who changes."""
    site = request.POST.get("site", "").strip()
    context: dict[str, Any] = {"site": site, "faults": (), "found": None}
    try:
        queries.require_importing(asker(request), site)
        context["found"] = found = queries.compared(asker(request), _roster(request), site)
        shown = found.faults[:MOST_FAULTS_SHOWN]
        context["faults"] = [replace(one, wanted=import_words.wanted(one.wanted)) for one in shown]
        context["more"] = len(found.faults) - MOST_FAULTS_SHOWN
    except BadInput as error:
        context["broken"] = [replace(one, wanted=import_words.wanted(one.wanted)) for one in error.faults]
    if request.headers.get("HX-Request"):
        # A check that found faults is no failed request: its answer goes where the check was asked for.
        return render(request, "persons/checked.html", context)
    return _files(request, 422 if context["faults"] or "broken" in context else 200, checked=context)


@require_POST
def take_in(request: HttpRequest) -> HttpResponse:
    """Import a roster: everybody in it, or nobody."""
    site = request.POST.get("site", "").strip()
    queries.require_importing(asker(request), site)
    try:
        roster_acts.import_people(asker(request), _roster(request), site=site)
    except BadInput:
        return check(request)
    return redirect("people:persons")


def _roster(request: HttpRequest) -> Roster:
    given = request.FILES.get("file")
    if given is None:
        raise BadInput("roster", [Fault("file", "nothing", "a CSV or XLSX file")])
    if (given.size or 0) > sheets.MOST_BYTES:
        raise BadInput("roster", [Fault("file", f"{given.size:,} bytes", f"at most {sheets.MOST_BYTES:,}")])
    given.seek(0)
    return read_roster(given.read(), timezone.get_current_timezone(), request.POST.get("charset", ""))


@require_POST
def take_out(request: HttpRequest) -> HttpResponse:
    """The list as a file with the fields that were asked for; who took it and why is entered."""
    _require(roster_acts.export, contexts.files_page(asker(request)).exporting)
    form = ExportForm(request.POST)
    if form.is_valid():
        clean = form.cleaned_data
        try:
            made = queries.export(asker(request), site=clean["site"], fields=clean["fields_"], reason=clean["reason"])
        except BadInput as error:
            add_faults(form, error)
        else:
            answer = HttpResponse(made.content, content_type="text/csv; charset=utf-8")
            answer["Content-Disposition"] = 'attachment; filename="people.csv"'
            return answer
    return _files(request, 422, export=form)
