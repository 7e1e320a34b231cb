"""What the watch's alerts do to sweeps: a stop on the swept stretch takes the certificate back, nothing else does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.movements.case import ALERT_NEAR, ALERT_ON, certify, found, place_site, plan_convoy, raise_alert

from safeconduct.listening import drain
from safeconduct.movements import facts, queries
from safeconduct.movements.reactions import LISTENER
from safeconduct.record.queries import entries, size
from safeconduct.store.guard import passage
from safeconduct.terms import instant
from safeconduct.watch.acts import acknowledge, assess, clear_alert, update_alert
from safeconduct.watch.models import Alert

pytestmark = pytest.mark.django_db

SINCE, THROUGH = "stopped_since", "stands_on_it"


@pytest.fixture
def sweep(as_role: Any) -> Any:
    """A sweep of the whole route; `sweep()` is the reason for which it is void, "" while it is valid."""
    place_site(as_role)
    ref = certify(as_role)

    def reason(of: Any = None) -> str:
        while drain(LISTENER):
            pass
        return queries.sweep(as_role("host.duty_officer"), of or ref)["void_reason"]

    assert reason() == ""
    return reason


def later(**details: Any) -> dict[str, Any]:
    """An alert on the route that began after the search."""
    return ALERT_ON | {"started": instant.iso(instant.now() + timedelta(seconds=1))} | details


def test_sweep_is_void_after_a_later_arrival(sweep, watch):
    raise_alert(watch, **later())
    assert sweep() == SINCE


@pytest.mark.parametrize("kind", ["circling", "lost_watch", "convoy_approach"])
def test_only_a_stop_voids_a_sweep(sweep, watch, kind: str):
    raise_alert(watch, **later(kind=kind))
    assert sweep() == ""


def test_a_stop_beside_the_corridor_leaves_the_sweep(sweep, watch):
    raise_alert(watch, **ALERT_NEAR)
    assert sweep() == ""


def test_a_search_while_something_stands_on_the_stretch_is_void_at_once(sweep, watch, as_role):
    raise_alert(watch, **ALERT_ON)
    assert sweep(certify(as_role)) == THROUGH


def test_a_search_around_what_a_person_found_harmless_stays_valid_even_when_that_leaves(sweep, watch, as_role):
    alert = raise_alert(watch, **ALERT_ON)
    assess(as_role("host.duty_officer"), alert, disposition="benign", assessment="A broken bus; we have looked.")
    ref = certify(as_role)
    assert sweep(ref) == ""
    clear_alert(watch, alert, found=found(**ALERT_ON, ended=instant.iso(instant.now())))
    assert sweep(ref) == ""


def test_a_search_around_what_is_suspicious_is_void(sweep, watch, as_role):
    alert = raise_alert(watch, **ALERT_ON)
    assess(as_role("host.duty_officer"), alert, disposition="suspicious", assessment="Nobody knows it.")
    assert sweep(certify(as_role)) == THROUGH


def test_a_hold_is_proposed_once_an_alert_and_leaves_one_entry(sweep, watch, as_role):
    plan_convoy(as_role)
    alert = raise_alert(watch, **ALERT_NEAR)
    sweep()
    acknowledge(as_role("host.duty_officer"), alert)
    update_alert(watch, alert, found=found(**ALERT_NEAR, severity="critical"))
    sweep()
    assert [entry.act for entry in entries(0, size())].count("movement.propose_hold") == 1


@pytest.mark.parametrize("disposition", ["", "benign", "suspicious", "hostile"])
@pytest.mark.parametrize("severity", ["notice", "alert", "critical"])
@pytest.mark.parametrize("is_ended", [False, True])
def test_one_alert_stands_where_the_list_of_standing_alarms_has_it(watch, as_role, disposition, severity, is_ended):
    place_site(as_role)
    ended = instant.iso(instant.now()) if is_ended else None
    ref = raise_alert(watch, **ALERT_NEAR, severity=severity, ended=ended)
    if disposition:
        assess(as_role("host.duty_officer"), ref, disposition=disposition, assessment="Seen.")
    with passage("release"):
        listed = [one.pk for one in facts.standing_alarms("marjan")]
        assert facts.is_standing(Alert.objects.get(pk=ref)) == (ref in listed)
