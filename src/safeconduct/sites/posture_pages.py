"""The alert state of a site on pages: the part that shows it, and the form that sets it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from safeconduct.rest import asker
from safeconduct.sites import contexts, posture_contexts
from safeconduct.sites.posture_acts import set_posture
from safeconduct.terms.party import ANYWHERE


@require_GET
def board(request: HttpRequest) -> HttpResponse:
    """Part of the picture: the node's alert state and those of its sites."""
    return render(request, "sites/posture_board.html", {"board": posture_contexts.board(asker(request))})


@require_POST
def set_site(request: HttpRequest, site: str) -> HttpResponse:
    """Declare the alert state of one site."""
    contexts.site_page(asker(request), site)
    _set(request, site)
    return redirect("sites:site", site)


@require_POST
def set_all(request: HttpRequest) -> HttpResponse:
    """Declare the alert state of all sites that have none of their own."""
    _set(request, ANYWHERE)
    return redirect("sites:index")


def _set(request: HttpRequest, site: str) -> None:
    state, reason = request.POST.get("state", ""), request.POST.get("reason", "")
    set_posture(asker(request), site=site, state=state, reason=reason)
