"""What must hold between the places of a site: names are its own, rings nest, nothing lies a continent away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

import shapely
from shapely.geometry.base import BaseGeometry

from safeconduct.sites.places import Place, Ring, RingLevel, Sensor
from safeconduct.sites.shapes import LONGITUDE_FIRST
from safeconduct.terms.errors import Fault
from safeconduct.terms.place import Point, distance_m

MAX_FAULTS_PER_SITE = 100
"""Overlapping rings could otherwise give a fault for every pair of them."""

MAX_RINGS_PER_SITE = 1_000
"""Rings of a site are compared with each other; a site with more is several sites."""

FAR_FROM_SITE_M = 100_000.0
"""A place farther than this from its site's ring, which swapped coordinates would bring within it, was swapped."""

SLACK_DEG = 2e-6
"""Coordinates come rounded to 6 decimals (0.1 m), so that a shared edge may overlap by as much at each end."""

Where = Mapping[int, str]
"""From the `id()` of a place to the words that name its feature."""


def geometry_of(place: Place) -> BaseGeometry:
    if isinstance(place, Sensor):
        return place.coverage or place.point or shapely.Point()
    if isinstance(place, Ring):
        return place.polygon
    return getattr(place, "polygon", None) or getattr(place, "point", None) or getattr(place, "line")  # noqa: B009


def faults_between(places: Sequence[Place], where: Where) -> Iterator[Fault]:
    """Every fault between `places`, at most a hundred a site for the rings."""
    yield from _duplicates(places, where)
    by_site: dict[str, list[Place]] = {}
    for place in places:
        by_site.setdefault(place.site, []).append(place)
    for group in by_site.values():
        rings = [place for place in group if isinstance(place, Ring)]
        swapped = list(_swapped(group, rings, where))
        yield from swapped
        # Rings that lie elsewhere cannot nest either; one fault for one mistake.
        if not swapped:
            yield from islice(_ring_faults(rings, where), MAX_FAULTS_PER_SITE)


def _duplicates(places: Sequence[Place], where: Where) -> Iterator[Fault]:
    first: dict[tuple[str, str], Place] = {}
    for place in places:
        earlier = first.setdefault((place.site, place.name), place)
        if earlier is not place:
            taken = f"{place.name!r} again, as in {where[id(earlier)]}"
            yield Fault(f"{where[id(place)]}: properties.name", taken, f"a name of its own in site {place.site!r}")


def _ring_faults(rings: Sequence[Ring], where: Where) -> Iterator[Fault]:
    if len(rings) > MAX_RINGS_PER_SITE:
        crowd = rings[MAX_RINGS_PER_SITE]
        yield Fault(where[id(crowd)], f"{len(rings)} rings at site {crowd.site!r}", f"at most {MAX_RINGS_PER_SITE}")
        return
    levels = {level: [ring for ring in rings if ring.level is level] for level in RingLevel}
    around: list[Ring] = []
    for level in RingLevel:
        yield from _overlaps(levels[level], where)
        if around:
            yield from _escapes(levels[level], around, where)
        around = levels[level] or around


def _overlaps(rings: Sequence[Ring], where: Where) -> Iterator[Fault]:
    """Two rings of one level that share ground: no presence could tell which of them it is in."""
    tree = shapely.STRtree([ring.polygon for ring in rings])
    for index, ring in enumerate(rings):
        for other in sorted(int(hit) for hit in tree.query(ring.polygon, predicate="intersects")):
            if other < index and _share_ground(ring, rings[other]):
                found = f"{ring.level} ring {ring.name!r} overlapping {rings[other].name!r}"
                yield Fault(f"{where[id(ring)]}: geometry", found, "rings of one level that lie apart")


def _share_ground(ring: Ring, other: Ring) -> bool:
    return not ring.polygon.intersection(other.polygon).buffer(-SLACK_DEG).is_empty


def _escapes(rings: Sequence[Ring], around: Sequence[Ring], where: Where) -> Iterator[Fault]:
    """Rings that are not wholly inside one ring of the level outside theirs."""
    tree = shapely.STRtree([ring.polygon for ring in around])
    for ring in rings:
        if len(tree.query(ring.polygon, predicate="covered_by")):
            continue
        touched = [around[int(hit)] for hit in tree.query(ring.polygon, predicate="intersects")]
        if any(outer.polygon.buffer(SLACK_DEG).covers(ring.polygon) for outer in touched):
            continue
        outside = around[0].level
        how = f"crossing {touched[0].name!r}" if touched else f"outside every {outside} ring"
        found = f"{ring.level} ring {ring.name!r} {how}"
        yield Fault(f"{where[id(ring)]}: geometry", found, f"it wholly inside one {outside} ring of site {ring.site!r}")


def _swapped(places: Sequence[Place], rings: Sequence[Ring], where: Where) -> Iterator[Fault]:
    """Places of a site that only swapped coordinates would bring near its outermost ring."""
    if not rings:
        return
    centre = _centre(min(rings, key=lambda ring: ring.level.depth))
    for place in places:
        spot = _centre(place)
        if distance_m(spot, centre) <= FAR_FROM_SITE_M or abs(spot.lon) > 90:
            continue
        if distance_m(Point(spot.lat, spot.lon), centre) <= FAR_FROM_SITE_M:
            found = f"lon {spot.lon:g}, lat {spot.lat:g}, far from the rings of site {place.site!r}"
            yield Fault(f"{where[id(place)]}: geometry", found, f"a place at its site; {LONGITUDE_FIRST}")


def _centre(place: Place) -> Point:
    west, south, east, north = geometry_of(place).bounds
    return Point((west + east) / 2, (south + north) / 2)
