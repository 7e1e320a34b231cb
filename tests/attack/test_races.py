"""Two people, or a person and the watch, act in the same instant."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from tests.movements import case

from safeconduct.movements import acts, queries
from safeconduct.movements.protection.reactions import disclose_what_is_due
from safeconduct.terms.errors import BadInput

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        "postgresql" not in str(connection.settings_dict["ENGINE"]),
        reason="acts of SQLite take turns as a whole: its transactions begin as writers",
    ),
]


@pytest.fixture
def ready(as_role):
    case.place_site(as_role)
    convoy = case.plan_convoy(as_role)
    case.certify(as_role)
    acts.assign_escort(as_role("host.commander"), convoy, escort="Troop 1")
    acts.consent(as_role("host.duty_officer"), convoy)
    acts.consent(as_role("partner.liaison_officer"), convoy)
    disclose_what_is_due()  # the gate post is told of what is about to leave
    return convoy


def while_undone(first: Callable[[], Any], second: Callable[[], Any]) -> Any:
    """What `second` came to, begun after `first` was done and before its transaction ended."""
    found: list[Any] = []

    def other() -> None:
        try:
            found.append(second())
        except BadInput as error:
            found.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=other)
    with transaction.atomic():
        first()
        thread.start()
        time.sleep(0.7)
    thread.join(10)
    return found[0]


def test_a_departure_does_not_overtake_an_alarm(ready, as_role, watch):
    came = while_undone(lambda: case.raise_alert(watch), lambda: acts.depart(as_role("host.gate_post"), ready))
    assert [fault.where for fault in came.faults] == ["gate.no_alarm"]
    assert queries.movement(as_role("host.duty_officer"), ready)["state"] == "planned"


def test_a_departure_does_not_overtake_a_hold(ready, as_role):
    came = while_undone(
        lambda: acts.hold(as_role("partner.liaison_officer"), ready, reason="A rumour."),
        lambda: acts.depart(as_role("host.gate_post"), ready),
    )
    assert [fault.where for fault in came.faults] == ["state"]


def test_two_keys_turned_at_once_are_both_turned(as_role):
    case.place_site(as_role)
    convoy = case.plan_convoy(as_role)
    while_undone(
        lambda: acts.consent(as_role("partner.liaison_officer"), convoy),
        lambda: acts.consent(as_role("host.duty_officer"), convoy),
    )
    assert set(queries.movement(as_role("host.duty_officer"), convoy)["keys"]) == {"host", "partner"}
