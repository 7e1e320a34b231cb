"""The list of alerts, and one alert's page."""

from __future__ import annotations

from django.urls import include, path

from safeconduct.watch import pages

urlpatterns = [
    path("alerts/", pages.alerts, name="alerts"),
    path("", include("safeconduct.watch.alert_urls")),
]
