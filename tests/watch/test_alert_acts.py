"""What people do about an alert: the host deals with it, the partner is told what its release allows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.movements.case import raise_alert

from safeconduct.terms import instant
from safeconduct.terms.decision import Refused
from safeconduct.terms.errors import BadInput, NotFound
from safeconduct.terms.ids import new_id
from safeconduct.watch import acts, queries

pytestmark = pytest.mark.django_db


@pytest.fixture
def alert(watch):
    return raise_alert(watch)


def seen(as_role: Any, ref: Any, role: str = "host.duty_officer") -> Any:
    return queries.alert(as_role(role), ref)


def faults(act: Any, *args: Any, **details: Any) -> list[str]:
    with pytest.raises(BadInput) as refused:
        act(*args, **details)
    return [one.where for one in refused.value.faults]


class TestAcknowledge:
    def test_says_that_a_person_deals_with_it(self, alert, as_role):
        acts.acknowledge(as_role("host.duty_officer"), alert)
        assert seen(as_role, alert)["state"] == "acknowledged"
        assert seen(as_role, alert)["acknowledged_at"] is not None

    def test_is_done_once(self, alert, as_role):
        acts.acknowledge(as_role("host.duty_officer"), alert)
        assert faults(acts.acknowledge, as_role("host.commander"), alert) == ["state"]

    @pytest.mark.parametrize("role", ["partner.liaison_officer", "partner.project_manager", "host.gate_post"])
    def test_is_refused_with_its_article_to_who_only_reads(self, alert, as_role, role):
        with pytest.raises(Refused) as refused:
            acts.acknowledge(as_role(role), alert)
        assert refused.value.decision.article == "11.5"
        assert seen(as_role, alert)["state"] == "open"

    def test_of_an_alert_that_one_may_not_see_finds_nothing(self, alert, as_role):
        with pytest.raises(NotFound):
            acts.acknowledge(as_role("auditor"), alert)
        with pytest.raises(NotFound):
            acts.acknowledge(as_role("host.duty_officer"), new_id())


class TestAssess:
    @pytest.mark.parametrize("disposition", ["expected", "benign", "suspicious", "hostile", "false", "duplicate"])
    def test_takes_each_disposition_and_takes_it_off_the_queue(self, alert, as_role, disposition):
        acts.assess(as_role("host.duty_officer"), alert, disposition=disposition, assessment="looked at")
        assert seen(as_role, alert)["disposition"] == disposition
        assert queries.queue(as_role("host.duty_officer")) == []

    def test_takes_no_other_word(self, alert, as_role):
        assert faults(acts.assess, as_role("host.duty_officer"), alert, disposition="fine") == ["disposition"]
        assert seen(as_role, alert)["state"] == "open"

    def test_takes_no_novel(self, alert, as_role):
        long = {"disposition": "benign", "assessment": "x" * 4001}
        assert faults(acts.assess, as_role("host.duty_officer"), alert, **long) == ["assessment"]

    def test_may_be_revised(self, alert, as_role):
        acts.assess(as_role("host.duty_officer"), alert, disposition="benign", assessment="a taxi")
        acts.assess(as_role("host.commander"), alert, disposition="hostile", assessment="not a taxi")
        assert seen(as_role, alert)["disposition"] == "hostile"

    def test_tells_the_partner_the_disposition_and_not_what_it_rests_on(self, alert, as_role):
        acts.assess(as_role("host.duty_officer"), alert, disposition="suspicious", assessment="a source says so")
        told = seen(as_role, alert, "partner.liaison_officer")
        assert told["disposition"] == "suspicious"
        assert not {"assessment", "tracks", "sensors", "explanation", "unseen_s", "escalated"} & set(told)


class TestEscalate:
    @pytest.mark.parametrize("role", ["host.duty_officer", "partner.liaison_officer"])
    def test_is_open_to_both_parties_and_done_once(self, alert, as_role, role):
        acts.escalate(as_role(role), alert)
        assert seen(as_role, alert)["escalated"] is not None
        assert faults(acts.escalate, as_role("host.commander"), alert) == ["escalated"]

    def test_is_refused_to_the_gate_post(self, alert, as_role):
        with pytest.raises(Refused):
            acts.escalate(as_role("host.gate_post"), alert)


class TestClose:
    def test_ends_the_presence_on_a_persons_word(self, alert, as_role):
        acts.close_presence(as_role("host.duty_officer"), alert, reason="the patrol saw it leave")
        assert seen(as_role, alert)["ended"] is not None

    def test_without_a_reason_ends_nothing(self, alert, as_role):
        assert faults(acts.close_presence, as_role("host.duty_officer"), alert, reason=" ") == ["reason"]
        assert seen(as_role, alert)["ended"] is None

    def test_leaves_the_alert_on_the_queue_until_it_is_assessed(self, alert, as_role):
        acts.close_presence(as_role("host.duty_officer"), alert, reason="the patrol saw it leave")
        assert [one.id for one in queries.queue(as_role("host.duty_officer"))] == [alert]

    def test_holds_against_what_the_watch_still_tells(self, alert, as_role, watch):
        acts.close_presence(as_role("host.duty_officer"), alert, reason="the patrol saw it leave")
        ended = seen(as_role, alert)["ended"]
        acts.update_alert(watch, alert, found=_later(seen(as_role, alert), ended=None))
        assert seen(as_role, alert)["ended"] == ended


class TestWatch:
    def test_raises_one_alert_once(self, alert, as_role, watch):
        before = seen(as_role, alert)
        again = acts.raise_alert(watch, site="marjan", alert_id=alert, found=_later(before))
        assert again is None
        assert len(queries.queue(as_role("host.duty_officer"))) == 1

    def test_never_goes_back_in_time(self, alert, as_role, watch):
        late = seen(as_role, alert)
        acts.update_alert(watch, alert, found=_later(late, minutes=-1, severity="notice"))
        assert seen(as_role, alert)["severity"] == "alert"
        acts.update_alert(watch, alert, found=_later(late, minutes=1, severity="critical"))
        assert seen(as_role, alert)["severity"] == "critical"

    @pytest.mark.parametrize("role", ["host.commander", "host.duty_officer", "partner.head_of_mission"])
    def test_alone_raises(self, as_role, watch, alert, role):
        with pytest.raises(Refused):
            acts.raise_alert(as_role(role), site="marjan", alert_id=new_id(), found=_later(seen(as_role, alert)))


def _later(alert: Any, minutes: float = 1.0, **details: Any) -> dict[str, Any]:
    """The same alert as the engine would tell it some minutes later."""
    told = {name: alert[name] for name in ("kind", "ring", "severity", "lon", "lat", "dwell_s", "steps", "vehicle")}
    times = {name: instant.iso(alert[name]) for name in ("started", "raised")}
    updated = instant.iso(alert["updated"] + timedelta(minutes=minutes))
    return {**told, **times, "updated": updated, "ended": None, **details}


@pytest.mark.parametrize("place", [None, {}, {"type": "Point", "coordinates": [75, -5]}, {"type": "Polygon"}, [1, 2]])
def test_an_expected_presence_wants_a_polygon(as_role, place):
    now = instant.now()
    given = {"site": "marjan", "name": "van", "begin": now, "end": now + timedelta(hours=1)}
    with pytest.raises(BadInput, match="expected presence"):
        acts.register_expected(as_role("host.gate_post"), place=place, **given)
