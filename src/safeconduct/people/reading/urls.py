"""URLs of alarms about reading and of decoys, below those of people."""

from __future__ import annotations

from django.urls import path

from safeconduct.people.reading import pages

urlpatterns = [
    path("people/reading/", pages.index, name="reading"),
    path("people/reading/alarms/<uuid:ref>/answer", pages.answer, name="reading-answer"),
    path("people/reading/decoys/", pages.place, name="decoy-place"),
    path("people/reading/decoys/<uuid:ref>/remove", pages.remove, name="decoy-remove"),
]
