"""Fixtures of all tests: a node, principals in every role, users and clients."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.nodes import session_node

from safeconduct import node
from safeconduct.accord.cedar import remembering
from safeconduct.terms import instant

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_remembered = remembering()
"""Tests load hundreds of drafts that differ in a policy."""
_remembered.__enter__()
_path = session_node()
os.environ["SAFECONDUCT_NODE"] = str(_path)
os.environ["DJANGO_SETTINGS_MODULE"] = "safeconduct.web.settings"
# A worker of pytest-xdist inherits the environment, and has opened the node of the process that started it.
node.forget()


def pytest_configure() -> None:
    import django

    django.setup()
    _let_flush_through_the_guard()


def _let_flush_through_the_guard() -> None:
    """Django empties the tables after a test of transactions; that is no act."""
    from django.core.management.commands.flush import Command

    from safeconduct.store.guard import passage

    flush = Command.handle

    def handle(self, **options):
        with passage("act"):
            return flush(self, **options)

    Command.handle = handle


def pytest_collection_modifyitems(config, items) -> None:
    """On PostgreSQL only what touches the database is run again."""
    if os.environ.get("SAFECONDUCT_TEST_DATABASE"):
        again = [item for item in items if item.get_closest_marker("django_db") or "db" in item.fixturenames]
        config.hook.pytest_deselected(items=[item for item in items if item not in set(again)])
        items[:] = again


def pytest_unconfigure() -> None:
    shutil.rmtree(_path.parent, ignore_errors=True)


ROLES = {
    "host.duty_officer": ("duty", "host", ""),
    "host.commander": ("commander", "host", ""),
    "host.gate_post": ("gatepost", "host", "marjan"),
    "host.focal_point": ("focal", "host", ""),
    "host.analyst": ("hostanalyst", "host", ""),
    "partner.liaison_officer": ("liaison", "partner", ""),
    "partner.project_manager": ("manager", "partner", ""),
    "partner.head_of_mission": ("head", "partner", ""),
    "partner.analyst": ("partneranalyst", "partner", ""),
    "partner.warden": ("warden", "partner", "marjan"),
    "partner.person": ("person", "partner", ""),
    "auditor": ("auditor", "partner", ""),
    "dpo": ("dpo", "host", ""),
}
"""Role to the (name, party, area) that holds it in tests."""


@pytest.fixture
def node_path() -> Path:
    return _path


@pytest.fixture
def as_role():
    """`as_role("host.duty_officer")`: the principal of that role."""
    from safeconduct.terms.party import Grant, Principal

    def principal(role: str, area: str | None = None) -> Principal:
        name, party, usual_area = ROLES[role]
        return Principal(name, party, (Grant(role, usual_area if area is None else area),))

    return principal


@pytest.fixture
def watch():
    """The node's own watch as a principal."""
    return node.current().system("node.watch")


@pytest.fixture
def clock_at() -> Iterator[Callable[[datetime], None]]:
    """`clock_at(moment)`: the node's clock stands there until it is set anew."""
    yield lambda moment: instant.run_clock(moment, datetime.now(UTC), 0.0)
    instant.run_clock(EPOCH, EPOCH, 1.0)


@pytest.fixture(autouse=True)
def _fresh_labels() -> Iterator[None]:
    """Labels are cached a process; a test that rolled back made some of them untrue."""
    from safeconduct.store import labels

    labels.forget()
    yield
    labels.forget()


@pytest.fixture(autouse=True)
def _same_node() -> Iterator[None]:
    """A test that opened another node leaves this one open for the next."""
    yield
    if os.environ.get("SAFECONDUCT_NODE") != str(_path) or node.current().path != _path:
        os.environ["SAFECONDUCT_NODE"] = str(_path)
        node.forget()


@pytest.fixture
def login(client, db) -> Callable[[str], object]:
    """`login("host.commander")`: the Django test client, logged in as the one who holds that role."""
    from django.test import Client

    from safeconduct.people.acts import appoint
    from safeconduct.people.founding import appointing_principal
    from safeconduct.people.models import User
    from safeconduct.terms import instant

    def logged_in(role: str) -> Client:
        name, party, area = ROLES[role]
        user, made = User.objects.get_or_create(username=name, defaults={"party": party})
        if made:
            begin = instant.now() - timedelta(minutes=1)
            appoint(appointing_principal(party), site=area, user=name, role=role, begin=begin)
        fresh = Client()
        fresh.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return fresh

    return logged_in


def pytest_addoption(parser) -> None:
    parser.addoption("--write-actor-table", action="store_true", help="write tests/actor_table.txt anew")
