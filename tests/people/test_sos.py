"""Promises of calls for help: where while it lasts, never who to the host, and no end by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.people.phones import DUTY, LIAISON, MANAGER, SITE, person, phone, row, stands

from safeconduct import node, release
from safeconduct.people import sos_acts as sos
from safeconduct.people.models import Delivery, Person, Sos, Whereabouts
from safeconduct.people.person_acts import make_zone
from safeconduct.people.sos_acts import Call, Spot
from safeconduct.people.sos_ladder import to_tell
from safeconduct.people.sos_reads import climb_unanswered, sos_of
from safeconduct.record.models import Payload
from safeconduct.store.guard import passage
from safeconduct.terms import instant
from safeconduct.terms.decision import Refused
from safeconduct.terms.errors import BadInput, NotFound
from safeconduct.terms.ids import new_id
from safeconduct.terms.party import Grant, Principal

pytestmark = pytest.mark.django_db

COMMANDER = Principal("commander", "host", (Grant("host.commander"),))
IDENTIFYING = {"person", "way", "answered_by", "end_reason"}


def spot(lon: float = 75.00123, lat: float = -5.00321, at=None) -> Spot:
    return Spot(lon, lat, 12.0, at or instant.now())


def called(principal, *, silent: bool = False, way: str = sos.BUTTON, where: Spot | None = None, **how) -> Sos | None:
    made = Call(how.get("client_id") or new_id(), how.get("at") or instant.now(), silent, where or spot(), way)
    return sos.call(principal, made, site="marjan")


@pytest.fixture
def caller():
    return stands(phone(person()))


def test_the_host_gets_where_and_when_and_never_who(caller):
    call = called(caller, silent=True, way=sos.DURESS)
    seen = release.one(Sos, DUTY, call.pk)
    assert (seen.lon, seen.lat, seen.site, seen.state, seen.silent) == (75.00123, -5.00321, "marjan", "open", True)
    assert not IDENTIFYING & set(seen)
    assert set(release.one(Sos, LIAISON, call.pk)) >= IDENTIFYING


def test_the_exact_place_is_gone_when_the_call_has_ended(caller):
    call = called(caller)
    sos.move(caller, call.pk, spot(75.2))
    assert row(Sos).lon == 75.2
    sos.end(MANAGER, call.pk, reason="Found well.")
    kept = row(Sos)
    assert (kept.lon, kept.lat, kept.accuracy_m) == (None, None, None)
    with passage("release"):
        assert not Whereabouts.objects.exclude(lon=None).exists()
        assert "75.2" not in str(list(Payload.objects.values()))
    with pytest.raises(BadInput):
        sos.move(caller, call.pk, spot())


def test_the_same_call_twice_is_one_and_a_second_while_one_lasts_is_the_same(caller):
    ref = new_id()
    first = called(caller, client_id=ref)
    assert called(caller, client_id=ref) is None
    assert called(caller, where=spot(75.4)).pk == first.pk
    assert row(Sos).lon == 75.4


def test_whoever_calls_aloud_after_a_silent_call_is_heard_aloud_and_duress_stays(caller):
    called(caller, silent=True, way=sos.DURESS)
    called(caller, silent=False)
    kept = row(Sos)
    assert (kept.silent, kept.way) == (False, sos.DURESS)


def test_an_older_place_that_waited_does_not_overtake_a_newer_one(caller):
    at = instant.now()
    call = called(caller, where=spot(75.1, at=at))
    sos.move(caller, call.pk, spot(75.9, at=at - timedelta(minutes=5)))
    assert row(Sos).lon == 75.1


def test_a_call_keeps_the_time_at_which_it_was_made(caller, clock_at):
    made_at = instant.now()
    clock_at(made_at + timedelta(hours=30))
    called(caller, at=made_at)
    kept = row(Sos)
    assert (kept.claimed_at, kept.logged_at) == (made_at, made_at + timedelta(hours=30))


def test_a_caller_reads_nothing_of_another_call(caller):
    other = called(stands(phone(person("L-0099"))))
    assert sos_of(caller) is None
    with pytest.raises(NotFound):
        sos.move(caller, other.pk, spot())
    with pytest.raises(NotFound):
        sos.end(caller, other.pk, reason="Mine.")


def test_each_side_does_its_own(caller):
    call = called(caller)
    sos.acknowledge(DUTY, call.pk)
    with pytest.raises(Refused):
        sos.answer(DUTY, call.pk)
    with pytest.raises(Refused):
        sos.end(COMMANDER, call.pk, reason="It is over.")
    with pytest.raises(Refused):
        sos.acknowledge(LIAISON, call.pk)
    sos.answer(LIAISON, call.pk)
    with pytest.raises(BadInput):
        sos.end(LIAISON, call.pk, reason=" ")
    sos.end(LIAISON, call.pk, reason="Spoke to them.")


def test_an_unanswered_call_climbs_and_never_ends_by_itself(caller, clock_at):
    at = instant.now()
    clock_at(at)
    call = called(caller)
    rungs = []
    for minute in (0, 0.9, 1, 2, 3, 5, 10, 60, 6000):
        clock_at(at + timedelta(minutes=minute))
        climb_unanswered()
        rungs.append(row(Sos).rung)
    assert rungs == [0, 0, 1, 1, 2, 2, 3, 3, 3]
    assert row(Sos).state == sos.OPEN
    sos.answer(LIAISON, call.pk)
    assert row(Sos).state == sos.ANSWERED


def test_a_call_is_told_to_more_people_the_farther_it_climbs_and_never_to_whoever_calls(clock_at):
    at = instant.now()
    clock_at(at)
    way = [{"channel": "sms", "address": "+923001234567"}]
    warden, alternate, other = (person(f"L-000{nth}", contacts=way) for nth in (1, 2, 3))
    zone = make_zone(MANAGER, site=SITE, name="North", warden=str(warden.pk), alternates=[str(alternate.pk)])
    make_zone(MANAGER, site=SITE, name="South", warden=str(other.pk))
    whom = person("L-0004", zone=zone.pk, contacts=way)
    told = []
    principal = stands(phone(whom))
    with passage("act"):
        expected = {rung: {one.reference for one in to_tell(row(Person, pk=whom.pk), rung)} for rung in range(4)}
    called(principal)
    for minute in (0, 1, 3):
        clock_at(at + timedelta(minutes=minute))
        climb_unanswered()
        with passage("release"):
            told.append({one.person.reference for one in Delivery.objects.select_related("person").filter(what="sos")})
    assert expected == {0: {"L-0001"}, 1: {"L-0002"}, 2: {"L-0001", "L-0002", "L-0003"}, 3: set()}
    assert all(whom.reference not in one for one in told)


def test_an_answered_call_climbs_no_further(caller, clock_at):
    at = instant.now()
    clock_at(at)
    sos.answer(LIAISON, called(caller).pk)
    clock_at(at + timedelta(hours=1))
    climb_unanswered()
    assert row(Sos).rung == 0


def test_only_the_node_lets_a_call_climb(caller):
    call = called(caller)
    with pytest.raises(Refused):
        sos.climb(LIAISON, call.pk, rung=1)
    sos.climb(node.current().system("node.clock"), call.pk, rung=1)


@pytest.mark.parametrize(("lon", "lat"), [(181.0, 0.0), (float("nan"), 0.0), (0.0, 91.0), (0.0, float("inf"))])
def test_a_place_that_is_none_is_refused(caller, lon, lat):
    with pytest.raises(BadInput):
        called(caller, where=spot(lon, lat))
