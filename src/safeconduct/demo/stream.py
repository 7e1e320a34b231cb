"""The case as a stream of observations, and at a speed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from safeconduct.demo.cameras import watched
from safeconduct.demo.traffic import traffic
from safeconduct.demo.trips import FIRST_S, LAST_S

SEED = 7

LENGTH = timedelta(seconds=LAST_S - FIRST_S)


def observations(start: datetime, seed: int = SEED, until_s: int = LAST_S) -> Iterator[dict[str, Any]]:
    """The hour's observations in event-time order; the first is of `start`, five minutes before T+0.

        {"time": "2026-11-24T06:00:00Z", "sensor": "cam-03", "track": "17",
         "lon": 75.0067718, "lat": -4.9975301, "kind": "car"}

    The same `start` and `seed` give the same rows on every machine; a later `until_s` adds rows after them.
    """
    return watched(traffic(seed, until_s), start, seed)


def play(
    start: datetime,
    speed: float = 20.0,
    seed: int = SEED,
    *,
    wait: Callable[[float], object] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[list[dict[str, Any]]]:
    """Batches of one event second each, handed out `speed` times as fast as life.

    One that is fetched late is not waited for: the stream catches up. Raises ValueError unless `speed` > 0.
    """
    if not speed > 0:
        raise ValueError(f"speed is {speed}, want a number above 0")
    begun = clock()
    for second, rows in groupby(observations(start, seed), key=lambda row: row["time"]):
        due = begun + (datetime.fromisoformat(second) - start).total_seconds() / speed
        early = due - clock()
        if early > 0:
            wait(early)
        yield list(rows)
