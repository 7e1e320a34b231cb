"""URLs of movements on their way."""

from __future__ import annotations

from django.urls import path

from safeconduct.movements.progress import pages
from safeconduct.movements.progress.contexts import ON_MOVEMENT, ON_OFFER, ON_PROGRESS

urlpatterns = [
    path("movements/board/", pages.board, name="movements-board"),
    path("movements/drive/", pages.drive, name="movements-drive"),
    path("movements/<uuid:ref>/live/", pages.live, name="movement-live"),
    *(
        path(f"movements/<uuid:ref>/live/{verb}", pages.do, {"verb": verb}, name=f"movement-live-{verb}")
        for verb in (*ON_PROGRESS, *ON_MOVEMENT)
    ),
    *(
        path(f"movements/handovers/<uuid:ref>/{verb}", pages.answer_offer, {"verb": verb}, name=f"handover-{verb}")
        for verb in ON_OFFER
    ),
    *(
        path(f"movements/{kind}/<uuid:ref>/{verb}", pages.ladder, {"kind": kind, "verb": verb}, name=f"{kind}-{verb}")
        for kind, verb in (("overdue", "answer"), ("duress", "answer"), ("duress", "relieve"))
    ),
]
