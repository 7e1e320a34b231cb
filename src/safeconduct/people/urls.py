"""Pages of this room."""

from __future__ import annotations

from django.urls import path

from safeconduct.people import pages

app_name = "people"
urlpatterns = [
    path("people/", pages.index, name="index"),
    path("people/appointments/", pages.appoint, name="appoint"),
    path("people/appointments/<uuid:ref>/dismiss", pages.dismiss, name="dismiss"),
    path("people/tokens/", pages.issue, name="issue"),
    path("people/tokens/<uuid:ref>/revoke", pages.revoke, name="revoke"),
]
