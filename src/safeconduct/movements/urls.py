"""URLs of movements and sweeps."""

from __future__ import annotations

from django.urls import path

from safeconduct.movements import contexts, pages

urlpatterns = [
    path("movements/", pages.index, name="movements"),
    path("movements/plan/", pages.plan, name="movement-plan"),
    path("movements/near/<uuid:ref>/", pages.near, name="movements-near"),
    path("movements/<uuid:ref>/", pages.page, name="movement"),
    *(
        path(f"movements/<uuid:ref>/{verb}", pages.do, {"verb": verb}, name=f"movement-{verb}")
        for verb in contexts.ACTS
    ),
    path("sweeps/", pages.certify, name="sweep-certify"),
    path("sweeps/<uuid:ref>/void", pages.void, name="sweep-void"),
]
