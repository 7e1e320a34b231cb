"""Pages of feeds: how each is, opening and changing one by its kind's settings, its token once, and no secret ever."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest

import safeconduct.watch.feeds as feeds
from safeconduct import node
from safeconduct.terms import instant
from safeconduct.terms.errors import BadInput, NotFound
from safeconduct.watch import queries
from safeconduct.watch.acts import close_feed, open_feed, refresh_picture
from safeconduct.watch.feed_acts import change_feed
from safeconduct.watch.feed_words import REFUSED
from safeconduct.watch.feeds.kinds import KINDS
from safeconduct.watch.rows import WANTED

pytestmark = pytest.mark.django_db

TRACKERS = {"kind": "gps", "name": "trackers", "set_devices": "7 = patrol 7\n8 = patrol 8", "set_speed": "mps"}
BROKER = {"kind": "mqtt", "name": "broker", "set_host": "broker.invalid", "set_topic": "sc/#", "set_session_s": ""}


@pytest.fixture
def opened(as_role):
    """The open feeds, as the host's commander is told of them."""
    return lambda: queries.feeds(as_role("host.commander"))


@pytest.fixture
def lent(as_role):
    return lambda: queries.feeds(as_role("partner.liaison_officer"))


def told(answer) -> str:
    return unescape(answer.content.decode())


def test_a_feed_is_opened_with_the_settings_of_its_kind(login, opened):
    client = login("host.duty_officer")
    answer = client.post("/feeds/open/", TRACKERS)
    [feed] = opened()
    assert answer["Location"] == f"/feeds/{feed.id}/"
    assert feed["settings"] == {"devices": {"7": "patrol 7", "8": "patrol 8"}, "speed": "mps", "kinds": {}}


def test_a_number_left_empty_is_the_kinds_default(login, opened):
    login("host.commander").post("/feeds/open/", BROKER)
    settings = opened()[0]["settings"]
    assert (settings["session_s"], settings["port"], settings["tls"], settings["user"]) == (3600, 1883, False, "")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"set_host": ""}, "set_host"),
        ({"set_port": "70000"}, "set_port"),
        ({"set_port": "many"}, "set_port"),
        ({"name": ""}, "name"),
        ({"sensor": "x" * 300}, "sensor"),
    ],
)
def test_what_is_wrong_is_marked_and_nothing_is_opened(login, opened, changes, field):
    answer = login("host.commander").post("/feeds/open/", BROKER | changes)
    assert answer.status_code == 422
    assert f'id="id_{field}_error"' in told(answer)
    assert "sc/#" in told(answer)
    assert opened() == []


def test_lines_that_are_no_pairs_are_refused(login):
    answer = login("host.commander").post("/feeds/open/", TRACKERS | {"set_devices": "patrol"})
    assert answer.status_code == 422 and "name = value" in told(answer)


def test_a_name_that_is_taken_is_refused_in_its_field(login):
    client = login("host.commander")
    client.post("/feeds/open/", BROKER)
    answer = client.post("/feeds/open/", BROKER)
    assert answer.status_code == 422 and 'id="id_name_error"' in told(answer)


def test_settings_are_changed_whole_and_a_closed_feed_is_not(login, as_role, opened):
    client = login("host.commander")
    client.post("/feeds/open/", BROKER | {"sensor": "cam-1"})
    [feed] = opened()
    form = BROKER | {"set_host": "other.invalid", "set_tls": "on", "sensor": "cam-1, cam-2"}
    assert client.post(f"/feeds/{feed.id}/change", form).status_code == 302
    [feed] = opened()
    assert (feed["settings"]["host"], feed["settings"]["tls"]) == ("other.invalid", True)
    assert feed["sensor"] == "cam-1, cam-2"
    assert client.post(f"/feeds/{feed.id}/change", form | {"set_port": "0"}).status_code == 422
    assert client.post(f"/feeds/{feed.id}/close").status_code == 302
    assert client.post(f"/feeds/{feed.id}/change", form).status_code == 404
    with pytest.raises(BadInput):
        change_feed(as_role("host.commander"), feed.id, settings=feed["settings"])


def test_a_feed_that_tells_reads_as_whoever_changed_it_last(as_role, opened):
    commander, duty = as_role("host.commander"), as_role("host.duty_officer")
    told_to = {"transport": "udp", "host": "239.0.0.1", "party": "host", "role": "host.gate_post"}
    feed = open_feed(commander, name="markers", kind="cot_out", settings=told_to)
    change_feed(duty, feed.pk, settings=told_to)
    assert opened()[0]["settings"]["opened_by"] == duty.name != commander.name


def test_a_partner_opens_what_is_posted_and_changes_its_own_alone(login, as_role, lent):
    client = login("partner.liaison_officer")
    kinds = set(re.findall(r"\?kind=(\w+)", told(client.get("/feeds/open/"))))
    assert kinds == {kind.name for kind in KINDS.values() if not kind.connects}
    assert client.post("/feeds/open/", BROKER | {"name": "partner/broker"}).status_code == 404
    assert client.post("/feeds/open/", TRACKERS | {"name": "partner/trackers"}).status_code == 302
    [own] = lent()
    assert client.post(f"/feeds/{own.id}/change", TRACKERS).status_code == 302
    hosts = open_feed(as_role("host.commander"), name="cameras")
    assert client.get(f"/feeds/{hosts.pk}/").status_code == 404
    assert client.post(f"/feeds/{hosts.pk}/change", {}).status_code == 404
    assert "cameras" not in told(client.get("/feeds/"))


def test_who_may_not_open_is_refused_and_told_why(login, as_role):
    client = login("auditor")
    assert client.get("/feeds/open/").status_code == 403
    assert "Your role opens no feed" in told(client.get("/feeds/"))
    feed = open_feed(as_role("host.commander"), name="cameras")
    with pytest.raises(NotFound):
        change_feed(as_role("auditor"), feed.pk)


def test_states_rows_and_refusals_are_shown_in_words(login, as_role):
    feed = open_feed(as_role("host.commander"), name="cameras")
    heard = {"state": "clock_off", "rows": 120, "refused": {"refused_face": 7, "odd": 1}, "seen_at": instant.now()}
    refresh_picture(node.current().system("node.watch"), site="", positions={}, feeds={"cameras": heard})
    client = login("host.commander")
    listed, one = told(client.get("/feeds/")), told(client.get(f"/feeds/{feed.pk}/"))
    assert "Clock off" in listed and ">120<" in listed and ">8<" in listed
    assert "A face: never taken" in one and "odd" in one


def test_a_token_is_shown_once_with_where_it_is_posted(login, opened):
    client = login("host.commander")
    client.post("/feeds/open/", TRACKERS)
    path = f"/feeds/{opened()[0].id}/"
    assert "/gps/TOKEN" in told(client.get(path))
    answer = client.post(f"{path}token")
    assert answer.status_code == 201 and re.search(r"sc_feed_[\w-]{43}", told(answer))
    assert "sc_feed_" not in told(client.get(path))


def test_a_feed_that_connects_has_no_token(login, opened):
    client = login("host.commander")
    client.post("/feeds/open/", BROKER)
    path = f"/feeds/{opened()[0].id}/"
    assert client.post(f"{path}token").status_code == 404
    assert "Authorization" not in told(client.get(path))


def test_no_secret_can_be_entered_and_each_is_explained(login):
    text = told(login("host.commander").get("/feeds/open/?kind=mqtt"))
    for secret in KINDS["mqtt"].secrets:
        assert f'name="set_{secret.name}"' not in text
        assert secret.name in text
    for setting in KINDS["mqtt"].settings:
        assert f'name="set_{setting.name}"' in text


def test_a_closed_feed_takes_no_act(login, as_role):
    feed = open_feed(as_role("host.commander"), name="cameras")
    close_feed(as_role("host.commander"), feed.pk)
    text = told(login("host.commander").get(f"/feeds/{feed.pk}/"))
    assert "Closed" in text and "Close the feed" not in text and "Issue a token" not in text


def test_every_reason_that_is_counted_has_words():
    codes = set(WANTED)
    for file in Path(feeds.__file__).parent.glob("*.py"):
        source = file.read_text(encoding="utf-8")
        codes |= set(re.findall(r'refuse(?:d\[|\(\s*)"(\w+)"', source))
    assert len(codes) > 15
    assert codes <= set(REFUSED)
