"""The page of expected vehicles: registered at a place and time, taken back, and told to both parties."""

from __future__ import annotations

import math
from html import unescape

import pytest
from shapely.geometry import Point, shape
from tests.web.places import FEATURES, SITE

from safeconduct.sites.acts import import_places
from safeconduct.terms.place import METRES_PER_DEGREE
from safeconduct.watch import queries
from safeconduct.watch.expected_forms import round_area

pytestmark = pytest.mark.django_db

FORM = {"name": "fuel lorry", "count": "2", "place": "0", "radius_m": "30", "lon": "", "lat": ""}
TIMES = {"begin": "2099-03-02T15:00", "end": "2099-03-02T16:00"}


@pytest.fixture
def site(as_role):
    import_places(as_role("host.commander"), site=SITE, features=FEATURES)


def told(answer) -> str:
    return unescape(answer.content.decode())


def test_what_is_registered_is_at_the_place_for_the_time_and_told_to_the_partner(login, as_role, site):
    assert login("host.gate_post").post("/expected/", FORM | TIMES).status_code == 302
    [row] = queries.expected(as_role("host.commander"))
    assert (row["site"], row["count"], row["name"]) == (SITE, 2, "fuel lorry")
    assert (row["end"] - row["begin"]).total_seconds() == 3600
    assert shape(row["place"]).contains(Point(75.0, -5.02))  # the south gate, first in the list
    assert "fuel lorry" in told(login("partner.liaison_officer").get("/expected/"))


def test_a_point_comes_before_the_place(login, as_role, site):
    login("host.commander").post("/expected/", FORM | TIMES | {"lon": "75.001", "lat": "-5.001"})
    [row] = queries.expected(as_role("host.commander"))
    assert shape(row["place"]).contains(Point(75.001, -5.001))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"end": "2099-03-02T15:00"}, "end"),
        ({"name": " "}, "name"),
        ({"count": "0"}, "count"),
        ({"lon": "75"}, "lat"),
        ({"place": "99"}, "place"),
        ({"begin": "soon"}, "begin"),
    ],
)
def test_what_is_wrong_is_marked_and_nothing_is_registered(login, as_role, site, changes, field):
    answer = login("host.commander").post("/expected/", FORM | TIMES | changes)
    assert answer.status_code == 422 and f'id="id_{field}_error"' in told(answer)
    assert queries.expected(as_role("host.commander")) == []


def test_it_can_be_taken_back(login, as_role, site):
    client = login("host.commander")
    client.post("/expected/", FORM | TIMES)
    [row] = queries.expected(as_role("host.commander"))
    assert client.post(f"/expected/{row.id}/withdraw").status_code == 302
    assert queries.expected(as_role("host.commander")) == []


def test_who_may_not_register_is_refused(login, site):
    client = login("partner.liaison_officer")
    assert client.post("/expected/", FORM | TIMES).status_code == 403
    assert "Your role registers none" in told(client.get("/expected/"))


def test_an_area_is_as_wide_as_it_says():
    area = shape(round_area(75.0, -5.0, 40.0))
    assert area.is_valid and area.exterior.is_ccw
    north_m = (area.bounds[3] + 5.0) * METRES_PER_DEGREE
    east_m = (area.bounds[2] - 75.0) * METRES_PER_DEGREE * math.cos(math.radians(5.0))
    assert north_m == pytest.approx(40, abs=0.1) and east_m == pytest.approx(40, abs=0.1)
