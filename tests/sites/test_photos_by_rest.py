"""Photos of a round for programs: what is sent is stripped as on the page, within the same bounds, for its readers."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from tests.sites.test_inspections import commander, controls, duty, jpeg, marjan, planned  # noqa: F401  # fixtures

from safeconduct.release import count
from safeconduct.sites import photos
from safeconduct.sites.models import Photo
from safeconduct.sites.photos import MOST_BYTES

pytestmark = pytest.mark.django_db


@pytest.fixture
def at(planned):  # noqa: F811  # the fixture
    return f"/api/inspections/{planned.pk}/photos"


@pytest.fixture
def of(duty):  # noqa: F811  # the fixture
    return f"?control={controls(duty)['PR-01'].id}"


def send(client, path: str, data: bytes, kind: str = "image/jpeg"):
    return client.post(path, data, content_type=kind)


def test_a_photo_is_sent_stripped_listed_fetched_and_taken_out(at, of, login):
    client = login("host.duty_officer")
    assert b"Phone of Somebody" in jpeg()
    sent = send(client, at + of, jpeg())
    assert sent.status_code == 200
    row = sent.json()["items"][0]
    assert (row["width"], row["height"], row["control"]) == (64, 48, of.removeprefix("?control="))
    assert client.get(at).json() == sent.json()
    got = client.get(f"/api/photos/{row['id']}")
    assert got["Content-Type"] == "image/jpeg"
    assert got["X-Content-Type-Options"] == "nosniff"
    assert got.content == photos.clean(jpeg()).data
    assert len(Image.open(io.BytesIO(got.content)).getexif()) == 0
    gone = client.post(at.replace("photos", "detach"), {"photo": row["id"]}, content_type="application/json")
    assert (gone.status_code, gone.json()["items"]) == (200, [])
    assert client.get(f"/api/photos/{row['id']}").status_code == 404


def test_a_photo_by_rest_may_be_as_long_as_on_the_page_and_no_longer(at, of, login):
    client = login("host.duty_officer")
    assert send(client, at + of, jpeg() + b"\0" * (MOST_BYTES - len(jpeg()))).status_code == 200
    refused = send(client, at + of, jpeg() + b"\0" * MOST_BYTES)
    assert refused.status_code == 422
    assert f"at most {MOST_BYTES:,} bytes" in refused.content.decode()


@pytest.mark.parametrize("data", [b"", b"GIF89a", jpeg()[:200]])
def test_what_is_no_photo_is_refused_in_words_and_nothing_is_kept(at, of, login, duty, data):  # noqa: F811  # fixture
    refused = send(login("host.duty_officer"), at + of, data)
    assert refused.status_code == 422
    assert "JPEG" in refused.content.decode()
    assert count(Photo, duty) == 0


def test_a_photo_says_of_which_control_it_is(at, login):
    client = login("host.duty_officer")
    assert send(client, at, jpeg()).status_code == 422
    assert send(client, at + "?control=PR-01", jpeg()).status_code == 422


def test_nobody_but_the_inspector_and_their_party_sends_or_fetches_a_photo(at, of, login, monkeypatch):
    row = send(login("host.duty_officer"), at + of, jpeg()).json()["items"][0]
    monkeypatch.setattr(photos, "clean", lambda _: pytest.fail("it was decoded"))
    for role, sent, listed in (("partner.project_manager", 403, 200), ("host.gate_post", 404, 404)):
        client = login(role)
        assert send(client, at + of, jpeg()).status_code == sent
        answer = client.get(at)
        assert answer.status_code == listed
        assert answer.json().get("items", []) == []
        assert client.get(f"/api/photos/{row['id']}").status_code == 404
