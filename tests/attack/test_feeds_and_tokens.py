"""Whoever may issue tokens tries to hand in observations as a feed that is not theirs, or no longer theirs."""

from __future__ import annotations

import orjson
import pytest

from safeconduct.people.acts import dismiss, issue_token
from safeconduct.people.models import Appointment, User
from safeconduct.store.guard import passage
from safeconduct.terms.decision import Refused
from safeconduct.terms.errors import BadInput
from safeconduct.watch.acts import open_feed
from safeconduct.watch.feed_acts import change_feed
from safeconduct.watch.feeds import ndjson
from safeconduct.watch.feeds.kinds import KINDS
from safeconduct.watch.process import open_feed_of

pytestmark = pytest.mark.django_db

OTHERS = ("partner.liaison_officer", "partner.project_manager", "host.gate_post", "host.analyst")


@pytest.fixture(autouse=True)
def _same_connection(monkeypatch):
    """The watch asks on a thread of its own and tidies that thread's connection; here it is the test's."""
    monkeypatch.setattr("safeconduct.watch.process.close_old_connections", lambda: None)


@pytest.fixture
def cameras(login, as_role):
    """A feed of the host, and who opened it."""
    login("host.commander")
    opener = as_role("host.commander")
    return open_feed(opener, name="cameras"), opener


def token_of(role: str, login, as_role, name: str = "cameras") -> str:
    login(role)
    return issue_token(as_role(role), name=name, purpose="feed").clear


def test_whether_a_name_is_free_tells_the_partner_nothing_of_the_hosts_feeds(cameras, as_role):
    liaison = as_role("partner.liaison_officer")
    faults = []
    for name in ("cameras", "no such cameras"):
        with pytest.raises(BadInput) as refused:
            open_feed(liaison, name=name)
        faults.append([(fault.where, fault.wanted) for fault in refused.value.faults])
    assert faults[0] == faults[1] == [("name", "a name that begins with partner/")]


def test_the_host_opens_no_feed_under_the_partners_name(as_role):
    with pytest.raises(BadInput):
        open_feed(as_role("host.commander"), name="partner/cameras")


@pytest.mark.parametrize("role", OTHERS)
def test_a_token_under_the_name_of_a_feed_of_others_lets_nothing_in(role, cameras, login, as_role):
    assert open_feed_of(token_of(role, login, as_role)) is None


def test_another_officer_who_may_open_the_feed_may_hand_in_for_it(cameras, login, as_role):
    assert open_feed_of(token_of("host.duty_officer", login, as_role)).name == "cameras"


def test_a_feed_that_the_partner_lends_is_let_in_by_the_partners_token_alone(login, as_role):
    login("partner.liaison_officer")
    open_feed(as_role("partner.liaison_officer"), name="partner/lent cameras")
    lent = open_feed_of(token_of("partner.liaison_officer", login, as_role, "partner/lent cameras"))
    assert lent is not None and lent.name == "partner/lent cameras"
    assert open_feed_of(token_of("host.commander", login, as_role, "partner/lent cameras")) is None


def test_the_token_of_someone_who_was_dismissed_lets_nothing_in(cameras, as_role):
    _, opener = cameras
    clear = issue_token(opener, name="cameras", purpose="feed").clear
    assert open_feed_of(clear).name == "cameras"
    with passage("release"):
        held = Appointment.objects.get(user_name=opener.name)
    dismiss(as_role("host.focal_point"), held.pk)
    assert open_feed_of(clear) is None


def test_the_token_of_a_closed_account_lets_nothing_in(cameras):
    _, opener = cameras
    clear = issue_token(opener, name="cameras", purpose="feed").clear
    User.objects.filter(username=opener.name).update(is_active=False)
    assert open_feed_of(clear) is None


def test_a_feed_that_the_partner_lends_says_nothing_in_the_name_of_a_sensor_of_the_hosts(login, as_role):
    """Not that it watches, and not that a vehicle has left."""
    login("partner.liaison_officer")
    open_feed(as_role("partner.liaison_officer"), name="partner/lent cameras")
    lent = open_feed_of(token_of("partner.liaison_officer", login, as_role, "partner/lent cameras"))
    row = {"time": "2026-03-02T15:00:00Z", "track": "17", "lon": 75.0, "lat": -5.0, "state": "gone"}
    sensors = ("cam-03", "partner/cam-1", "partner", "Partner/cam-1", " partner/cam-1")
    body = b"\n".join(orjson.dumps(row | {"sensor": sensor}) for sensor in sensors)
    taken = lent.of_its_sensors(ndjson.decode(body, None))
    assert taken.table["sensor"].to_pylist() == ["partner/cam-1"]
    assert taken.refused["other_sensor"] == 4


@pytest.mark.parametrize("sensor", ["cam-03", "partner/cam-1, cam-03"])
def test_the_partner_binds_no_feed_to_a_sensor_of_the_hosts(sensor, as_role):
    with pytest.raises(BadInput) as refused:
        open_feed(as_role("partner.liaison_officer"), name="partner/lent cameras", sensor=sensor)
    assert [fault.where for fault in refused.value.faults] == ["sensor"]
    own = open_feed(as_role("partner.liaison_officer"), name="partner/lent cameras", sensor="partner/cam-1")
    with pytest.raises(BadInput):
        change_feed(as_role("partner.liaison_officer"), own.pk, sensor=sensor)


@pytest.mark.parametrize("role", ["partner.liaison_officer", "partner.head_of_mission"])
def test_the_partner_sends_the_node_to_no_address(role, as_role):
    """Nor by a feed of its own: what the node reaches in the host's network is the host's to say."""
    for kind in (kind for kind in KINDS.values() if kind.connects):
        with pytest.raises((BadInput, Refused)):
            open_feed(
                as_role(role), name="partner/x", kind=kind.name, settings={"host": "127.0.0.1", "transport": "tcp"}
            )
