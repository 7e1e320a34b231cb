"""Pages of feeds: which there are and how they are, one with its settings, and the forms that open and change one."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from safeconduct.people.acts import issue_token
from safeconduct.rest import asker
from safeconduct.terms.decision import Refused
from safeconduct.terms.errors import BadInput, NotFound
from safeconduct.watch import acts, feed_acts, feed_context
from safeconduct.watch.feed_forms import FeedForm, initial_of
from safeconduct.watch.feeds.kinds import Kind


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """The open feeds."""
    return render(request, "feeds/index.html", {"page": feed_context.feeds_page(asker(request))})


@require_http_methods(["GET", "POST"])
def opening(request: HttpRequest) -> HttpResponse:
    """Open a feed: first which kind, then its settings. What was entered is kept when something in it is wrong."""
    page = feed_context.feeds_page(asker(request))
    if not page.opening.allowed:
        raise Refused(acts.open_feed.name, page.opening)
    kind = _kind(page, request.POST.get("kind") or request.GET.get("kind", ""))
    if request.method == "GET":
        context = {"page": page, "kind": kind, "form": FeedForm(kind) if kind else None}
        return render(request, "feeds/open.html", context)
    if kind is None:
        raise NotFound("kind of feed", request.POST.get("kind", ""))
    form = FeedForm(kind, request.POST)
    if form.is_valid():
        given = {"name": form.cleaned_data["name"], "sensor": form.sensors, "settings": form.settings}
        try:
            feed = acts.open_feed(asker(request), kind=kind.name, **given)
        except BadInput as error:
            form.add_faults(error)
        else:
            return redirect("feeds:feed", feed.pk)
    return render(request, "feeds/open.html", {"page": page, "kind": kind, "form": form}, status=422)


def _kind(page: feed_context.FeedsPage, name: str) -> Kind | None:
    return next((one for one in page.kinds if one.name == name), None)


@require_GET
def feed(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    """One feed."""
    return _feed(request, ref)


def _feed(request: HttpRequest, ref: uuid.UUID, status: int = 200, **more: Any) -> HttpResponse:
    page = feed_context.feed_page(asker(request), ref)
    form = FeedForm(page.kind, initial=initial_of(page.kind, page.feed), is_new=False) if page.kind else None
    return render(request, "feeds/feed.html", {"page": page, "form": form, **more}, status=status)


@require_POST
def change(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    """Change its sensors and settings."""
    page = feed_context.open_feed_page(asker(request), ref)
    if not page.changing.allowed:
        raise Refused(feed_acts.change_feed.name, page.changing)
    form = FeedForm(_whole(page), request.POST, is_new=False)
    if form.is_valid():
        try:
            feed_acts.change_feed(asker(request), ref, sensor=form.sensors, settings=form.settings)
        except BadInput as error:
            form.add_faults(error)
        else:
            return redirect("feeds:feed", ref)
    return _feed(request, ref, 422, form=form)


def _whole(page: feed_context.FeedPage) -> Kind:
    if page.kind is None:
        raise NotFound("feed", str(page.feed.id))
    return page.kind


@require_POST
def close(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    """Take no more from it."""
    acts.close_feed(asker(request), ref)
    return redirect("feeds:index")


@require_POST
def token(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    """Issue a token that hands in observations by this feed. It is in this one answer and nowhere else."""
    page = feed_context.open_feed_page(asker(request), ref)
    if page.url is None or "name" not in page.feed:
        raise NotFound("feed", str(ref))
    issued = issue_token(asker(request), name=page.feed["name"], purpose="feed")
    return _feed(request, ref, 201, issued=issued.clear)
