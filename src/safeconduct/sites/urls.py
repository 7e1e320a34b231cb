"""Pages of this room."""

from __future__ import annotations

from django.urls import path

from safeconduct.sites import calibration_pages, inspection_pages, pages, posture_pages, standard_pages

app_name = "sites"
urlpatterns = [
    path("sites/", pages.index, name="index"),
    path("sites/check", pages.check, name="check"),
    path("sites/import", pages.import_file, name="import"),
    path("sites/posture", posture_pages.set_all, name="posture-all"),
    path("sites/postures", posture_pages.board, name="postures"),
    path("sites/compliance", standard_pages.compliance, name="compliance"),
    path("sites/gaps", standard_pages.gaps, name="gaps"),
    path("sites/gaps.csv", standard_pages.gaps_file, name="gaps-file"),
    path("sites/standards", standard_pages.sets, name="standards"),
    path("sites/standards.csv", standard_pages.sample, name="standards-sample"),
    path("sites/standards/<uuid:ref>", standard_pages.one_set, name="standard"),
    path("sites/controls/<uuid:ref>", standard_pages.control, name="control"),
    path("sites/controls/<uuid:ref>/test", standard_pages.test, name="control-test"),
    path("sites/controls/<uuid:ref>/waive", standard_pages.waive, name="control-waive"),
    path("sites/controls/<uuid:ref>/unwaive", standard_pages.unwaive, name="control-unwaive"),
    path("sites/inspections", inspection_pages.rounds, name="inspections"),
    path("sites/inspections/<uuid:ref>", inspection_pages.one, name="inspection"),
    path("sites/inspections/<uuid:ref>/find", inspection_pages.find, name="inspection-find"),
    path("sites/inspections/<uuid:ref>/attach", inspection_pages.attach, name="inspection-attach"),
    path("sites/inspections/<uuid:ref>/detach", inspection_pages.detach, name="inspection-detach"),
    path("sites/inspections/<uuid:ref>/step", inspection_pages.step, name="inspection-step"),
    path("sites/photos/<uuid:ref>", inspection_pages.photo, name="photo"),
    path("sites/<str:site>/", pages.site, name="site"),
    path("sites/<str:site>/controls", standard_pages.controls, name="controls"),
    path("sites/<str:site>/controls.csv", standard_pages.controls_file, name="controls-file"),
    path("sites/<str:site>/controls/remove", standard_pages.remove, name="controls-remove"),
    path("sites/<str:site>/posture", posture_pages.set_site, name="posture"),
    path("sites/<str:site>/place", pages.place, name="place"),
    path("sites/<str:site>/calibration", calibration_pages.calibration, name="calibration"),
    path("sites/<str:site>/remove", pages.remove, name="remove"),
    path("sites/<str:site>/export.geojson", pages.export, name="export"),
]
