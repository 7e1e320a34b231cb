"""URLs of the archive: questions and their answers, and evidence."""

from __future__ import annotations

from django.urls import path

from safeconduct.watch.keeping import pages

urlpatterns = [
    path("archive/", pages.archive, name="archive"),
    path("archive/questions/<uuid:ref>/", pages.answer, name="archive-answer"),
    path("archive/questions/<uuid:ref>/stays/<int:nth>/", pages.stay, name="archive-stay"),
    path("archive/questions/<uuid:ref>/stays/<int:nth>/replay.json", pages.replay, name="archive-replay"),
    path("archive/evidence/", pages.hold, name="archive-hold"),
    path("archive/evidence/<uuid:ref>/lift", pages.lift, name="archive-lift"),
]
