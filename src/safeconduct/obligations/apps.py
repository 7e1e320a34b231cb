from __future__ import annotations

from django.apps import AppConfig


class ObligationsConfig(AppConfig):
    name = "safeconduct.obligations"
    label = "obligations"

    def ready(self) -> None:
        from safeconduct import acts
        from safeconduct.obligations.book import follow

        acts.FOLLOWING.append(follow)
