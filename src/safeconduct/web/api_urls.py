"""Where the REST API is."""

from __future__ import annotations

from django.urls import path

from safeconduct.web.api import api_patterns

urlpatterns = [path("api/", api_patterns())]
