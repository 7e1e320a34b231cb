"""Health and metrics: who may ask, and what they tell."""

from __future__ import annotations

import os
import re
import time

import pytest
from django.db import connection

from safeconduct.terms.decision import Refused
from safeconduct.web.metrics import token

pytestmark = pytest.mark.django_db


@pytest.fixture
def beats(node_path):
    """`beats(watch=3.0)`: the watch last beat three seconds ago."""
    made = []

    def set_ages(**ages_s: float) -> None:
        for process, age_s in ages_s.items():
            path = node_path / f"{process}.alive"
            path.touch()
            os.utime(path, (time.time() - age_s,) * 2)
            made.append(path)

    yield set_ages
    for path in made:
        path.unlink(missing_ok=True)


def test_a_node_whose_processes_beat_is_well(client, beats):
    beats(watch=1.0, clock=1.0)
    response = client.get("/healthz")
    assert response.status_code == 200
    assert response.json() == {"status": "ok", "database": "alive", "watch": "alive", "clock": "alive"}


def test_a_watch_that_fell_silent_is_a_failing_node(client, beats):
    beats(watch=60.0, clock=1.0)
    response = client.get("/healthz")
    assert (response.status_code, response.json()["watch"]) == (503, "stale")


@pytest.mark.embedded
def test_an_empty_database_in_the_place_of_the_nodes_own_is_a_failing_node(client, beats):
    """SQLite makes an empty file where the node's was deleted, and answers."""
    beats(watch=1.0, clock=1.0)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE django_migrations RENAME TO elsewhere")
    response = client.get("/healthz")
    assert (response.status_code, response.json()["database"]) == (503, "stale")


def test_the_picture_says_that_the_watch_does_not_run(login, beats):
    beats(watch=60.0)
    assert "The watch does not run." in login("partner.liaison_officer").get("/picture/health/").content.decode()
    beats(watch=1.0)
    assert "The watch does not run." not in login("partner.liaison_officer").get("/picture/health/").content.decode()


@pytest.mark.parametrize("header", ["", "Bearer ", "Bearer wrong", "Basic abc", "Bearer \N{SNOWMAN}"])
def test_metrics_want_their_token(client, login, header):
    for asker in (client, login("host.commander")):
        response = asker.get("/metrics", headers={"Authorization": header})
        assert response.status_code == 401
        assert response["WWW-Authenticate"].startswith("Bearer")
        assert b"safeconduct_acts" not in response.content


def test_metrics_count_acts_and_requests_and_name_nobody(client, login, as_role):
    from safeconduct.strategy.acts import order_measure

    order = {"site": "marjan", "kind": "look", "text": "Look.", "unit": "Patrol Falcon"}
    order_measure(as_role("host.commander"), **order)
    with pytest.raises(Refused):
        order_measure(as_role("partner.liaison_officer"), **order)
    login("host.duty_officer").get("/alerts/")
    text = client.get("/metrics", headers={"Authorization": f"Bearer {token()}"}).content.decode()
    assert re.search(r'safeconduct_acts_total\{act="measure.order",outcome="done"\} [1-9]', text)
    assert re.search(r'safeconduct_acts_total\{act="measure.order",outcome="refused"\} [1-9]', text)
    assert re.search(r'safeconduct_requests_total\{status="200",view="alerts"\} [1-9]', text)
    for told in ("marjan", "Falcon", "duty", "commander", "liaison", "host", "partner"):
        assert told not in text
