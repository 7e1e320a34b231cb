"""SQLite's write-ahead log, kept short by a thread of the clock, so that no act has to wait while it is copied back.

By default the writer whose commit fills the log copies it into the database and waits for the disk: the act that it
does, often an alert, comes a second late. A passive checkpoint from another connection waits for nobody and lets
nobody wait. Without a clock the log grows to what web/settings.py allows, and a writer copies it back after all.
Source: https://sqlite.org/wal.html, "Avoiding Excessively Large WAL Files".
"""

from __future__ import annotations

import threading

import structlog
from django.db import OperationalError, close_old_connections, connection

log = structlog.get_logger("safeconduct.store.wal")

EVERY_S = 1.0


def keep_short(stop: threading.Event) -> None:
    """Copy the log back every EVERY_S until `stop`. Does nothing on PostgreSQL, which does so by itself."""
    while connection.vendor == "sqlite" and not stop.wait(EVERY_S):
        try:
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")
        except OperationalError as error:
            log.warning("log_not_copied", error=type(error).__name__)
            close_old_connections()
    connection.close()
