"""Addresses of the pages of headcounts. `a/…` is short: it stands in text messages."""

from __future__ import annotations

from django.urls import path

from safeconduct.people.headcounts import pages

app_name = "headcounts"
urlpatterns = [
    path("headcounts/", pages.index, name="index"),
    path("headcounts/start/", pages.start, name="start"),
    path("headcounts/<uuid:ref>/", pages.headcount, name="headcount"),
    path("headcounts/<uuid:ref>/confirm", pages.confirm, name="confirm"),
    path("headcounts/<uuid:ref>/answer", pages.answer, name="answer"),
    path("headcounts/<uuid:ref>/close", pages.close, name="close"),
    path("a/<str:code>", pages.link, name="link"),
]
