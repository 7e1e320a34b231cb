"""URLs of late release."""

from __future__ import annotations

from django.urls import path

from safeconduct.movements.protection import pages

urlpatterns = [
    path("movements/calendars/", pages.calendars, name="movement-calendars"),
    path("movements/calendars/tokens/<uuid:ref>/revoke", pages.revoke_calendar, name="movement-calendar-revoke"),
    path("movements/<uuid:ref>/looks/", pages.who_has_seen, name="movement-looks"),
    path("movements/<uuid:ref>/manifest", pages.manifest, name="movement-manifest"),
    path("movements/<uuid:ref>/card/", pages.card, name="movement-card"),
    path("calendar/<str:secret>.ics", pages.feed, name="calendar-feed"),
]
