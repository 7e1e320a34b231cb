from __future__ import annotations

from django.apps import AppConfig


class MovementsConfig(AppConfig):
    name = "safeconduct.movements"
    label = "movements"

    def ready(self) -> None:
        """Tell the watch, which knows no room above it, how to hear of movements and sweeps."""
        from safeconduct.movements.telling import SOURCES
        from safeconduct.watch.hearsay import hear_from

        for source in SOURCES:
            hear_from(source)
