"""What of the places could not work as it is meant: rings that nobody watches, rules that cannot fire, exempt places
that swallow a ring."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import shapely
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from safeconduct.sites.geojson import load_places
from safeconduct.sites.nesting import geometry_of
from safeconduct.sites.places import KINDS, Exempt, Gate, Place, Places, Ring
from safeconduct.terms.errors import BadInput
from safeconduct.terms.place import LocalPlane, Point, distance_m
from safeconduct.watch.check import ERROR, WARNING, Finding, check_sensors, in_order, named, refused
from safeconduct.watch.coverage import Band, band_of
from safeconduct.watch.rules import ALARMS
from safeconduct.watch.settings import Settings
from safeconduct.watch.zones import MARGIN_M, build_zones

LEAST_SHARE = 0.5
"""Of a ring without a floor of its own: less than this in sight is worth a word."""
SWALLOWED = 0.9
"""Of a ring's own ground: where vehicles may wait on more, the ring is one in name."""
HIDDEN = 0.02
DAY_S = 86_400.0
FAR_M = 20_000.0
"""A place further than this from its site's rings was hardly meant to be there."""
GATE_SLACK_M = 30.0
"""A gate lies on the edge of its ring, as near as someone drew it."""
TRAFFIC = KINDS - {"own", "unknown", "vessel"}


def check_places(places: Places, settings: Settings, with_sensors: bool = True) -> Iterator[Finding]:
    """Without sensors (for whoever is not told of them) nothing is said that rests on them."""
    with_coverage = with_sensors and bool(places.sensors)
    if not places.rings and not places.routes:
        yield Finding(ERROR, "nothing_watched", "", "", {})
    for here in by_site(places):
        for ring in here.rings:
            yield from _check_ring(ring, here, settings, with_coverage)
        yield from _check_positions(here)
    yield from _check_exempts(places)
    if with_sensors and not with_coverage and places.rings:
        yield Finding(ERROR, "no_sensor", "", "", {})
    if with_sensors:
        yield from check_sensors(places.sensors)
        yield from _check_reach(places)


def check_file(path: Path) -> list[Finding]:
    """What is to be said of a file of places, readable or not."""
    try:
        places = load_places(path)
    except BadInput as error:
        return refused(error)
    return in_order(check_places(places, Settings()))


def by_site(places: Places) -> list[Places]:
    """The places of each site."""
    found: dict[str, list[Place]] = {}
    for place in places:
        found.setdefault(place.site, []).append(place)
    return [Places.collect(group) for group in found.values()]


def _check_ring(ring: Ring, here: Places, settings: Settings, with_coverage: bool) -> Iterator[Finding]:
    def found(level: str, code: str, **values: object) -> Finding:
        return Finding(level, code, ring.site, ring.name, values)

    band = band_of(ring, here)
    if band.ground.area < HIDDEN * ring.polygon.area:
        yield found(ERROR, "ring_hidden")
        return
    reach_m = inscribed_m(ring.polygon)
    if reach_m < settings.radius_m:
        yield found(WARNING, "ring_small", reach_m=round(reach_m), radius_m=round(settings.radius_m))
    if ring.level.depth and not any(one.level.depth < ring.level.depth for one in here.rings):
        yield found(WARNING, "ring_alone")
    if not any(rule.severity in ALARMS for rule in ring.rules):
        yield found(WARNING, "ring_never_alarms")
    for rule in ring.rules:
        if rule.after_s > DAY_S:
            yield found(ERROR, "step_never", severity=rule.severity, after_s=round(rule.after_s))
        elif rule.after_s > settings.unseen_limit_s:
            limit_s = round(settings.unseen_limit_s)
            yield found(
                WARNING, "step_in_sight_only", severity=rule.severity, after_s=round(rule.after_s), limit_s=limit_s
            )
    if with_coverage:
        yield from _check_coverage(band)


def _check_coverage(band: Band) -> Iterator[Finding]:
    ring = band.ring
    covered = shapely.union_all(list(band.covers.values())).area / band.ground.area if band.covers else 0.0
    percent = math.floor(min(1.0, covered) * 100)
    if not percent:
        yield Finding(ERROR, "ring_unwatched", ring.site, ring.name, {})
    elif ring.min_coverage is not None and covered < ring.min_coverage - 1e-9:
        values = {"percent": percent, "floor": round(ring.min_coverage * 100)}
        yield Finding(ERROR, "ring_under_floor", ring.site, ring.name, values)
    elif ring.min_coverage is None and covered < LEAST_SHARE:
        yield Finding(WARNING, "ring_partly_watched", ring.site, ring.name, {"percent": percent})


def _check_exempts(places: Places) -> Iterator[Finding]:
    zones = build_zones(places).zones
    tree = shapely.STRtree([zone.polygon for zone in zones])
    for exempt in places.exempts:
        touched = [zones[int(hit)] for hit in tree.query(exempt.polygon, predicate="intersects")]
        if not touched:
            yield Finding(WARNING, "exempt_outside", exempt.site, exempt.name, {})
        if exempt.max_stay_s > DAY_S:
            hours = round(exempt.max_stay_s / 3600)
            yield Finding(WARNING, "exempt_endless", exempt.site, exempt.name, {"hours": hours})
        first_s = [rule.after_s for zone in touched for rule in zone.rules if rule.severity in ALARMS]
        if first_s and exempt.max_stay_s <= min(first_s):
            values = {"max_stay_s": round(exempt.max_stay_s), "after_s": round(min(first_s))}
            yield Finding(WARNING, "exempt_idle", exempt.site, exempt.name, values)
    exempts = shapely.STRtree([exempt.polygon for exempt in places.exempts])
    for here in by_site(places):
        for ring in here.rings:
            over = [places.exempts[int(hit)] for hit in exempts.query(ring.polygon, predicate="intersects")]
            yield from _swallowed(ring, band_of(ring, here).ground, over)


def _swallowed(ring: Ring, ground: BaseGeometry, exempts: Sequence[Exempt]) -> Iterator[Finding]:
    """A ring on most of whose own ground some kinds may wait at any hour. All exempt places count together."""
    within = [one for one in exempts if one.hours is None]
    if not within or not ground.area:
        return
    kinds = [
        kind for kind in sorted(TRAFFIC) if _share(ground, [one for one in within if kind in one.kinds]) > SWALLOWED
    ]
    if not kinds:
        return
    values = {"kinds": kinds, "names": named(one.name for one in within if set(kinds) & one.kinds)}
    if len(kinds) == len(TRAFFIC):
        yield Finding(ERROR, "ring_swallowed", ring.site, ring.name, values)
    else:
        yield Finding(WARNING, "ring_swallowed_for", ring.site, ring.name, values)


def _share(ground: BaseGeometry, exempts: Sequence[Exempt]) -> float:
    if not exempts:
        return 0.0
    return float(shapely.union_all([one.polygon for one in exempts]).intersection(ground).area / ground.area)


def _check_positions(here: Places) -> Iterator[Finding]:
    if not here.rings:
        return
    ground = shapely.union_all([ring.polygon for ring in here.rings])
    for place in here:
        far_m = _apart_m(geometry_of(place), ground)
        if far_m > FAR_M:
            yield Finding(WARNING, "place_far_off", place.site, place.name, {"km": round(far_m / 1000)})
        elif isinstance(place, Gate) and far_m > GATE_SLACK_M:
            yield Finding(WARNING, "gate_outside", place.site, place.name, {})


def _check_reach(places: Places) -> Iterator[Finding]:
    """Sensors that look where nothing is watched: what they report serves no purpose."""
    zones = [zone.polygon for zone in build_zones(places).zones]
    if not zones:
        return
    ground = shapely.union_all(zones)
    for sensor in places.sensors:
        if sensor.coverage is not None and _apart_m(sensor.coverage, ground) > MARGIN_M:
            yield Finding(WARNING, "sensor_outside", sensor.site, sensor.name, {})


def _apart_m(one: BaseGeometry, other: BaseGeometry) -> float:
    """Metres between two shapes, along the ground between their nearest corners and edges in degrees."""
    if one.intersects(other):
        return 0.0
    line = shapely.shortest_line(one, other)
    first, last = line.coords[0], line.coords[-1]
    return distance_m(Point(first[0], first[1]), Point(last[0], last[1]))


def inscribed_m(polygon: Polygon) -> float:
    """The radius of the largest circle inside."""
    west, south, east, north = polygon.bounds
    plane = LocalPlane(Point((west + east) / 2, (south + north) / 2))
    return float(shapely.maximum_inscribed_circle(shapely.transform(polygon, plane.corners_to_metres)).length)
