"""REST: places as GeoJSON, and sensors with their health."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import orjson
from django.http import HttpRequest
from ninja import Router
from ninja.params.functions import Query
from pydantic import BaseModel, ConfigDict, Field

from safeconduct.rest import (
    Input,
    JsonList,
    JsonObject,
    Moment,
    Site,
    Text,
    asker,
    marking_of,
    page_of,
    page_schema,
    released,
)
from safeconduct.sites import acts, imports, queries
from safeconduct.terms.party import Principal

SensorOut = released(
    "Sensor",
    "sensor",
    site=str,
    name=str,
    sensor=str,
    geometry=JsonObject,
    position=JsonList,
    calibration=JsonObject,
    optics=JsonObject,
    health=str,
    seen_at=Moment,
)


class Feature(BaseModel):
    """A GeoJSON feature of one place; `properties` depend on its role (docs: places)."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(examples=["Feature"])
    geometry: JsonObject
    properties: JsonObject = Field(examples=[{"site": "marjan", "name": "outer ring", "role": "ring", "ring": "outer"}])


class FeatureCollection(BaseModel):
    """RFC 7946. Each feature of an answer carries its `marking` as a foreign member."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(examples=["FeatureCollection"])
    features: list[Feature]


class Difference(BaseModel):
    """What an import would do, by names of places."""

    added: list[str]
    changed: list[str]
    kept: list[str]
    removed: list[str]


class Checked(Input):
    """A collection to look at before it is imported."""

    type: str
    features: list[JsonObject]


Name = Annotated[Text, Query(description="The place's name in its site.")]

places = Router(tags=["sites"], exclude_unset=True)
sensors = Router(tags=["sites"], exclude_unset=True)


def placed(principal: Principal, site: str | None) -> JsonObject:
    """The places that this reader may see on a map: those whose geometry is released."""
    found = [row for row in queries.places(principal, site) if row.get("geometry")]
    features = [queries.feature_of(row) | {"marking": marking_of(row.marking)} for row in found]
    return {"type": "FeatureCollection", "features": features}


@places.get("", response=FeatureCollection, operation_id="listPlaces")
def list_places(request: HttpRequest, site: Site = None) -> JsonObject:
    """Rings, exempt places, gates, routes, posts and sensors, as far as their geometry is released."""
    return placed(asker(request), site)


@places.put("/{site}", response=FeatureCollection, operation_id="importPlaces")
def import_places(request: HttpRequest, site: Text, body: Checked) -> JsonObject:
    """Act `place.import`: replace all places of a site. The whole collection or nothing; 422 lists every fault."""
    acts.import_places(asker(request), site=site, features=body.features)
    return placed(asker(request), site)


@places.post("/{site}/check", response=Difference, operation_id="checkPlaces")
def check_places(request: HttpRequest, site: Text, body: Checked) -> JsonObject:
    """What an import would do, without doing it. 422 lists every fault."""
    imports.allow(asker(request), site)
    features = imports.read_features(orjson.dumps(body.model_dump()), site)
    found = imports.preview(asker(request), site, features)
    return {"added": found.added, "changed": found.changed, "kept": found.kept, "removed": found.removed}


@places.post("/{site}", response=FeatureCollection, operation_id="changePlace")
def change_place(request: HttpRequest, site: Text, body: Feature) -> JsonObject:
    """Act `place.change`: add one place, or replace the one of its name."""
    feature: Mapping[str, Any] = {"type": body.type, "geometry": body.geometry, "properties": body.properties}
    acts.change_place(asker(request), site=site, feature=feature)
    return placed(asker(request), site)


@places.delete("/{site}", response=FeatureCollection, operation_id="removePlace")
def remove_place(request: HttpRequest, site: Text, name: Name) -> JsonObject:
    """Act `place.remove`."""
    acts.remove_place(asker(request), site=site, name=name)
    return placed(asker(request), site)


@sensors.get("", response=page_schema(SensorOut), operation_id="listSensors")
def list_sensors(request: HttpRequest) -> JsonObject:
    """Sensors and their health. `silent` and `unknown` are not an all-clear."""
    return page_of(queries.sensors(asker(request)))
