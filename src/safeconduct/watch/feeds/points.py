"""Where sensors stand, for feeds that tell which sensor saw a vehicle and not where."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import shapely

from safeconduct.sites.places import Places, Sensor

METRES_A_DEGREE = 111_319.49
POINT_ACCURACY_M = 15.0
"""A reader tells of a lane some metres off the place at which it is entered."""


@dataclass(frozen=True)
class Spot:
    """A place, in degrees, and how far off it what the sensor saw may be, as one standard deviation."""

    lon: float
    lat: float
    accuracy_m: float


Points = Callable[[], Mapping[str, Spot]]
"""The spot of each sensor that has one, by the sensor's id, as its place has it now."""


def no_points() -> Mapping[str, Spot]:
    return {}


@dataclass
class PlacedSensors:
    """`Points` of the places as they are now, measured anew when they change."""

    places: Callable[[], Places]
    _of: Places | None = None
    _spots: Mapping[str, Spot] = field(default_factory=dict[str, Spot])

    def __call__(self) -> Mapping[str, Spot]:
        places = self.places()
        if places is not self._of:
            self._spots = {one.sensor: spot for one in places.sensors if (spot := spot_of(one))}
            self._of = places
        return self._spots


def spot_of(sensor: Sensor) -> Spot | None:
    """In the middle of what a sensor covers, which is where a vehicle was that it read; else where it stands itself."""
    if sensor.coverage is not None:
        middle = sensor.coverage.representative_point()
        lon, lat = (float(value) for value in shapely.get_coordinates(middle)[0])
        area_m2 = sensor.coverage.area * METRES_A_DEGREE**2 * math.cos(math.radians(lat))
        return Spot(lon, lat, max(POINT_ACCURACY_M, math.sqrt(area_m2 / math.pi)))
    if sensor.point is None:
        return None
    lon, lat = (float(value) for value in shapely.get_coordinates(sensor.point)[0])
    return Spot(lon, lat, POINT_ACCURACY_M)
