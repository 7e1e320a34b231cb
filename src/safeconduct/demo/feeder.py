"""Hands the demo's observations to the ingest port as a camera gateway would: over HTTP, in order, with retries."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

import orjson
import structlog

from safeconduct.demo.convoy import Departure, driven
from safeconduct.demo.story import CONVOY_NAME
from safeconduct.terms import instant

if TYPE_CHECKING:
    from safeconduct.node import Node

log = structlog.get_logger("safeconduct.demo")

RETRY_AFTER_S = 0.5
BATCH_S = 2
"""Event seconds in one request."""


Batch = list[dict[str, Any]]


def feed(node: Node, token: str, stop: threading.Event, batches: Iterable[Batch] | None = None) -> None:
    """Send each batch when the node's clock reaches its last time, until all are sent or `stop` is set."""
    address = f"http://127.0.0.1:{node.settings['ingest_port']}/observations"
    departure = Departure(CONVOY_NAME)
    for number, batch in enumerate(_batches() if batches is None else batches):
        due = instant.parse(batch[-1]["time"])
        while not stop.is_set() and (early_s := (due - instant.now()).total_seconds()) > 0:
            stop.wait(min(early_s / node.settings["clock_speed"], 0.5))
        if not _send(address, token, f"demo-{number}", driven(batch, departure.at()), stop):
            return


def _batches() -> Iterator[Batch]:
    from safeconduct.demo.setting import FIRST_OBSERVATION
    from safeconduct.demo.stream import SEED, observations
    from safeconduct.demo.trips import EVENING_S

    begin = FIRST_OBSERVATION.timestamp()
    rows = observations(FIRST_OBSERVATION, SEED, EVENING_S)
    for _, batch in groupby(rows, lambda row: (instant.parse(row["time"]).timestamp() - begin) // BATCH_S):
        yield list(batch)


def _send(address: str, token: str, batch_id: str, batch: Batch, stop: threading.Event) -> bool:
    """Send one batch until it is acknowledged: the watch may not be up yet, or say that it is full."""
    body = b"\n".join(orjson.dumps(row) for row in batch)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/x-ndjson", "Idempotency-Key": batch_id}
    while not stop.is_set():
        request = urllib.request.Request(address, body, headers)  # noqa: S310  # our own node
        try:
            with urllib.request.urlopen(request, timeout=10):  # noqa: S310  # our own node
                return True
        except urllib.error.HTTPError as error:
            if error.code not in (429, 503, 507):
                log.error("feed_refused", status=error.code)
                return False
            stop.wait(float(error.headers.get("Retry-After", RETRY_AFTER_S)))
        except OSError:
            stop.wait(RETRY_AFTER_S)
    return False
