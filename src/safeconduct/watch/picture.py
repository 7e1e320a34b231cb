"""The live picture: where vehicles are inside rings, written at most once a second, and a site only when it changed."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import structlog

from safeconduct.acts import together
from safeconduct.store.outbox import Outbox
from safeconduct.terms import instant
from safeconduct.terms.errors import SafeconductError
from safeconduct.terms.party import Principal
from safeconduct.watch.acts import refresh_picture
from safeconduct.watch.engine import Engine
from safeconduct.watch.models import Feed, Position
from safeconduct.watch.positions import FIELDS, Columns, encoded

log = structlog.get_logger("safeconduct.watch.picture")

EVERY_S = 1.0
WITHIN_S = 0.1
FORGET_EVERY_S = 60.0
"""How often the outbox is rid of what old pictures told of."""
MOST_POSITIONS = 5_000
"""Of one site; a picture of more says nothing to a person."""


class Picture:
    """What was last published of each site, and what waits to be: some sites at a time, so that alerts need not wait
    for a large picture to be written."""

    def __init__(self, watch: Principal):
        self._watch = watch
        self._shown: dict[str, dict[str, str]] = {}
        self._waiting: dict[str, Columns] = {}
        self._at = 0.0
        self._outbox = Outbox(frozenset((Position.info_class, Feed.info_class)))
        self._forgot_at = time.monotonic()

    @property
    def is_due(self) -> bool:
        return not self._waiting and time.monotonic() - self._at >= EVERY_S

    def take(self, found: Mapping[str, Columns], sites: Iterable[str]) -> None:
        """Let the sites wait whose picture changed. Those that nothing stands in any more are emptied once."""
        self._at = time.monotonic()
        every = {site: found.get(site, {}) for site in dict.fromkeys((*sites, *self._shown, *found))}
        self._waiting = {site: one for site, one in every.items() if encoded(one) != self._shown.get(site)}

    def publish(self, within_s: float = WITHIN_S) -> int:
        """Do the acts for sites that wait, in one transaction, until `within_s` have passed; how many."""
        if not self._waiting:
            return 0
        begun, done = time.monotonic(), list[str]()
        outbox = self._outbox if begun - self._forgot_at > FORGET_EVERY_S else None
        with together():
            for site, positions in self._waiting.items():
                if done and time.monotonic() - begun >= within_s:
                    break
                try:
                    refresh_picture(self._watch, site=site, positions=positions, outbox=None if done else outbox)
                except SafeconductError as error:
                    log.error("picture_failed", error=type(error).__name__)
                done.append(site)
        if outbox:
            self._forgot_at = begun
        for site in done:
            self._shown[site] = encoded(self._waiting.pop(site))
        return len(done)


def shown(engine: Engine) -> Mapping[str, Columns]:
    """What the picture shows of the engine, by site: tracks inside rings, and presences that nothing sees now."""
    zones = engine.field.zones.zones
    found = engine.positions()
    rows = {
        "lon": np.round(found["lon"], 7),
        "lat": np.round(found["lat"], 7),
        "state": ["idle" if standing else "seen" for standing in found["standing"].tolist()],
        "seen_at": found["seen_ms"],
        "ring": [zones[zone].level for zone in found["zone"].tolist()],
        "kind": found["kind"],
        "sensor": found["sensor"],
        "track": found["track"],
    }
    sites: dict[str, list[int]] = {}
    for at, zone in enumerate(found["zone"].tolist()):
        sites.setdefault(zones[zone].site, []).append(at)
    by_site = {site: _some(rows, chosen[:MOST_POSITIONS]) for site, chosen in sites.items()}
    for one in engine.presences(unseen=True):
        if one["tracks"]:
            _add(by_site.setdefault(one["site"], {name: [] for name in FIELDS}), one)
    return by_site


def _some(rows: Mapping[str, Any], chosen: list[int]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for name, values in rows.items():
        found[name] = values[chosen].tolist() if isinstance(values, np.ndarray) else [values[at] for at in chosen]
    return found


def _add(columns: dict[str, list[Any]], one: Mapping[str, Any]) -> None:
    """A presence that no track shows, where it was seen last."""
    sensor, _, track = one["tracks"][-1].partition("/")
    row = {
        "kind": one["kind"],
        "lon": round(one["lon"], 7),
        "lat": round(one["lat"], 7),
        "state": "unseen",
        "seen_at": instant.epoch_ms(instant.parse(one["seen"])),
        "sensor": sensor,
        "track": track,
        "ring": one["ring"],
    }
    if len(columns["lon"]) < MOST_POSITIONS:
        for name in FIELDS:
            columns[name].append(row[name])
