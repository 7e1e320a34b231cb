"""What is heard of a change is heard by those alone to whom something changed."""

from __future__ import annotations

import copy
import json
from importlib import resources

import pytest
from tests.movements import case

from safeconduct import release
from safeconduct.sites.acts import import_places

pytestmark = pytest.mark.django_db


def features() -> list:
    text = (resources.files("safeconduct.demo") / "places.geojson").read_text(encoding="utf-8")
    return json.loads(text)["features"]


def test_an_import_that_moves_a_post_alone_is_not_heard_by_the_partner(as_role):
    case.place_site(as_role)
    before = release.newest_event_id()
    moved = copy.deepcopy(features())
    post = next(one for one in moved if one["properties"]["role"] == "post")
    post["geometry"]["coordinates"][0] += 0.0001
    import_places(as_role("host.commander"), site=case.SITE, features=moved)
    events = release.events_after(before)
    assert [event.kind for event in events] == ["post"]
    assert not any(release.may_hear(as_role("partner.liaison_officer"), event) for event in events)
    assert all(release.may_hear(as_role("host.commander"), event) for event in events)


def test_an_import_of_the_same_again_is_not_heard_at_all(as_role):
    case.place_site(as_role)
    before = release.newest_event_id()
    import_places(as_role("host.commander"), site=case.SITE, features=features())
    assert release.newest_event_id() == before
