"""What is drawn on the map, as GeoJSON: released rows, each with `said`, the words that describe it to this reader."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cache
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from shapely.geometry import LineString
from shapely.ops import substring

from safeconduct.movements import queries as movements
from safeconduct.movements.strip import state_of
from safeconduct.release import Projection
from safeconduct.sites import queries as sites
from safeconduct.terms import instant
from safeconduct.terms.party import Principal
from safeconduct.terms.place import LocalPlane, Point
from safeconduct.watch import queries as watch
from safeconduct.watch.words import HEALTH, KINDS, POSITIONS, RINGS, SEVERITIES, STATES, VEHICLES
from safeconduct.web.templatetags.face import minutes
from safeconduct.web.words import word

Collection = dict[str, Any]


def moving(principal: Principal) -> dict[str, Any]:
    """Positions and the alerts that want a person: what changes by the second."""
    return {
        "at": instant.iso(instant.now()),
        "positions": _collection(_positions(watch.positions(principal))),
        "alerts": _collection(_alert(row) for row in watch.queue(principal)),
    }


def standing(principal: Principal) -> dict[str, Any]:
    """Places with the health of sensors, and the stretches that are swept: what changes now and then."""
    rows = sites.places(principal)
    routes = {(row["site"], row["name"]): row for row in rows if row.get("role") == "route" and row.get("geometry")}
    return {
        "places": _collection(_place(row) for row in rows),
        "sweeps": _collection(_sweep(row, routes) for row in movements.sweeps(principal)),
    }


def _collection(features: Iterable[dict[str, Any] | None]) -> Collection:
    return {"type": "FeatureCollection", "features": [one for one in features if one is not None]}


def _feature(row: Projection, geometry: Any, **properties: Any) -> dict[str, Any] | None:
    """A feature, or None for a row whose whereabouts are not released."""
    if not geometry:
        return None
    return {
        "type": "Feature",
        "geometry": geometry,
        "properties": {"id": row.id, "class": row.info_class, **properties},
    }


def _point(row: Projection) -> dict[str, Any] | None:
    if "lon" not in row or "lat" not in row:
        return None
    return {"type": "Point", "coordinates": [row["lon"], row["lat"]]}


def _positions(rows: Iterable[Projection]) -> Iterator[dict[str, Any] | None]:
    """Thousands, every second: what is said of many at once is put together once."""

    @cache
    def said(kind: str, state: str, ring: str, second: datetime | None) -> str:
        parts = [VEHICLES.get(kind, kind), POSITIONS.get(state, state), RINGS.get(ring, "")]
        if second:
            parts.append(_("last seen %(time)s") % {"time": f"{timezone.localtime(second):%H:%M:%S}"})
        return _said(parts)

    for row in rows:
        kind, state, seen = row.get("kind", "unknown"), row.get("state", "seen"), row.get("seen_at")
        words = said(kind, state, row.get("ring", ""), seen and seen.replace(microsecond=0))
        yield _feature(row, _point(row), kind=kind, state="own" if kind == "own" else state, said=words)


def _alert(row: Projection) -> dict[str, Any] | None:
    severity, state = row.get("severity", "notice"), row.get("state", "open")
    parts = [SEVERITIES.get(severity, severity), KINDS.get(row.get("kind", ""), ""), RINGS.get(row.get("ring", ""), "")]
    if "dwell_s" in row:
        parts.append(minutes(row["dwell_s"]))
    parts.append(STATES.get(state, state))
    return _feature(row, _point(row), severity=severity, state=state, said=_said(parts))


def _place(row: Projection) -> dict[str, Any] | None:
    role = {"post": "post", "sensor": "sensor"}.get(row.info_class) or row.get("role", "")
    words: list[Any] = [word(role, "sites.ROLES")]
    if "health" in row:
        words.append(HEALTH.get(row["health"], row["health"]))
    if row.get("max_stay_s"):
        words.append(_("up to %(time)s") % {"time": minutes(row["max_stay_s"])})
    return _feature(
        row,
        row.get("geometry"),
        role=role,
        site=row.get("site", ""),
        name=row.get("name", ""),
        ring=row.get("ring"),
        health=row.get("health"),
        width_m=row.get("width_m"),
        said=_said(words),
    )


def _sweep(row: Projection, routes: dict[tuple[str, str], Projection]) -> dict[str, Any] | None:
    route = routes.get((row.get("site", ""), row.get("route", "")))
    if route is None or "begin_m" not in row or "end_m" not in row:
        return None
    state = state_of(row, instant.now())
    return _feature(row, _stretch(route, row["begin_m"], row["end_m"]), state=state, name=row["route"])


def _stretch(route: Projection, begin_m: float, end_m: float) -> dict[str, Any] | None:
    """The part [begin_m, end_m) of a route as a LineString in degrees."""
    points = [Point(lon, lat) for lon, lat, *_rest in route["geometry"]["coordinates"]]
    plane = LocalPlane(points[0])
    part = substring(LineString([plane.to_metres(point) for point in points]), begin_m, end_m)
    if part.geom_type != "LineString":
        return None
    return {"type": "LineString", "coordinates": [list(plane.to_point(*spot)) for spot in part.coords]}


def _said(parts: Iterable[Any]) -> str:
    return " · ".join(str(part) for part in parts if part)
