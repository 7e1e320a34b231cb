"""Geometries out of GeoJSON: each is read whole, or every fault in it is named.

Source: RFC 7946 §3.1 (longitude first, rings closed, four positions or more) and §4 (WGS 84).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, cast

import shapely
from shapely.geometry import LineString, Point, Polygon
from shapely.geometry.polygon import orient

from safeconduct.terms.errors import shown

MAX_VERTICES = 10_000

Report = Callable[[str, str, str], None]
"""Takes the part of a feature, what was found there and what was wanted."""

LONGITUDE_FIRST = "are they swapped? longitude comes first"


def number(value: object) -> float | None:
    """`value` as a finite float; None for anything else, booleans included."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        converted = float(value)
    except OverflowError:
        return None
    return converted if math.isfinite(converted) else None


def read_point(coordinates: object, report: Report, part: str = "geometry.coordinates") -> Point | None:
    position = _position(coordinates)
    if isinstance(position, str):
        report(part, shown(coordinates), position)
        return None
    return Point(position)


def read_line(coordinates: object, report: Report) -> LineString | None:
    positions = _positions(coordinates, report, "geometry.coordinates")
    if positions is None:
        return None
    if len(set(positions)) < 2:
        report("geometry.coordinates", f"{len(positions)} position(s) in one spot", "2 or more that differ")
        return None
    return LineString(positions)


def read_polygon(coordinates: object, report: Report) -> Polygon | None:
    """A valid polygon without holes, turned counter-clockwise. Source: RFC 7946 §3.1.6."""
    part = "geometry.coordinates"
    if not isinstance(coordinates, list) or len(cast("list[object]", coordinates)) != 1:
        found = f"{len(coordinates)} rings" if isinstance(coordinates, list) else shown(coordinates)
        report(part, found, "one exterior ring, without holes")
        return None
    positions = _positions(cast("list[object]", coordinates)[0], report, f"{part}[0]")
    if positions is None:
        return None
    fault = _polygon_fault(positions)
    if fault:
        report(f"{part}[0]", *fault)
        return None
    return orient(Polygon(positions))


def _polygon_fault(positions: list[tuple[float, float]]) -> tuple[str, str] | None:
    if len(positions) < 4:
        return f"{len(positions)} positions", "4 or more, the last equal to the first"
    if positions[0] != positions[-1]:
        return f"an open ring from {positions[0]} to {positions[-1]}", "the last position equal to the first"
    polygon = Polygon(positions)
    if not shapely.is_valid(polygon):
        return shown(str(shapely.is_valid_reason(polygon)), 90), "a boundary that does not touch or cross itself"
    # A sliver so thin that its area underflows is valid to GEOS and contains nothing.
    return None if polygon.area > 0 else ("a polygon of no area", "a polygon with an inside")


def _positions(coordinates: object, report: Report, part: str) -> list[tuple[float, float]] | None:
    if not isinstance(coordinates, list):
        report(part, shown(coordinates), "a list of positions")
        return None
    entries = cast("list[Any]", coordinates)
    if len(entries) > MAX_VERTICES:
        report(part, f"{len(entries)} positions", f"at most {MAX_VERTICES}")
        return None
    positions = [_position(entry) for entry in entries]
    wrong = [(i, position) for i, position in enumerate(positions) if isinstance(position, str)]
    if wrong:
        first, wanted = wrong[0]
        more = f" (and {len(wrong) - 1} more positions)" if len(wrong) > 1 else ""
        report(f"{part}[{first}]", shown(entries[first]) + more, wanted)
        return None
    return [position for position in positions if not isinstance(position, str)]


def _position(entry: object) -> tuple[float, float] | str:
    """(lon, lat), altitude dropped; or what was wanted instead."""
    values = cast("list[object]", entry) if isinstance(entry, list) else []
    if len(values) < 2:
        return "a position [lon, lat]"
    lon, lat = number(values[0]), number(values[1])
    if lon is None or lat is None:
        return "a position of finite numbers [lon, lat]"
    if abs(lat) > 90:
        hint = f"; {LONGITUDE_FIRST}" if abs(lon) <= 90 and abs(lat) <= 180 else ""
        return f"a latitude within ±90{hint}"
    if abs(lon) > 180:
        return "a longitude within ±180"
    return lon, lat
