"""Places to and from GeoJSON: whole or not at all, and every fault named at once.

A feature, by its `role`:

    {"type": "Feature",
     "geometry": {"type": "Polygon", "coordinates": [[[75.0, -5.0], [75.01, -5.0], [75.0, -4.99], [75.0, -5.0]]]},
     "properties": {"site": "marjan", "name": "taxi rank", "role": "exempt",
                    "kinds": ["car"], "max_stay_s": 1500, "hours": "06:00-23:00"}}

Source: RFC 7946.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import orjson
from shapely.geometry import LineString, Point, Polygon

from safeconduct.sites import nesting
from safeconduct.sites.features import FeatureReader
from safeconduct.sites.places import Exempt, Place, Places, Ring, Route, Sensor
from safeconduct.terms.errors import BadInput, Fault, shown

MAX_FEATURES = 100_000
MAX_BYTES = 256 * 1024 * 1024
MAX_FAULTS = 1_000
"""A refusal lists as many faults, and then how many more there are."""


def load_places(path: Path | str) -> Places:
    """The places in a GeoJSON file. Raises BadInput, also for a file that cannot be read."""
    file = Path(path)
    try:
        with file.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise BadInput(str(path), [Fault("file", reason, "a GeoJSON file that can be read")]) from error
    return decode_places(data, file.name)


def decode_places(data: bytes, subject: str) -> Places:
    """The places in the bytes of a GeoJSON text; any bytes give places or BadInput."""
    if len(data) > MAX_BYTES:
        raise BadInput(subject, [Fault("text", f"more than {MAX_BYTES} bytes", f"at most {MAX_BYTES}")])
    try:
        collection = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise BadInput(subject, [Fault("text", shown(str(error), 120), "JSON in UTF-8")]) from error
    return parse_places(collection, subject)


def parse_places(collection: object, subject: str) -> Places:
    """The places of a FeatureCollection (as decoded JSON). Raises BadInput with every fault that it has.

    A polygon may wind either way, but has no holes. Unknown properties are ignored.
    """
    places: list[Place] = []
    where: dict[int, str] = {}
    faults: list[Fault] = []
    for index, feature in enumerate(_features(collection, subject)):
        reader = FeatureReader(feature, f"features[{index}]")
        place = reader.read()
        faults += reader.faults
        if place is not None:
            places.append(place)
            where[id(place)] = reader.where
    faults += nesting.faults_between(places, where)
    if len(faults) > MAX_FAULTS:
        more = f"{len(faults) - MAX_FAULTS} more faults"
        faults[MAX_FAULTS:] = [Fault("features", more, "none")]
    if faults:
        raise BadInput(subject, faults)
    return Places.collect(places)


def parse_feature(feature: object, where: str) -> Place:
    """One place, checked by itself; `where` names it in the faults of the BadInput that it raises."""
    reader = FeatureReader(feature, where)
    place = reader.read()
    if place is None:
        raise BadInput(where, reader.faults)
    return place


def _features(collection: object, subject: str) -> list[object]:
    if not isinstance(collection, Mapping):
        raise BadInput(subject, [Fault("text", shown(collection), "a GeoJSON FeatureCollection")])
    members = cast("Mapping[str, object]", collection)
    if members.get("type") != "FeatureCollection":
        raise BadInput(subject, [Fault("type", shown(members.get("type")), "'FeatureCollection'")])
    features = members.get("features")
    if not isinstance(features, list):
        raise BadInput(subject, [Fault("features", shown(features), "a list of features")])
    entries = cast("list[object]", features)
    if len(entries) > MAX_FEATURES:
        raise BadInput(subject, [Fault("features", f"{len(entries)} features", f"at most {MAX_FEATURES}")])
    return entries


def to_geojson(places: Places) -> dict[str, Any]:
    """A FeatureCollection that `parse_places` reads back as equal places."""
    return {"type": "FeatureCollection", "features": [feature_of(place) for place in places]}


def feature_of(place: Place) -> dict[str, Any]:
    """One place as a Feature."""
    properties: dict[str, Any] = {"site": place.site, "name": place.name, "role": type(place).__name__.lower()}
    properties |= _own_properties(place)
    return {"type": "Feature", "geometry": _geometry(nesting.geometry_of(place)), "properties": properties}


def _own_properties(place: Place) -> dict[str, Any]:
    if isinstance(place, Ring):
        rules = [{"kind": rule.kind, "after_s": rule.after_s, "severity": rule.severity} for rule in place.rules]
        floor = {} if place.min_coverage is None else {"min_coverage": place.min_coverage}
        return {"ring": str(place.level), "rules": rules} | floor
    if isinstance(place, Exempt):
        hours = {"hours": "-".join(place.hours)} if place.hours else {}
        return {"kinds": sorted(place.kinds), "max_stay_s": place.max_stay_s} | hours
    if isinstance(place, Sensor):
        both = place.coverage is not None and place.point is not None
        position = {"position": [place.point.x, place.point.y]} if both and place.point else {}
        calibration = {"calibration": dict(place.calibration)} if place.calibration else {}
        return {"sensor": place.sensor} | position | calibration | _optics(place)
    return {"width_m": place.width_m} if isinstance(place, Route) else {}


def _optics(sensor: Sensor) -> dict[str, Any]:
    if sensor.optics is None:
        return {}
    return {"optics": {name: value for name, value in vars(sensor.optics).items() if value is not None}}


def _geometry(shape: object) -> dict[str, Any]:
    if isinstance(shape, Polygon):
        return {"type": "Polygon", "coordinates": [[list(position) for position in shape.exterior.coords]]}
    if isinstance(shape, LineString):
        return {"type": "LineString", "coordinates": [list(position) for position in shape.coords]}
    point = cast("Point", shape)
    return {"type": "Point", "coordinates": [point.x, point.y]}
