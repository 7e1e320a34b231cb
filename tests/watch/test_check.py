"""The self-check: a sound site has no finding, and each thing that is wrong exactly its own."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.affinity import scale, translate
from shapely.geometry import Point
from tests.watch.scenes import PLANE, square

from safeconduct.cli import main
from safeconduct.sites.geojson import parse_places, to_geojson
from safeconduct.sites.places import (
    DwellRule,
    Exempt,
    Gate,
    Optics,
    Place,
    Places,
    Post,
    Ring,
    RingLevel,
    Route,
    Sensor,
)
from safeconduct.watch.check import LEVELS, Feed, Finding, Sources, check_sources, in_order
from safeconduct.watch.check_places import TRAFFIC, check_places, inscribed_m
from safeconduct.watch.check_words import WORDS, lines, said
from safeconduct.watch.settings import Settings

FINE = Optics(px_per_m=60)
OUTER = Ring("marjan", "outer", RingLevel.OUTER, square(0, 0, 900))
INNER = Ring("marjan", "inner", RingLevel.INNER, square(0, 0, 200))
RANK = Exempt("marjan", "rank", square(500, 500, 20), frozenset({"car"}), 1500)
GATE = Gate("marjan", "gate", Point(*PLANE.to_point(0, 200)))
CAMERA = Sensor("marjan", "camera", "cam-1", square(0, 0, 950), optics=FINE)
SOUND = (
    OUTER,
    INNER,
    RANK,
    GATE,
    Post("marjan", "post", Point(*PLANE.to_point(0, 150))),
    CAMERA,
    Route("marjan", "road", square(0, 0, 100).exterior, 12),
)
FEED = Feed("gate feed", "http", "live", frozenset({"cam-1"}))
WELL = Sources([FEED], {("marjan", "camera"): "live"}, frozenset({"cam-1"}))


def found(places: tuple[Place, ...] = SOUND, sources: Sources = WELL) -> list[Finding]:
    every = Places.collect(places)
    return in_order([*check_places(every, Settings()), *check_sources(every.sensors, sources)])


def but(place: Place, **changed) -> tuple[Place, ...]:
    """The sound site with one place changed."""
    return tuple(replace(one, **changed) if one is place else one for one in SOUND)


def without(*places: Place) -> tuple[Place, ...]:
    return tuple(one for one in SOUND if one not in places)


def steps(*after_s: float) -> tuple[DwellRule, ...]:
    return tuple(DwellRule("dwell", s, name) for s, name in zip(after_s, ("notice", "alert", "critical"), strict=True))


EVERYWHERE = Exempt("marjan", "all", square(0, 0, 200), TRAFFIC, 1500)
CALIBRATION = {
    "width": 1920,
    "height": 1080,
    "points": [[x, y, *PLANE.to_point(x / 400, -y / 400)] for x, y in ((0, 0), (1920, 0), (0, 1080), (1920, 1080))],
}
"""Straight from above: 400 pixels to each metre."""

BROKEN_PLACES: dict[str, tuple[str, str, tuple[Place, ...]]] = {
    # code: (level, the place that it names, the places)
    "ring_hidden": ("error", "outer", but(INNER, polygon=square(0, 0, 899))),
    "ring_small": ("warning", "inner", but(INNER, polygon=square(0, 0, 15))),
    "ring_alone": ("warning", "inner", (*without(OUTER, RANK), replace(RANK, polygon=square(100, 100, 20)))),
    "ring_never_alarms": ("warning", "outer", but(OUTER, rules=steps(180, 300, 600)[:1])),
    "step_never": ("error", "outer", but(OUTER, rules=steps(180, 300, 90_000))),
    "step_in_sight_only": ("warning", "outer", but(OUTER, rules=steps(180, 300, 1800))),
    "no_sensor": ("error", "", without(CAMERA)),
    "ring_partly_watched": ("warning", "outer", but(CAMERA, coverage=square(0, 0, 450))),
    "exempt_outside": ("warning", "rank", but(RANK, polygon=square(2000, 0, 20))),
    "exempt_endless": ("warning", "rank", but(RANK, max_stay_s=200_000)),
    "exempt_idle": ("warning", "rank", but(RANK, max_stay_s=300)),
    "ring_swallowed": ("error", "inner", (*SOUND, EVERYWHERE)),
    "ring_swallowed_for": ("warning", "inner", (*SOUND, replace(EVERYWHERE, kinds=frozenset({"bus", "truck"})))),
    "place_far_off": ("warning", "gate", but(GATE, point=Point(*PLANE.to_point(0, 30_000)))),
    "gate_outside": ("warning", "gate", but(GATE, point=Point(*PLANE.to_point(0, 1500)))),
    "sensor_sharp": ("warning", "camera", but(CAMERA, optics=Optics(px_per_m=300))),
    "sharpness_unknown": ("note", "", but(CAMERA, optics=None)),
    "sensor_without_coverage": (
        "warning",
        "mast",
        (*SOUND, Sensor("marjan", "mast", "cam-1", point=Point(75.0, -5.0), optics=FINE)),
    ),
    "sensor_of_two_sites": (
        "warning",
        "cam-1",
        (*SOUND, Sensor("harbour", "camera", "cam-1", square(0, 0, 50), optics=FINE)),
    ),
    "sensor_outside": ("warning", "far", (*SOUND, Sensor("marjan", "far", "cam-1", square(3000, 0, 50), optics=FINE))),
}
BROKEN_PLACES["ring_under_floor"] = (
    "error",
    "outer",
    tuple(
        replace(one, min_coverage=0.99)
        if one is OUTER
        else replace(one, coverage=square(0, 0, 800))
        if one is CAMERA
        else one
        for one in SOUND
    ),
)
BROKEN_PLACES["ring_unwatched"] = (
    "error",
    "inner",
    (
        *without(CAMERA),
        *(
            Sensor("marjan", f"camera {x} {y}", "cam-1", square(x, y, 330), optics=FINE)
            for x, y in ((-560, -560), (-560, 560), (560, -560), (560, 560))
        ),
    ),
)

BROKEN_SOURCES: dict[str, tuple[str, str, Sources]] = {
    "sensor_silent": ("error", "camera", replace(WELL, health={("marjan", "camera"): "silent"})),
    "sensor_never_heard": ("error", "camera", replace(WELL, health={("marjan", "camera"): "unknown"})),
    "no_feed": ("error", "", replace(WELL, feeds=[])),
    "feed_silent": ("error", "gate feed", replace(WELL, feeds=[replace(FEED, state="silent")])),
    "feed_unreachable": ("error", "gate feed", replace(WELL, feeds=[replace(FEED, state="unreachable")])),
    "feed_clock_off": ("error", "gate feed", replace(WELL, feeds=[replace(FEED, state="clock_off")])),
    "feed_of_unknown_sensor": (
        "warning",
        "gate feed",
        replace(WELL, feeds=[replace(FEED, sensors=frozenset({"cam-1", "cam-9"}))]),
    ),
    "sensor_without_feed": (
        "error",
        "camera",
        replace(WELL, feeds=[Feed("mast feed", "http", "live", frozenset({"mast"}))]),
    ),
    "not_calibrated": ("error", "camera", replace(WELL, feeds=[replace(FEED, kind="frigate")])),
    "heard_unknown": ("warning", "", replace(WELL, heard=frozenset({"cam-1", "cam-7"}))),
}


def test_a_sound_site_has_no_finding():
    assert found() == []


@pytest.mark.parametrize("code", BROKEN_PLACES)
def test_each_broken_place_is_exactly_its_finding(code):
    level, place, places = BROKEN_PLACES[code]
    sources = replace(WELL, feeds=[Feed("any", "http", "live")], health={}, heard=frozenset())
    assert [(one.level, one.code, one.place) for one in found(places, sources)] == [(level, code, place)]


@pytest.mark.parametrize("code", BROKEN_SOURCES)
def test_each_broken_source_is_exactly_its_finding(code):
    level, place, sources = BROKEN_SOURCES[code]
    told = [(one.level, one.code, one.place) for one in found(sources=sources)]
    if code == "sensor_without_feed":  # a feed bound to another sensor is bound to one that no place names
        told = [one for one in told if one[1] != "feed_of_unknown_sensor"]
    assert told == [(level, code, place)]


@settings(derandomize=True, max_examples=60, deadline=None)
@given(
    codes=st.sets(st.sampled_from(sorted(BROKEN_SOURCES)), max_size=3),
    grow=st.floats(0.8, 3),
    east=st.floats(-0.02, 0.02),
)
def test_a_sound_site_is_sound_wherever_it_lies_and_however_large_it_is(codes, grow, east):
    def moved(shape):
        return translate(scale(shape, grow, grow, origin=(75.0, -5.0)), east)

    names = ("polygon", "coverage", "point", "line")
    places = tuple(
        replace(one, **{name: moved(shape) for name in names if (shape := getattr(one, name, None)) is not None})
        for one in SOUND
    )
    assert found(places) == []
    for code in codes:
        assert code in {one.code for one in found(places, BROKEN_SOURCES[code][2])}


def test_every_code_has_words_and_is_tried_here():
    tried = {*BROKEN_PLACES, *BROKEN_SOURCES, "refused", "nothing_watched"}
    assert set(WORDS) == tried
    for code, (_, _, places) in BROKEN_PLACES.items():
        (finding,) = [one for one in found(places) if one.code == code]
        assert all(text and "%(" not in text for text in said(finding)), code
    for code, (_, _, sources) in BROKEN_SOURCES.items():
        (finding,) = [one for one in found(sources=sources) if one.code == code]
        assert all(text and "%(" not in text for text in said(finding)), code


def test_a_camera_that_does_not_look_at_public_space_may_be_sharp():
    assert found(but(CAMERA, optics=Optics(px_per_m=800, public_space=False))) == []


def test_a_calibration_tells_how_finely_a_camera_sees():
    (finding,) = found(but(CAMERA, optics=None, calibration=CALIBRATION))
    assert finding.code == "sensor_sharp" and finding.values["px_per_m"] == pytest.approx(400, rel=0.01)


def test_exempt_places_with_hours_swallow_no_ring():
    assert found((*SOUND, replace(EVERYWHERE, hours=("06:00", "22:00")))) == []


def test_several_exempt_places_swallow_a_ring_together():
    halves = [replace(EVERYWHERE, name=name, polygon=square(x, 0, 200)) for name, x in (("west", -150), ("east", 150))]
    assert {one.code for one in found((*SOUND, *halves))} == {"ring_swallowed"}


def test_whoever_is_not_told_of_sensors_hears_nothing_that_rests_on_them():
    every = Places.collect(without(CAMERA))
    assert list(check_places(every, Settings(), with_sensors=False)) == []
    assert list(check_sources(None, replace(WELL, health={}, heard=frozenset({"x"})))) == []


def test_nothing_watched_is_an_error():
    assert [one.code for one in check_places(Places(), Settings())] == ["nothing_watched"]


def test_the_gravest_come_first():
    levels = [one.level for one in found(but(CAMERA, optics=None, coverage=square(3000, 0, 50)))]
    assert levels == sorted(levels, key=LEVELS.index) and levels[0] == "error"


def test_the_inscribed_circle_is_in_metres():
    assert inscribed_m(square(0, 0, 40)) == pytest.approx(40, rel=0.01)


def test_the_command_says_no_for_an_error_and_yes_for_less(tmp_path, capsys):
    def run(places: tuple[Place, ...], *more: str) -> int:
        file = tmp_path / "places.geojson"
        file.write_text(json.dumps(to_geojson(Places.collect(places))))
        return main(["watch", "check", str(file), *more])

    assert run(SOUND) == 0
    assert capsys.readouterr().out.strip() == "Nothing found."
    assert run(BROKEN_PLACES["exempt_idle"][2]) == 0
    assert run(BROKEN_PLACES["step_never"][2], "--json") == 1
    assert '"code": "step_never"' in capsys.readouterr().out
    assert main(["watch", "check"]) == 2


def test_places_that_cannot_be_read_are_findings_fault_by_fault(tmp_path, capsys):
    collection = to_geojson(Places.collect(SOUND))
    rules = [{"kind": "dwell", "after_s": 300, "severity": "alert"}, {"kind": "dwell", "after_s": 100, "severity": "x"}]
    collection["features"][0]["properties"]["rules"] = rules
    collection["features"][3]["geometry"]["coordinates"].reverse()
    file = tmp_path / "places.geojson"
    file.write_text(json.dumps(collection))
    assert main(["watch", "check", str(file)]) == 1
    said = capsys.readouterr().out
    assert "severity" in said and said.count("ERROR") >= 1
    assert main(["watch", "check", str(tmp_path / "none.geojson")]) == 1


def test_lines_count_what_was_found():
    *_, last = lines(found(BROKEN_PLACES["ring_swallowed"][2]))
    assert last == "1 error, 0 warnings, 0 notes"


def test_the_places_of_these_tests_are_places():
    assert len(parse_places(to_geojson(Places.collect(SOUND)), "sound").rings) == 2
