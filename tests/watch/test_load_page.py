"""The page of the alarm load and its REST twin: each reader's figures are those of what that reader may see."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.movements.case import SITE, found
from tests.worlds import Clock

from safeconduct.store.guard import passage
from safeconduct.store.labels import intern, marking_of
from safeconduct.terms import instant
from safeconduct.terms.ids import new_id
from safeconduct.terms.marking import Marking, Tlp
from safeconduct.watch.acts import acknowledge, assess, raise_alert
from safeconduct.watch.models import Alert

pytestmark = pytest.mark.django_db

DUTY, LIAISON, MANAGER = "host.duty_officer", "partner.liaison_officer", "partner.project_manager"


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(instant, "now", clock)
    return clock


@pytest.fixture
def alarm(watch, clock):
    """`alarm(90)`: an alarm of 90 minutes ago."""

    def raised(ago_min: float, **details):
        at = instant.iso(clock.at - timedelta(minutes=ago_min))
        usual = {"raised": at, "updated": at, "steps": [{"severity": "alert", "at": at}]}
        return raise_alert(watch, site=SITE, alert_id=new_id(), found=found(**{**usual, **details}))

    return raised


def asked(login, role: str, address: str = "") -> dict:
    return login(role).get(f"/api/alarm-load{address}").json()


def test_an_alarm_counts_when_it_became_one_and_a_notice_never(login, alarm, clock):
    stepped = instant.iso(clock.at - timedelta(minutes=5))
    early = instant.iso(clock.at - timedelta(hours=25))
    alarm(
        0,
        raised=early,
        updated=stepped,
        steps=[{"severity": "notice", "at": early}, {"severity": "alert", "at": stepped}],
    )
    alarm(30, severity="notice", steps=[])
    told = asked(login, DUTY)
    assert told["alarms"] == 1
    assert told["severities"] == {"alert": 1}
    assert [slot["alarms"] for slot in told["slots"]].index(1) == 143
    assert told["per_operator_hour"] == pytest.approx(1 / 24)


def test_periods_are_a_day_a_week_and_a_month_and_no_other(login, alarm):
    for days in (0.5, 3, 20, 40):
        alarm(days * 24 * 60)
    assert [asked(login, DUTY, f"?period={one}")["alarms"] for one in ("day", "week", "month")] == [1, 2, 3]
    assert login(DUTY).get("/api/alarm-load?period=year").status_code == 422
    assert login(DUTY).get("/alerts/load/?period=year").status_code == 422
    assert login(DUTY).get("/alerts/load/?end=yesterday").status_code == 422
    earlier = instant.iso(instant.now() - timedelta(days=19))
    assert asked(login, DUTY, f"?period=week&end={earlier}")["alarms"] == 1


def test_the_figures_of_a_reader_are_of_what_is_released_to_it(login, alarm):
    alarm(30)
    hidden = alarm(20)
    with passage("act"):
        marking = marking_of(hidden.label_id)
        label = intern(Marking(marking.originator, marking.info_class, Tlp.AMBER_STRICT, frozenset(), marking.area))
        Alert.objects.filter(pk=hidden.pk).update(label_id=label)
    assert [asked(login, role)["alarms"] for role in (DUTY, LIAISON, MANAGER, "auditor")] == [2, 1, 1, 0]


def test_what_is_not_released_is_not_counted_but_said_to_be_withheld(login, as_role, alarm):
    assess(as_role(DUTY), alarm(30).pk, disposition="benign")
    acknowledge(as_role(DUTY), alarm(20).pk)
    alarm(10)
    told = asked(login, DUTY)
    assert told["dispositions"] == {"benign": 1, "open": 2}
    assert told["not_acknowledged"] == 1
    assert told["acknowledged_p50"] == {"seconds": 1800.0, "or_more": False}
    assert told["acknowledged_p90"] == {"seconds": 600.0, "or_more": True}
    short = asked(login, MANAGER)
    assert (short["dispositions"], short["acknowledged_p50"], short["not_acknowledged"]) == (None, None, None)
    assert login(MANAGER).get("/alerts/load/").content.decode().count("Not released to you.") == 2


def test_stale_alarms_and_bad_actors_are_named(login, alarm):
    stale = alarm(25 * 60)
    for ago_min in (1, 2, 3):
        alarm(ago_min, kind="circling")
    alarm(9, ring="inner")
    told = asked(login, DUTY)
    assert told["stale"] == 1
    assert told["sources"][0] == {"site": SITE, "ring": "outer", "kind": "circling", "alarms": 3}
    page = login(DUTY).get("/alerts/load/").content.decode()
    assert str(stale.pk) in page
    assert "75 %" in page


def test_the_chart_has_its_limits_and_a_table_that_says_the_same(login, alarm):
    for number in range(12):
        alarm(30 + number / 10)
    page = login(DUTY).get("/alerts/load/").content.decode()
    for limit in ("quiet", "over", "flood"):
        assert f'<line class="limit {limit}"' in page
    assert page.count('<rect class="') == page.count('<tr><th scope="row"><time') >= 1
    assert "style=" not in page.split("<main")[1]
    assert asked(login, DUTY)["flood_share"] > 0


def test_more_operators_share_the_load(login, alarm, monkeypatch):
    from safeconduct import node

    for number in range(12):
        alarm(30 + number / 10)
    monkeypatch.setitem(node.current().settings, "operators", 2)
    told = asked(login, DUTY)
    assert told["floods"] == []
    assert told["per_operator_hour"] == pytest.approx(12 / 24 / 2)
