"""Compiles the kernel ahead of its first use: `python -m safeconduct.watch.warm`, once after an installation.

Otherwise the first watch of a node compiles it, which takes up to a minute during which rows wait.
"""

from __future__ import annotations

from datetime import UTC, datetime

from shapely.geometry import box

from safeconduct.sites.places import Places, Ring, RingLevel
from safeconduct.terms import instant
from safeconduct.watch.engine import Engine
from safeconduct.watch.observations import decode_rows
from safeconduct.watch.settings import Settings

BEGIN_MS = instant.epoch_ms(datetime(2026, 1, 1, tzinfo=UTC))


def warm() -> int:
    """Watch one made-up vehicle wait and be lost, through every step of a live watch; the changes that it made."""
    places = Places.collect([Ring("warm", "outer", RingLevel.OUTER, box(75.0, -5.01, 75.01, -5.0))])
    engine = Engine(Places(), Settings())
    changes = engine.replace_places(places)
    for begin_s in range(0, 400, 50):
        rows = [
            {"time": BEGIN_MS + 1000 * second, "sensor": "warm", "track": "1", "lon": 75.005, "lat": -5.005}
            for second in range(begin_s, begin_s + 50)
        ]
        changes += engine.feed(decode_rows(rows).batch)
    changes += engine.advance(BEGIN_MS + 500_000)
    engine = Engine.restore(engine.snapshot(), places, Settings())
    engine.positions()
    for change in list(changes):
        changes += engine.close(change.alert["id"], "warm")
    changes += engine.advance(BEGIN_MS + 2_000_000)
    return len(changes)


if __name__ == "__main__":
    warm()
