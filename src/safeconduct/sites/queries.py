"""Reads of places: as projections for pages, as a GeoJSON collection for maps and export, as values for the watch."""

from __future__ import annotations

from typing import Any

from safeconduct import release
from safeconduct.release import Projection
from safeconduct.sites.geojson import parse_places
from safeconduct.sites.models import TABLES, Place, Post, Sensor
from safeconduct.sites.places import Places
from safeconduct.terms.json import plain
from safeconduct.terms.party import Principal

_TABLES = tuple(dict.fromkeys(TABLES.values()))


def places(principal: Principal, site: str | None = None) -> list[Projection]:
    """All places, posts and sensors that this reader may see, by site and name."""
    return [
        row
        for table in _TABLES
        for row in release.listing(
            table, principal, lambda rows: (rows if site is None else rows.filter(site=site)).order_by("site", "name")
        )
    ]


def sites(principal: Principal) -> list[str]:
    """The sites of which this reader sees any place."""
    return sorted({row["site"] for row in release.listing(Place, principal)})


def sensors(principal: Principal) -> list[Projection]:
    return release.listing(Sensor, principal, lambda rows: rows.order_by("site", "name"))


def collection(principal: Principal, site: str | None = None) -> dict[str, Any]:
    """What this reader may see as a GeoJSON FeatureCollection (RFC 7946), importable again as it is."""
    return {"type": "FeatureCollection", "features": [feature_of(row) for row in places(principal, site)]}


def feature_of(row: Projection) -> dict[str, Any]:
    """One place as a GeoJSON Feature; its geometry is null where it is not released."""
    role = {Post.info_class: "post", Sensor.info_class: "sensor"}.get(row.info_class) or row["role"]
    values = {name: plain(value) for name, value in row.items() if value is not None}
    geometry = values.pop("geometry", None)
    return {"type": "Feature", "id": str(row.id), "geometry": geometry, "properties": values | {"role": role}}


def watched_places(watch: Principal) -> Places:
    """The places that the watch works with, for the node's own watch: it reads by the accord like everyone."""
    found = collection(watch)
    return parse_places(found, "places of this node") if found["features"] else Places()
