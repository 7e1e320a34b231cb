"""A small site for tests of pages: three nested rings, a rank, a gate, a route, a post and a camera."""

from __future__ import annotations

from typing import Any

SITE = "marjan"
LON, LAT = 75.0, -5.0


def _square(half_deg: float, lon: float = LON, lat: float = LAT) -> dict[str, Any]:
    corners = [(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)]
    return {"type": "Polygon", "coordinates": [[[lon + x * half_deg, lat + y * half_deg] for x, y in corners]]}


def _feature(geometry: dict[str, Any], name: str, role: str, **more: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": {"site": SITE, "name": name, "role": role, **more}}


FEATURES = [
    _feature(_square(0.02), "outer ring", "ring", ring="outer"),
    _feature(_square(0.012), "middle ring", "ring", ring="middle"),
    _feature(_square(0.006), "inner ring", "ring", ring="inner"),
    _feature(_square(0.0005, 75.015), "taxi rank", "exempt", kinds=["car"], max_stay_s=1500, hours="06:00-23:00"),
    _feature({"type": "Point", "coordinates": [75.0, -5.02]}, "south gate", "gate"),
    _feature({"type": "LineString", "coordinates": [[75.0, -5.02], [75.0, -5.0]]}, "airport road", "route", width_m=14),
    _feature({"type": "Point", "coordinates": [75.002, -5.018]}, "post 1", "post"),
    _feature({"type": "Point", "coordinates": [75.001, -5.019]}, "camera 1", "sensor", sensor="cam-1"),
]
