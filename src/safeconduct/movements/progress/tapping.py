"""The part of the watch that follows movements: fixes in from its feeds, places on their courses out, once a second."""

from __future__ import annotations

import time
from importlib import import_module
from typing import Any

import structlog

from safeconduct.movements.models import Leg, Movement, Progress, Vehicle
from safeconduct.movements.progress.acts import follow
from safeconduct.movements.progress.following import Following
from safeconduct.movements.progress.matching import Fix
from safeconduct.movements.progress.queries import followed
from safeconduct.release import events_after, newest_event_id
from safeconduct.store.outbox import Outbox
from safeconduct.terms.errors import SafeconductError
from safeconduct.terms.party import Principal

log = structlog.get_logger("safeconduct.movements.progress")

pc: Any = import_module("pyarrow.compute")  # most of its functions are made at run time, unknown to type checkers

EVERY_S = 1.0
FORGET_EVERY_S = 60.0
NEWS = frozenset({Movement.info_class, Leg.info_class, Vehicle.info_class, Progress.info_class, "place"})
OWN = "own"
"""The kind of a vehicle that its feed answers for: nothing else says where a movement is."""


class FollowMovements:
    """A tap of the live loop (watch/tapping.py)."""

    def __init__(self) -> None:
        self.following = Following()
        self._event_id = -1
        self._heard_at = self._told_at = -EVERY_S
        self._outbox = Outbox(frozenset({Progress.info_class}))
        self._forgot_at = time.monotonic()

    def hear(self, watch: Principal) -> None:  # noqa: ARG002 (what it follows is released to nobody)
        """Learn which movements are on their way, if that may have changed."""
        if time.monotonic() - self._heard_at < EVERY_S:
            return
        self._heard_at = time.monotonic()
        if self._event_id < 0:
            newest = newest_event_id()
        else:
            events = events_after(self._event_id)
            # Where many rows changed at once, it was by this follower itself.
            if not any(one.kind in NEWS and one.ref is not None for one in events):
                self._event_id = events[-1].pk if events else self._event_id
                return
            newest = events[-1].pk
        self.following.tell(followed())
        self._event_id = newest

    def take(self, table: Any) -> None:
        """Let the rows in that are of vehicles of movements, in the order of their time."""
        devices = self.following.devices
        if not devices or not table.num_rows:
            return
        rows = table.filter(pc.equal(table["kind"], OWN))
        if not rows.num_rows:
            return
        columns = [rows[name].to_pylist() for name in ("sensor", "track", "lon", "lat", "speed", "heading", "accuracy")]
        times = rows["time"].cast("int64").to_pylist()
        for at_ms, sensor, track, *where in sorted(zip(times, *columns, strict=True), key=lambda row: row[0]):
            device = f"{sensor}/{track}"
            if device in devices:
                self.following.take(device, Fix(at_ms, *where))

    def tell(self, watch: Principal) -> None:
        """Do the act of what is newly known, once a second."""
        at = time.monotonic()
        if at - self._told_at < EVERY_S:
            return
        self._told_at = at
        found = self.following.changed()
        if not found:
            return
        outbox = self._outbox if at - self._forgot_at > FORGET_EVERY_S else None
        try:
            follow(watch, found=found, outbox=outbox)
        except SafeconductError as error:
            log.error("follow_failed", error=type(error).__name__)
        if outbox:
            self._forgot_at = at
