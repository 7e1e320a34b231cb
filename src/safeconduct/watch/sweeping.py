"""Stops on a swept stretch of a route while its certificate is valid: the search no longer holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, NamedTuple

from shapely.geometry import LineString, Polygon

from safeconduct.sites.places import Places
from safeconduct.sites.routes import SWEPT_MARGIN_M, RouteLine
from safeconduct.terms.place import LocalPlane, Point
from safeconduct.watch.context import SweptStretch
from safeconduct.watch.field import Field
from safeconduct.watch.rules import Allowance, Step

SWEEP_VOID = "sweep_void"


class Void(NamedTuple):
    """What a presence on a swept stretch comes to: the step that it takes and the facts to explain it."""

    step: Step
    facts: dict[str, Any]


class Sweeping:
    """The sweeps that the watch was told of, and the presences that stand on them."""

    def __init__(self, field: Field):
        self.field = field
        self.stop_ms = int(field.settings.swept_stop_s * 1000)
        self.sweeps: tuple[SweptStretch, ...] = ()
        self.lines: dict[tuple[str, str], RouteLine] = {}
        self._zones: set[int] = set()
        self._first_ms = field.zones.index.zone_first_ms.copy()

    def watch(self, places: Places) -> None:
        """Take the routes of `places`. Requires that the field has them already."""
        self.lines = {(route.site, route.name): RouteLine.of(route) for route in places.routes}
        self._first_ms = self.field.zones.index.zone_first_ms.copy()
        self.tell(self.sweeps)

    def tell(self, sweeps: Iterable[SweptStretch]) -> None:
        """These are the sweeps now; have the kernel look early at what stands in the zones that they touch."""
        self.sweeps = tuple(sweeps)
        corridors = [
            _corridor(self.lines[key]) for key in {(one.site, one.route) for one in self.sweeps} & {*self.lines}
        ]
        zones = self.field.zones.zones
        self._zones = {
            number for number, zone in enumerate(zones) if any(zone.polygon.intersects(one) for one in corridors)
        }
        first_ms = self.field.zones.index.zone_first_ms
        first_ms[:] = self._first_ms
        for number in self._zones:
            first_ms[number] = min(int(first_ms[number]), self.stop_ms)

    def looks(self, p: int) -> bool:
        """Whether the presence stands in a zone that a swept corridor touches, and may come to stand on it."""
        return int(self.field.tables.presences[p]["zone"]) in self._zones

    def void(self, p: int, at_ms: int, patience_ms: int, allowance: Allowance | None) -> Void | None:
        """The step of a presence that stands on a swept stretch at that time; the first sweep where there are several.

        The clock of what stood there through the search runs from the search.
        """
        if not self.looks(p):
            return None
        point, begin_ms = Point(*self.field.lon_lat(p)), int(self.field.tables.presences[p]["begin_ms"])
        wait_ms = max(self.stop_ms + patience_ms, allowance.max_stay_ms if allowance else 0)
        for sweep in self.sweeps:
            line = self.lines.get((sweep.site, sweep.route))
            if line is None or not sweep.searched_ms <= at_ms < sweep.valid_until_ms or not line.is_on(point):
                continue
            along_m = line.along_m(point)
            if sweep.begin_m <= along_m <= sweep.end_m:
                after_ms = max(begin_ms, sweep.searched_ms) - begin_ms + wait_ms
                return Void(Step(self.field.settings.swept_severity, after_ms, SWEEP_VOID), _facts(sweep, along_m))
        return None

    def dump(self) -> list[dict[str, Any]]:
        return [asdict(sweep) for sweep in self.sweeps]

    def load(self, plain: list[dict[str, Any]]) -> None:
        self.tell(SweptStretch(**one) for one in plain)


def _facts(sweep: SweptStretch, along_m: float) -> dict[str, Any]:
    told = {"sweep": sweep.id} if sweep.named else {}
    return {**told, "route": sweep.route, "along_m": round(along_m)}


def _corridor(line: RouteLine) -> Polygon:
    """The ground on which a stop counts as on the route, in degrees."""
    plane = LocalPlane(line.points[0])
    drawn = LineString([plane.to_metres(point) for point in line.points])
    around = drawn.buffer(line.width_m / 2 + SWEPT_MARGIN_M)
    return Polygon([plane.to_point(x, y) for x, y in around.exterior.coords])
