"""URLs of obligations."""

from __future__ import annotations

from django.urls import path

from safeconduct.obligations import pages

urlpatterns = [
    path("obligations/", pages.board, name="obligations"),
    path("obligations/of/<uuid:ref>/", pages.of_thing, name="obligations-of"),
    path("obligations/<uuid:ref>/", pages.obligation, name="obligation"),
    path("obligations/<uuid:ref>/waive", pages.waive, name="obligation-waive"),
    path("obligations/<uuid:ref>/table", pages.table, name="obligation-table"),
]
