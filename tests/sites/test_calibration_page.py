"""The calibration of a camera by its page: checked by the node, saved by the act that changes places."""

from __future__ import annotations

import json
import re
from html import unescape

import pytest
from tests.sites.test_ground import FOUR, HEIGHT, WIDTH, Camera, away_m, degrees
from tests.web.places import FEATURES, SITE

from safeconduct.sites.acts import import_places
from safeconduct.sites.calibrating import fitted, suspect
from safeconduct.sites.ground import calibrate

pytestmark = pytest.mark.django_db

PATH = f"/sites/{SITE}/calibration"
NAME = "camera 1"
MORE = (*FOUR, (0.0, 18.0), (-3.0, 25.0), (5.0, 22.0))


@pytest.fixture
def site(as_role):
    import_places(as_role("host.commander"), site=SITE, features=FEATURES)


def form_of(spots=FOUR, **changes) -> dict:
    points = [Camera().point(*spot) for spot in spots]
    columns = {name: [repr(point[i]) for point in points] for i, name in enumerate(("x", "y", "lon", "lat"))}
    return {"name": NAME, "width": WIDTH, "height": HEIGHT, "do": "save", **columns} | changes


def kept(client) -> dict | None:
    rows = client.get("/api/sensors").json()["items"]
    return next(one for one in rows if one["name"] == NAME)["calibration"]


def told(answer) -> str:
    return unescape(answer.content.decode())


def test_what_is_saved_places_pixels_where_they_are(login, site):
    client = login("host.commander")
    assert client.get(PATH, {"name": NAME}).status_code == 200
    assert client.post(PATH, form_of()).status_code == 302
    ground = calibrate(kept(client))
    spot = ground.spot(*Camera().pixel(1.0, 20.0))
    assert spot and away_m(spot, 1.0, 20.0) < 0.01
    assert 'value="drop-3"' in client.get(PATH, {"name": NAME}).content.decode()


def test_it_can_be_removed_and_the_rest_of_the_sensor_stays(login, site):
    client = login("host.commander")
    before = client.get(f"/api/places?site={SITE}").json()
    client.post(PATH, form_of())
    assert kept(client)
    assert client.post(PATH, {"name": NAME, "do": "remove"}).status_code == 302
    assert kept(client) is None
    assert client.get(f"/api/places?site={SITE}").json() == before


def test_a_check_changes_nothing_and_says_how_far_each_pair_is_off(login, site):
    client = login("host.commander")
    form = form_of(MORE, do="check")
    form["lat"][2] = repr(float(form["lat"][2]) + 1.0 / 111_319.49)
    answer = client.post(PATH, form, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    drawn = json.loads(unescape(re.search(r'data-drawn="([^"]*)"', answer.content.decode())[1]))
    assert len(drawn["off"]) == len(MORE) and 0.05 < max(drawn["off"]) < 3
    assert drawn["sees"][0] == drawn["sees"][-1] and len(drawn["sees"]) > 10
    assert kept(client) is None


@pytest.mark.parametrize(
    ("spots", "said"),
    [
        (((-4.0, 12.0), (-2.0, 12.0), (2.0, 12.0), (4.0, 12.0)), "nearly on one line in the picture"),
        (FOUR[:3], "Want four pairs or more"),
    ],
)
def test_bad_geometry_is_told_and_not_saved(login, site, spots, said):
    client = login("host.commander")
    answer = client.post(PATH, form_of(spots))
    assert answer.status_code == 422
    assert said in told(answer)
    assert kept(client) is None


def test_points_on_both_sides_of_the_horizon_are_told(login, site):
    client = login("host.commander")
    form = form_of()
    form["lon"][0], form["lon"][1] = form["lon"][1], form["lon"][0]
    form["lat"][0], form["lat"][1] = form["lat"][1], form["lat"][0]
    answer = client.post(PATH, form)
    assert answer.status_code == 422 and "above the horizon" in told(answer)


def test_a_mirrored_calibration_is_saved_only_by_who_says_that_it_is_so(login, site):
    client = login("host.commander")
    form = form_of()
    form["x"] = [repr(WIDTH - float(x)) for x in form["x"]]
    answer = client.post(PATH, form)
    assert answer.status_code == 422 and "Left and right are exchanged" in told(answer)
    assert kept(client) is None
    assert client.post(PATH, form | {"accept": "yes"}).status_code == 302
    assert kept(client)


def test_a_pair_that_is_far_off_is_named(login, site):
    client = login("host.commander")
    form = form_of(MORE)
    form["lat"][4] = repr(float(form["lat"][4]) + 12 / 111_319.49)
    answer = client.post(PATH, form)
    assert answer.status_code == 422
    assert "Look at pair 5 first" in told(answer)
    assert kept(client) is None


def test_every_row_that_is_wrong_is_named(login, site):
    form = form_of()
    form["x"][1], form["lat"][2] = "many", "95"
    text = told(login("host.commander").post(PATH, form))
    assert "Pair 2: Want four numbers" in text
    form["x"][1] = "4000"
    text = told(login("host.commander").post(PATH, form))
    assert "Pair 2: This is outside of the picture" in text
    form["x"][1] = "40"
    text = told(login("host.commander").post(PATH, form))
    assert "Pair 3: Want a longitude" in text


def test_without_scripts_rows_are_added_and_taken_out_by_the_form(login, site):
    client = login("host.commander")
    more = client.post(PATH, form_of(do="add")).content.decode()
    assert more.count('name="lon"') - client.get(PATH, {"name": NAME}).content.decode().count('name="lon"') == 1
    less = client.post(PATH, form_of(do="drop-0")).content.decode()
    assert more.count('name="lon"') - less.count('name="lon"') == 2


@pytest.mark.parametrize("value", ["", "nan", "inf", "1e400", "\x00", "9" * 500, "<b>"])
def test_any_text_is_answered(login, site, value):
    form = form_of(x=[value] * 4, width=value)
    assert login("host.commander").post(PATH, form).status_code == 422


def test_only_who_may_change_places_sets_it(login, site):
    for role in ("host.gate_post", "partner.liaison_officer", "auditor"):
        assert login(role).get(PATH, {"name": NAME}).status_code == 404
        assert login(role).post(PATH, form_of()).status_code == 404
    assert login("host.duty_officer").post(PATH, form_of()).status_code == 302
    assert login("host.commander").get(PATH, {"name": "south gate"}).status_code == 404


def test_what_is_seen_holds_the_ground_in_front_of_the_camera():
    from shapely.geometry import Point, Polygon

    camera = Camera(tilt_deg=15)
    points = [camera.point(*spot) for spot in FOUR]
    fit = fitted({"width": WIDTH, "height": HEIGHT, "points": points})
    sees = Polygon(fit.sees)
    assert sees.is_valid
    assert sees.contains(Point(degrees(0.0, 25.0)))
    assert not sees.contains(Point(degrees(0.0, -5.0)))
    assert fit.horizon and all(abs(y - camera.horizon_px) < 1e-3 for _, y in fit.horizon)
    assert fit.accuracy_m and fit.accuracy_m[0] < 0.2 < fit.accuracy_m[1] <= 50


@pytest.mark.parametrize("wrong", range(len(MORE)))
def test_whichever_pair_is_wrong_is_the_one_suspected(wrong):
    points = [Camera().point(*spot) for spot in MORE]
    points[wrong][3] += 15 / 111_319.49
    assert suspect({"width": WIDTH, "height": HEIGHT, "points": points}) == wrong
    points[wrong][3] -= 15 / 111_319.49
    assert suspect({"width": WIDTH, "height": HEIGHT, "points": points}) is None
