"""URLs of the accord."""

from __future__ import annotations

from django.urls import path

from safeconduct.web import accord_pages as pages

app_name = "accord"
urlpatterns = [
    path("accord/", pages.articles, name="articles"),
    path("accord/matrix", pages.matrix, name="matrix"),
    path("accord/why", pages.why, name="why"),
]
