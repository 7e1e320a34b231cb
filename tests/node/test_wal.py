"""SQLite's log stays short while the clock runs, and whoever writes meanwhile does not copy it."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from django.db import connection

from safeconduct.store import wal

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.embedded]


def test_a_log_that_grew_is_copied_back_without_its_writer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    import sqlite3

    path = tmp_path / "log.db"
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("PRAGMA journal_mode=WAL")
    writer.execute("PRAGMA wal_autocheckpoint=16000")
    writer.execute("CREATE TABLE kept (text)")
    writer.execute("INSERT INTO kept VALUES (?)", ("x" * 4_000_000,))
    assert path.stat().st_size < 1_000_000
    stop = threading.Event()
    monkeypatch.setattr(wal, "EVERY_S", 0.01)
    monkeypatch.setitem(connection.settings_dict, "NAME", str(path))
    keeper = threading.Thread(target=wal.keep_short, args=(stop,))
    keeper.start()
    end = time.monotonic() + 10
    while path.stat().st_size < 4_000_000 and time.monotonic() < end:
        time.sleep(0.02)
    stop.set()
    keeper.join()
    assert path.stat().st_size >= 4_000_000
    assert writer.execute("SELECT length(text) FROM kept").fetchone() == (4_000_000,)
