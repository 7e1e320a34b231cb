from __future__ import annotations

from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate, pre_migrate

from safeconduct.store import guard


class StoreConfig(AppConfig):
    name = "safeconduct.store"
    label = "store"

    def ready(self) -> None:
        connection_created.connect(guard.watch_connection, dispatch_uid="safeconduct.guard")
        pre_migrate.connect(guard.migration_begins, dispatch_uid="safeconduct.guard")
        post_migrate.connect(guard.migration_ends, dispatch_uid="safeconduct.guard")
