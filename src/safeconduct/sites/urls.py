"""Pages of this room."""

from __future__ import annotations

from django.urls import path

from safeconduct.sites import calibration_pages, pages, posture_pages

app_name = "sites"
urlpatterns = [
    path("sites/", pages.index, name="index"),
    path("sites/check", pages.check, name="check"),
    path("sites/import", pages.import_file, name="import"),
    path("sites/posture", posture_pages.set_all, name="posture-all"),
    path("sites/postures", posture_pages.board, name="postures"),
    path("sites/<str:site>/", pages.site, name="site"),
    path("sites/<str:site>/posture", posture_pages.set_site, name="posture"),
    path("sites/<str:site>/place", pages.place, name="place"),
    path("sites/<str:site>/calibration", calibration_pages.calibration, name="calibration"),
    path("sites/<str:site>/remove", pages.remove, name="remove"),
    path("sites/<str:site>/export.geojson", pages.export, name="export"),
]
