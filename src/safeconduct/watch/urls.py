"""The list of alerts, and one alert's page."""

from __future__ import annotations

from django.urls import include, path

from safeconduct.watch import check_pages, expected_pages, load_pages, pages, shelf_pages

urlpatterns = [
    path("alerts/", pages.alerts, name="alerts"),
    path("alerts/load/", load_pages.page, name="alarm-load"),
    path("alerts/shelves/", shelf_pages.page, name="shelves"),
    path("alerts/shelves/<uuid:ref>/end", shelf_pages.end, name="shelf-end"),
    path("expected/", expected_pages.page, name="expected"),
    path("expected/<uuid:ref>/withdraw", expected_pages.withdraw, name="expected-withdraw"),
    path("check/", check_pages.page, name="self-check"),
    path("", include("safeconduct.watch.alert_urls")),
    path("", include("safeconduct.watch.feed_urls")),
]
