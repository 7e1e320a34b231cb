"""Pages of sites: what each party sees, the form of a place, and an import that is whole or nothing."""

from __future__ import annotations

import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.web.places import FEATURES, SITE

from safeconduct.sites.acts import import_places

pytestmark = pytest.mark.django_db


@pytest.fixture
def site(as_role):
    import_places(as_role("host.commander"), site=SITE, features=FEATURES)


def file_of(features: object) -> SimpleUploadedFile:
    text = json.dumps({"type": "FeatureCollection", "features": features})
    return SimpleUploadedFile("places.geojson", text.encode(), content_type="application/geo+json")


def named(text: str) -> set[str]:
    return set(re.findall(r"<strong>([^<]+)</strong>", text)) & {one["properties"]["name"] for one in FEATURES}


def place(name: str) -> dict:
    return next(one for one in FEATURES if one["properties"]["name"] == name)


def test_each_party_sees_what_is_released_to_it(login, site):
    host = named(login("host.duty_officer").get(f"/sites/{SITE}/").content.decode())
    partner = login("partner.liaison_officer").get(f"/sites/{SITE}/").content.decode()
    assert host == {one["properties"]["name"] for one in FEATURES}
    assert named(partner) == host - {"post 1"}
    assert "cam-1" not in partner
    assert "TLP:AMBER" in partner


def test_a_site_of_which_nothing_is_released_is_not_there(login, site):
    assert login("auditor").get(f"/sites/{SITE}/").status_code == 404
    assert login("host.duty_officer").get("/sites/elsewhere/").status_code == 404
    assert login("host.duty_officer").get("/sites/a%00b/").status_code == 404
    assert SITE not in re.sub(r"<head>.*</head>", "", login("auditor").get("/sites/").content.decode(), flags=re.S)


def test_the_partners_export_lacks_posts_and_sensors(login, site):
    def exported(role: str) -> list[str]:
        response = login(role).get(f"/sites/{SITE}/export.geojson")
        assert response["Content-Type"] == "application/geo+json"
        return sorted(one["properties"]["role"] for one in response.json()["features"])

    assert exported("host.commander") == sorted(one["properties"]["role"] for one in FEATURES)
    assert exported("partner.liaison_officer") == ["exempt", "gate", "ring", "ring", "ring", "route"]


def test_an_export_can_be_imported_again_and_changes_nothing(login, site):
    client = login("host.commander")
    content = client.get(f"/sites/{SITE}/export.geojson").content
    file = SimpleUploadedFile("again.geojson", content)
    text = client.post("/sites/check", {"site": SITE, "file": file}, headers={"HX-Request": "true"}).content.decode()
    assert "The file is sound: 8 places." in text
    assert re.search(r"As before</dt><dd>8", text)


def test_a_check_says_what_would_change_and_changes_nothing(login, site):
    client = login("host.commander")
    moved = {**place("south gate"), "geometry": {"type": "Point", "coordinates": [75.001, -5.02]}}
    extra = {**place("post 1"), "properties": {**place("post 1")["properties"], "name": "post 2"}}
    kept = [one for one in FEATURES if one["properties"]["name"] not in ("south gate", "camera 1")]
    file = file_of([*kept, moved, extra])
    text = client.post("/sites/check", {"site": SITE, "file": file}).content.decode()
    assert re.search(r"New</dt><dd>1 · <span class=\"small\">post 2", text)
    assert re.search(r"Changed</dt><dd>1 · <span class=\"small\">south gate", text)
    assert re.search(r"Removed</dt><dd>1 · <span class=\"small\">camera 1", text)
    assert "post 2" not in client.get(f"/sites/{SITE}/").content.decode()


def test_a_check_names_every_fault_with_feature_and_property(login, site):
    client = login("host.commander")
    broken = [
        {**place("outer ring"), "properties": {**place("outer ring")["properties"], "ring": "outest"}},
        {**place("airport road"), "properties": {"site": SITE, "name": "airport road", "role": "route"}},
        {**place("south gate"), "geometry": {"type": "Point", "coordinates": [75.0, -95.0]}},
    ]
    for headers in ({}, {"HX-Request": "true"}):
        response = client.post("/sites/check", {"site": SITE, "file": file_of(broken)}, headers=headers)
        assert response.status_code == (200 if headers else 422)
        text = response.content.decode()
        for part in ("outer ring", "properties.ring", "airport road", "properties.width_m", "south gate"):
            assert part in text, part


def test_an_import_is_whole_or_nothing(login, site):
    client = login("host.commander")
    before = client.get("/api/places").json()
    strange = {**place("post 1"), "properties": {**place("post 1")["properties"], "site": "elsewhere"}}
    response = client.post("/sites/import", {"site": SITE, "file": file_of([*FEATURES[:3], strange])})
    assert response.status_code == 422
    assert client.get("/api/places").json() == before
    assert client.post("/sites/import", {"site": SITE, "file": file_of(FEATURES[:3])}).status_code == 302
    assert len(client.get("/api/places").json()["features"]) == 3


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"{", b'{"type":"FeatureCollection"}', b"[" * 5000])
def test_any_bytes_are_answered(login, content):
    client = login("host.commander")
    file = SimpleUploadedFile("x.geojson", content)
    assert client.post("/sites/import", {"site": SITE, "file": file}).status_code == 422


@pytest.mark.parametrize("role", ["partner.liaison_officer", "host.gate_post"])
def test_who_may_not_import_is_refused_before_the_file_is_read(login, site, role):
    client = login(role)
    for path in ("/sites/check", "/sites/import"):
        response = client.post(path, {"site": SITE, "file": file_of("nonsense")})
        assert response.status_code == 403
        assert "12.3" in response.content.decode()


def form_of(name: str, **changed: object) -> dict:
    feature = place(name)
    given = {key: value for key, value in feature["properties"].items() if key != "site"}
    return {**given, "geometry": json.dumps(feature["geometry"]), **changed}


def test_a_place_is_changed_by_its_form(login, site):
    client = login("host.duty_officer")
    path = f"/sites/{SITE}/place?name=taxi%20rank"
    page = client.get(path).content.decode()
    assert 'value="06:00-23:00"' in page
    response = client.post(path, form_of("taxi rank", kinds=["car", "bus"], max_stay_s=600, hours=""))
    assert response.status_code == 302
    found = {one["properties"]["name"]: one["properties"] for one in client.get("/api/places").json()["features"]}
    assert found["taxi rank"]["max_stay_s"] == 600
    assert sorted(found["taxi rank"]["kinds"]) == ["bus", "car"]
    assert "hours" not in found["taxi rank"]


def test_a_ring_takes_steps_of_its_own(login, site):
    client = login("host.duty_officer")
    path = f"/sites/{SITE}/place?name=inner%20ring"
    assert client.post(path, form_of("inner ring", alert_s=45)).status_code == 302
    found = {one["properties"]["name"]: one["properties"] for one in client.get("/api/places").json()["features"]}
    assert found["inner ring"]["rules"] == [{"kind": "dwell", "after_s": 45, "severity": "alert"}]


def test_a_fault_is_marked_at_its_field_and_the_rest_is_kept(login, site):
    client = login("host.duty_officer")
    path = f"/sites/{SITE}/place"
    crossed = {"type": "Polygon", "coordinates": [[[75, -5], [75.01, -5.01], [75.01, -5], [75, -5.01], [75, -5]]]}
    form = {"name": "bay", "role": "exempt", "kinds": ["car"], "max_stay_s": 60, "geometry": json.dumps(crossed)}
    response = client.post(path, form)
    assert response.status_code == 422
    text = response.content.decode()
    assert 'id="id_geometry_error"' in text
    assert 'value="bay"' in text


def test_a_ring_that_breaks_the_nesting_is_refused_with_its_reason(login, site):
    client = login("host.duty_officer")
    far = {"type": "Polygon", "coordinates": [[[76, -5], [76.01, -5], [76.01, -4.99], [76, -5]]]}
    path = f"/sites/{SITE}/place?name=inner%20ring"
    response = client.post(path, form_of("inner ring", geometry=json.dumps(far)))
    assert response.status_code == 422
    assert "inner ring" in response.content.decode()


def test_a_partner_may_look_at_a_place_and_not_change_it(login, site):
    client = login("partner.liaison_officer")
    path = f"/sites/{SITE}/place?name=south%20gate"
    page = client.get(path).content.decode()
    assert "Article 12.3" in page
    response = client.post(path, form_of("south gate"))
    assert response.status_code == 403


def test_a_place_that_is_withheld_has_no_page(login, site):
    client = login("partner.liaison_officer")
    assert client.get(f"/sites/{SITE}/place?name=post%201").status_code == 404
    assert client.get(f"/sites/{SITE}/place?name=camera%201").status_code == 404


def test_a_place_is_removed(login, site):
    client = login("host.commander")
    assert client.post(f"/sites/{SITE}/remove", {"name": "taxi rank"}).status_code == 302
    assert "taxi rank" not in named(client.get(f"/sites/{SITE}/").content.decode())
    assert client.post(f"/sites/{SITE}/remove", {"name": "taxi rank"}).status_code == 422
