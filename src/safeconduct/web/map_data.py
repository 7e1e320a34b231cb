"""What is drawn on the map, as GeoJSON: released rows, each with `said`, the words that describe it to this reader."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

import orjson
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from shapely.geometry import LineString
from shapely.ops import substring

from safeconduct.movements import queries as movements
from safeconduct.movements.strip import state_of
from safeconduct.people.sos_acts import DURESS
from safeconduct.people.sos_reads import calls
from safeconduct.people.words import CALL_WAYS, CALLS
from safeconduct.release import Projection
from safeconduct.sites import queries as sites
from safeconduct.terms import instant
from safeconduct.terms.json import plain
from safeconduct.terms.party import Principal
from safeconduct.terms.place import LocalPlane, Point
from safeconduct.watch import queries as watch
from safeconduct.watch.positions import decoded, vehicle_id
from safeconduct.watch.words import HEALTH, KINDS, POSITIONS, RINGS, SEVERITIES, STATES, VEHICLES
from safeconduct.web.templatetags.face import minutes
from safeconduct.web.words import word

Collection = dict[str, Any]

SITES_KEPT = 64
"""Pictures of a site, as one standing reads it in one language, that are kept ready."""


def moving(principal: Principal) -> dict[str, Any]:
    """Positions, the alerts that want a person, and calls for help: what changes by the second."""
    return {
        "at": instant.iso(instant.now()),
        "positions": _collection(one for row in watch.pictures(principal) for one in _vehicles(row)),
        "alerts": _collection(_alert(row) for row in watch.queue(principal)),
        "calls": _collection(_call(row) for row in calls(principal)),
    }


def moving_json(principal: Principal) -> bytes:
    """`moving` as JSON. A site's vehicles are put into words once for all readers to whom they look the same."""
    zone, language = timezone.get_current_timezone_name(), get_language() or ""
    drawn = (
        _drawn(row.id, row.info_class, language, zone, tuple(sorted(row.items()))) for row in watch.pictures(principal)
    )
    vehicles = orjson.Fragment(b"[" + b",".join(one for one in drawn if one) + b"]")
    found = {
        "at": instant.iso(instant.now()),
        "positions": {"type": "FeatureCollection", "features": vehicles},
        "alerts": _collection(_alert(row) for row in watch.queue(principal)),
        "calls": _collection(_call(row) for row in calls(principal)),
    }
    return orjson.dumps(found, default=plain)


@lru_cache(maxsize=SITES_KEPT)
def _drawn(ref: UUID, info_class: str, language: str, zone: str, columns: tuple[tuple[str, str], ...]) -> bytes:  # noqa: ARG001 -- the words depend on them
    """The features of a site's vehicles with commas between; `columns` is all that its reader gets of it."""
    features = [one for one in _features(ref, info_class, dict(columns)) if one is not None]
    return orjson.dumps(features, default=plain)[1:-1]


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
    if row.get("lon") is None or row.get("lat") is None:
        return None
    return {"type": "Point", "coordinates": [row["lon"], row["lat"]]}


def _vehicles(row: Projection) -> Iterator[dict[str, Any] | None]:
    return _features(row.id, row.info_class, row)


def _features(ref: UUID, info_class: str, row: Mapping[str, Any]) -> Iterator[dict[str, Any] | None]:
    """Thousands, every second: what is said of many at once is put together once."""

    @cache
    def said(kind: str, state: str, ring: str, second: int | None) -> str:
        parts = [VEHICLES.get(kind, kind), POSITIONS.get(state, state), RINGS.get(ring, "")]
        if second is not None:
            at = timezone.localtime(instant.from_epoch_ms(second * 1000))
            parts.append(_("last seen %(time)s") % {"time": f"{at:%H:%M:%S}"})
        return _said(parts)

    found = decoded(row)
    count = max((len(values) for values in found.values()), default=0)
    nothing: list[Any] = [None] * count
    columns = (found.get(name, nothing) for name in ("kind", "state", "ring", "seen_at", "lon", "lat"))
    for number, (kind, state, ring, seen_ms, lon, lat) in enumerate(zip(*columns, strict=True)):
        if lon is None or lat is None:
            yield None
            continue
        what, shown = kind or "unknown", state or "seen"
        words = said(what, shown, ring or "", None if seen_ms is None else seen_ms // 1000)
        yield {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [lon, lat]},
            "properties": {
                "id": vehicle_id(ref, number),
                "class": info_class,
                "kind": what,
                "state": "own" if what == "own" else shown,
                "said": words,
            },
        }


def _alert(row: Projection) -> dict[str, Any] | None:
    severity, state = row.get("severity", "notice"), row.get("state", "open")
    parts = [SEVERITIES.get(severity, severity), KINDS.get(row.get("kind", ""), ""), RINGS.get(row.get("ring", ""), "")]
    if "dwell_s" in row:
        parts.append(minutes(row["dwell_s"]))
    parts.append(STATES.get(state, state))
    return _feature(row, _point(row), severity=severity, state=state, said=_said(parts))


def _call(row: Projection) -> dict[str, Any] | None:
    """A call for help that lasts, where the phone said last that it is: whose it is is told on its own page."""
    state = row.get("state", "open")
    parts: list[Any] = [_("Call for help"), CALLS.get(state, state)]
    if row.get("silent"):
        parts.append(_("In silence: no sirens, no calls to the person"))
    if row.get("way") == DURESS:
        parts.append(CALL_WAYS[DURESS])
    if row.get("moved_at"):
        parts.append(_("place of %(time)s") % {"time": f"{timezone.localtime(row['moved_at']):%H:%M:%S}"})
    if row.get("accuracy_m") is not None:
        parts.append(f"± {row['accuracy_m']:.0f} m")
    return _feature(row, _point(row), state=state, said=_said(parts))


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
