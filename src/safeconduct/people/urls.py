"""Pages of this room."""

from __future__ import annotations

from django.urls import path

from safeconduct.people import pages, person_pages
from safeconduct.people.reading import urls as reading

app_name = "people"
urlpatterns = [
    *reading.urlpatterns,
    path("people/", pages.index, name="index"),
    path("people/appointments/", pages.appoint, name="appoint"),
    path("people/appointments/<uuid:ref>/dismiss", pages.dismiss, name="dismiss"),
    path("people/tokens/", pages.issue, name="issue"),
    path("people/tokens/<uuid:ref>/revoke", pages.revoke, name="revoke"),
    path("people/persons/", person_pages.people, name="persons"),
    path("people/persons/find", person_pages.find, name="find"),
    path("people/persons/register", person_pages.register, name="register"),
    path("people/persons/<uuid:ref>/", person_pages.person, name="person"),
    path("people/persons/<uuid:ref>/change", person_pages.change, name="change"),
    path("people/persons/<uuid:ref>/vet", person_pages.vet, name="vet"),
    path("people/persons/<uuid:ref>/choose", person_pages.choose, name="choose"),
    path("people/persons/<uuid:ref>/leave", person_pages.leave, name="leave"),
    path("people/zones/", person_pages.zones, name="zones"),
    path("people/zones/<uuid:ref>/change", person_pages.change_zone, name="change-zone"),
    path("people/zones/<uuid:ref>/close", person_pages.close_zone, name="close-zone"),
    path("people/due/", person_pages.due, name="due"),
    path("people/rosters/", person_pages.files, name="files"),
    path("people/rosters/check", person_pages.check, name="check"),
    path("people/rosters/import", person_pages.take_in, name="import"),
    path("people/rosters/export", person_pages.take_out, name="export"),
]
