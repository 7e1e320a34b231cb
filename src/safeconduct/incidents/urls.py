"""URLs of incidents."""

from __future__ import annotations

from django.urls import path

from safeconduct.incidents import pages

app_name = "incidents"

urlpatterns = [
    path("incidents/", pages.incidents, name="index"),
    path("incidents/new/", pages.new, name="new"),
    path("incidents/near/<str:of>/<uuid:ref>/", pages.near, name="near"),
    path("incidents/entries/<uuid:ref>/correct", pages.correct, name="correct"),
    path("incidents/documents/<uuid:ref>", pages.document, name="document"),
    path("incidents/<uuid:ref>/", pages.incident, name="incident"),
    path("incidents/<uuid:ref>/step", pages.step, name="step"),
    path("incidents/<uuid:ref>/sitrep/", pages.sitrep, name="sitrep"),
    path("incidents/<uuid:ref>/attach", pages.attach, name="attach"),
]
