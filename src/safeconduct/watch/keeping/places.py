"""Places that a question may name: those that its reader sees, each with the point that stands for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from shapely import GEOSException
from shapely.geometry import shape

from safeconduct.sites.queries import feature_of, places
from safeconduct.terms.errors import BadInput, Fault, shown
from safeconduct.terms.party import Principal


@dataclass(frozen=True)
class Named:
    """A place by name; `lon` and `lat` are its point, or the middle of its shape."""

    site: str
    name: str
    role: str
    lon: float
    lat: float


NAMED_ROLES = ("gate", "exempt", "post", "ring")


def named_places(principal: Principal, site: str | None = None) -> Iterator[Named]:
    """Gates first, then what else has a place on the ground."""
    features = [feature_of(row) for row in places(principal, site)]
    features = [one for one in features if one["geometry"] and one["properties"]["role"] in NAMED_ROLES]
    features.sort(key=lambda one: (NAMED_ROLES.index(one["properties"]["role"]), one["properties"]["name"]))
    for one in features:
        properties: dict[str, Any] = one["properties"]
        try:
            middle = shape(one["geometry"]).centroid
        except (GEOSException, ValueError, TypeError):
            continue
        yield Named(properties["site"], properties["name"], properties["role"], round(middle.x, 7), round(middle.y, 7))


def located(principal: Principal, site: str, name: str) -> Named:
    """The place of that name. Raises BadInput: what is absent and what is not theirs answer alike."""
    found = next((one for one in named_places(principal, site) if one.name == name), None)
    if found is None:
        raise BadInput("question", [Fault("place", shown(name), "the name of a place of the site")])
    return found
