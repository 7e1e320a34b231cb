"""What a presence amounts to: the steps that it has reached, and what may explain it.

An explanation is one vehicle's: an own vehicle explains the presence nearest to it, an expected one as many as were
announced.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

import numpy as np
from shapely.geometry import Point, Polygon
from shapely.prepared import PreparedGeometry, prep

from safeconduct.sites.places import SEVERITIES, DwellRule, Exempt

ALARMS = frozenset({"alert", "critical"})
MARGIN_DEG = 0.001


@dataclass(frozen=True)
class ExpectedPresence:
    """Up to `count` vehicles may stand inside `polygon` during [begin_ms, end_ms); with `tokens`, only those."""

    id: str
    site: str
    name: str
    polygon: Polygon
    begin_ms: int
    end_ms: int
    count: int = 1
    tokens: frozenset[int] = frozenset()

    def covers(self, lon: float, lat: float, at_ms: int, token: int) -> bool:
        """Whether a presence there, then, with that token (0: none read) is one of those."""
        if not self.begin_ms <= at_ms < self.end_ms or (self.tokens and token not in self.tokens):
            return False
        return self.polygon.covers(Point(lon, lat))

    def to_plain(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {**vars(self), "polygon": list(self.polygon.exterior.coords), "tokens": sorted(self.tokens)}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> ExpectedPresence:
        """What `to_plain` gave."""
        values: dict[str, Any] = {**plain}
        values["polygon"], values["tokens"] = Polygon(plain["polygon"]), frozenset(plain["tokens"])
        return cls(**values)


class Step(NamedTuple):
    """A severity, the length of stay that it takes, and the kind of alert that it makes."""

    severity: str
    after_ms: int
    kind: str = "dwell"


class Allowance(NamedTuple):
    """An exempt place that allows a stay of up to `max_stay_ms`."""

    name: str
    max_stay_ms: int


class Exemptions:
    """The exempt places, ready to be asked many times."""

    def __init__(self, exempts: Iterable[Exempt]):
        self._exempts: list[tuple[Exempt, PreparedGeometry]] = [(exempt, prep(exempt.polygon)) for exempt in exempts]
        self._bounds = np.array([exempt.polygon.bounds for exempt, _ in self._exempts]).reshape(-1, 4)

    def at(self, lon: float, lat: float, kind: str, begin_ms: int) -> Allowance | None:
        """The most generous allowance there for a stay that began then. What no detector classified may be of any
        kind."""
        near = self._near(lon, lat, 0.0)
        if not near:
            return None
        point = Point(lon, lat)
        found = [
            Allowance(exempt.name, int(exempt.max_stay_s * 1000))
            for exempt, shape in near
            if (kind == "unknown" or kind in exempt.kinds)
            and within_hours(exempt.hours, begin_ms)
            and shape.covers(point)
        ]
        return max(found, key=lambda allowance: allowance.max_stay_ms, default=None)

    def margin_deg(self, lon: float, lat: float, places: Sequence[Polygon]) -> float:
        """How far, at least, a point is from the edge of every exempt place and from all of `places`; MARGIN_DEG where
        it is further."""
        point = Point(lon, lat)
        edges = (exempt.polygon.boundary.distance(point) for exempt, _ in self._near(lon, lat, MARGIN_DEG))
        return min([MARGIN_DEG, *edges, *(place.distance(point) for place in places)])

    def _near(self, lon: float, lat: float, reach_deg: float) -> list[tuple[Exempt, PreparedGeometry]]:
        west, south, east, north = self._bounds.T
        off = np.maximum(np.maximum(west - lon, lon - east), np.maximum(south - lat, lat - north))
        return [self._exempts[number] for number in np.flatnonzero(off <= reach_deg).tolist()]


def within_hours(hours: tuple[str, str] | None, at_ms: int) -> bool:
    """Whether an instant lies in daily hours [begin, end) UTC, which may pass midnight."""
    if hours is None:
        return True
    clock = datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%H:%M")
    begin, end = hours
    return begin <= clock < end if begin < end else clock >= begin or clock < end


def steps_of(rules: Sequence[DwellRule], allowance: Allowance | None, patience_ms: int = 0) -> tuple[Step, ...]:
    """The steps of a zone's rules in the order of time, each `patience_ms` later; inside an exempt place, alarms
    from its maximum stay on."""
    steps = sorted(
        (Step(rule.severity, int(rule.after_s * 1000) + patience_ms) for rule in rules if rule.kind == "dwell"),
        key=lambda step: (step.after_ms, SEVERITIES.index(step.severity)),
    )
    if allowance is None:
        return tuple(steps)
    alarms = [step for step in steps if step.severity in ALARMS] or [Step("alert", 0)]
    later_ms = max(0, allowance.max_stay_ms - alarms[0].after_ms)
    return tuple(Step(step.severity, step.after_ms + later_ms) for step in alarms)


class Pair(NamedTuple):
    """An own vehicle within reach of a presence."""

    distance_m: float
    own: int
    presence: int


def nearest_pairs(pairs: Iterable[Pair]) -> Mapping[int, int]:
    """Presence to own vehicle, one for one, the nearest pairs first."""
    taken: dict[int, int] = {}
    used: set[int] = set()
    for pair in sorted(pairs):
        if pair.own not in used and pair.presence not in taken:
            used.add(pair.own)
            taken[pair.presence] = pair.own
    return taken


def metres(ax: float, ay: float, bx: float, by: float) -> float:
    return math.hypot(ax - bx, ay - by)
