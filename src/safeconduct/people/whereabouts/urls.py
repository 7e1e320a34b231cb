"""Addresses of the page of whereabouts."""

from __future__ import annotations

from django.urls import path

from safeconduct.people.whereabouts import pages

app_name = "whereabouts"
urlpatterns = [path("people/whereabouts/", pages.page, name="page")]
