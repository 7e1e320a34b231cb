"""What a traveller says by phone of boarding and arriving, and what it counts for at the roll call."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.movements.case import certify, convoy, place_site, plan_convoy
from tests.movements.on_the_way import START, leg
from tests.people.phones import PIN, client_of, person, phone, stands

from safeconduct import node, release
from safeconduct.listening import drain
from safeconduct.movements import acts, journeys
from safeconduct.movements.models import Movement
from safeconduct.movements.progress import acts as live
from safeconduct.movements.progress.contexts import live_page
from safeconduct.movements.progress.hearing_acts import hear
from safeconduct.movements.reactions import LISTENER
from safeconduct.people.checkin_acts import Said, check_in_once
from safeconduct.people.models import CheckIn, Whereabouts
from safeconduct.store.guard import passage
from safeconduct.terms.errors import BadInput, NotFound
from safeconduct.terms.ids import new_id
from safeconduct.terms.instant import iso, parse

pytestmark = pytest.mark.django_db

POST, DUTY, MANAGER, LIAISON = (
    "host.gate_post",
    "host.duty_officer",
    "partner.project_manager",
    "partner.liaison_officer",
)


def minutes(count: float):
    return START + timedelta(minutes=count)


@pytest.fixture
def two(as_role, clock_at) -> Any:
    """(movement, travellers, their phones' standings), planned and with both keys, half an hour before it departs."""
    place_site(as_role)
    clock_at(minutes(-30))
    people = [person(f"L-000{number}") for number in (1, 2)]
    fit = {"vetting": "cleared", "vetted_until": minutes(60 * 24 * 90).date()}
    fit["training_until"] = fit["vetted_until"]
    with passage("act"):
        type(people[0]).objects.update(**fit)
    refs = [str(one.pk) for one in people]
    ref = plan_convoy(as_role, legs=[leg(START)], convoy=convoy(1), travellers=refs)
    acts.assign_escort(as_role("host.commander"), ref, escort="Troop 1")
    acts.consent(as_role(DUTY), ref)
    acts.consent(as_role(LIAISON), ref)
    return ref, refs, [stands(phone(one)) for one in people]


def says(principal, ref, stage, at):
    journeys.say(principal, Said(new_id(), "safe", at, None, ref, stage))
    while drain(LISTENER):
        pass


def said(ref) -> dict[str, Any]:
    with passage("release"):
        return Movement.objects.get(pk=ref).said


def leave(as_role, clock_at, ref):
    clock_at(START)
    certify(as_role)
    acts.depart(as_role(DUTY), ref)


def test_boarding_is_told_with_the_phones_time_and_the_time_at_which_it_came(two, clock_at):
    ref, (first, _), (phone, _) = two
    clock_at(minutes(-2))
    says(phone, ref, "boarded", minutes(-9))
    assert said(ref) == {first: {"boarded": {"at": iso(minutes(-9)), "received_at": iso(minutes(-2))}}}


def test_what_waited_on_a_phone_does_not_stand_over_what_was_said_later(two, clock_at):
    ref, (first, _), (phone, _) = two
    clock_at(minutes(-2))
    says(phone, ref, "boarded", minutes(-3))
    says(phone, ref, "boarded", minutes(-9))
    assert said(ref)[first]["boarded"]["at"] == iso(minutes(-3))


def test_arrival_by_own_word_is_counted_at_the_roll_call_and_the_officers_word_stands_over_it(two, as_role, clock_at):
    ref, (first, second), phones = two
    leave(as_role, clock_at, ref)
    clock_at(minutes(14))
    says(phones[0], ref, "arrived", minutes(13))
    clock_at(minutes(15))
    acts.arrive(as_role(POST), ref)
    live.count(as_role(POST), ref, people=2, where="Terminal")
    with pytest.raises(BadInput) as caught:
        live.close(as_role(DUTY), ref)
    assert [one.where for one in caught.value.faults] == ["close.roll"], "the second has said nothing"
    says(phones[1], ref, "arrived", minutes(15))
    live.account(as_role(MANAGER), ref, statuses={second: "missing"})
    with pytest.raises(BadInput):
        live.close(as_role(DUTY), ref)
    shown = {one.ref: one for one in live_page(as_role(LIAISON), ref).travellers}
    assert (shown[first].status, shown[first].by_own_word) == ("here", True)
    assert (shown[second].status, shown[second].by_own_word, len(shown[second].said)) == ("missing", False, 1)
    live.account(as_role(MANAGER), ref, statuses={second: "here"})
    live.close(as_role(DUTY), ref)


def test_arriving_before_it_has_left_accounts_for_nobody(two, as_role, clock_at):
    ref, _, phones = two
    for one in phones:
        says(one, ref, "arrived", minutes(-30))
    leave(as_role, clock_at, ref)
    clock_at(minutes(15))
    acts.arrive(as_role(POST), ref)
    live.count(as_role(POST), ref, people=2, where="Terminal")
    with pytest.raises(BadInput):
        live.close(as_role(DUTY), ref)
    assert {one.status for one in live_page(as_role(LIAISON), ref).travellers} == {"not_asked"}


def test_the_partner_alone_reads_what_its_travellers_said(two, as_role):
    ref, _, phones = two
    says(phones[0], ref, "boarded", minutes(-31))
    assert release.one(Movement, as_role(LIAISON), ref)["said"]
    for role in (DUTY, POST, "host.commander"):
        assert "said" not in release.one(Movement, as_role(role), ref)
    assert "said" not in journeys.journeys(phones[1])[0].row, "nor do they read it of one another"


def test_nobody_is_heard_of_a_movement_on_which_they_do_not_travel(two, as_role):
    ref, _, _ = two
    stranger = stands(phone(person("L-0009")))
    with pytest.raises(NotFound):
        says(stranger, ref, "boarded", minutes(-31))
    check_in_once(stranger, Said(new_id(), "safe", minutes(-31), None, ref, "boarded"))
    while drain(LISTENER):
        pass
    assert said(ref) == {}
    with passage("release"):
        told = CheckIn.objects.get()
    with pytest.raises(BadInput):
        hear(node.current().system("node.clock"), ref, check_in=told.pk)


def test_who_has_arrived_is_at_the_destination_from_when_they_said(two, as_role, clock_at):
    ref, (first, _), (phone, _) = two
    leave(as_role, clock_at, ref)
    clock_at(minutes(20))
    says(phone, ref, "arrived", minutes(14))
    with passage("release"):
        found = Whereabouts.objects.get(person=first, latest=True)
    assert (found.source, found.occurred_at, found.logged_at) == ("movement", minutes(14), minutes(20))


def test_a_page_that_knows_no_journey_means_the_nearest_one(two, clock_at):
    ref, _, (phone, _) = two
    assert journeys.on_which(phone, minutes(-5)) == ref
    with pytest.raises(NotFound):
        journeys.on_which(phone, minutes(60 * 24))


def test_a_locked_phone_says_so_with_its_pin_once(two, clock_at):
    ref, (first, _), _ = two
    with passage("release"):
        mine = phone_row(first)
    client, given = client_of(mine), str(new_id())
    form = {"id": given, "stage": "boarded", "at": iso(minutes(-33))}
    script = {"headers": {"accept": "application/json"}}
    assert client.post("/me/journeys/say/", form, **script).status_code == 403
    assert client.post("/me/journeys/say/", form | {"pin": PIN}, **script).status_code == 201
    assert client.post("/me/journeys/say/", form | {"pin": PIN}, **script).status_code == 200
    assert client.post("/me/journeys/say/", form | {"stage": "asleep", "pin": PIN}, **script).status_code == 422
    with passage("release"):
        told = CheckIn.objects.get()
    assert (told.journey, told.stage, told.claimed_at) == (ref, "boarded", minutes(-33))
    assert parse(form["at"]) < told.logged_at


def phone_row(person_id):
    from safeconduct.people.models import Phone

    return Phone.objects.get(person=person_id)


def test_who_travelled_is_forgotten_with_what_they_said(two, as_role, clock_at):
    from safeconduct.movements.protection.reactions import reduce_old_manifests

    ref, _, phones = two
    says(phones[0], ref, "boarded", minutes(-31))
    acts.cancel(as_role(MANAGER), ref, reason="No need")
    clock_at(START + timedelta(days=400))
    reduce_old_manifests()
    assert said(ref) == {}
