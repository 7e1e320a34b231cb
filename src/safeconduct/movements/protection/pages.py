"""Pages of late release: who has seen a plan, its manifest, its card, and calendars."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from safeconduct import node
from safeconduct.movements.protection import acts, calendar, contexts, queries
from safeconduct.people import looks
from safeconduct.people.standing import bearer_of
from safeconduct.rest import asker
from safeconduct.terms import instant
from safeconduct.terms.errors import BadInput, NotFound


@require_GET
def who_has_seen(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    """Who has seen this plan, when, in which form."""
    return render(request, "movements/looks.html", {"page": contexts.looks_page(asker(request), ref)})


@require_POST
def manifest(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    """View the manifest of a movement: each time an act, so that no link and no reload reads it."""
    who = asker(request)
    rows = queries.manifests(who, ref)
    if not rows:
        raise NotFound("manifest", str(ref))
    page = contexts.manifest_page(who, rows[0], acts.view_manifest(who, rows[0].id))
    return render(request, "movements/manifest.html", {"page": page})


@require_GET
def card(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    """One movement on an A5 sheet, with its reader's name on it."""
    return render(request, "movements/card.html", {"page": contexts.card_of(asker(request), ref)})


@require_http_methods(["GET", "POST"])
def calendars(request: HttpRequest) -> HttpResponse:
    """The reader's calendars: issue a secret address, which is in this one answer and nowhere else."""
    who, issued, wrong = asker(request), "", False
    if request.method == "POST":
        try:
            token = acts.issue_calendar(
                who, name=request.POST.get("name", ""), details=request.POST.get("details") == "on"
            )
            issued = request.build_absolute_uri(f"/calendar/{token.clear}.ics")
        except BadInput:
            wrong = True
    context = {"page": contexts.calendar_page(who), "issued": issued, "wrong": wrong}
    return render(request, "movements/calendars.html", context, status=201 if issued else 422 if wrong else 200)


@require_POST
def revoke_calendar(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    acts.revoke_token(asker(request), ref)
    return redirect("movement-calendars")


@require_GET
def feed(request: HttpRequest, secret: str) -> HttpResponse:  # noqa: ARG001 -- Django's signature
    """The calendar behind a secret address, as its holder may read it now; a fetch is a look at each movement in it."""
    for purpose in contexts.CALENDARS:
        who = bearer_of(secret, purpose)
        if who is not None:
            rows = queries.in_calendar(who)
            looks.enter(who, "movement", [row.id for row in rows], "calendar")
            origin = node.current().settings["origin"].split("/", 1)[0]
            full = purpose == "calendar_full"
            body = calendar.document(rows, instant.now(), origin, _("Movement"), is_full=full)
            answer = HttpResponse(body, content_type="text/calendar; charset=utf-8")
            answer["Cache-Control"] = "private, no-store"
            return answer
    raise Http404


feed.login_required = False  # pyright: ignore[reportFunctionMemberAccess]  # the wall's mark (web/wall.py)
