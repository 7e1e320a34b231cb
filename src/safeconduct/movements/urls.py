"""URLs of movements and sweeps."""

from __future__ import annotations

from django.urls import path

from safeconduct.movements import contexts, journey_pages, pages, plan_pages, rule_pages
from safeconduct.movements.protection import urls as protection

urlpatterns = [
    *protection.urlpatterns,
    path("me/journeys/", journey_pages.index, name="my-journeys"),
    path("me/journeys/say/", journey_pages.say, name="my-journey"),
    path("movements/", pages.index, name="movements"),
    path("movements/plan/", plan_pages.plan, name="movement-plan"),
    path("movements/templates/", plan_pages.templates, name="templates"),
    path("movements/templates/<uuid:ref>/repeat", plan_pages.repeat, name="template-repeat"),
    path("movements/templates/<uuid:ref>/remove", plan_pages.remove, name="template-remove"),
    path("movements/rules/", rule_pages.index, name="council-rules"),
    path("movements/rules/<uuid:ref>/agree", rule_pages.do, {"verb": "agree"}, name="council-rule-agree"),
    path("movements/rules/<uuid:ref>/lift", rule_pages.do, {"verb": "lift"}, name="council-rule-lift"),
    path("movements/<uuid:ref>/amend", plan_pages.amend, name="movement-amend"),
    path("movements/<uuid:ref>/review", pages.review, name="movement-review"),
    path("movements/<uuid:ref>/template", plan_pages.save, name="template-save"),
    path("movements/near/<uuid:ref>/", pages.near, name="movements-near"),
    path("movements/<uuid:ref>/", pages.page, name="movement"),
    *(
        path(f"movements/<uuid:ref>/{verb}", pages.do, {"verb": verb}, name=f"movement-{verb}")
        for verb in contexts.ACTS
        if verb not in ("amend", "review")
    ),
    path("sweeps/", pages.certify, name="sweep-certify"),
    path("sweeps/<uuid:ref>/void", pages.void, name="sweep-void"),
]
