"""URLs of measures."""

from __future__ import annotations

from django.urls import path

from safeconduct.strategy import pages

urlpatterns = [
    path("measures/", pages.measures, name="measures"),
    path("measures/near/<uuid:ref>/", pages.near, name="measures-near"),
    path("measures/<uuid:ref>/lift", pages.lift, name="measure-lift"),
]
