"""A live watch driven by hand, turn by turn, over the test node's database."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from safeconduct import node
from safeconduct.demo.world import places
from safeconduct.sites.geojson import to_geojson
from safeconduct.terms import instant
from safeconduct.watch import archive
from safeconduct.watch.feeds import ndjson
from safeconduct.watch.journal import Backlog, Journal, observations_entry
from safeconduct.watch.live import Live, Pace
from safeconduct.watch.rows import encoded
from safeconduct.watch.segment import Segment
from safeconduct.watch.settings import Settings

FEATURES = to_geojson(places())["features"]
RING = (75.0062, -4.9970)
"""A spot in the outer ring of Marjan airport that no exempt place covers."""
QUICK = Pace(turn_s=0.01, quiet_s=3600, tick_s=0.0)


class Driven:
    """One process' worth of a live watch. `end(clean=False)` is a crash: nothing is saved but what was durable."""

    def __init__(self, path, pace: Pace = QUICK, settings: Settings | None = None):
        self.path = path
        path.mkdir(exist_ok=True)
        self.segment = Segment(path / "segments")
        watch = node.current().system("node.watch")
        self.live = Live(path, path / "alive", watch, settings or Settings(hold_s=3.0), pace)
        self.live.recover(self.segment)
        self.journal = Journal(self.segment, Backlog())
        self.journal.start()
        self.round = self.live.begin(self.journal)

    def send(self, rows: Iterable[dict[str, Any]], turn: bool = True) -> None:
        body = b"\n".join(orjson.dumps(row) for row in rows)
        checked = ndjson.decode(body, None)
        batch = str(self.segment.last_seq)
        now_ms = instant.epoch_ms(instant.now())
        entry = observations_entry("gate", batch, "", checked, encoded(checked.table), now_ms)
        self.journal.submit(entry).result(5)
        if turn:
            self.turn()

    def turn(self, times: int = 1) -> None:
        """What a turn submits is taken by a later one, once it is durable."""
        for number in range(times):
            if number:
                time.sleep(0.1)
            self.round.turn()

    def hear(self) -> None:
        """Long enough for the outbox to be read and what it led to be taken."""
        time.sleep(0.35)
        self.turn()
        time.sleep(0.05)
        self.turn()

    def end(self, clean: bool = True) -> None:
        if clean:
            while self.live.take_waiting(self.journal, 0.0):
                pass
            self.live.save()
        self.journal.stop()
        self.segment.close()


def standing(begin: datetime, seconds: int, track: str = "1", spot: tuple[float, float] = RING, sensor: str = "cam-01"):
    """One vehicle that stands at `spot` for `seconds`, sighted once a second."""
    return [
        {
            "time": instant.iso(begin + timedelta(seconds=second)),
            "sensor": sensor,
            "track": track,
            "lon": spot[0],
            "lat": spot[1],
            "kind": "car",
        }
        for second in range(seconds)
    ]


def archived(path: Path, batches: Iterable[Iterable[dict[str, Any]]]) -> None:
    """Put rows in the archive of the node in `path`, by way of segments."""
    (path / "watch").mkdir()
    segment = Segment(path / "watch" / "segments")
    for batch in batches:
        table = ndjson.decode(b"\n".join(map(orjson.dumps, batch)), None).table
        segment.append({"kind": "observations", "feed": "f", "received_ms": 0}, encoded(table))
    segment.sync()
    segment.rotate()
    for file in segment.complete():
        archive.write(file, path / "archive", places())
        segment.drop(file)


def chunked(rows: list[dict[str, Any]], size: int) -> Iterable[list[dict[str, Any]]]:
    return (rows[at : at + size] for at in range(0, len(rows), size))
