"""Promises of codes and phones."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.people.phones import DURESS, LIAISON, MANAGER, PIN, person, phone, row, stands, user_of

from safeconduct import release
from safeconduct.people import enrolment_acts as enrolment
from safeconduct.people import joining
from safeconduct.people.enrolment_acts import Secrets, end_phone, invite_person
from safeconduct.people.joining import join
from safeconduct.people.models import Appointment, Enrolment, Person, Phone
from safeconduct.people.own import person_of
from safeconduct.record.models import Payload
from safeconduct.store.guard import passage
from safeconduct.terms import instant
from safeconduct.terms.decision import Refused
from safeconduct.terms.errors import BadInput, NotFound
from safeconduct.terms.party import NOBODY

pytestmark = pytest.mark.django_db


def test_a_phone_stands_for_its_person_and_for_nobody_else():
    mine, other = person("L-0001"), person("L-0002")
    principal = stands(phone(mine))
    assert person_of(principal).id == mine.pk
    assert [one.id for one in release.listing(Person, principal)] == [mine.pk]
    with pytest.raises(NotFound):
        release.one(Person, principal, other.pk)


def test_a_phone_shows_in_no_list_of_roles():
    joined = phone(person())
    with passage("release"):
        assert not Appointment.objects.filter(user_name=joined.user_name).exists()


def test_a_code_is_good_once():
    code = invite_person(MANAGER, person().pk).clear
    join(Secrets(code, PIN, DURESS))
    with pytest.raises(NotFound):
        join(Secrets(code, PIN, DURESS))


def test_a_code_is_good_for_half_an_hour(clock_at):
    at = instant.now()
    clock_at(at)
    whom = person()
    codes = [invite_person(MANAGER, one.pk).clear for one in (whom, person("L-0043"))]
    clock_at(at + enrolment.LIFE - timedelta(seconds=1))
    assert join(Secrets(codes[0], PIN, DURESS)).person == whom.pk
    clock_at(at + enrolment.LIFE)
    with pytest.raises(NotFound):
        join(Secrets(codes[1], PIN, DURESS))


def test_a_new_code_ends_the_one_before():
    whom = person()
    old = invite_person(MANAGER, whom.pk).clear
    invite_person(MANAGER, whom.pk)
    assert not joining.is_open(old)


def test_a_code_may_be_typed_small_with_spaces_and_with_letters_that_look_like_digits():
    code = invite_person(MANAGER, person().pk).clear
    assert joining.is_open(code.lower().replace("-", " ").replace("0", "o").replace("1", "l"))


def test_the_code_and_the_pins_are_kept_and_recorded_nowhere():
    code = invite_person(MANAGER, person().pk).clear
    joined = join(Secrets(code, PIN, DURESS))
    with passage("release"):
        kept = str(list(Enrolment.objects.values())) + str(list(Phone.objects.values()))
        payloads = str(list(Payload.objects.values()))
    for one in (code, code.replace("-", ""), f"'{PIN}'", f"'{DURESS}'"):
        assert one not in kept + payloads
    assert joined.page_pin != joined.duress_pin


def test_a_second_phone_ends_the_first():
    whom = person()
    first, second = phone(whom), phone(whom)
    assert stands(first) == NOBODY
    assert person_of(stands(second)).id == whom.pk
    assert row(Phone, pk=first.pk).end_reason == "replaced"
    assert not user_of(first).is_active


def test_a_manager_ends_a_lost_phone_and_its_person_leaves_it():
    whom = person()
    lost = phone(whom)
    end_phone(MANAGER, lost.pk, reason="lost")
    assert stands(lost) == NOBODY
    left = phone(whom)
    end_phone(stands(left), left.pk, reason="left")
    assert stands(left) == NOBODY
    assert row(Person, pk=whom.pk).user_name is None


def test_a_phone_ends_no_other():
    mine, other = phone(person("L-0001")), phone(person("L-0002"))
    with pytest.raises(NotFound):
        end_phone(stands(mine), other.pk, reason="lost")


@pytest.mark.parametrize(
    ("pin", "duress"),
    [("123", "4567"), ("1111", "2468"), ("2468", "2468"), ("2468", "2469"), ("2468", "13579"), ("24a8", "1357")],
)
def test_pins_that_could_be_mixed_up_are_refused(pin, duress):
    code = invite_person(MANAGER, person().pk).clear
    with pytest.raises(BadInput) as refused:
        join(Secrets(code, pin, duress))
    assert pin not in str(refused.value)
    assert joining.is_open(code)


def test_nobody_of_the_host_makes_a_code(as_role):
    whom = person()
    for role in ("host.commander", "host.duty_officer", "dpo"):
        with pytest.raises((Refused, NotFound)):
            invite_person(as_role(role), whom.pk)
    with pytest.raises(Refused):
        invite_person(LIAISON, whom.pk)
