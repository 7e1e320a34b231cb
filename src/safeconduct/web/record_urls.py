"""URLs of the record."""

from __future__ import annotations

from django.urls import path

from safeconduct.web import record_pages as pages

app_name = "record"
urlpatterns = [
    path("record/", pages.entries, name="entries"),
    path("record/checkpoint", pages.checkpoint, name="checkpoint"),
    path("record/verify", pages.verify, name="verify"),
    path("record/<int:index>/", pages.entry, name="entry"),
    path("record/<int:index>/tlog-proof", pages.tlog_proof, name="tlog-proof"),
]
