"""Places on the ground: WGS 84 points and a local plane in metres."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius. Source: IUGG."""

METRES_PER_DEGREE = EARTH_RADIUS_M * math.pi / 180


class Point(NamedTuple):
    """Degrees, WGS 84, in the order of RFC 7946."""

    lon: float
    lat: float


class LocalPlane:
    """Metres east and north of an origin; good to 0.1 % within 50 km of it."""

    def __init__(self, origin: Point):
        self.origin = origin
        self.east_m_per_degree = METRES_PER_DEGREE * math.cos(math.radians(origin.lat))

    def to_metres(self, point: Point) -> tuple[float, float]:
        return (
            (point.lon - self.origin.lon) * self.east_m_per_degree,
            (point.lat - self.origin.lat) * METRES_PER_DEGREE,
        )

    def corners_to_metres(self, corners: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, 2) degrees to (n, 2) metres: what `shapely.transform` wants of a shape."""
        return (corners - self.origin) * (self.east_m_per_degree, METRES_PER_DEGREE)

    def to_point(self, east_m: float, north_m: float) -> Point:
        return Point(
            self.origin.lon + east_m / self.east_m_per_degree,
            self.origin.lat + north_m / METRES_PER_DEGREE,
        )


def distance_m(a: Point, b: Point) -> float:
    """Great-circle metres between two points (haversine)."""
    lat_a, lat_b = math.radians(a.lat), math.radians(b.lat)
    h = (
        math.sin((lat_b - lat_a) / 2) ** 2
        + math.cos(lat_a) * math.cos(lat_b) * math.sin(math.radians(b.lon - a.lon) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(h)))
