"""The picture: one live map, the alerts that want a person, the movements that are due. And the map's own data."""

from __future__ import annotations

import uuid
from pathlib import Path

import orjson
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from safeconduct import node
from safeconduct.movements.contexts import list_page
from safeconduct.rest import asker
from safeconduct.terms.json import plain
from safeconduct.watch import acts
from safeconduct.watch.alert_deeds import acknowledge_each
from safeconduct.web import map_data, picture_reads, queue_reads


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    shown = picture_reads.picture(asker(request))
    context = {"page": shown, "map_style": node.current().settings["map_style"]}
    return render(request, "picture/page.html", context)


@require_GET
def queue(request: HttpRequest) -> HttpResponse:
    """Part: the alerts that want a person."""
    return _queue(request)


def _queue(request: HttpRequest) -> HttpResponse:
    return render(request, "picture/queue.html", {"queue": queue_reads.queue(asker(request))})


@require_POST
def acknowledge(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    """Acknowledge in place: the queue comes back as it then is."""
    acts.acknowledge(asker(request), ref)
    return _done(request)


@require_POST
def acknowledge_group(request: HttpRequest) -> HttpResponse:
    """Acknowledge the alerts that the form names: those of a group that its reader saw, and no later one."""
    acknowledge_each(asker(request), request.POST.getlist("alert"))
    return _done(request)


def _done(request: HttpRequest) -> HttpResponse:
    """The queue, or for a browser without scripts the page that it stands on."""
    return _queue(request) if request.headers.get("HX-Request") else redirect("picture")


@require_GET
def due(request: HttpRequest) -> HttpResponse:
    """Part: the movements that are due, each with its gate."""
    return render(request, "picture/due.html", {"due": list_page(asker(request))})


@require_GET
def health(request: HttpRequest) -> HttpResponse:
    """Part: sensors and feeds."""
    return render(request, "picture/health.html", {"health": picture_reads.health(asker(request))})


@require_GET
def table(request: HttpRequest) -> HttpResponse:
    """Part: the map in words, for whoever cannot see or use it."""
    who = asker(request)
    return render(request, "picture/table.html", {"moving": map_data.moving(who), "standing": map_data.standing(who)})


@require_GET
def moving(request: HttpRequest) -> HttpResponse:
    """Positions, open alerts and calls for help as GeoJSON."""
    return HttpResponse(map_data.moving_json(asker(request)), content_type="application/json")


@require_GET
def standing(request: HttpRequest) -> HttpResponse:
    """Places, sensors and swept stretches as GeoJSON."""
    return _json(map_data.standing(asker(request)))


def _json(document: map_data.Collection) -> HttpResponse:
    return HttpResponse(orjson.dumps(document, default=plain), content_type="application/json")


@require_GET
def roads(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  # the same for every reader: it is a map
    """The node's own basemap: `basemap/roads.geojson` of its directory."""
    return _basemap("roads")


@require_GET
def borders(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  # the same for every reader: it is a map
    """Borders in the point of view that the node's settings name; none by default, since they are disputed."""
    named = node.current().settings["map_borders"]
    return _basemap(f"borders-{named}") if named.isidentifier() else _empty()


def _basemap(name: str) -> HttpResponse:
    path: Path = node.current().path / "basemap" / f"{name}.geojson"
    if not path.is_file():
        return _empty()
    return HttpResponse(path.read_bytes(), content_type="application/geo+json")


def _empty() -> JsonResponse:
    return JsonResponse({"type": "FeatureCollection", "features": []})
