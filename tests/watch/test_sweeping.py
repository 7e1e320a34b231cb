"""A stop on a swept stretch of a route while its certificate is valid takes the search's word back."""

from __future__ import annotations

import pytest
from shapely.geometry import LineString
from tests.watch.scenes import BASE_MS, PLANE, Watched, drives, second, square, stands, steps, with_exempt

from safeconduct.sites.places import Exempt, Places, Ring, RingLevel, Route
from safeconduct.watch.context import Context, SweptStretch
from safeconduct.watch.engine import Engine
from safeconduct.watch.settings import Settings

ROAD = Route("marjan", "main road", LineString([PLANE.to_point(-2000, 0), PLANE.to_point(2000, 0)]), 20.0)
OUTER = Ring("marjan", "outer ring", RingLevel.OUTER, square(0, 0, 5000))
PLACES = Places(rings=(OUTER,), routes=(ROAD,))


def swept(begin_m: float = 1000, end_m: float = 3000, from_s: int = -600, until_s: int = 7200) -> SweptStretch:
    """Metres from the road's western end; x = metres - 2000."""
    return SweptStretch("s1", "marjan", "main road", begin_m, end_m, BASE_MS + from_s * 1000, BASE_MS + until_s * 1000)


def found(rows, *sweeps: SweptStretch, places: Places = PLACES) -> Watched:
    engine = Engine(places, Settings())
    engine.tell(Context(sweeps=sweeps))
    return Watched(engine).feed(rows).finish()


def test_a_stop_on_a_swept_stretch_voids_it():
    alert = found(stands(0, 120, x=100), swept()).only
    assert (alert["kind"], alert["severity"]) == ("sweep_void", "alert")
    assert second(alert["raised"]) == pytest.approx(60, abs=2)
    assert alert["explanation"]["swept"] == {"sweep": "s1", "route": "main road", "along_m": 2100}
    assert "main road" in alert["explanation"]["sentence"]


def test_a_wait_at_a_signal_on_a_swept_stretch_voids_nothing():
    assert not found([*stands(0, 50, x=100), *drives(50, 30, x=100)], swept()).alerts


@pytest.mark.parametrize("sweep", [swept(0, 2000), swept(2200, 4000), swept(until_s=30), swept(from_s=3000)])
def test_a_stop_off_the_stretch_or_out_of_its_time_voids_nothing(sweep: SweptStretch):
    assert not found(stands(0, 150, x=100), sweep).alerts


def test_a_stop_beside_the_corridor_voids_nothing():
    assert not found(stands(0, 150, x=100, y=26), swept()).alerts
    assert found(stands(0, 150, x=100, y=24), swept()).only["kind"] == "sweep_void"


def test_what_stands_through_a_search_voids_it_and_its_alert_goes_on_under_the_same_id():
    watched = found(stands(0, 500, x=100), swept(from_s=400))
    alert = watched.only
    assert alert["kind"] == "sweep_void"
    assert steps(alert) == [("notice", pytest.approx(180, abs=2)), ("alert", pytest.approx(300, abs=2))]
    kinds = [(change.alert["kind"], second(change.alert["updated"])) for change in watched.changes]
    assert next(at_s for kind, at_s in kinds if kind == "sweep_void") == pytest.approx(460, abs=2)


def test_a_stop_that_voids_goes_on_to_its_rings_steps_and_is_cleared():
    alert = found([*stands(0, 700, x=100), *drives(700, 20, x=100)], swept()).only
    assert [severity for severity, _ in steps(alert)] == ["alert", "critical"]
    assert steps(alert)[1][1] == pytest.approx(600, abs=2)
    assert alert["kind"] == "sweep_void" and alert["ended"]
    assert alert["explanation"]["swept"]["sweep"] == "s1"


def test_on_a_road_outside_of_every_ring_a_stop_voids_as_well():
    assert found(stands(0, 120, x=100), swept(), places=Places(routes=(ROAD,))).only["kind"] == "sweep_void"


def test_where_it_may_wait_a_stop_voids_nothing_until_its_time_is_over():
    stop = Exempt("marjan", "bus stop", square(100, 0, 30), frozenset({"car"}), 240.0)
    watched = found(stands(0, 300, x=100), swept(), places=with_exempt(PLACES, stop))
    assert second(watched.only["raised"]) == pytest.approx(240, abs=2)


def test_a_bus_has_time_at_its_stops_on_a_swept_stretch_as_well():
    assert not found(stands(0, 350, x=100, kind="bus"), swept()).alerts
    assert found(stands(0, 380, x=100, kind="bus"), swept()).only["kind"] == "sweep_void"


def test_a_sweep_that_the_watch_hears_of_later_is_void_by_what_stops_then():
    watched = Watched(Engine(PLACES, Settings())).feed(stands(0, 100, x=100))
    watched.note(watched.engine.tell_sweeps([swept(from_s=20)]))
    watched.feed(stands(100, 130, x=100)).finish()
    assert watched.only["kind"] == "sweep_void"


def test_what_is_told_again_as_by_a_restart_moves_no_step():
    rows = [*stands(0, 580, x=100), *stands(612, 700, x=100, track="b")]
    once, again = (Watched(Engine(PLACES, Settings())) for _ in range(2))
    for watched in (once, again):
        watched.engine.tell_sweeps([swept(2500, 3000)])
        for number, row in enumerate(rows):
            watched.feed([row])
            if watched is again and number % 3 == 0:
                watched.note(watched.engine.tell_sweeps([swept(2500, 3000)]))
        watched.finish()
    assert steps(once.only)[-1][0] == "critical"
    assert again.alerts == once.alerts


def test_a_sweep_that_is_taken_back_is_void_by_nothing():
    watched = Watched(Engine(PLACES, Settings()))
    watched.engine.tell_sweeps([swept()])
    watched.engine.tell_sweeps([])
    assert not watched.feed(stands(0, 150, x=100)).finish().alerts


def test_an_alert_does_not_name_a_certificate_that_one_party_may_not_see():
    from dataclasses import replace

    alert = found(stands(0, 120, x=100), replace(swept(), named=False)).only
    assert "sweep" not in alert["explanation"]["swept"]


@pytest.mark.parametrize("cut_s", [30, 59, 61, 90])
def test_a_restored_engine_voids_as_if_nothing_had_happened(cut_s: int):
    whole = found(stands(0, 150, x=100), swept())
    engine = Engine(PLACES, Settings())
    engine.tell(Context(sweeps=(swept(),)))
    before = Watched(engine).feed(stands(0, cut_s, x=100))
    after = Watched(Engine.restore(engine.snapshot(), PLACES, Settings()))
    after.feed(stands(cut_s, 150, x=100)).finish()
    assert before.alerts | after.alerts == whole.alerts


def test_how_rows_are_cut_does_not_change_when_a_sweep_is_void():
    engine = Engine(PLACES, Settings())
    engine.tell(Context(sweeps=(swept(),)))
    watched = Watched(engine)
    for at_s in range(150):
        watched.feed(stands(at_s, at_s + 1, x=100))
    assert watched.finish().changes == found(stands(0, 150, x=100), swept()).changes
