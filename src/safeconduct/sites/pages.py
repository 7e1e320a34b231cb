"""Pages of sites: the list, one site, one place to edit, import and export."""

from __future__ import annotations

from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from safeconduct import node
from safeconduct.rest import asker
from safeconduct.sites import acts, contexts, imports
from safeconduct.sites.api import placed
from safeconduct.sites.forms import FIELDS, SHAPES, PlaceForm, add_faults, default_steps, initial_of, kept_of
from safeconduct.sites.posture_contexts import part
from safeconduct.terms.errors import BadInput, Fault
from safeconduct.terms.party import ANYWHERE


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """The sites of which the reader sees any place."""
    who = asker(request)
    return render(request, "sites/index.html", {"page": contexts.sites_page(who), "part": part(who, ANYWHERE)})


@require_GET
def site(request: HttpRequest, site: str) -> HttpResponse:
    """One site: its map, its places and its sensors."""
    who = asker(request)
    page = contexts.site_page(who, site)
    context = {"page": page, "part": part(who, site), "map_style": node.current().settings["map_style"]}
    return render(request, "sites/site.html", context)


@require_http_methods(["GET", "POST"])
def place(request: HttpRequest, site: str) -> HttpResponse:
    """Add a place, or with `?name=` change one. What was entered is kept when something in it is wrong."""
    page = contexts.edit_page(asker(request), site, request.GET.get("name", ""))
    if request.method == "GET":
        begin = initial_of(page.feature) if page.feature else {"role": "gate"}
        return _place(request, page, PlaceForm(initial=begin))
    form = PlaceForm(request.POST)
    others: list[Any] = []
    if form.is_valid():
        try:
            feature = form.feature(site, kept_of(page.feature))
            acts.change_place(asker(request), site=site, feature=feature)
        except BadInput as error:
            others = add_faults(form, error)
        else:
            return redirect("sites:site", site)
    return _place(request, page, form, others)


def _place(request: HttpRequest, page: contexts.EditPage, form: PlaceForm, others: Any = ()) -> HttpResponse:
    context = {
        "page": page,
        "form": form,
        "others": others,
        "fields": FIELDS,
        "shapes": SHAPES,
        "steps": default_steps(),
        "map_style": node.current().settings["map_style"],
    }
    return render(request, "sites/place.html", context, status=422 if form.is_bound else 200)


@require_POST
def remove(request: HttpRequest, site: str) -> HttpResponse:
    """Remove the place that the form names."""
    acts.remove_place(asker(request), site=site, name=request.POST.get("name", ""))
    return redirect("sites:site", site)


@require_POST
def check(request: HttpRequest) -> HttpResponse:
    """What an import would do, without doing it: every fault, or what would be added, changed and removed."""
    site = _site(request)
    imports.allow(asker(request), site)
    context: dict[str, Any] = {"site": site, "faults": (), "preview": None}
    try:
        features = imports.read_features(_file(request), site)
        context["preview"] = imports.preview(asker(request), site, features)
    except BadInput as error:
        context["faults"] = error.faults
    if request.headers.get("HX-Request"):
        # A check that found faults is no failed request: its answer goes where the check was asked for.
        return render(request, "sites/preview.html", context)
    return render(request, "sites/check.html", context, status=422 if context["faults"] else 200)


@require_POST
def import_file(request: HttpRequest) -> HttpResponse:
    """Replace the places of a site by those of a file: all of them, or none."""
    site = _site(request)
    imports.allow(asker(request), site)
    try:
        features = imports.read_features(_file(request), site)
        acts.import_places(asker(request), site=site, features=features)
    except BadInput as error:
        context = {"site": site, "faults": error.faults, "preview": None}
        return render(request, "sites/check.html", context, status=422)
    return redirect("sites:site", site)


def _site(request: HttpRequest) -> str:
    name = request.POST.get("site", "").strip()
    if not name or len(name) > 256 or "/" in name or "\0" in name:
        raise BadInput("import", [Fault("site", repr(name[:60]), "a site's id, without a slash")])
    return name


def _file(request: HttpRequest) -> bytes:
    given = request.FILES.get("file")
    if given is None:
        raise BadInput("import", [Fault("file", "nothing", "a GeoJSON file")])
    if (given.size or 0) > imports.MAX_FILE_BYTES:
        raise BadInput("import", [Fault("file", f"{given.size} bytes", f"at most {imports.MAX_FILE_BYTES}")])
    return given.read()


@require_GET
def export(request: HttpRequest, site: str) -> HttpResponse:
    """The places of the site that the reader may see, as a GeoJSON file that can be imported again."""
    contexts.site_page(asker(request), site)
    response = HttpResponse(orjson.dumps(placed(asker(request), site)), content_type="application/geo+json")
    name = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in site)
    response["Content-Disposition"] = f'attachment; filename="{name}.geojson"'
    return response
