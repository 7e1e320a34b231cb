"""URLs of one alert: its page, its acts and its replay."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
