"""Distances of protection from a suspected container, as a published card gives them, and what lies within them.

Source: the bomb threat stand-off card of the United States' NCTC with DHS and FBI, as its public page gave it; the
edition of 2006 has other figures, so each proposal keeps the edition that it was drawn from. Distances of protection
alone: nothing here computes an effect, and nothing between or beyond the card's rows is derived.

    mandatory   everybody leaves, from within buildings too
    shelter     up to the preferred distance: inside, away from windows and outer walls
    preferred   whoever is in the open goes as far; so do people in buildings where they can
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from shapely import transform
from shapely.geometry import Point as Spot
from shapely.geometry import shape

from safeconduct.release import Projection
from safeconduct.terms.place import LocalPlane, Point

CARD = "NCTC/DHS-FBI stand-off card (page of 2013)"


@dataclass(frozen=True)
class Row:
    """One row of the card, in whole metres as the card gives them, and in feet as it was made."""

    mandatory_m: int
    preferred_m: int
    mandatory_ft: int
    preferred_ft: int


ROWS: dict[str, Row] = {
    "pipe": Row(21, 366, 70, 1200),
    "worn": Row(34, 518, 110, 1700),
    "case": Row(46, 564, 150, 1850),
    "car": Row(98, 580, 320, 1900),
    "van": Row(122, 732, 400, 2400),
    "small_truck": Row(195, 1159, 640, 3800),
    "tanker": Row(263, 1555, 860, 5100),
    "semi_trailer": Row(479, 2835, 1570, 9300),
}
"""By the size of what could hold it, least first."""


class Zone(StrEnum):
    """Where a place lies, from the container outwards."""

    MANDATORY = "mandatory"
    SHELTER = "shelter"


@dataclass(frozen=True)
class Inside:
    """A place that lies within a ring, wholly or in part: `nearest_m` is of its nearest point, cut to whole metres."""

    place: Projection
    zone: Zone
    nearest_m: int


def inside(row: Row, centre: Point, places: Iterable[Projection]) -> list[Inside]:
    """Those of `places` with a geometry that reach into the rings around `centre`, the nearest first."""
    plane = LocalPlane(centre)
    found = [
        Inside(place, Zone.MANDATORY if nearest_m <= row.mandatory_m else Zone.SHELTER, int(nearest_m))
        for place in places
        if (nearest_m := _nearest_m(plane, place)) <= row.preferred_m
    ]
    return sorted(found, key=lambda one: (one.nearest_m, str(one.place.get("name", ""))))


def _nearest_m(plane: LocalPlane, place: Projection) -> float:
    geometry = place.get("geometry")
    if not geometry:
        return float("inf")

    def to_metres(corners: np.ndarray) -> np.ndarray:
        return plane.corners_to_metres(corners[:, :2])

    return transform(shape(geometry), to_metres).distance(Spot(0.0, 0.0))
