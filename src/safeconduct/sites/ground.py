"""From a camera's picture to the ground: a homography from points whose place on the ground is known.

A camera's calibration, as its sensor's properties carry it:

    {"width": 1280, "height": 720,
     "points": [[212, 655, 75.00610, -4.99712], [1130, 640, 75.00655, -4.99708],
                [395, 260, 75.00602, -4.99655], [880, 255, 75.00668, -4.99650]]}

each point being x and y in pixels from the top left, then lon and lat in degrees. The ground is taken as flat.

Source: Hartley and Zisserman, Multiple View Geometry, 2nd ed., §4.1 (DLT) and §4.4.4 (normalisation).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from safeconduct.terms.errors import BadInput, Fault, shown
from safeconduct.terms.place import METRES_PER_DEGREE

Array = NDArray[np.float64]

LEAST_POINTS, MOST_POINTS = 4, 100
MOST_PIXELS = 100_000
WIDEST_M = 5_000.0
"""Points further from one another are not of one camera."""
LEAST_SPREAD = 1e-3
"""Of the smallest to the largest singular value: below it the points lie nearly on one line."""
THINNEST = 0.01
"""Of a triangle's height to its longest side, where four points leave no other to tell the plane by."""
WORST_RESIDUAL_M = 10.0
PIXEL_ERROR = 3.0
"""How far the foot of a box is off, in pixels, as one standard deviation."""
WORST_ACCURACY_M = 50.0
"""A place that PIXEL_ERROR moves further than this is too near the horizon to be of use."""


@dataclass(frozen=True)
class Spot:
    """A place on the ground. `accuracy_m` is one standard deviation, from the pixel error and the residual."""

    lon: float
    lat: float
    accuracy_m: float


@dataclass(frozen=True)
class Ground:
    """What `calibrate` found. `to_ground` takes (x, y, 1) in pixels to metres east and north of the origin."""

    width: float
    height: float
    lon0: float
    lat0: float
    to_ground: Array
    residual_m: float
    """Root mean square over the points; always near 0 where there are only four."""

    @property
    def is_mirrored(self) -> bool:
        """Whether left and right are exchanged: then two points are, or the picture itself is turned over."""
        return float(np.linalg.det(self.to_ground)) > 0  # y of a picture goes down, north goes up

    @property
    def shrinkage(self) -> float:
        """A degree of longitude over one of latitude."""
        return math.cos(math.radians(self.lat0))

    def spot(self, x_px: float, y_px: float) -> Spot | None:
        """Where a pixel lies on the ground; None for one at or above the horizon, or too near it."""
        (a, b, c), (d, e, f), (g, h, i) = self.to_ground.tolist()
        w = g * x_px + h * y_px + i
        if not w > 0:
            return None
        east, north = (a * x_px + b * y_px + c) / w, (d * x_px + e * y_px + f) / w
        slopes = ((a - east * g) / w, (b - east * h) / w, (d - north * g) / w, (e - north * h) / w)
        accuracy_m = math.hypot(self.residual_m, PIXEL_ERROR * math.hypot(*slopes))
        if not accuracy_m <= WORST_ACCURACY_M:
            return None
        lon = self.lon0 + east / (METRES_PER_DEGREE * self.shrinkage)
        return Spot(lon, self.lat0 + north / METRES_PER_DEGREE, accuracy_m)

    def foot(self, box: Sequence[float]) -> Spot | None:
        """Where what fills `box` stands: its bottom centre. `box` is left, top, right, bottom, in pixels or as shares.

        None for a box that lies outside of the picture or stands above the horizon.
        """
        left, top, right, bottom = box
        if max(map(abs, box)) <= 1.0:
            left, right, top, bottom = left * self.width, right * self.width, top * self.height, bottom * self.height
        x, y = (left + right) / 2, bottom
        inside = -1 <= x <= self.width + 1 and -1 <= y <= self.height + 1
        return self.spot(x, y) if inside and left < right and top < bottom else None

    def pixel(self, lon: float, lat: float) -> tuple[float, float] | None:
        """Where a place is in the picture, for a page that draws it; None for one behind the camera."""
        x, y, w = np.linalg.solve(self.to_ground, np.array([*_metres(lon, lat, self.lon0, self.lat0), 1.0]))
        return (float(x / w), float(y / w)) if w > 0 else None


def calibrate(calibration: object) -> Ground:
    """The homography of a camera. Raises BadInput for points that are too few, wrong, or determine none."""
    width, height, points = _read(calibration)
    lon0, lat0 = (float(value) for value in points[:, 2:].mean(axis=0))
    image = points[:, :2]
    ground = np.array([_metres(lon, lat, lon0, lat0) for lon, lat in points[:, 2:]])
    if float(np.ptp(ground, axis=0).max()) > WIDEST_M:
        _refuse("points", "places kilometres apart", f"all within {WIDEST_M:g} m")
    for name, plane in (("in the picture", image), ("on the ground", ground)):
        if _is_thin(plane):
            _refuse("points", f"points nearly on one line {name}", "four of which no three lie on one line")
    matrix = _homography(image, ground)
    depths = _homogeneous(image) @ matrix[2]
    if not (depths > 0).all():
        _refuse("points", "points on both sides of the horizon", "points on the ground, below the horizon")
    found = _homogeneous(image) @ matrix.T
    residual_m = float(np.sqrt(((found[:, :2] / found[:, 2:] - ground) ** 2).sum(axis=1).mean()))
    if not residual_m <= WORST_RESIDUAL_M:
        _refuse("points", f"{residual_m:.1f} m between them and any flat ground", f"at most {WORST_RESIDUAL_M:g} m")
    return Ground(width, height, lon0, lat0, matrix, residual_m)


def _homography(image: Array, ground: Array) -> Array:
    """(3, 3), its scale and sign such that the points have a mean depth of 1."""
    to_image, to_ground = _normaliser(image), _normaliser(ground)
    u, v = _homogeneous(image) @ to_image.T, _homogeneous(ground) @ to_ground.T
    zero = np.zeros_like(u)
    rows = np.vstack([np.hstack([-u, zero, v[:, :1] * u]), np.hstack([zero, -u, v[:, 1:2] * u])])
    _, spread, basis = np.linalg.svd(rows)
    if spread[7] < LEAST_SPREAD * spread[0]:
        _refuse("points", "points that determine no plane", "four of which no three lie on one line")
    normal = basis[-1].reshape(3, 3)
    if np.linalg.cond(normal) > 1 / LEAST_SPREAD**2:
        _refuse("points", "points that determine no plane", "four of which no three lie on one line")
    matrix: Array = np.linalg.solve(to_ground, normal @ to_image)
    return matrix / (_homogeneous(image) @ matrix[2]).mean()


def _normaliser(points: Array) -> Array:
    """Moves the centroid to 0 and the mean distance from it to the root of 2."""
    centre = points.mean(axis=0)
    scale = math.sqrt(2) / max(float(np.linalg.norm(points - centre, axis=1).mean()), 1e-12)
    return np.array([[scale, 0, -scale * centre[0]], [0, scale, -scale * centre[1]], [0, 0, 1]])


def _homogeneous(points: Array) -> Array:
    return np.hstack([points, np.ones((len(points), 1))])


def _is_thin(plane: Array) -> bool:
    """Whether no four points have a triangle in every three of them; more than a dozen are judged by the fit alone."""
    if len(plane) > 12:
        return False
    return not any(
        all(_height_share(*three) > THINNEST for three in combinations(four, 3)) for four in combinations(plane, 4)
    )


def _height_share(a: Array, b: Array, c: Array) -> float:
    """The height of a triangle over its longest side."""
    longest = max(float(np.linalg.norm(side)) for side in (b - a, c - a, c - b))
    (ux, uy), (vx, vy) = (b - a).tolist(), (c - a).tolist()
    return abs(ux * vy - uy * vx) / longest**2 if longest > 0 else 0.0


def _metres(lon: float, lat: float, lon0: float, lat0: float) -> tuple[float, float]:
    east = (lon - lon0) * METRES_PER_DEGREE * math.cos(math.radians(lat0))
    return east, (lat - lat0) * METRES_PER_DEGREE


def _read(calibration: object) -> tuple[float, float, Array]:
    if not isinstance(calibration, Mapping):
        _refuse("", shown(calibration), "an object with width, height and points")
    given = cast("Mapping[str, Any]", calibration)
    for name in ("width", "height"):
        if not _is_number(given.get(name)) or not 1 <= given[name] <= MOST_PIXELS:
            _refuse(name, shown(given.get(name)), f"pixels, 1 to {MOST_PIXELS}")
    points = given.get("points")
    if not isinstance(points, list | tuple) or not LEAST_POINTS <= len(cast("list[Any]", points)) <= MOST_POINTS:
        _refuse("points", shown(points), f"{LEAST_POINTS} to {MOST_POINTS} of [x, y, lon, lat]")
    width, height = float(given["width"]), float(given["height"])
    for number, point in enumerate(cast("list[Any]", points)):
        _check_point(f"points[{number}]", point, width, height)
    return width, height, np.array(points, dtype=np.float64)


def _check_point(where: str, point: object, width: float, height: float) -> None:
    values = cast("list[Any]", point) if isinstance(point, list | tuple) else []
    if len(values) != 4 or not all(map(_is_number, values)):
        _refuse(where, shown(point), "[x, y, lon, lat], four numbers")
    x, y, lon, lat = values
    if not (0 <= x <= width and 0 <= y <= height):
        _refuse(where, f"pixel {x:g}, {y:g}", "one inside of the picture")
    if not (-180 <= lon <= 180 and -85 <= lat <= 85):
        _refuse(where, f"lon {lon:g}, lat {lat:g}", "lon from -180 to 180 and lat from -85 to 85")


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) < 1e9  # so no NaN and no infinity either


def _refuse(part: str, found: str, wanted: str) -> None:
    raise BadInput("calibration", [Fault(f"calibration.{part}".rstrip("."), found, wanted)])
