"""URLs of measures."""

from __future__ import annotations

from django.urls import path

from safeconduct.strategy import cordon_pages, pages

urlpatterns = [
    path("measures/", pages.measures, name="measures"),
    path("measures/near/<uuid:ref>/", pages.near, name="measures-near"),
    path("measures/cordons/", cordon_pages.cordons, name="cordons"),
    path("measures/cordons/new/", cordon_pages.new, name="cordon-new"),
    path("measures/cordons/<uuid:ref>/", cordon_pages.cordon, name="cordon"),
    path("measures/cordons/<uuid:ref>/order", cordon_pages.order, name="cordon-order"),
    path("measures/cordons/<uuid:ref>/decline", cordon_pages.decline, name="cordon-decline"),
    path("measures/<uuid:ref>/lift", pages.lift, name="measure-lift"),
]
