from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import AppConfig

if TYPE_CHECKING:
    from safeconduct.watch.tapping import Tap


class MovementsConfig(AppConfig):
    name = "safeconduct.movements"
    label = "movements"

    def ready(self) -> None:
        """Tell the watch, which knows no room above it, how to hear of movements and sweeps, and what follows them."""
        from safeconduct.movements.telling import SOURCES
        from safeconduct.watch.hearsay import hear_from
        from safeconduct.watch.tapping import tap

        for source in SOURCES:
            hear_from(source)
        tap("progress", _followers)


def _followers() -> Tap:
    from safeconduct.movements.progress.tapping import FollowMovements  # tables of the watch take a while to import

    return FollowMovements()
