"""How much of each ring its sensors cover, and the alert of a ring of which too little is covered.

A ring's own ground is its polygon less the rings of its site that lie further in: those are watched for themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import shapely
from shapely.geometry.base import BaseGeometry

from safeconduct.sites.places import Places, Ring
from safeconduct.watch.alerts import CLEAR, RAISE, STEP, Alert, AlertChange, alert_id, stamp
from safeconduct.watch.settings import Settings
from safeconduct.watch.tables import NEVER


class Band(NamedTuple):
    """A ring with a floor: its own ground, and what each sensor covers of it. Shares are of degrees, whose error a
    site's few kilometres do not show."""

    ring: Ring
    ground: BaseGeometry
    covers: Mapping[str, BaseGeometry]


class Coverage:
    """The rings of the places that say how much of them must be covered (`min_coverage`)."""

    def __init__(self, settings: Settings, changes: list[AlertChange]):
        self.settings, self.changes = settings, changes
        self.bands: dict[tuple[str, str], Band] = {}
        self.under: dict[tuple[str, str], Alert] = {}
        self.since_ms = NEVER
        """When the watch first looked: a sensor never heard counts as silent from then."""
        self._shares: dict[tuple[tuple[str, str], frozenset[str]], float] = {}

    def watch(self, places: Places) -> None:
        """Watch the rings of `places` from now on."""
        self.bands = {(ring.site, ring.name): band_of(ring, places) for ring in places.rings if ring.min_coverage}
        self._shares = {}

    def check(self, at_ms: int, heard_ms: Mapping[str, int]) -> None:
        """Raise what has fallen under its floor, say when other sensors fall silent, and clear what is back.

        `heard_ms`: when each sensor was heard last; those never heard are absent.
        """
        self.since_ms = min(self.since_ms, at_ms)
        silent_ms = int(self.settings.silent_s * 1000)
        for key, band in self.bands.items():
            last_ms = {name: heard_ms.get(name, self.since_ms) for name in band.covers}
            silent = [name for name in band.covers if at_ms - last_ms[name] >= silent_ms]
            share = self.share(key, silent)
            if share < (band.ring.min_coverage or 0.0) - 1e-9:
                self._fallen(key, silent, share, last_ms, at_ms)
            elif key in self.under:
                self._clear(self.under.pop(key), at_ms, "covered_again", share)
        for key in [key for key in self.under if key not in self.bands]:
            self._clear(self.under.pop(key), at_ms, "not_watched", None)

    def share(self, key: tuple[str, str], silent: list[str]) -> float:
        """Of a ring's own ground, the share that the sensors cover which are not silent."""
        band = self.bands[key]
        live = frozenset(band.covers) - frozenset(silent)
        if (key, live) not in self._shares:
            covered = shapely.union_all([band.covers[name] for name in sorted(live)]).area
            self._shares[key, live] = min(1.0, covered / band.ground.area) if band.ground.area else 1.0
        return self._shares[key, live]

    def _fallen(
        self, key: tuple[str, str], silent: list[str], share: float, last_ms: Mapping[str, int], at_ms: int
    ) -> None:
        alert, band = self.under.get(key), self.bands[key]
        if alert is not None and alert.sensors == silent:
            return
        change = STEP
        if alert is None:
            change = RAISE
            alert = self.under[key] = self._new_alert(key, self._since(key, silent, last_ms, at_ms), silent, at_ms)
        alert.sensors, alert.updated_ms = silent, at_ms
        alert.dwell_s = alert.unseen_s = (at_ms - alert.started_ms) / 1000
        floor = band.ring.min_coverage or 0.0
        who = f"silent: {', '.join(silent)}" if silent else "with every sensor heard"
        alert.explanation = {
            "place": {"site": band.ring.site, "name": band.ring.name, "level": str(band.ring.level)},
            "coverage": {"share": round(share, 3), "floor": floor, "silent": silent},
            "ended": None,
            "sentence": f"{share:.0%} of {band.ring.name} is covered, less than its floor of {floor:.0%}; {who}.",
        }
        self.changes.append(AlertChange(change, alert.to_plain()))

    def _since(self, key: tuple[str, str], silent: list[str], last_ms: Mapping[str, int], at_ms: int) -> int:
        """When the ring fell under its floor: as the last of the sensors fell silent that it took."""
        gone: list[str] = []
        for name in sorted(silent, key=lambda name: (last_ms[name], name)):
            gone.append(name)
            if self.share(key, gone) < (self.bands[key].ring.min_coverage or 0.0) - 1e-9:
                return last_ms[name]
        return at_ms

    def _new_alert(self, key: tuple[str, str], since_ms: int, silent: list[str], at_ms: int) -> Alert:
        """At a spot that is no longer covered."""
        band, severity = self.bands[key], self.settings.coverage_severity
        live = [shape for name, shape in band.covers.items() if name not in silent]
        bare = band.ground.difference(shapely.union_all(live)) if live else band.ground
        spot = (bare if not bare.is_empty else band.ground).representative_point()
        return Alert(
            id=alert_id(since_ms, "lost_watch", "coverage", *key),
            kind="lost_watch",
            site=band.ring.site,
            ring=str(band.ring.level),
            severity=severity,
            lon=round(spot.x, 7),
            lat=round(spot.y, 7),
            started_ms=since_ms,
            raised_ms=at_ms,
            updated_ms=at_ms,
            vehicle="unknown",
            steps=[{"severity": severity, "at": stamp(at_ms)}],
        )

    def _clear(self, alert: Alert, at_ms: int, reason: str, share: float | None) -> None:
        alert.ended_ms = alert.updated_ms = at_ms
        alert.dwell_s = alert.unseen_s = (at_ms - alert.started_ms) / 1000
        alert.explanation["ended"] = {"reason": reason, "at": stamp(at_ms)}
        back = f" {share:.0%} is covered again." if share is not None else " It is no longer watched."
        alert.explanation["sentence"] += back
        self.changes.append(AlertChange(CLEAR, alert.to_plain()))

    def dump(self) -> dict[str, Any]:
        return {"under": [[*key, vars(alert)] for key, alert in self.under.items()], "since_ms": self.since_ms}

    def load(self, plain: dict[str, Any]) -> None:
        self.under = {(site, name): Alert(**alert) for site, name, alert in plain["under"]}
        self.since_ms = plain["since_ms"]


def band_of(ring: Ring, places: Places) -> Band:
    within = [one.polygon for one in places.rings if one.site == ring.site and one.level.depth > ring.level.depth]
    ground = ring.polygon.difference(shapely.union_all(within)) if within else ring.polygon
    covers: dict[str, BaseGeometry] = {}
    for sensor in places.sensors:
        if sensor.coverage is not None and sensor.site == ring.site:
            part = sensor.coverage.intersection(ground)
            if not part.is_empty:
                before = covers.get(sensor.sensor)
                covers[sensor.sensor] = part if before is None else before.union(part)
    return Band(ring, ground, covers)
