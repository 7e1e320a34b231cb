"""The record in a SQLite file, as a node keeps it: snapshots, and bytes that are gone when they are erased."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

SCRIPT = """
import json, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import django
from django.conf import settings

path = Path(sys.argv[1])
pragmas = "PRAGMA journal_mode=WAL; PRAGMA secure_delete=OFF;"
options = {"transaction_mode": "IMMEDIATE", "timeout": 30, "init_command": pragmas}
database = {"ENGINE": "django.db.backends.sqlite3", "NAME": path, "OPTIONS": options}
settings.configure(INSTALLED_APPS=["safeconduct.record"], DATABASES={"default": database}, USE_TZ=True)
django.setup()

from django.core.management import call_command
from django.db import connection, transaction
from safeconduct.record import queries, store
from safeconduct.record.keys import make_key
from safeconduct.record.models import Payload
from safeconduct.record.verify import verify
from tests.record.deeds import deed

call_command("migrate", verbosity=0)
key = make_key(path.with_name("node.key"), "safeconduct.example/qarand")


def append(*deeds):
    with transaction.atomic():
        store.append(deeds, key=key)


def elsewhere(*deeds):
    try:
        append(*deeds)
    finally:
        connection.close()


def size_of(pattern):
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path.read_bytes().count(pattern)


append(*(deed(number) for number in range(5000)))
Payload.objects.filter(index=0).update(text="{}")
checking = verify(key.vkey)
found = [str(next(checking))]
with ThreadPoolExecutor(1) as pool:
    pool.submit(elsewhere, deed(9000)).result(timeout=20)
found += map(str, checking)

append(deed(9001, name="Omid Testperson " * 20))
before = size_of(b"Omid Testperson")
with transaction.atomic():
    store.erase(5001)
print(json.dumps({"faults": found, "size": queries.size(), "before": before, "after": size_of(b"Omid Testperson")}))
"""


def test_verification_holds_up_no_append_and_erased_bytes_are_overwritten(tmp_path: Path):
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path / "node.db")],
        cwd=Path(__file__).parents[2],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout)
    assert len(told["faults"]) == 1
    assert told["faults"][0].startswith("entry 0: commitment")
    assert told["size"] == 5002
    assert (told["before"], told["after"]) == (20, 0)
