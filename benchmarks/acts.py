"""Acts a second through the whole pipeline on an embedded node, beside bare inserts of the same row.

    python benchmarks/acts.py [--acts N]

An act is decided by the accord, changes its row, is entered on the record under a signed checkpoint and is published,
all in one transaction that is durable (SQLite, WAL, synchronous=FULL). The peer inserts the row alone, one by one.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from safeconduct.node.making import make_node, prepare_database, sample


def rate(count: int, do: Callable[[], object]) -> float:
    do()
    began = time.perf_counter()
    for _ in range(count):
        do()
    return count / (time.perf_counter() - began)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--acts", type=int, default=3000)
    count = options.parse_args().acts
    with tempfile.TemporaryDirectory() as home:
        path = Path(home) / "node"
        make_node(path, sample("joint-security"), {"name": "Benchmark"}, sign_for_all=True)
        from safeconduct.node import open_node

        open_node(path)
        prepare_database()
        measure(count)


def measure(count: int) -> None:
    from django.db import transaction

    from safeconduct import acts
    from safeconduct.store.guard import passage
    from safeconduct.strategy.acts import order_measure
    from safeconduct.strategy.models import Measure
    from safeconduct.terms.party import Grant, Principal

    commander = Principal("commander", "host", (Grant("host.commander"),))
    order = {"site": "harbour", "kind": "look", "text": "Look at the car.", "unit": "Patrol 2"}
    label = order_measure(commander, **order).label_id

    def bare() -> None:
        with transaction.atomic():
            Measure.objects.create(label_id=label, state="ordered", **order)

    def batch() -> None:
        with acts.together():
            for _ in range(100):
                order_measure(commander, **order)

    one = rate(count, lambda: order_measure(commander, **order))
    many = rate(count // 100, batch) * 100
    with passage("act"):
        peer = rate(count, bare)
    print(f"one act a transaction      {one:>8,.0f} a second")
    print(f"100 acts a transaction     {many:>8,.0f} a second")
    print(f"bare insert, nothing else  {peer:>8,.0f} a second")
    print(f"an act costs {peer / one:.1f} bare inserts")


if __name__ == "__main__":
    main()
