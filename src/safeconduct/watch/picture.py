"""The live picture: where vehicles are inside rings, written at most once a second, and a site only when it changed."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any

import structlog

from safeconduct.terms import instant
from safeconduct.terms.errors import SafeconductError
from safeconduct.terms.party import Principal
from safeconduct.watch.acts import refresh_picture
from safeconduct.watch.engine import Engine

log = structlog.get_logger("safeconduct.watch.picture")

EVERY_S = 1.0
WITHIN_S = 0.1
MOST_POSITIONS = 5_000
"""Of one site; a picture of more says nothing to a person."""


class Picture:
    """What was last published of each site, and what waits to be: a few sites at a time, so that alerts need not wait
    for a large picture to be written."""

    def __init__(self, watch: Principal):
        self._watch = watch
        self._shown: dict[str, list[dict[str, Any]]] = {}
        self._waiting: dict[str, list[dict[str, Any]]] = {}
        self._at = 0.0

    @property
    def is_due(self) -> bool:
        return not self._waiting and time.monotonic() - self._at >= EVERY_S

    def take(self, positions: Iterable[Mapping[str, Any]], sites: Iterable[str]) -> None:
        """Let the sites wait whose picture changed. Those that nothing stands in any more are emptied once."""
        self._at = time.monotonic()
        found: dict[str, list[dict[str, Any]]] = {site: [] for site in (*sites, *self._shown)}
        for one in positions:
            of_site = found.setdefault(str(one["site"]), [])
            if len(of_site) < MOST_POSITIONS:
                of_site.append({name: value for name, value in one.items() if name != "site"})
        self._waiting = {site: rows for site, rows in found.items() if rows != self._shown.get(site)}

    def publish(self, within_s: float = WITHIN_S) -> int:
        """Do the acts for sites that wait, until `within_s` have passed; how many."""
        begun, done = time.monotonic(), 0
        while self._waiting and (not done or time.monotonic() - begun < within_s):
            site = next(iter(self._waiting))
            rows = self._waiting[site]
            try:
                refresh_picture(self._watch, site=site, positions=rows)
            except SafeconductError as error:
                log.error("picture_failed", error=type(error).__name__)
            del self._waiting[site]
            self._shown[site] = rows
            done += 1
        return done


def shown(engine: Engine) -> list[dict[str, Any]]:
    """What the picture shows of the engine: tracks inside rings, and presences that nothing sees at the moment."""
    rows = [_row(one, "idle" if one["standing"] else "seen", one["sensor"], one["track"]) for one in engine.positions()]
    for one in engine.presences():
        if one["state"] == "unseen" and one["tracks"]:
            sensor, _, track = one["tracks"][-1].partition("/")
            rows.append(_row(one, "unseen", sensor, track))
    return rows


def _row(one: Mapping[str, Any], state: str, sensor: str, track: str) -> dict[str, Any]:
    return {
        "site": one["site"],
        "kind": one["kind"],
        "lon": round(one["lon"], 7),
        "lat": round(one["lat"], 7),
        "state": state,
        "seen_at": instant.parse(one["seen"]),
        "sensor": sensor,
        "track": track,
        "ring": one["ring"],
    }
