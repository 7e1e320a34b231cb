"""Cordons by the published card: its figures, what lies inside, and that the host's commander alone decides."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import safeconduct.sites.standoff as standoff
from safeconduct.demo.world import places
from safeconduct.release import Projection
from safeconduct.sites.acts import import_places
from safeconduct.sites.geojson import to_geojson
from safeconduct.sites.standoff import CARD, ROWS, Row, Zone, inside
from safeconduct.strategy import cordon_contexts as reads
from safeconduct.strategy import queries
from safeconduct.strategy.cordon_acts import decline, order, propose
from safeconduct.terms.decision import Refused
from safeconduct.terms.errors import BadInput
from safeconduct.terms.marking import Marking, Tlp
from safeconduct.terms.place import LocalPlane, Point

POUNDS = {
    "pipe": 5,
    "worn": 20,
    "case": 50,
    "car": 500,
    "van": 1_000,
    "small_truck": 4_000,
    "tanker": 10_000,
    "semi_trailer": 60_000,
}
"""What the card says that each size may hold at most: for this check of its figures, and nowhere in the product."""

VEHICLES = ("car", "van", "small_truck", "tanker", "semi_trailer")
GATE = next(Point(*gate.point.coords[0]) for gate in places().gates)
CENTRE = {"site": "marjan", "lon": GATE.lon, "lat": GATE.lat}
CAR = {**CENTRE, "container": "car", "reason": "A car that nobody knows stands at the gate."}


@pytest.mark.parametrize("size", ROWS)
def test_the_mandatory_distance_follows_forty_feet_by_the_cube_root(size):
    """K40 of the inhabited-building criterion: within the card's own rounding."""
    assert 39.8 <= ROWS[size].mandatory_ft / POUNDS[size] ** (1 / 3) <= 41.0


@pytest.mark.parametrize("size", VEHICLES)
def test_the_preferred_distance_of_vehicles_follows_the_cube_root_too(size):
    assert 236 <= ROWS[size].preferred_ft / POUNDS[size] ** (1 / 3) <= 241


@pytest.mark.parametrize("size", ROWS)
def test_metres_are_those_feet(size):
    row = ROWS[size]
    assert row.mandatory_m == pytest.approx(row.mandatory_ft * 0.3048, abs=1.5)
    assert row.preferred_m == pytest.approx(row.preferred_ft * 0.3048, abs=1.5)


def test_a_larger_container_never_asks_for_less():
    rows = list(ROWS.values())
    assert [row.mandatory_m for row in rows] == sorted(row.mandatory_m for row in rows)
    assert [row.preferred_m for row in rows] == sorted(row.preferred_m for row in rows)
    assert all(row.mandatory_m < row.preferred_m for row in rows)


def test_the_product_knows_distances_and_no_charge():
    """No weight, no law and no reckoning of an effect stands in the module: the card's rows alone."""
    code = re.sub(r'"""(?:.|\n)*?"""', "", Path(standoff.__file__).read_text(encoding="utf-8"))
    assert not re.search(r"\*\*|cbrt|sqrt|\bpow\b|tnt|pound|_kg|_lb|weight|charge", code, re.IGNORECASE)


def placed(name: str, geometry: dict) -> Projection:
    return Projection(None, Marking("host", "place", Tlp.AMBER), {"name": name, "geometry": geometry})  # type: ignore[arg-type]


def test_what_lies_inside_is_what_a_naive_look_finds():
    plane, centre = LocalPlane(Point(75.0, -5.0)), Point(75.0, -5.0)

    def at(*corners: tuple[float, float]) -> list[list[float]]:
        return [list(plane.to_point(*corner)) for corner in corners]

    line = placed("a route that passes", {"type": "LineString", "coordinates": at((-900, 90), (900, 90))})
    corners = at((-50, -50), (50, -50), (50, 50), (-50, 50), (-50, -50))
    around = placed("a ring around", {"type": "Polygon", "coordinates": [corners]})
    spots = [placed(f"at {east}", {"type": "Point", "coordinates": at((east, 0))[0]}) for east in (97, 99, 579, 581)]
    withheld = Projection(None, Marking("host", "place", Tlp.AMBER), {"name": "no geometry"})  # type: ignore[arg-type]
    found = [(one.place["name"], one.zone) for one in inside(ROWS["car"], centre, [line, *spots, withheld, around])]
    assert found == [
        ("a ring around", Zone.MANDATORY),
        ("a route that passes", Zone.MANDATORY),
        ("at 97", Zone.MANDATORY),
        ("at 99", Zone.SHELTER),
        ("at 579", Zone.SHELTER),
    ]


@pytest.fixture
def marjan(db, as_role):
    import_places(as_role("host.commander"), site="marjan", features=to_geojson(places())["features"])


def test_a_proposal_keeps_the_card_that_it_was_drawn_from(marjan, as_role, monkeypatch):
    made = propose(as_role("partner.liaison_officer"), **CAR)
    monkeypatch.setitem(standoff.ROWS, "car", Row(1, 2, 3, 6))
    page = reads.cordon_page(as_role("host.commander"), made.pk)
    assert page.cordon["card"] == CARD
    assert page.cordon["rings"] == {"mandatory_m": 98, "preferred_m": 580}
    assert any(one.place["name"] for one in page.reach.mandatory)


def test_the_commander_makes_it_a_measure(marjan, as_role):
    commander = as_role("host.commander")
    made = propose(as_role("host.gate_post"), **CAR)
    order(commander, made.pk, unit="Patrol 7", text="Clear 98 m.")
    found, measure = reads.cordon(commander, made.pk), queries.measures(commander)[0]
    assert (found["state"], found["measure"]) == ("ordered", measure.id)
    assert (measure["kind"], measure["state"], measure["unit"]) == ("cordon", "ordered", "Patrol 7")
    for act, values in ((order, {"unit": "Patrol 8", "text": "Again."}), (decline, {"reason": "Again."})):
        with pytest.raises(BadInput):
            act(commander, made.pk, **values)


def test_what_the_measure_refuses_leaves_the_proposal_open(marjan, as_role):
    commander = as_role("host.commander")
    made = propose(commander, **CAR)
    with pytest.raises(BadInput):
        order(commander, made.pk, unit=" ", text="Clear 98 m.")
    assert reads.cordon(commander, made.pk)["state"] == "proposed"
    assert queries.measures(commander) == []
    decline(commander, made.pk, reason="It is the baker's.")
    assert reads.cordon(commander, made.pk)["decision"] == "It is the baker's."


@pytest.mark.parametrize("role", ["partner.head_of_mission", "partner.liaison_officer", "host.duty_officer"])
def test_nobody_else_decides(marjan, as_role, role):
    made = propose(as_role(role), **CAR)
    for act, values in ((order, {"unit": "Patrol 7", "text": "Clear it."}), (decline, {"reason": "No."})):
        with pytest.raises(Refused):
            act(as_role(role), made.pk, **values)


@pytest.mark.parametrize("role", ["partner.project_manager", "partner.analyst", "host.focal_point", "auditor"])
def test_not_everyone_proposes(marjan, as_role, role):
    with pytest.raises(Refused):
        propose(as_role(role), **CAR)


@pytest.mark.parametrize(
    "wrong", [{"lon": 181.0}, {"lat": 90.0}, {"container": "a ship"}, {"reason": " "}, {"site": ""}]
)
def test_a_proposal_wants_a_point_a_size_and_a_reason(marjan, as_role, wrong):
    with pytest.raises(BadInput):
        propose(as_role("host.commander"), **{**CAR, **wrong})


def test_the_pages_show_the_rings_before_and_after_the_proposal(marjan, login):
    page = login("partner.liaison_officer")
    at = f"/measures/cordons/new/?site=marjan&lon={GATE.lon}&lat={GATE.lat}&container=car"
    shown = page.get(at).content.decode()
    assert 'data-mandatory="98"' in shown
    assert 'data-preferred="580"' in shown
    made = page.post("/measures/cordons/new/", {key: str(value) for key, value in CAR.items()})
    assert made.status_code == 302
    seen = page.get(made["Location"]).content.decode()
    assert "disabled" in seen
    assert "patrol" not in seen.lower()
    commander = login("host.commander")
    form = {"unit": "Patrol 7", "text": "Clear it.", "minutes": "60"}
    assert commander.post(made["Location"] + "order", {**form, "minutes": "0"}).status_code == 422
    assert commander.post(made["Location"] + "order", form).status_code == 302
    seen = page.get(made["Location"]).content.decode()
    assert "Ordered" in seen
    assert "Patrol 7" not in seen
    for wrong in ("lon=x&lat=1", "lon=nan&lat=1", "lon=1&lat=inf"):
        assert page.get(f"/measures/cordons/new/?container=car&{wrong}").status_code == 422
