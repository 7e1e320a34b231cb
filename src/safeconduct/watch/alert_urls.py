"""URLs of one alert: its page, its acts and its replay."""

from __future__ import annotations

from django.urls import path

from safeconduct.watch import alert_context, alert_pages

urlpatterns = [
    path("alerts/<uuid:ref>/", alert_pages.page, name="alert"),
    path("alerts/<uuid:ref>/replay.json", alert_pages.track_replay, name="alert-replay"),
    *(
        path(f"alerts/<uuid:ref>/{verb}", alert_pages.do, {"verb": verb}, name=f"alert-{verb}")
        for verb in alert_context.ACTS
    ),
]
