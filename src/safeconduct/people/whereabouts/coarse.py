"""How coarsely a place is kept: decided by the person whose place it is, before anything is stored.

Source: Uber H3, https://h3geo.org: a cell of resolution 6 has about 36 km², one of 9 about 0.1 km².
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

import h3

from safeconduct.people.persons import CELL, OFF
from safeconduct.terms.place import Point

FADED_RESOLUTION = 6
"""What is finer becomes a cell of this resolution when it fades."""
FADES_AFTER = timedelta(hours=24)
FADES_AFTER_IN_RED = timedelta(hours=72)
DELETED_AFTER = timedelta(days=30)
STEP = 5
"""What the host sees of a strength is a multiple of this."""


@dataclass(frozen=True)
class Place:
    """Where someone was, as it may be kept."""

    site: str = ""
    zone: uuid.UUID | None = None
    cell: str = ""
    point: Point | None = None

    @property
    def is_fine(self) -> bool:
        """Whether it is too fine to be kept for long."""
        return self.point is not None or bool(self.cell and h3.get_resolution(self.cell) > FADED_RESOLUTION)


def coarsened(
    seen_as: str,
    resolution: int | None,
    *,
    site: str,
    zone: uuid.UUID | None,
    point: Point | None = None,
    exact: bool = False,
) -> Place:
    """The place as someone of that choice is seen. `exact` is for a call for help, and there alone keeps the point."""
    if exact:
        return Place(site, zone, cell_of(point, FADED_RESOLUTION) if point else "", point)
    if seen_as == OFF:
        return Place()
    if seen_as == CELL and resolution is not None and point is not None:
        return Place(site, zone, cell_of(point, resolution))
    return Place(site, zone)


def cell_of(point: Point, resolution: int) -> str:
    return h3.latlng_to_cell(point.lat, point.lon, resolution)


def faded(cell: str) -> str:
    """The cell as it may be kept for thirty days."""
    fine = cell and h3.get_resolution(cell) > FADED_RESOLUTION
    return h3.cell_to_parent(cell, FADED_RESOLUTION) if fine else cell


def middle_of(cell: str) -> Point:
    lat, lon = h3.cell_to_latlng(cell)
    return Point(lon, lat)


def rounded_up(people: int) -> int:
    """A number of people as the host sees it: 0, 5, 10, … It is never too small, and one person changes it rarely."""
    return -(-people // STEP) * STEP


def fades_at(place: Place, occurred_at: datetime) -> datetime | None:
    """When what is fine about it is to go, in quiet times; None for what is coarse already."""
    return occurred_at + FADES_AFTER if place.is_fine else None
