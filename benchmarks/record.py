"""The record's speed: appends, verification and proofs, with a proof recomputed from all leaves beside them.

    python benchmarks/record.py [--entries 1000000]

Targets: 1,000 acts a second embedded, a million entries verified under 15 s, a proof under 2 ms.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import django
from django.conf import settings

START = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
SINGLE_APPENDS = 3000
PROOFS = 300


def set_up(directory: Path) -> None:
    """An empty record on SQLite, with the durability of a node."""
    pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-32000;"
    options = {"transaction_mode": "IMMEDIATE", "timeout": 30, "init_command": pragmas}
    database = {"ENGINE": "django.db.backends.sqlite3", "NAME": directory / "node.db", "OPTIONS": options}
    settings.configure(INSTALLED_APPS=["safeconduct.record"], DATABASES={"default": database}, USE_TZ=True)
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def timed(run: Callable[[], object]) -> float:
    begin = time.perf_counter()
    run()
    return time.perf_counter() - begin


def measure(directory: Path, entries: int) -> None:
    from django.db import transaction

    from safeconduct.record import merkle, queries, store
    from safeconduct.record.export import export
    from safeconduct.record.keys import make_key
    from safeconduct.record.verify import verify
    from safeconduct.record.verify_tiles import verify_tiles

    key = make_key(directory / "node.key", "safeconduct.example/bench")

    def deed(number: int) -> store.Deed:
        payload = {"by": "duty", "ref": f"01930000-{number:012d}", "reason": "a car waits", "number": number}
        return store.Deed(START + timedelta(seconds=number), "qarand", "movement.hold", "4.2", "movement", payload)

    def append(begin: int, end: int) -> None:
        with transaction.atomic():
            store.append([deed(number) for number in range(begin, end)], key=key)

    def one_by_one() -> None:
        for number in range(SINGLE_APPENDS):
            append(number, number + 1)

    def fill() -> None:
        # A tile at a time, so that as many checkpoints are kept, and verified below, as there can be.
        for begin in range(SINGLE_APPENDS, entries, 256):
            append(begin, min(begin + 256, entries))

    def sound() -> None:
        if faults := list(verify(key.vkey)):
            raise SystemExit(f"not verified: {faults[0]}")

    def sound_tiles() -> None:
        if faults := list(verify_tiles(directory / "log", key.vkey)):
            raise SystemExit(f"export not verified: {faults[0]}")

    seconds = timed(one_by_one)
    print(f"append, one act a transaction   {SINGLE_APPENDS / seconds:12,.0f} acts/s")
    seconds = timed(fill)
    print(f"append, 256 acts a transaction  {(entries - SINGLE_APPENDS) / seconds:12,.0f} acts/s")
    print(f"verify {entries:,} entries       {timed(sound):12.1f} s")
    print(f"export                          {timed(lambda: export(directory / 'log')):12.1f} s")
    print(f"verify the export offline       {timed(sound_tiles):12.1f} s")

    dice = random.Random(1)
    indices = [dice.randrange(1, entries) for _ in range(PROOFS)]
    stored = [timed(lambda index=index: queries.inclusion(index, entries)) * 1000 for index in indices]
    print(f"inclusion proof, median         {statistics.median(stored):12.2f} ms (longest {max(stored):.2f})")
    linked = [timed(lambda index=index: queries.consistency(index, entries)) * 1000 for index in indices]
    print(f"consistency proof, median       {statistics.median(linked):12.2f} ms (longest {max(linked):.2f})")

    def from_leaves(index: int) -> list[bytes]:
        leaves = [leaf for _, leaf in queries.raw_leaves(0, entries)]
        return [merkle.root_of(leaves[span.begin : span.end]) for span in merkle.inclusion_spans(index, entries)]

    if from_leaves(indices[0]) != queries.inclusion(indices[0], entries):
        raise SystemExit("the two proofs differ")
    naive = timed(lambda: from_leaves(indices[1])) * 1000
    print(f"inclusion proof from all leaves {naive:12.2f} ms")
    print(
        f"ratio                           {naive / statistics.median(stored):12,.0f} times as fast from stored hashes"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        set_up(Path(directory))
        measure(Path(directory), max(args.entries, SINGLE_APPENDS + 1))


if __name__ == "__main__":
    main()
