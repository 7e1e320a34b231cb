"""What the movements room tells the live watch becomes frames: heeded, and heeded again after a crash."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import translation
from tests.movements.case import ALERT_ON, ROUTE, certify, place_site, plan_convoy
from tests.watch.live_node import Driven, standing

from safeconduct import release
from safeconduct.listening import drain
from safeconduct.movements import queries
from safeconduct.movements.acts import cancel
from safeconduct.movements.models import DEPARTED, Movement
from safeconduct.movements.protection.reactions import disclose_what_is_due
from safeconduct.movements.reactions import LISTENER
from safeconduct.store.guard import passage
from safeconduct.terms import instant
from safeconduct.terms.instant import UTC
from safeconduct.watch.alert_words import account
from safeconduct.watch.models import Alert

pytestmark = pytest.mark.django_db(transaction=True)

BEGIN = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


@pytest.fixture
def start(tmp_path, as_role, clock_at):
    clock_at(BEGIN)
    place_site(as_role)
    return lambda: Driven(tmp_path / "watch")


ON = (ALERT_ON["lon"], ALERT_ON["lat"])


def alerts(watch) -> list:
    return release.listing(Alert, watch, lambda rows: rows.order_by("started_at"))


def test_a_stop_on_a_stretch_certified_meanwhile_is_raised_and_voids_the_certificate(start, watch, as_role):
    live = start()
    ref = certify(as_role)
    live.hear()
    live.send(standing(BEGIN + timedelta(seconds=5), 90, spot=ON))
    (alert,) = alerts(watch)
    assert alert.kind == "sweep_void"
    assert alert.explanation["swept"]["sweep"] == str(ref)
    while drain(LISTENER):
        pass
    assert queries.sweep(as_role("host.duty_officer"), ref)["void_reason"] == "stopped_since"
    live.hear()
    assert live.live.told.engine.alarms.sweeping.sweeps == ()
    live.end()


def test_what_the_watch_was_told_of_sweeps_outlives_a_crash(start, watch, as_role):
    certify(as_role)
    live = start()
    live.turn(2)
    live.send(standing(BEGIN, 40, spot=ON))
    live.end(clean=False)
    live = start()
    live.send(standing(BEGIN + timedelta(seconds=40), 50, spot=ON))
    (alert,) = alerts(watch)
    assert alert.kind == "sweep_void"
    live.end()


def test_an_alert_names_the_movements_due_nearby_until_they_are_cancelled(start, watch, as_role):
    movement = plan_convoy(as_role)
    disclose_what_is_due()
    live = start()
    live.turn(2)
    live.send(standing(BEGIN, 320, spot=ON))
    (alert,) = alerts(watch)
    (due,) = alert.explanation["due"]
    assert (due["movement"], due["route"]) == (str(movement), ROUTE)
    assert due["distance_m"] < 20
    cancel(as_role("partner.project_manager"), movement, reason="Not today.")
    disclose_what_is_due()
    live.hear()
    assert live.live.told.engine.alarms.journeys.journeys == ()
    live.end()


def test_a_movement_that_departs_is_told_with_the_time_of_its_departure(start, watch, as_role):
    movement = plan_convoy(as_role)
    with passage("act"):
        Movement.objects.filter(pk=movement).update(state=DEPARTED, departed_at=BEGIN)
    disclose_what_is_due()
    live = start()
    live.turn(2)
    (journey,) = live.live.told.engine.alarms.journeys.journeys
    assert journey.departed_ms == instant.epoch_ms(BEGIN)
    assert journey.named
    assert live.live.told.failed == 0
    live.end()


@pytest.mark.parametrize("language", ["en", "zh-hans", "ur"])
def test_the_account_of_an_alert_tells_of_movements_sweeps_and_cover_in_each_language(language: str):
    facts = {
        "swept": {"route": "airport road", "along_m": 2100},
        "due": [{"movement": "m1", "route": "airport road", "distance_m": 50}],
        "coverage": {"share": 0.5, "floor": 0.8, "silent": ["cam-07"]},
        "approach": {
            "stood": {
                "from": "2026-03-02T15:00:00Z",
                "to": "2026-03-02T15:08:20Z",
                "route": "airport road",
                "distance_m": 40.2,
            },
            "cpa": {"metres": 7, "in_s": 42, "at": "2026-03-02T15:09:30Z"},
            "distance_m": 830,
            "closing_mps": 19.6,
            "basis": "plan",
        },
        "ended": {"reason": "no_longer_closing"},
    }
    with translation.override(language):
        said = list(account(facts))
    assert len(said) == 7
    for part in ("2100", "50", "cam-07", "830", "19.6", "40"):
        assert any(part in one for one in said)
    assert "no_longer_closing" not in said[-1]
