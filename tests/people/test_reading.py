"""Unusual reading: declared thresholds, decoys, and the limit beyond which no more is shown, never silently."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from tests.worlds import SITE, Clock, principal

from safeconduct import release
from safeconduct.accord.protection import ReadingLimit
from safeconduct.listening import drain
from safeconduct.people import looks
from safeconduct.people.models import Canary, Person, ReadingAlarm
from safeconduct.people.person_acts import register
from safeconduct.people.persons import Particulars
from safeconduct.people.reading import acts, judging
from safeconduct.people.reading.rules import Habit, Seen, longest_run, things, with_neighbours
from safeconduct.terms import instant
from safeconduct.terms.decision import Refused
from safeconduct.terms.errors import BadInput, NotFound

AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
IDS = [uuid.UUID(int=number) for number in range(20)]
ORDER = {ref: number for number, ref in enumerate(IDS)}
DAYTIME = Habit(20, with_neighbours(range(8, 17)), frozenset({"marjan"}))


def limit(rule, most=3):
    return ReadingLimit(rule, "movement", "9.34", most, HOUR)


def seen(numbers, hour=12, site="marjan", alone=True):
    return [Seen(IDS[number], site, AT, hour, alone) for number in numbers]


@pytest.mark.parametrize(
    ("rule", "looks", "wanted"),
    [
        ("many", seen(range(4)), True),
        ("many", seen(range(3)), False),
        ("many", seen([1, 1, 1, 1]), False),
        ("odd_hours", seen(range(4), hour=3), True),
        ("odd_hours", seen(range(4), hour=17), False),
        ("elsewhere", seen(range(4), site="harbour"), True),
        ("elsewhere", seen(range(4)), False),
        ("in_sequence", seen([4, 5, 6, 7]), True),
        ("in_sequence", seen([7, 6, 5, 4]), True),
        ("in_sequence", seen([4, 6, 8, 10]), False),
        ("in_sequence", seen([4, 5, 6, 7], alone=False), False),
    ],
)
def test_a_limit_is_broken_by_more_than_most_and_by_nothing_less(rule, looks, wanted):
    assert bool(things(limit(rule), looks, DAYTIME, ORDER)) is wanted


@pytest.mark.parametrize("rule", ["odd_hours", "elsewhere"])
def test_of_a_new_reader_nothing_is_said_to_be_unusual(rule):
    new = Habit(2, frozenset({12}), frozenset({"marjan"}))
    assert not things(limit(rule), seen(range(9), hour=3, site="harbour"), new, ORDER)


def test_a_run_goes_on_through_a_second_look_and_turns_once():
    assert longest_run([IDS[one] for one in (9, 1, 2, 2, 3, 4, 3)], ORDER) == IDS[1:5]


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(instant, "now", clock)
    judging.habit_of.cache_clear()
    return clock


def people(count):
    return [
        register(principal("manager"), Particulars(f"L-{n:04}", f"Somebody {n}", "protected"), site=SITE).pk
        for n in range(count)
    ]


def judge():
    while drain(judging.LISTENER):
        pass


def alarms(actor):
    return [(one["rule"], one["reader"], one["count"]) for one in release.listing(ReadingAlarm, principal(actor))]


@pytest.mark.django_db
def test_opening_people_one_after_another_raises_one_alarm_to_their_own_party(clock):
    refs = people(9)
    for ref in refs:
        clock.at += timedelta(seconds=20)
        looks.enter(principal("liaison"), "person", [ref], "page")
        judge()
    assert alarms("head") == [("in_sequence", "liaison", 8)]
    assert alarms("commander") == alarms("duty") == alarms("liaison") == []


@pytest.mark.django_db
def test_a_decoy_raises_an_alarm_when_it_is_opened_and_not_when_it_is_listed(clock):
    ref = people(1)[0]
    acts.place_canary(principal("head"), of_class="person", of=ref, note="Nobody.")
    looks.enter(principal("liaison"), "person", [ref], "list")
    judge()
    assert alarms("head") == []
    looks.enter(principal("liaison"), "person", [ref], "page")
    judge()
    assert alarms("head") == [("canary", "liaison", 1)]


@pytest.mark.django_db
def test_a_decoy_is_known_to_nobody_but_its_party_heads_and_leaves_the_thing_as_it_is(clock):
    ref = people(1)[0]
    before = dict(release.one(Person, principal("manager"), ref))
    acts.place_canary(principal("head"), of_class="person", of=ref)
    assert dict(release.one(Person, principal("manager"), ref)) == before
    for actor in ("manager", "liaison", "commander", "duty", "dpo"):
        assert release.count(Canary, principal(actor)) == 0, actor
        heard = (one for one in release.events_after(0, 9999) if one.kind in ("canary", "reading_alarm"))
        assert not any(release.may_hear(principal(actor), one) for one in heard), actor
    with pytest.raises(NotFound):
        acts.place_canary(principal("commander"), of_class="person", of=ref)
    with pytest.raises(Refused):
        acts.place_canary(principal("manager"), of_class="person", of=ref)


@pytest.mark.django_db
def test_an_alarm_is_answered_once_and_its_answer_is_on_the_record(clock):
    ref = people(1)[0]
    acts.place_canary(principal("head"), of_class="person", of=ref)
    looks.enter(principal("liaison"), "person", [ref], "page")
    judge()
    (alarm,) = release.listing(ReadingAlarm, principal("head"))
    acts.answer_alarm(principal("head"), alarm.id, answer="An audit.")
    with pytest.raises(BadInput):
        acts.answer_alarm(principal("head"), alarm.id, answer="Again.")
    assert release.one(ReadingAlarm, principal("head"), alarm.id)["state"] == "closed"
