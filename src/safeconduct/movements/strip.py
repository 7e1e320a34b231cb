"""A route drawn as a line: which stretches are swept, until when, and which alarms stand beside it. Whole metres."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from safeconduct.release import Projection
from safeconduct.sites.routes import REACH_M, RouteLine
from safeconduct.terms.place import Point

VALID, VOID, EXPIRED = "valid", "void", "expired"

_LAST_ON_TOP = (EXPIRED, VOID, VALID)


@dataclass(frozen=True)
class Piece:
    """One sweep on the line, as its reader may have it."""

    sweep: Projection
    begin_m: int
    end_m: int
    state: str

    @property
    def length_m(self) -> int:
        return self.end_m - self.begin_m


@dataclass(frozen=True)
class Mark:
    """An alarm within reach of the route, where the line passes it."""

    alert: Projection
    along_m: int
    away_m: int


@dataclass(frozen=True)
class Strip:
    """The line from its start (0) to `length_m`. Pieces are in the order in which they are drawn."""

    length_m: int
    pieces: tuple[Piece, ...]
    marks: tuple[Mark, ...]


def state_of(sweep: Projection, at: datetime) -> str:
    """Void wins over expired: that it was taken back matters more than that it would have ended."""
    if sweep["void_at"]:
        return VOID
    return VALID if at < sweep["valid_until"] else EXPIRED


def draw(route: RouteLine, sweeps: Iterable[Projection], alerts: Iterable[Projection], at: datetime) -> Strip:
    """The strip of `route` with those of `sweeps` that are of it and those of `alerts` that are within its reach."""
    mine = [piece(sweep, at) for sweep in sweeps if sweep["route"] == route.name]
    pieces = sorted(mine, key=lambda one: _LAST_ON_TOP.index(one.state))
    return Strip(round(route.length_m), tuple(pieces), tuple(_marks(route, alerts)))


def piece(sweep: Projection, at: datetime) -> Piece:
    return Piece(sweep, round(sweep["begin_m"]), round(sweep["end_m"]), state_of(sweep, at))


def _marks(route: RouteLine, alerts: Iterable[Projection]) -> Iterable[Mark]:
    for alert in alerts:
        if "lon" in alert and "lat" in alert:
            point = Point(alert["lon"], alert["lat"])
            if (away_m := route.distance_m(point)) <= REACH_M:
                yield Mark(alert, round(route.along_m(point)), round(away_m))
