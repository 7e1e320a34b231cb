"""The person's pages, under /me/: an own name space, since a phone's worker reaches no further."""

from __future__ import annotations

from django.urls import path

from safeconduct.people import me_pages, me_posts, me_worker

app_name = "me"
urlpatterns = [
    path("", me_pages.home, name="home"),
    path("shell/", me_pages.shell, name="shell"),
    path("join/", me_pages.join, name="join"),
    path("pin/", me_pages.pin, name="pin"),
    path("shut/", me_pages.shut, name="shut"),
    path("data/", me_pages.data, name="data"),
    path("data.json", me_pages.export, name="export"),
    path("correct/", me_pages.correct, name="correct"),
    path("seen/", me_pages.seen, name="seen"),
    path("choice/", me_pages.choice, name="choice"),
    path("pins/", me_pages.pins, name="pins"),
    path("leave/", me_pages.leave, name="leave"),
    path("check-in/", me_posts.check_in, name="check_in"),
    path("sos/", me_posts.call, name="call"),
    path("sos/move/", me_posts.move, name="move"),
    path("sos/end/", me_posts.end, name="end"),
    path("sw.js", me_worker.worker, name="worker"),
    path("manifest.webmanifest", me_worker.manifest, name="manifest"),
]
