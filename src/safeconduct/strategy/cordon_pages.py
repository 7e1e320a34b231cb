"""Pages of cordons: the card and its rings around a point, the proposals, and the commander's decision."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from safeconduct import node
from safeconduct.rest import asker
from safeconduct.strategy import cordon_acts as acts
from safeconduct.strategy import cordon_contexts
from safeconduct.strategy.forms import SHORTEST
from safeconduct.terms import instant
from safeconduct.terms.errors import BadInput, Fault, shown

LONGEST_MIN = 10_080


@require_GET
def cordons(request: HttpRequest) -> HttpResponse:
    """The proposals of this reader."""
    return render(request, "strategy/cordons.html", {"rows": cordon_contexts.cordons(asker(request))})


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """The rings around the point and container that `?site=&lon=&lat=&container=` name; POST proposes them."""
    if request.method == "POST":
        given = request.POST
        point = cordon_contexts.read_point(given.get("lon", ""), given.get("lat", ""))
        made = acts.propose(
            asker(request),
            site=given.get("site", ""),
            lon=point.lon,
            lat=point.lat,
            container=given.get("container", ""),
            reason=given.get("reason", ""),
        )
        return redirect("cordon", made.pk)
    context = {"page": cordon_contexts.draft(asker(request), request.GET), **_map()}
    return render(request, "strategy/cordon_new.html", context)


@require_GET
def cordon(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    """One proposal, with what lies in its rings."""
    context = {"page": cordon_contexts.cordon_page(asker(request), ref), **_map()}
    return render(request, "strategy/cordon.html", context)


def _map() -> dict[str, str]:
    return {"map_style": node.current().settings["map_style"]}


@require_POST
def order(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    """Order it as a measure, for so many minutes."""
    given = request.POST
    minutes = given.get("minutes", str(SHORTEST))
    if not (minutes.isascii() and minutes.isdecimal() and 1 <= int(minutes[:6]) <= LONGEST_MIN):
        raise BadInput("cordon", [Fault("minutes", shown(minutes), f"1 to {LONGEST_MIN:,}")])
    until = instant.now() + timedelta(minutes=int(minutes))
    acts.order(asker(request), ref, unit=given.get("unit", ""), text=given.get("text", ""), until=until)
    return redirect("cordon", ref)


@require_POST
def decline(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    """Decline it."""
    acts.decline(asker(request), ref, reason=request.POST.get("reason", ""))
    return redirect("cordon", ref)
