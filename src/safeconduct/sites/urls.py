"""Pages of this room."""

from __future__ import annotations

from django.urls import path

from safeconduct.sites import calibration_pages, pages

app_name = "sites"
urlpatterns = [
    path("sites/", pages.index, name="index"),
    path("sites/check", pages.check, name="check"),
    path("sites/import", pages.import_file, name="import"),
    path("sites/<str:site>/", pages.site, name="site"),
    path("sites/<str:site>/place", pages.place, name="place"),
    path("sites/<str:site>/calibration", calibration_pages.calibration, name="calibration"),
    path("sites/<str:site>/remove", pages.remove, name="remove"),
    path("sites/<str:site>/export.geojson", pages.export, name="export"),
]
