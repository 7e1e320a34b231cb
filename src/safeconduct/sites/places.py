"""Places of a site as plain values: rings, exempt places, gates, posts, sensors and routes.

Coordinates are degrees in WGS 84, longitude first. The shapely geometries are valid and finite,
polygons counter-clockwise and without holes; `geojson.parse_places` is what makes sure of it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from shapely.geometry import LineString, Point, Polygon

SEVERITIES = ("notice", "alert", "critical")
"""Steps of an alert, least first; only the last two are alarms."""

KINDS = frozenset({"car", "truck", "bus", "motorcycle", "vessel", "own", "unknown"})
"""What an observed object may be. Persons are not among them."""


class RingLevel(StrEnum):
    """How far in a ring lies. The rings of a site nest, and a presence counts for the innermost."""

    OUTER = "outer"
    MIDDLE = "middle"
    INNER = "inner"

    @property
    def depth(self) -> int:
        """0 for the outermost."""
        return list(RingLevel).index(self)


@dataclass(frozen=True)
class DwellRule:
    """One step: a stay of `after_s` seconds is of `severity`. `kind` is `dwell`."""

    kind: str
    after_s: float
    severity: str


def _steps(*after_s: float) -> tuple[DwellRule, ...]:
    return tuple(DwellRule("dwell", seconds, severity) for seconds, severity in zip(after_s, SEVERITIES, strict=True))


DEFAULT_RULES: dict[RingLevel, tuple[DwellRule, ...]] = {
    RingLevel.OUTER: _steps(180.0, 300.0, 600.0),
    RingLevel.MIDDLE: _steps(120.0, 180.0, 300.0),
    RingLevel.INNER: _steps(60.0, 90.0, 120.0),
}
"""The rules of a ring that brings none of its own."""


@dataclass(frozen=True)
class Ring:
    """A zone around a site. `rules` rise in time and in severity; the empty tuple stands for the level's defaults.

    `min_coverage` is the share of its own ground, less the rings within, that its sensors must cover; None for any.
    """

    site: str
    name: str
    level: RingLevel
    polygon: Polygon
    rules: tuple[DwellRule, ...] = ()
    min_coverage: float | None = None

    def __post_init__(self) -> None:
        if not self.rules:
            object.__setattr__(self, "rules", DEFAULT_RULES[self.level])


@dataclass(frozen=True)
class Exempt:
    """Where vehicles of `kinds` may wait up to `max_stay_s`: a taxi rank, a bus stop.

    `kinds` is never empty: every kind is spelt out. `hours` is (begin, end) in UTC, `HH:MM`, half-open, over midnight
    where end <= begin; None is at all hours.
    """

    site: str
    name: str
    polygon: Polygon
    kinds: frozenset[str]
    max_stay_s: float
    hours: tuple[str, str] | None = None


@dataclass(frozen=True)
class Gate:
    """Where a ring is passed."""

    site: str
    name: str
    point: Point


@dataclass(frozen=True)
class Post:
    """Where guards stand."""

    site: str
    name: str
    point: Point


@dataclass(frozen=True)
class Optics:
    """How finely a camera sees the ground: `px_per_m` at its finest, or what it follows from.

    `public_space`: whether anyone may walk there. Unless it is said, they may.
    """

    px_per_m: float | None = None
    width_px: float | None = None
    field_of_view_deg: float | None = None
    nearest_m: float | None = None
    public_space: bool = True

    @property
    def finest_px_per_m(self) -> float | None:
        """Pixels per metre where it sees most finely; None where nothing says. Source: IEC 62676-4."""
        if self.px_per_m is not None or None in (self.width_px, self.field_of_view_deg, self.nearest_m):
            return self.px_per_m
        width_px, angle_deg, nearest_m = (
            float(x or 0) for x in (self.width_px, self.field_of_view_deg, self.nearest_m)
        )
        return width_px / (2 * nearest_m * math.tan(math.radians(angle_deg / 2)))


@dataclass(frozen=True)
class Sensor:
    """A sensor of a site; `sensor` is its id in observations. It has a `coverage`, a `point` of its own, or both.

    `calibration` is what ground.py takes for a camera that reports pixels.
    """

    site: str
    name: str
    sensor: str
    coverage: Polygon | None = None
    point: Point | None = None
    calibration: Mapping[str, Any] | None = field(default=None, hash=False)
    optics: Optics | None = None


@dataclass(frozen=True)
class Route:
    """A line that movements take; its corridor reaches `width_m` / 2 to either side."""

    site: str
    name: str
    line: LineString
    width_m: float


Place = Ring | Exempt | Gate | Post | Sensor | Route

P = TypeVar("P", Ring, Exempt, Gate, Post, Sensor, Route)


@dataclass(frozen=True)
class Places:
    """All places of one or more sites, each role in the order of the input."""

    rings: tuple[Ring, ...] = ()
    exempts: tuple[Exempt, ...] = ()
    gates: tuple[Gate, ...] = ()
    posts: tuple[Post, ...] = ()
    sensors: tuple[Sensor, ...] = ()
    routes: tuple[Route, ...] = ()

    @classmethod
    def collect(cls, places: Iterable[Place]) -> Places:
        """Sort `places` by role, keeping their order within each."""
        every = tuple(places)

        def pick(role: type[P]) -> tuple[P, ...]:
            return tuple(place for place in every if isinstance(place, role))

        return cls(pick(Ring), pick(Exempt), pick(Gate), pick(Post), pick(Sensor), pick(Route))

    def __iter__(self) -> Iterator[Place]:
        yield from self.rings
        yield from self.exempts
        yield from self.gates
        yield from self.posts
        yield from self.sensors
        yield from self.routes

    def of_site(self, site: str) -> Places:
        """The places of one site; empty where there are none."""
        return Places.collect(place for place in self if place.site == site)

    def sites(self) -> tuple[str, ...]:
        """Ids of the sites, in the order of their first place."""
        return tuple(dict.fromkeys(place.site for place in self))
