"""How sensors and feeds are: live while rows come, silent after a while without. Silence is not an all-clear."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from safeconduct.acts import together
from safeconduct.release import Projection
from safeconduct.sites.acts import set_health
from safeconduct.sites.queries import sensors
from safeconduct.terms import instant
from safeconduct.terms.errors import SafeconductError
from safeconduct.terms.party import Principal
from safeconduct.watch.acts import refresh_picture
from safeconduct.watch.feeds.doors import Door

log = structlog.get_logger("safeconduct.watch.health")

LIVE, SILENT, UNREACHABLE, CLOCK_OFF = "live", "silent", "unreachable", "clock_off"
"""How a feed is. `clock_off`: what comes is too far from the node's clock to be watched."""


@dataclass
class Health:
    """`since_ms`: when the watch began to listen, by the node's clock; nothing was silent to it before."""

    watch: Principal
    silent_s: float
    since_ms: int
    _rows: dict[str, list[Projection]] | None = None
    _shown: dict[str, str] | None = None

    def forget(self) -> None:
        """Read the sensors anew: their places changed."""
        self._rows = None

    def tell(self, heard: Mapping[str, int], now_ms: int, lost: frozenset[str] = frozenset()) -> int:
        """Do the acts for sensors that fell silent or came back; how many.

        `heard`: sensor to the node's time of its rows. Those that are `lost` are silent, however lately heard.
        """
        if self._rows is None:
            self._read()
        rows, shown = self._rows or {}, self._shown or {}
        turned = {
            sensor: state
            for sensor in rows
            if (state := SILENT if sensor in lost else self._state(heard.get(sensor), now_ms))
            and state != shown.get(sensor)
        }
        if not turned:
            return 0
        with together():
            for sensor, state in turned.items():
                for row in rows[sensor]:
                    self._turn(row, state, heard.get(sensor))
        shown.update(turned)
        return len(turned)

    def _read(self) -> None:
        self._rows, self._shown = {}, {}
        for row in sensors(self.watch):
            if row["sensor"]:
                self._rows.setdefault(row["sensor"], []).append(row)
                self._shown[row["sensor"]] = row["health"]

    def _state(self, heard_ms: int | None, now_ms: int) -> str | None:
        if heard_ms is not None and now_ms - heard_ms < self.silent_s * 1000:
            return LIVE
        quiet_ms = now_ms - max(heard_ms or 0, self.since_ms)
        return SILENT if quiet_ms >= self.silent_s * 1000 else None

    def _turn(self, row: Any, state: str, heard_ms: int | None) -> None:
        seen_at = instant.from_epoch_ms(heard_ms) if heard_ms is not None else row.get("seen_at")
        try:
            set_health(self.watch, row.id, health=state, seen_at=seen_at)
        except SafeconductError as error:
            log.warning("health_failed", sensor=str(row.id), error=type(error).__name__)


FEEDS_EVERY_S = 2.0


class FeedHealth:
    """How each feed is, written when it changed, at most every FEEDS_EVERY_S."""

    def __init__(self, watch: Principal, silent_s: float, lateness_s: float):
        self._watch, self._silent_ms, self._lateness_ms = watch, silent_s * 1000, lateness_s * 1000
        self._future: dict[str, tuple[int, int]] = {}
        self._shown: dict[str, dict[str, Any]] = {}
        self._at = 0.0

    def tell(self, heard: Mapping[str, Mapping[str, Any]], doors: Mapping[str, Door], now_ms: int) -> int:
        """How many changed. `heard`: what came by each feed, as Told.feeds has it."""
        if time.monotonic() - self._at < FEEDS_EVERY_S:
            return 0
        self._at = time.monotonic()
        found = {
            name: self._columns(name, heard.get(name), doors.get(name) or Door(), now_ms) for name in {*heard, *doors}
        }
        changed = {name: columns for name, columns in found.items() if columns != self._shown.get(name)}
        if changed:
            try:
                refresh_picture(self._watch, site="", positions={}, feeds=changed)
            except SafeconductError as error:
                log.error("feed_health_failed", error=type(error).__name__)
            self._shown.update(changed)
        return len(changed)

    def _columns(self, name: str, feed: Mapping[str, Any] | None, door: Door, now_ms: int) -> dict[str, Any]:
        before = Counter(feed["refused"] if feed else {})
        refused = before + door.unusable
        ahead = self._is_ahead(name, before["future"], refused["future"], now_ms)
        columns = {"state": self._state(feed, door, ahead, now_ms), "refused": dict(refused)}
        if feed is None:
            return columns
        return columns | {"seen_at": instant.from_epoch_ms(feed["heard_ms"]), "rows": feed["rows"]}

    def _state(self, feed: Mapping[str, Any] | None, door: Door, ahead: bool, now_ms: int) -> str:
        if not door.reachable:
            return UNREACHABLE
        if door.outward:
            return LIVE
        if ahead:
            return CLOCK_OFF
        if feed is None or now_ms - feed["heard_ms"] >= self._silent_ms:
            return SILENT
        return CLOCK_OFF if feed.get("behind_ms", 0) > self._most_behind_ms() else LIVE

    def _most_behind_ms(self) -> float:
        """A batch takes its real time to come, which is longer by the clock of an exercise."""
        return self._lateness_ms * max(1.0, instant.clock_speed())

    def _is_ahead(self, name: str, before: int, count: int, now_ms: int) -> bool:
        """Whether rows were refused of late for being ahead; `before` are those of the processes before this."""
        known, since_ms = self._future.get(name, (before, -(1 << 62)))
        if count != known:
            since_ms = now_ms
        self._future[name] = (count, since_ms)
        return now_ms - since_ms < self._silent_ms
