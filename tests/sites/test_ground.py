"""Pixels to the ground: a camera whose pose is known is the oracle."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.sites.geojson import decode_places, parse_feature, to_geojson
from safeconduct.sites.ground import calibrate
from safeconduct.sites.places import Places
from safeconduct.terms.errors import BadInput
from safeconduct.terms.place import METRES_PER_DEGREE

LON, LAT = 75.0, -5.0
WIDTH, HEIGHT = 1280, 720


class Camera:
    """A pinhole `height_m` above the ground that looks north, `tilt_deg` below the horizon."""

    def __init__(self, height_m: float = 6.0, tilt_deg: float = 20.0, focal_px: float = 1000.0):
        self.height_m, self.tilt, self.focal_px = height_m, math.radians(tilt_deg), focal_px

    def pixel(self, east_m: float, north_m: float) -> tuple[float, float]:
        depth = north_m * math.cos(self.tilt) + self.height_m * math.sin(self.tilt)
        down = self.height_m * math.cos(self.tilt) - north_m * math.sin(self.tilt)
        return WIDTH / 2 + self.focal_px * east_m / depth, HEIGHT / 2 + self.focal_px * down / depth

    @property
    def horizon_px(self) -> float:
        return HEIGHT / 2 - self.focal_px * math.tan(self.tilt)

    def point(self, east_m: float, north_m: float) -> list[float]:
        return [*self.pixel(east_m, north_m), *degrees(east_m, north_m)]


def degrees(east_m: float, north_m: float) -> tuple[float, float]:
    return LON + east_m / METRES_PER_DEGREE / math.cos(math.radians(LAT)), LAT + north_m / METRES_PER_DEGREE


def away_m(spot, east_m: float, north_m: float) -> float:
    lon, lat = degrees(east_m, north_m)
    return math.hypot((spot.lon - lon) * math.cos(math.radians(LAT)), spot.lat - lat) * METRES_PER_DEGREE


FOUR = ((-4.0, 12.0), (4.0, 12.0), (-9.0, 30.0), (9.0, 32.0))


def calibration(points, **changes):
    return {"width": WIDTH, "height": HEIGHT, "points": points} | changes


def four(camera: Camera | None = None):
    return [(camera or Camera()).point(*spot) for spot in FOUR]


def test_four_points_place_every_other_pixel_of_the_ground():
    camera = Camera()
    ground = calibrate(calibration(four(camera)))
    assert ground.residual_m < 1e-6
    for east in np.linspace(-8, 8, 9):
        for north in np.linspace(11, 40, 9):
            spot = ground.spot(*camera.pixel(east, north))
            assert spot is not None and away_m(spot, east, north) < 0.01


def test_a_place_and_its_pixel_lead_to_one_another():
    ground = calibrate(calibration(four()))
    x, y = ground.pixel(*degrees(2.0, 20.0))
    assert (x, y) == pytest.approx(Camera().pixel(2.0, 20.0), abs=1e-3)
    assert ground.pixel(*degrees(0.0, -500.0)) is None


def test_more_points_average_out_their_errors_and_tell_how_large_they_are():
    camera, random = Camera(), np.random.default_rng(7)
    spots = [(float(east), float(north)) for east in range(-8, 9, 4) for north in range(12, 40, 6)]
    points = [camera.point(*spot) for spot in spots]
    for point in points:
        point[2] += float(random.normal(0, 0.3)) / METRES_PER_DEGREE
        point[3] += float(random.normal(0, 0.3)) / METRES_PER_DEGREE
    ground = calibrate(calibration(points))
    assert 0.2 < ground.residual_m < 0.6
    spot = ground.spot(*camera.pixel(3.0, 25.0))
    assert spot is not None and away_m(spot, 3.0, 25.0) < 0.5


def test_pixels_at_and_above_the_horizon_are_nowhere():
    camera = Camera(tilt_deg=10.0)
    ground = calibrate(calibration(four(camera)))
    assert ground.spot(640, camera.horizon_px - 1) is None
    assert ground.spot(640, camera.horizon_px) is None
    assert ground.spot(640, 0) is None
    assert ground.spot(640, camera.horizon_px + 1) is None


def test_a_place_further_off_is_less_accurate():
    ground = calibrate(calibration(four()))
    near, far = ground.spot(*Camera().pixel(0, 12)), ground.spot(*Camera().pixel(0, 40))
    assert near and far and near.accuracy_m < far.accuracy_m


def test_a_box_stands_at_its_bottom_centre_in_pixels_or_in_shares():
    camera = Camera()
    ground = calibrate(calibration(four(camera)))
    x, y = camera.pixel(1.0, 20.0)
    pixels = ground.foot([x - 40, y - 60, x + 40, y])
    shares = ground.foot([(x - 40) / WIDTH, (y - 60) / HEIGHT, (x + 40) / WIDTH, y / HEIGHT])
    assert pixels and shares and away_m(pixels, 1.0, 20.0) < 0.01 and away_m(shares, 1.0, 20.0) < 0.01
    assert ground.foot([x - 40, y, x + 40, y - 60]) is None
    assert ground.foot([3000, 100, 3100, 200]) is None


def on_a_line(axis: int):
    points = four()
    points[0][axis], points[0][axis + 1] = ((points[1][at] + points[2][at]) / 2 for at in (axis, axis + 1))
    return points


REFUSED = {
    "three points on a line in the picture": on_a_line(0),
    "three points on a line on the ground": on_a_line(2),
    "all points on a line": [Camera().point(0, north) for north in (12, 15, 20, 30)],
    "many points on a line": [Camera().point(0, north) for north in range(12, 40)],
    "one point four times": [Camera().point(0, 20)] * 4,
    "a point above the horizon": [*four()[:3], [640, 0, *degrees(0, 5000)]],
    "a point mirrored through the horizon": [*four()[:3], [900, 5, *degrees(-9, -32)]],
    "kilometres apart": [*four()[:3], [900, 400, 80.0, 10.0]],
    "points that fit no flat ground": [*four(), *[[x, 600, *degrees(0, 60 + x / 10)] for x in (100, 600, 1200)]],
    "three points": four()[:3],
    "a pixel outside of the picture": [*four()[:3], [1281, 5, 75.0, -5.0]],
    "not a number": [*four()[:3], [float("nan"), 5, 75.0, -5.0]],
    "texts": [*four()[:3], ["1", 5, 75.0, -5.0]],
    "no list": "points",
}


@pytest.mark.parametrize("name", REFUSED)
def test_points_that_determine_no_ground_are_refused(name):
    with pytest.raises(BadInput) as refused:
        calibrate(calibration(REFUSED[name]))
    assert refused.value.faults[0].where.startswith("calibration.points")


@pytest.mark.parametrize("width", [0, -1, None, "1280", True, float("inf")])
def test_a_picture_of_no_size_is_refused(width):
    with pytest.raises(BadInput, match="width"):
        calibrate(calibration(four(), width=width))


def test_a_sensor_keeps_its_calibration_through_geojson_and_a_wrong_one_names_its_fault():
    feature = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [LON, LAT]},
        "properties": {"site": "marjan", "name": "gate", "role": "sensor", "sensor": "cam-1"}
        | {"calibration": calibration(four(), more="ignored")},
    }
    sensor = parse_feature(feature, "place")
    again = to_geojson(Places.collect([sensor]))
    assert again["features"][0]["properties"]["calibration"] == calibration(four())
    feature["properties"]["calibration"]["points"].pop()
    with pytest.raises(BadInput, match=r"properties\.calibration\.points"):
        parse_feature(feature, "place")
    assert decode_places(b'{"type":"FeatureCollection","features":[]}', "none") == Places()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)
PIXEL, DEGREE = st.floats(0, 1280), st.floats(-0.01, 0.01)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(JSON | st.fixed_dictionaries({"width": JSON, "height": JSON, "points": JSON}))
def test_any_calibration_is_used_or_refused(value):
    try:
        calibrate(value)
    except BadInput:
        return
    pytest.fail("random JSON was taken for a calibration")


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.lists(st.tuples(PIXEL, PIXEL, DEGREE, DEGREE), min_size=4, max_size=8), st.tuples(PIXEL, PIXEL))
def test_whatever_points_are_taken_place_pixels_on_the_earth(points, pixel):
    try:
        ground = calibrate(calibration([list(one) for one in points], height=1280))
    except BadInput:
        return
    spot = ground.spot(*pixel)
    if spot is not None:
        assert math.isfinite(spot.lon) and math.isfinite(spot.lat) and 0 <= spot.accuracy_m <= 50
