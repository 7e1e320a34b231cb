"""The page of expected presences: which vehicles may stand where and when, another, and taking one back."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from safeconduct.release import Projection
from safeconduct.rest import asker
from safeconduct.terms.decision import Decision, Refused
from safeconduct.terms.errors import BadInput
from safeconduct.terms.party import ANYWHERE, Principal
from safeconduct.watch import acts, queries
from safeconduct.watch.expected_forms import ExpectedForm, next_hour
from safeconduct.watch.keeping.places import Named, named_places


@dataclass(frozen=True)
class Row:
    """One that has not ended, and whether this reader may take it back."""

    expected: Projection
    may_withdraw: bool


@dataclass(frozen=True)
class ExpectedPage:
    """`places` may be named by the form: those that this reader sees, of sites where they may register."""

    rows: Sequence[Row]
    registering: Decision
    places: Sequence[Named]


def expected_page(principal: Principal) -> ExpectedPage:
    places = list(named_places(principal))
    decided = {site: _may_register(principal, site) for site in {one.site for one in places}}
    allowed = [decision for decision in decided.values() if decision.allowed]
    return ExpectedPage(
        rows=[
            Row(one, acts.withdraw_expected.decision(principal, one.marking).allowed)
            for one in queries.expected(principal)
        ],
        registering=allowed[0] if allowed else _may_register(principal, ANYWHERE),
        places=[one for one in places if decided[one.site].allowed],
    )


def _may_register(principal: Principal, site: str) -> Decision:
    """A role may be held for one site alone."""
    return acts.register_expected.decision(principal, acts.register_expected.marking_for_new(principal, site))


@require_http_methods(["GET", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """The list, and the form for another. What was entered is kept when something in it is wrong."""
    shown = expected_page(asker(request))
    if request.method == "GET":
        return _page(request, shown, ExpectedForm(places=shown.places, initial=next_hour()))
    if not shown.registering.allowed:
        raise Refused(acts.register_expected.name, shown.registering)
    form = ExpectedForm(request.POST, places=shown.places)
    if form.is_valid():
        try:
            acts.register_expected(asker(request), **form.values)
        except BadInput as error:
            form.add_faults(error)
        else:
            return redirect("expected")
    return _page(request, shown, form, status=422)


def _page(request: HttpRequest, shown: ExpectedPage, form: ExpectedForm, status: int = 200) -> HttpResponse:
    return render(request, "watch/expected.html", {"page": shown, "form": form}, status=status)


@require_POST
def withdraw(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    """No longer expected, from now on."""
    acts.withdraw_expected(asker(request), ref)
    return redirect("expected")
