"""Promises of a traveller's own journeys: told from when they are cleared, where and when a day before, to no other."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.people.phones import MANAGER, SITE, client_of, person, phone, row, stands

from safeconduct import release
from safeconduct.movements import journeys
from safeconduct.movements.models import HELD, PLANNED, Leg, Movement
from safeconduct.people.checkin_acts import Said
from safeconduct.people.models import CheckIn
from safeconduct.store.guard import passage
from safeconduct.store.labels import intern
from safeconduct.terms import instant
from safeconduct.terms.errors import NotFound
from safeconduct.terms.ids import new_id

pytestmark = pytest.mark.django_db


def planned(travellers, *, state: str = PLANNED, begins_in: timedelta = timedelta(hours=2)):
    """A movement of the partner with one leg, as a plan leaves it."""
    from safeconduct import node

    begin = instant.now() + begins_in
    labels = {one: node.current().accord.marking(one, MANAGER.party, SITE) for one in ("movement", "leg")}
    with passage("act"):
        movement = Movement.objects.create(
            label_id=intern(labels["movement"]),
            name="Convoy Heron",
            site=SITE,
            route="compound to terminal",
            depart_at=begin,
            vehicles=1,
            people=len(travellers),
            travellers=[str(one.pk) for one in travellers],
            state=state,
        )
        Leg.objects.create(
            label_id=intern(labels["leg"]),
            movement=movement.pk,
            number=1,
            site=SITE,
            route=movement.route,
            begin_at=begin,
            end_at=begin + timedelta(hours=1),
        )
    return movement


def test_a_traveller_is_told_of_their_own_journeys_alone():
    mine, other = person("L-0001"), person("L-0002")
    movement = planned([mine])
    [journey] = journeys.journeys(stands(phone(mine)))
    assert (journey.row.id, len(journey.legs)) == (movement.pk, 1)
    assert set(journey.row) == {"name", "site", "state"}
    assert journeys.journeys(stands(phone(other))) == []


@pytest.mark.parametrize(("state", "begins_in", "legs"), [(PLANNED, 23, 1), (PLANNED, 25, 0), (HELD, 2, 0)])
def test_a_leg_is_told_a_day_before_and_not_while_the_journey_is_held(state, begins_in, legs):
    mine = person()
    planned([mine], state=state, begins_in=timedelta(hours=begins_in))
    [journey] = journeys.journeys(stands(phone(mine)))
    assert len(journey.legs) == legs


def test_a_journey_that_is_not_cleared_is_told_to_no_traveller():
    mine = person()
    planned([mine], state="requested")
    assert journeys.journeys(stands(phone(mine))) == []


def test_boarding_is_said_once_and_of_no_other_journey():
    mine, other = person("L-0001"), person("L-0002")
    principal, movement, others = stands(phone(mine)), planned([mine]), planned([other])
    said = Said(new_id(), "safe", instant.now(), None, movement.pk, "boarded")
    assert journeys.say(principal, said)
    assert not journeys.say(principal, said)
    assert (row(CheckIn).journey, row(CheckIn).stage) == (movement.pk, "boarded")
    with pytest.raises(NotFound):
        journeys.say(principal, replace(said, client_id=new_id(), journey=others.pk))


def test_the_page_of_journeys_stands_behind_the_pin():
    mine = person()
    movement = planned([mine])
    client = client_of(phone(mine))
    assert client.get("/me/journeys/").status_code == 302
    client.post("/me/pin/", {"pin": "2468"})
    assert "Convoy Heron" in client.get("/me/journeys/").content.decode()
    form = {"id": str(new_id()), "stage": "arrived", "journey": str(movement.pk)}
    assert client.post("/me/journeys/say/", form).status_code == 302
    assert row(CheckIn).stage == "arrived"
    assert [one["name"] for one in client.get("/me/data.json").json()["movement"]] == ["Convoy Heron"]
    assert release.listing(CheckIn, MANAGER)[0].stage == "arrived"
