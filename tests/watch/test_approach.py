"""A vehicle that stood near a route closes on the movement that is on it: raised before they meet, with numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from shapely.geometry import LineString
from tests.watch.scenes import BASE_MS, PLANE, Watched, second, seen, square, stands

from safeconduct.sites.places import Places, Ring, RingLevel, Route
from safeconduct.sites.routes import RouteLine
from safeconduct.watch.approach import velocity
from safeconduct.watch.context import Context, Journey
from safeconduct.watch.engine import Engine
from safeconduct.watch.journeys import spots_on
from safeconduct.watch.settings import Settings

ROAD = Route("marjan", "main road", LineString([PLANE.to_point(-2000, 0), PLANE.to_point(2000, 0)]), 20.0)
OUTER = Ring("marjan", "outer ring", RingLevel.OUTER, square(0, 0, 5000))
PLACES = Places(rings=(OUTER,), routes=(ROAD,))
GO_S = 330
GOES_MS = BASE_MS + GO_S * 1000
CONVOY = Journey("m1", "marjan", "main road", GOES_MS, GOES_MS, tracker="gps/lead")
STOOD = (400.0, 50.0)
"""40 m from the edge of the road's corridor; the convoy passes there 300 s after it sets off."""


MEETS_S = 505 + (360 + 2000 - 8 * (505 - GO_S)) / 20
"""When `closing` and `convoy` meet."""


def heads(
    begin_s: int, seconds: int, vx: float, vy: float, x: float, y: float, **more: Any
) -> Iterator[dict[str, Any]]:
    """From (x, y), which it leaves at `begin_s`, at so many metres a second east and north."""
    return (seen(begin_s + i, x + vx * (i + 1), y + vy * (i + 1), **more) for i in range(seconds))


def convoy(until_s: int = 700, mps: float = 8.0) -> Iterator[dict[str, Any]]:
    """The tracker of the movement, eastwards from the road's western end from second GO_S on."""
    return (
        seen(at_s, -2000 + mps * max(0, at_s - GO_S), 0, track="lead", sensor="gps", kind="own")
        for at_s in range(200, until_s)
    )


def watched(rows: Iterable[dict[str, Any]], *journeys: Journey, settings: Settings | None = None) -> Watched:
    engine = Engine(PLACES, settings or Settings())
    engine.tell(Context(journeys=journeys))
    return Watched(engine).feed(rows).finish()


def approaches(found: Watched) -> list[dict[str, Any]]:
    return [alert for alert in found.alerts.values() if alert["kind"] == "convoy_approach"]


def closing(seconds: int = 60, **more: Any) -> list[dict[str, Any]]:
    """It stands until second 500, when the convoy is 1,000 m west of it, and drives to the road and towards it."""
    return [
        *stands(0, 500, *STOOD, **more),
        *heads(500, 5, -8, -10, *STOOD, **more),
        *heads(505, seconds, -12, 0, 360, 0, **more),
    ]


def test_a_vehicle_that_stood_near_the_route_and_closes_is_raised_before_they_meet():
    found = watched([*closing(), *convoy()], CONVOY)
    (alert,) = approaches(found)
    first = next(change.alert for change in found.changes if change.alert["id"] == alert["id"])
    assert second(alert["raised"]) < MEETS_S - 15
    assert first["severity"] == "alert" and alert["severity"] == "critical"
    facts = first["explanation"]["approach"]
    assert facts["movement"] == "m1" and facts["basis"] == "tracker"
    assert facts["cpa"]["metres"] <= 60
    assert second(facts["cpa"]["at"]) == pytest.approx(MEETS_S, abs=8)
    assert facts["closing_mps"] == pytest.approx(20, abs=4)
    assert facts["stood"]["distance_m"] == pytest.approx(40, abs=3)
    assert "closes on a movement" in first["explanation"]["sentence"]
    assert alert["tracks"] == ["cam-1/1"]


def test_it_is_cleared_once_they_have_met():
    (alert,) = approaches(watched([*closing(80), *convoy()], CONVOY))
    assert alert["explanation"]["ended"]["reason"] == "no_longer_closing"
    assert second(alert["ended"]) == pytest.approx(MEETS_S, abs=5)


def test_one_meeting_is_one_alert_with_rising_steps():
    found = watched([*closing(), *convoy()], CONVOY)
    (alert,) = approaches(found)
    assert [step["severity"] for step in alert["steps"]] == ["alert", "critical"]
    assert [change.change for change in found.changes if change.alert["id"] == alert["id"]].count("raise") == 1


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([*heads(470, 100, -12, 0, 760, 3)], id="only drives on the road, the other way"),
        pytest.param([*stands(440, 500, *STOOD), *heads(500, 60, -12, 0, *STOOD)], id="stood for a minute"),
        pytest.param([*stands(0, 500, 400, 300), *heads(500, 60, -10, -6, 400, 300)], id="stood far from the route"),
        pytest.param([*stands(0, 500, *STOOD), *heads(500, 60, 0, 12, *STOOD)], id="drives away from the road"),
        pytest.param([*stands(0, 500, *STOOD), *heads(500, 60, 12, 0, 400, 0)], id="drives ahead, faster"),
        pytest.param([*stands(0, 700, *STOOD)], id="goes on standing"),
    ],
)
def test_what_did_not_stand_there_or_does_not_close_raises_nothing(rows: list[dict[str, Any]]):
    assert not approaches(watched([*rows, *convoy()], CONVOY))


def test_one_that_stood_no_longer_than_jams_hold_is_not_followed():
    assert not approaches(watched([*closing()[400:], *convoy()], CONVOY))
    assert approaches(watched([*closing()[400:], *convoy()], CONVOY, settings=Settings(approach_stay_s=90.0)))


def test_what_closes_again_after_that_was_over_is_another_alert():
    waits = (seen(at_s, 240, 0) for at_s in range(515, 545))
    rows = [*closing(10), *waits, *heads(545, 30, -12, 0, 240, 0), *convoy()]
    settings = Settings(approach_s=90.0)
    first, second_one = sorted(approaches(watched(rows, CONVOY, settings=settings)), key=lambda one: one["raised"])
    assert first["ended"] < second_one["raised"]


def test_a_place_is_on_a_route_once_for_each_time_that_it_comes_by():
    """Out along y = 0 and back along y = 8."""
    corners = [PLANE.to_point(*place) for place in ((-2000, 0), (1200, 0), (1200, 8), (-2000, 8))]
    line = RouteLine.of(Route("marjan", "main road", LineString(corners), 20.0))
    out, back = spots_on(line, PLANE.to_point(0, 4))
    assert out.along_m == pytest.approx(2000, abs=2) and out.forward_mps(8, 0) == pytest.approx(8, abs=0.1)
    assert back.along_m == pytest.approx(4408, abs=4) and back.forward_mps(8, 0) == pytest.approx(-8, abs=0.1)
    assert not spots_on(line, PLANE.to_point(0, 100))


def test_nothing_closes_on_a_movement_that_has_not_departed_or_has_arrived():
    assert not approaches(watched([*closing(), *convoy()], replace(CONVOY, departed_ms=None)))
    assert not approaches(watched([*closing(), *convoy()], replace(CONVOY, arrived_ms=GOES_MS + 150_000)))


def test_it_must_have_stood_there_lately():
    settings = Settings(near_route_window_s=10.0)
    assert not approaches(watched([*closing(), *convoy()], CONVOY, settings=settings))


def test_without_a_tracker_the_plan_says_where_the_movement_is():
    (alert,) = approaches(watched(closing(), replace(CONVOY, tracker="")))
    assert "movement's plan" in alert["explanation"]["sentence"]


def test_an_own_vehicle_on_the_route_near_the_plan_is_taken_for_the_movement():
    (alert,) = approaches(watched([*closing(), *convoy()], replace(CONVOY, tracker="")))
    assert alert["explanation"]["approach"]["basis"] == "tracker"


def test_a_tracker_that_tells_of_a_slower_movement_goes_before_the_plan():
    """The convoy waits at its start: nothing is near it."""
    waits = (seen(at_s, -2000, 0, track="lead", sensor="gps", kind="own") for at_s in range(200, 700))
    assert not approaches(watched([*closing(30), *waits], CONVOY))


def test_a_vehicle_ahead_that_the_movement_catches_up_with_does_not_close_on_it():
    rows = [*stands(0, 610, *STOOD), *heads(610, 60, 4, 0, 400, 0), *convoy()]
    assert not approaches(watched(rows, CONVOY))
    assert approaches(watched(rows, CONVOY, settings=Settings(approach_towards=-1.0)))


def test_a_bus_may_wait_longer_at_a_stop_near_the_route():
    def rows(kind: str) -> list[dict[str, Any]]:
        going = [*heads(500, 5, -8, -10, *STOOD, kind=kind), *heads(505, 60, -12, 0, 360, 0, kind=kind)]
        return [*stands(200, 500, *STOOD, kind=kind), *going, *convoy()]

    assert not approaches(watched(rows("bus"), CONVOY))
    assert approaches(watched(rows("car"), CONVOY))


def test_a_lost_vehicle_is_not_taken_for_one_beside_it_that_changes_its_id():
    lost = [*stands(0, 500, *STOOD), *heads(500, 5, -8, -10, *STOOD), *heads(505, 3, -12, 0, 360, 0)]
    beside = [*heads(495, 13, -12, 0, 480, 6, track="b1"), *heads(509, 60, -12, 0, 312, 6, track="b2")]
    assert not approaches(watched([*lost, *beside, *convoy()], CONVOY))
    assert approaches(watched([*lost, *beside[13:], *convoy()], CONVOY))


def test_it_is_followed_over_a_new_track():
    rows = [
        *stands(0, 500, *STOOD),
        *heads(500, 5, -8, -10, *STOOD),
        *heads(505, 3, -12, 0, 360, 0),
        *heads(510, 60, -12, 0, 300, 0, track="2", sensor="cam-2"),
    ]
    assert len(approaches(watched([*rows, *convoy()], CONVOY))) == 1


def test_an_own_vehicle_that_a_camera_sees_is_none():
    own = [dict(row, sensor="gps", track="patrol", kind="own") for row in closing()]
    assert not approaches(watched([*closing(), *own, *convoy()], CONVOY))


def test_an_alert_does_not_name_a_movement_that_one_party_may_not_see():
    (alert,) = approaches(watched([*closing(), *convoy()], replace(CONVOY, named=False)))
    assert "movement" not in alert["explanation"]["approach"]


@pytest.mark.parametrize("cut_s", [400, 503, 510, 517, 540])
def test_a_restored_engine_follows_as_if_nothing_had_happened(cut_s: int):
    rows = sorted([*closing(), *convoy()], key=lambda row: row["time"])
    cut_ms = BASE_MS + cut_s * 1000
    whole = watched(rows, CONVOY)
    engine = Engine(PLACES, Settings())
    engine.tell(Context(journeys=(CONVOY,)))
    before = Watched(engine).feed(row for row in rows if row["time"] < cut_ms)
    after = Watched(Engine.restore(engine.snapshot(), PLACES, Settings()))
    after.feed(row for row in rows if row["time"] >= cut_ms).finish()
    assert before.changes + after.changes == whole.changes
    assert approaches(whole)


@pytest.mark.parametrize("span_s", [1, 7, 60])
def test_how_rows_are_cut_does_not_change_what_closes(span_s: int):
    rows = sorted([*closing(), *convoy()], key=lambda row: row["time"])
    engine = Engine(PLACES, Settings())
    engine.tell(Context(journeys=(CONVOY,)))
    cut = Watched(engine)
    for at_s in range(0, 700, span_s):
        part = [row for row in rows if at_s <= (row["time"] - BASE_MS) / 1000 < at_s + span_s]
        cut.feed(part)
    assert cut.finish().changes == watched(rows, CONVOY).changes


def test_movements_due_within_reach_are_named_in_the_alert_of_a_stay():
    far = Route("marjan", "far road", LineString([PLANE.to_point(-2000, 900), PLANE.to_point(2000, 900)]), 20.0)
    engine = Engine(replace(PLACES, routes=(ROAD, far)), Settings())
    soon = replace(CONVOY, departed_ms=None, tracker="")
    later = replace(soon, id="m2", depart_ms=GOES_MS + 8 * 3_600_000)
    engine.tell(Context(journeys=(soon, later, replace(soon, id="m3", route="far road"))))
    alert = Watched(engine).feed(stands(0, 200, *STOOD)).finish().only
    assert alert["explanation"]["due"] == [{"movement": "m1", "route": "main road", "distance_m": 50}]
    assert "1 movements due" not in alert["explanation"]["sentence"]
    assert "a movement due within reach" in alert["explanation"]["sentence"]


def test_velocity_is_the_slope_of_the_places():
    assert velocity([(0, 0.0, 0.0), (1000, 3.0, -1.0), (2000, 6.0, -2.0)]) == pytest.approx((3.0, -1.0))
    assert velocity([(0, 0.0, 0.0), (1000, 3.0, -1.0)]) is None
