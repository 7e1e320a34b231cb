"""The places of a site as rows: what both parties see, the host's posts, sensors with their health, alert states."""

from __future__ import annotations

from typing import Any

from django.db import models

from safeconduct.sites.standard_models import Control as Control
from safeconduct.sites.standard_models import Finding as Finding
from safeconduct.sites.standard_models import Inspection as Inspection
from safeconduct.sites.standard_models import Photo as Photo
from safeconduct.sites.standard_models import Standard as Standard
from safeconduct.store.models import Marked


class Placed(Marked):
    """One feature of a site, kept as the GeoJSON that it came as (geojson.py checks it)."""

    site = models.CharField(max_length=256, db_index=True)
    name = models.CharField(max_length=256)
    role = models.CharField(max_length=16)
    geometry = models.JSONField()
    properties = models.JSONField(default=dict)

    class Meta:
        abstract = True

    @property
    def feature(self) -> dict[str, Any]:
        return {"type": "Feature", "geometry": self.geometry, "properties": self.properties}


def _property(name: str) -> Any:
    return lambda row: row.properties.get(name)


class Place(Placed):
    """A ring, exempt place, gate or route."""

    info_class = "place"
    released = {
        "site": "site",
        "name": "name",
        "role": "role",
        "geometry": "geometry",
        "ring": _property("ring"),
        "rules": _property("rules"),
        "min_coverage": _property("min_coverage"),
        "width_m": _property("width_m"),
        "kinds": _property("kinds"),
        "max_stay_s": _property("max_stay_s"),
        "hours": _property("hours"),
    }

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "name"], name="sites_place_once")]


class Post(Placed):
    """Where the host's guards stand."""

    info_class = "post"
    released = {"site": "site", "name": "name", "geometry": "geometry"}

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "name"], name="sites_post_once")]


class Sensor(Placed):
    """A sensor with its health: `live`, `silent` (grey: silence is not an all-clear) or `unknown` (never heard)."""

    info_class = "sensor"
    released = {
        "site": "site",
        "name": "name",
        "sensor": _property("sensor"),
        "geometry": "geometry",
        "position": _property("position"),
        "calibration": _property("calibration"),
        "optics": _property("optics"),
        "health": "health",
        "seen_at": "seen_at",
    }

    health = models.CharField(max_length=16, default="unknown")
    seen_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "name"], name="sites_sensor_once")]


TABLES: dict[str, type[Placed]] = {
    "ring": Place,
    "exempt": Place,
    "gate": Place,
    "route": Place,
    "post": Post,
    "sensor": Sensor,
}
"""The role of a feature to the table that keeps it."""


class Posture(Marked):
    """The alert state of a site. `site` is empty for the node's own, which sites without one of theirs follow.

    `follows` marks a row that says what the node's says, so that whoever reads one site alone reads it too.
    """

    info_class = "posture"
    released = {
        "site": "site",
        "state": "state",
        "since": "since",
        "follows": "follows",
        "reason": "reason",
        "by": "by",
    }

    site = models.CharField(max_length=256, unique=True)
    state = models.CharField(max_length=16)
    since = models.DateTimeField()
    follows = models.BooleanField(default=False)
    reason = models.TextField()
    by = models.CharField(max_length=256)
