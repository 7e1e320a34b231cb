"""Pages of calls for help and of phones."""

from __future__ import annotations

from django.urls import path

from safeconduct.people.calls import pages

app_name = "calls"
urlpatterns = [
    path("calls/", pages.index, name="index"),
    path("calls/banner", pages.banner, name="banner"),
    path("calls/lines/", pages.give, name="give"),
    path("calls/<uuid:ref>/answer", pages.answer, name="answer"),
    path("calls/<uuid:ref>/acknowledge", pages.acknowledge, name="acknowledge"),
    path("calls/<uuid:ref>/end", pages.end, name="end"),
    path("lines/<uuid:ref>/remove", pages.remove, name="remove"),
    path("corrections/<uuid:ref>/answer", pages.correct, name="correct"),
    path("owners/<uuid:ref>/phones/", pages.phones, name="phones"),
    path("owners/<uuid:ref>/invite", pages.invite, name="invite"),
    path("phones/<uuid:ref>/end", pages.end_phone, name="end_phone"),
]
