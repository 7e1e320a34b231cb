"""URLs of movements and sweeps."""

from __future__ import annotations

from django.urls import path

from safeconduct.movements import contexts, pages

app_name = "movements"


urlpatterns = [
    path("movements/", pages.index, name="index"),
    path("movements/plan/", pages.plan, name="plan"),
    path("movements/near/<uuid:ref>/", pages.near, name="near"),
    path("movements/<uuid:ref>/", pages.page, name="page"),
    *(path(f"movements/<uuid:ref>/{verb}", pages.do, {"verb": verb}, name=verb) for verb in contexts.ACTS),
    path("sweeps/", pages.certify, name="certify"),
    path("sweeps/<uuid:ref>/void", pages.void, name="void"),
]
