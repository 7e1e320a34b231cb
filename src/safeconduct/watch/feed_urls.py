"""Addresses of the pages of feeds."""

from __future__ import annotations

from django.urls import path

from safeconduct.watch import feed_pages

app_name = "feeds"
urlpatterns = [
    path("feeds/", feed_pages.index, name="index"),
    path("feeds/open/", feed_pages.opening, name="open"),
    path("feeds/<uuid:ref>/", feed_pages.feed, name="feed"),
    path("feeds/<uuid:ref>/change", feed_pages.change, name="change"),
    path("feeds/<uuid:ref>/close", feed_pages.close, name="close"),
    path("feeds/<uuid:ref>/token", feed_pages.token, name="token"),
]
