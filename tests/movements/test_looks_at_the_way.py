"""Whoever is shown on the board or the driver's page where a movement is due next, is seen to have looked."""

from __future__ import annotations

import pytest
from tests.movements.case import place_site
from tests.movements.on_the_way import depart, row

from safeconduct.movements.progress import contexts
from safeconduct.people.models import Look
from safeconduct.store.guard import passage

pytestmark = pytest.mark.django_db


@pytest.fixture
def on_its_way(as_role, clock_at):
    place_site(as_role)
    return depart(as_role, clock_at)


def looked(reader: str) -> set[tuple[str, object]]:
    with passage("release"):
        return set(Look.objects.filter(reader=reader).values_list("of_class", "of"))


def test_the_board_shows_nobody_unseen_what_is_due_next(on_its_way, as_role):
    duty = as_role("host.duty_officer")
    shown = contexts.board(duty)
    assert [one.progress.get("next_at") is not None for one in shown.rows] == [True]
    assert ("progress", row(on_its_way).pk) in looked(duty.name)


def test_a_board_that_shows_none_is_no_look(on_its_way, as_role):
    duty = as_role("host.duty_officer")
    contexts.board(duty, "arrived")
    assert looked(duty.name) == set()


def test_the_page_of_drivers_is_a_look_at_each(on_its_way, as_role):
    manager = as_role("partner.project_manager")
    assert [one.id for one in contexts.drive_page(manager).journeys] == [row(on_its_way).pk]
    assert ("progress", row(on_its_way).pk) in looked(manager.name)
