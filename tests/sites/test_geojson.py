"""Places survive the trip through GeoJSON, and what is wrong with them is said whole."""

from __future__ import annotations

import copy
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, Polygon

from safeconduct.sites.features import MAX_TEXT_BYTES
from safeconduct.sites.geojson import (
    MAX_FAULTS,
    MAX_FEATURES,
    decode_places,
    load_places,
    parse_feature,
    parse_places,
    to_geojson,
)
from safeconduct.sites.nesting import MAX_RINGS_PER_SITE
from safeconduct.sites.places import (
    DEFAULT_RULES,
    SEVERITIES,
    DwellRule,
    Exempt,
    Gate,
    Places,
    Post,
    Ring,
    RingLevel,
    Route,
    Sensor,
)
from safeconduct.sites.shapes import MAX_VERTICES
from safeconduct.terms.errors import BadInput


def square(half: float, lon: float = 75.0, lat: float = -5.0) -> Polygon:
    west, south, east, north = lon - half, lat - half, lon + half, lat + half
    return Polygon([(west, south), (east, south), (east, north), (west, north)])


def coordinates(polygon: Polygon) -> list[list[list[float]]]:
    return [[list(position) for position in polygon.exterior.coords]]


def ring(level: str, half: float, **properties: Any) -> dict[str, Any]:
    own = {"name": f"{level} ring", "ring": level} | properties
    return feature("ring", coordinates(square(half)), **own)


def feature(role: str, coords: object, kind: str = "Polygon", **properties: Any) -> dict[str, Any]:
    own = {"site": "marjan", "name": "a place", "role": role} | properties
    return {"type": "Feature", "geometry": {"type": kind, "coordinates": coords}, "properties": own}


def rank(**properties: Any) -> dict[str, Any]:
    own: dict[str, Any] = {"name": "taxi rank", "kinds": ["car"], "max_stay_s": 1500} | properties
    return feature("exempt", coordinates(square(0.001)), **own)


def collection(*features: object) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}


def faults(*features: object) -> list[str]:
    with pytest.raises(BadInput) as refusal:
        parse_places(collection(*features), "places")
    return [str(fault) for fault in refusal.value.faults]


EVERY_ROLE = Places(
    rings=(
        Ring("marjan", "outer ring", RingLevel.OUTER, square(0.01)),
        Ring("marjan", "inner ring", RingLevel.INNER, square(0.005), (DwellRule("dwell", 45.5, "critical"),)),
    ),
    exempts=(
        Exempt("marjan", "taxi rank", square(0.001), frozenset({"car", "own"}), 1500.0),
        Exempt("marjan", "night bay", square(0.001), frozenset({"truck"}), 600.0, ("22:00", "05:30")),
    ),
    gates=(Gate("marjan", "بوابة", Point(75.01, -5.0)),),
    posts=(Post("marjan", "post 1", Point(75.0, -5.01)),),
    sensors=(
        Sensor("marjan", "camera 1", "cam-1", coverage=square(0.002)),
        Sensor("marjan", "camera 2", "cam-2", point=Point(75.0, -5.0)),
        Sensor("marjan", "camera 3", "cam-3", coverage=square(0.002), point=Point(75.0, -5.0)),
    ),
    routes=(Route("marjan", "east road", LineString([(75.0, -5.0), (75.02, -5.0)]), 40.0),),
)


def test_every_role_survives_the_round_trip_through_bytes():
    assert decode_places(orjson.dumps(to_geojson(EVERY_ROLE)), "places") == EVERY_ROLE


def test_each_role_is_also_read_by_itself():
    read = [parse_feature(written, "the form") for written in to_geojson(EVERY_ROLE)["features"]]
    assert read == list(EVERY_ROLE)


def test_a_ring_without_rules_has_those_of_its_level():
    places = parse_places(collection(ring("outer", 0.01), ring("middle", 0.008), ring("inner", 0.005)), "places")
    assert [[rule.after_s for rule in found.rules] for found in places.rings] == [
        [180, 300, 600],
        [120, 180, 300],
        [60, 90, 120],
    ]
    assert all([rule.severity for rule in rules] == list(SEVERITIES) for rules in DEFAULT_RULES.values())


def test_rules_of_its_own_replace_the_defaults():
    own = ring("outer", 0.01, rules=[{"kind": "dwell", "after_s": 240, "severity": "alert"}])
    assert parse_places(collection(own), "places").rings[0].rules == (DwellRule("dwell", 240.0, "alert"),)


def test_either_winding_is_read_and_counter_clockwise_is_written():
    clockwise = ring("outer", 0.01)
    clockwise["geometry"]["coordinates"][0].reverse()
    places = parse_places(collection(clockwise), "places")
    assert places.rings[0].polygon.exterior.is_ccw
    assert to_geojson(places)["features"][0]["geometry"]["coordinates"] == coordinates(square(0.01))


def test_unknown_properties_and_altitudes_are_ignored():
    gate = feature("gate", [75.0, -5.0, 12.0], "Point", colour="red", rules=3)
    assert parse_places(collection(gate), "places").gates == (Gate("marjan", "a place", Point(75.0, -5.0)),)


def test_an_empty_collection_has_no_places():
    assert parse_places(collection(), "places") == Places()


def test_places_of_one_site_leave_the_others_out():
    other = ring("outer", 0.01, site="harbour")
    places = parse_places(collection(ring("outer", 0.01), other), "places")
    assert places.sites() == ("marjan", "harbour")
    assert places.of_site("harbour").rings == (places.rings[1],)
    assert places.of_site("nowhere") == Places()


DAMAGE = {
    "no name": (rank(name=None), "properties.name: found None"),
    "blank name": (rank(name="  "), "properties.name"),
    "name over 256 bytes": (rank(name="é" * (MAX_TEXT_BYTES // 2 + 1)), "of 1 to 256 bytes"),
    "name with a control character": (rank(name="rank\x07"), "control characters"),
    "unknown role": (feature("rign", [75.0, -5.0], "Point"), "properties.role: found 'rign', want one of ring, exempt"),
    "unknown ring": (ring("outer", 0.01, ring="outmost"), "properties.ring: found 'outmost'"),
    "unknown kind": (rank(kinds=["car", "person"]), "properties.kinds: found ['car', 'person']"),
    "no kinds": (rank(kinds=[]), "properties.kinds"),
    "no stay": (rank(max_stay_s=0), "properties.max_stay_s: found 0, want a number above 0"),
    "stay of true": (rank(max_stay_s=True), "properties.max_stay_s"),
    "endless stay": (rank(max_stay_s=float("inf")), "properties.max_stay_s"),
    "hours past midnight": (rank(hours="22:00-24:30"), "properties.hours: found '22:00-24:30'"),
    "hours of one digit": (rank(hours="6:00-9:00"), "HH:MM-HH:MM"),
    "hours of no length": (rank(hours="06:00-06:00"), "from one minute to another"),
    "wrong type for the role": (feature("ring", [75, -5], "Point", ring="outer"), "geometry.type: found 'Point'"),
    "no geometry": ({**rank(), "geometry": None}, "geometry.type: found None, want Polygon for role exempt"),
    "not a feature": ({"type": "Fixture"}, "type: found 'Fixture'"),
    "null feature": (None, "type: found None"),
    "latitude first": (feature("gate", [-5.0, 105.0], "Point"), "longitude comes first"),
    "latitude beyond the pole": (feature("gate", [100.0, 95.0], "Point"), "a latitude within ±90"),
    "longitude beyond 180": (feature("gate", [190.0, 5.0], "Point"), "a longitude within ±180"),
    "not a number": (feature("gate", [float("nan"), 5.0], "Point"), "finite numbers"),
    "number too large for a float": (feature("gate", [10**400, 5.0], "Point"), "finite numbers"),
    "half a position": (feature("gate", [75.0], "Point"), "a position [lon, lat]"),
    "open ring": (feature("exempt", [coordinates(square(1))[0][:-1]], kinds=["car"], max_stay_s=1), "an open ring"),
    "ring of three positions": (feature("ring", [[[0, 0], [1, 0], [0, 0]]], ring="outer"), "4 or more"),
    "bow tie": (
        feature("ring", [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]], ring="outer"),
        "Self-intersection",
    ),
    "no area": (feature("ring", [[[0, 0], [1, 0], [2, 0], [0, 0]]], ring="outer"), "geometry.coordinates[0]"),
    "hole": (feature("ring", coordinates(square(1)) * 2, ring="outer"), "one exterior ring, without holes"),
    "too many vertices": (
        feature("ring", [[[0, 0]] * (MAX_VERTICES + 1)], ring="outer"),
        f"at most {MAX_VERTICES}",
    ),
    "line of one spot": (feature("route", [[1, 1], [1, 1]], "LineString", width_m=9), "2 or more that differ"),
    "route without width": (feature("route", [[1, 1], [1, 2]], "LineString", width_m=-3), "properties.width_m"),
    "sensor without id": (feature("sensor", [75.0, -5.0], "Point"), "properties.sensor"),
    "rules of nothing": (ring("outer", 0.01, rules=[]), "properties.rules: found []"),
    "rule of another kind": (
        ring("outer", 0.01, rules=[{"kind": "sleep", "after_s": 9, "severity": "alert"}]),
        "properties.rules[0].kind: found 'sleep'",
    ),
    "rule of unknown severity": (
        ring("outer", 0.01, rules=[{"kind": "dwell", "after_s": 9, "severity": "dire"}]),
        "properties.rules[0].severity: found 'dire', want one of notice, alert, critical",
    ),
    "steps that fall in time": (
        ring(
            "outer",
            0.01,
            rules=[
                {"kind": "dwell", "after_s": 300, "severity": "notice"},
                {"kind": "dwell", "after_s": 200, "severity": "alert"},
            ],
        ),
        "properties.rules[1]: found alert after 200 s, behind notice after 300 s",
    ),
    "steps that fall in severity": (
        ring(
            "outer",
            0.01,
            rules=[
                {"kind": "dwell", "after_s": 100, "severity": "alert"},
                {"kind": "dwell", "after_s": 200, "severity": "alert"},
            ],
        ),
        "rise in time and in severity",
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_feature_is_refused_by_its_own_fault(damage: str):
    damaged, expected = DAMAGE[damage]
    (fault,) = faults(ring("outer", 0.02, name="sound"), damaged)
    assert fault.startswith("features[1]")
    assert expected in fault


def test_all_faults_come_at_once_with_index_name_and_property():
    assert faults(rank(max_stay_s=-1, hours="late"), ring("oter", 0.01), feature("gate", "here", "Point")) == [
        "features[0] 'taxi rank': properties.max_stay_s: found -1, want a number above 0",
        "features[0] 'taxi rank': properties.hours: found 'late', want HH:MM-HH:MM in UTC, from one minute to another",
        "features[1] 'oter ring': properties.ring: found 'oter', want one of outer, middle, inner",
        "features[2] 'a place': geometry.coordinates: found 'here', want a position [lon, lat]",
    ]


def test_rings_that_cross_are_refused():
    inner = ring("inner", 0.005)
    inner["geometry"]["coordinates"] = coordinates(square(0.005, lon=75.008))
    (fault,) = faults(ring("outer", 0.01), inner)
    assert "features[1] 'inner ring': geometry: found inner ring 'inner ring' crossing 'outer ring'" in fault


def test_rings_in_the_wrong_order_are_refused():
    (fault,) = faults(ring("outer", 0.005), ring("middle", 0.01))
    assert "want it wholly inside one outer ring of site 'marjan'" in fault


def test_a_ring_outside_the_next_one_is_refused():
    stray = ring("inner", 0.001)
    stray["geometry"]["coordinates"] = coordinates(square(0.001, lon=75.1))
    (fault,) = faults(ring("outer", 0.01), ring("middle", 0.009), stray)
    assert "outside every middle ring" in fault


def test_rings_of_one_level_may_touch_but_not_overlap():
    second = ring("outer", 0.01, name="second")
    second["geometry"]["coordinates"] = coordinates(square(0.01, lon=75.02))
    assert len(parse_places(collection(ring("outer", 0.01), second), "places").rings) == 2
    second["geometry"]["coordinates"] = coordinates(square(0.01, lon=75.019))
    (fault,) = faults(ring("outer", 0.01), second)
    assert "overlapping 'outer ring'" in fault


def test_rounding_to_six_decimals_does_not_break_nesting():
    west, south, east, north = 74.9900003, -5.0099997, 75.0099997, -4.9900003
    rough = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    rounded = [[round(lon, 6), round(lat, 6)] for lon, lat in rough]
    outer, middle = ring("outer", 0.01), ring("middle", 0.01)
    outer["geometry"]["coordinates"], middle["geometry"]["coordinates"] = [rough], [rounded]
    assert len(parse_places(collection(outer, middle), "places").rings) == 2


def test_rings_of_different_sites_may_cross():
    assert len(parse_places(collection(ring("outer", 0.01), ring("inner", 0.02, site="other")), "places").rings) == 2


def test_a_name_is_taken_once_a_site():
    (fault,) = faults(rank(), rank(), rank(site="other"))
    assert fault.startswith("features[1] 'taxi rank': properties.name: found 'taxi rank' again, as in features[0]")


def test_a_place_with_swapped_coordinates_is_told_by_its_site():
    swapped = feature("gate", [-5.0, 75.0], "Point", name="east gate")
    (fault,) = faults(ring("outer", 0.01), swapped)
    assert fault.startswith("features[1] 'east gate': geometry") and "longitude comes first" in fault


def test_a_far_place_that_swapping_would_not_bring_near_is_accepted():
    far = feature("post", [10.0, 10.0], "Point")
    assert len(parse_places(collection(ring("outer", 0.01), far), "places").posts) == 1


@pytest.mark.parametrize(
    "wrong", [None, [], 3, {"type": "Feature"}, {"type": "FeatureCollection"}, {"type": [], "features": []}]
)
def test_what_is_no_feature_collection_is_refused(wrong: object):
    with pytest.raises(BadInput, match="places: "):
        parse_places(wrong, "places")


def test_more_than_the_limit_of_features_is_refused():
    with pytest.raises(BadInput, match=f"at most {MAX_FEATURES}"):
        parse_places(collection(*[None] * (MAX_FEATURES + 1)), "places")


def test_a_flood_of_faults_is_cut_and_counted():
    listed = faults(*[None] * (MAX_FAULTS + 5))
    assert len(listed) == MAX_FAULTS + 1
    assert listed[-1] == "features: found 5 more faults, want none"


def test_many_overlapping_rings_do_not_give_a_fault_for_every_pair():
    rings = [ring("outer", 0.01, name=f"ring {i}") for i in range(300)]
    assert len(faults(*rings)) == 100


def test_a_site_has_a_limit_of_rings():
    (fault,) = faults(*[ring("outer", 0.01, name=f"ring {i}") for i in range(MAX_RINGS_PER_SITE + 1)])
    assert fault.startswith(f"features[{MAX_RINGS_PER_SITE}] ") and "found 1001 rings at site 'marjan'" in fault


def test_a_missing_file_is_named(tmp_path: Any):
    with pytest.raises(BadInput, match=r"nowhere\.geojson: file: found No such file"):
        load_places(tmp_path / "nowhere.geojson")


def test_a_file_is_read(tmp_path: Any):
    path = tmp_path / "places.geojson"
    path.write_bytes(orjson.dumps(to_geojson(EVERY_ROLE)))
    assert load_places(path) == EVERY_ROLE


@pytest.mark.parametrize("damage", [b"", b"{", b"\xff\xfe", b'{"type": NaN}', b"[" * 5000 + b"]" * 5000])
def test_bytes_that_are_no_json_are_refused(damage: bytes):
    with pytest.raises(BadInput, match="JSON in UTF-8"):
        decode_places(damage, "places")


def reads_or_refuses(value: object) -> None:
    try:
        places = parse_places(value, "places")
    except BadInput as refusal:
        assert refusal.faults and len(str(refusal)) < 1_000_000
    else:
        assert parse_places(to_geojson(places), "places") == places


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=8),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=8), inner, max_size=5),
    max_leaves=20,
)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data: bytes):
    try:
        decode_places(data, "places")
    except BadInput as refusal:
        assert refusal.faults


@settings(derandomize=True, max_examples=300, deadline=None)
@given(ANY_JSON)
def test_any_json_is_read_or_refused(value: object):
    reads_or_refuses(value)
    reads_or_refuses(collection(value))


@settings(derandomize=True, max_examples=500, deadline=None)
@given(st.integers(0, len(EVERY_ROLE.rings) + 8), st.integers(0, 400), ANY_JSON, st.booleans())
def test_sound_places_with_any_one_value_replaced_are_read_or_refused(
    index: int, at: int, value: object, in_properties: bool
):
    features = copy.deepcopy(to_geojson(EVERY_ROLE)["features"])
    damaged = features[index % len(features)]
    spots = list(_spots(damaged["properties"] if in_properties else damaged))
    holder, key = spots[at % len(spots)]
    holder[key] = value
    reads_or_refuses(collection(*features))


def _spots(value: Any) -> Any:
    """Each (container, key) inside `value`."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(pairs):
        yield value, key
        yield from _spots(inner)


def _camera(**optics):
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [75.0, -5.0]},
        "properties": {"site": "marjan", "name": "gate", "role": "sensor", "sensor": "cam-1", "optics": optics},
    }


def test_the_optics_of_a_camera_come_back_as_they_were():
    collection = {"type": "FeatureCollection", "features": [_camera(width_px=1920, field_of_view_deg=90, nearest_m=4)]}
    places = parse_places(collection, "test")
    (sensor,) = places.sensors
    assert sensor.optics.finest_px_per_m == pytest.approx(240) and sensor.optics.public_space
    assert parse_places(to_geojson(places), "test") == places


@pytest.mark.parametrize(
    "optics",
    [{"px_per_m": 0}, {"px_per_m": "fine"}, {"px_per_m": float("nan")}, {"field_of_view_deg": 180}, {"lens": 4}, {},
     {"public_space": "no"}],
)  # fmt: skip
def test_optics_that_say_nothing_are_refused(optics):
    with pytest.raises(BadInput) as refused:
        parse_places({"type": "FeatureCollection", "features": [_camera(**optics)]}, "test")
    assert all("optics" in fault.where for fault in refused.value.faults)
