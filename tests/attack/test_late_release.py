"""Before its time a leg is told to nobody who is told it late, however they ask.

Two worlds differ in when, where and with what a movement leaves that is not due yet. Whoever probes asks every URL for
that movement and for its leg by their right ids, with filters, orders, cursors and conditions, and posts every act to
them: every answer is the same in both worlds, and of the leg's id it is that of an id which nothing has.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from tests.test_non_interference import Question, about_the_record, asked, assert_alike, heard, readings, writings
from tests.worlds import ACTORS, START, Clock, World, build, principal

from safeconduct import release
from safeconduct.movements import acts as movements
from safeconduct.movements.models import Leg, LegDue, LegSoon, Manifest, Movement
from safeconduct.movements.protection.reactions import disclose_what_is_due
from safeconduct.store import labels
from safeconduct.store.guard import passage
from safeconduct.terms import instant

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

LEAVES = START + timedelta(hours=30)
SECOND = timedelta(seconds=1)
ANALYST = ("hostanalyst", "host", "host.analyst", "")

PROBES = (
    "?order=depart_at&order_by=depart_at&ordering=-begin_at&sort=begin_at",
    "?depart_at__lt=2026-03-04T00:00:00Z&begin_at__gt=2026-03-03T00:00:00Z&since=2026-03-03T20:00:00Z",
    "?route=compound%20to%20terminal&origin=Harbour&callsign=Ibis&q=Ibis&text=Ibis&search=Ibis",
    "?show=urgent&state=planned&site=marjan&legs=1",
    "?after={leg}&limit=1",
    "?after={movement}&limit=1",
    "?limit=0",
    "?of={leg}&thing=leg&movement={movement}&leg={leg}&template={leg}&alert={leg}",
)
"""What a list may be asked for that would tell of a leg by what it leaves out, and in which order it is."""
HEADERS = (
    {"If-Modified-Since": "Tue, 03 Mar 2026 00:00:00 GMT", "If-None-Match": "*"},
    {"If-None-Match": '"0"', "Range": "bytes=0-99"},
    {"HX-Request": "true"},
)


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(instant, "now", clock)
    monkeypatch.setitem(ACTORS, "analyst", ANALYST)
    return clock


def aim(world: World, at: uuid.UUID) -> None:
    """Every URL of a movement is of the one that is not due, and every `hidden` thing is the one `at`."""
    world.refs["movement"] = world.refs["late_movement"]
    for name in [name for name in world.refs if name.startswith("hidden_")]:
        world.refs[name] = at


def leg_of(world: World) -> uuid.UUID:
    with passage("release"):
        return Leg.objects.get(movement=world.refs["late_movement"]).pk


def lists() -> Iterator[Question]:
    """Every list that the program may ask for, with every probe."""
    for one in readings():
        if one.url.pattern.startswith(("api/", "movements/", "obligations/")) and "<" not in one.url.pattern:
            yield from (replace(one, url=replace(one.url, pattern=one.url.pattern + probe)) for probe in PROBES)
            yield from (replace(one, headers=headers) for headers in HEADERS)


def probed(
    actor: str,
    questions: Callable[[], Iterable[Question]],
    prepare: Callable[[World], None] = lambda world: None,
    **variant: Any,
) -> tuple[dict[Question, Any], list[object]]:
    """What `actor` gets by asking, in a world that `prepare` made ready, and what the stream would send."""
    with transaction.atomic():
        labels.forget()
        world = build(**variant)
        prepare(world)
        disclose_what_is_due()
        aim(world, leg_of(world))
        client = Client()
        client.force_login(world.users[actor], backend="django.contrib.auth.backends.ModelBackend")
        got = {one: asked(client, _filled(one, world), world) for one in questions() if not _is_record(one)}
        stream = heard(actor)
        transaction.set_rollback(True)
    labels.forget()
    return got, stream


def _is_record(question: Question) -> bool:
    return about_the_record("/" + question.url.pattern)


def _filled(question: Question, world: World) -> Question:
    """The question with the ids of this world where a probe names them."""
    if "?" not in question.url.pattern:
        return question
    pattern = question.url.pattern.format(leg=leg_of(world), movement=world.refs["late_movement"])
    return replace(question, url=replace(question.url, pattern=pattern))


def let_travel(world: World, who: str) -> None:
    with passage("act"):
        Movement.objects.filter(pk=world.refs["late_movement"]).update(travellers=[str(world.refs[who])])


def ready(clock: Clock, before: timedelta) -> Callable[[World], None]:
    """The clock stands `before` the movement leaves that leaves first."""

    def prepare(world: World) -> None:
        clock.at = LEAVES - before

    return prepare


EARLY = [
    ("gatepost", timedelta(hours=2) + SECOND),
    ("gatepost_elsewhere", timedelta(minutes=10)),
    ("analyst", timedelta(hours=24) + SECOND),
]
"""Who is told late, and how long before the leg begins they still may not know; at another site, ever."""


@pytest.mark.parametrize("questions", [readings, writings])
@pytest.mark.parametrize(("actor", "before"), EARLY)
def test_whoever_is_told_late_learns_nothing_early(actor, before, questions, clock):
    def world(late: bool) -> tuple[dict[Question, Any], list[object]]:
        clock.at = START
        return probed(actor, questions, ready(clock, before), late=late)

    assert_alike(world(False), world(True))


def test_no_filter_order_or_cursor_of_a_list_tells_an_analyst_of_a_leg_early(clock):
    actor, before = EARLY[2]
    plain = probed(actor, lists, ready(clock, before))
    clock.at = START
    assert_alike(plain, probed(actor, lists, ready(clock, before), late=True))


@pytest.mark.parametrize(("actor", "before"), EARLY)
def test_the_id_of_a_leg_is_answered_as_one_that_nothing_has(actor, before, clock):
    """Whether 404, 403 or 422: no text, no code and no header says that there is such a leg."""
    world = build(late=True)
    ready(clock, before)(world)
    disclose_what_is_due()
    client = Client()
    client.force_login(world.users[actor], backend="django.contrib.auth.backends.ModelBackend")

    def answers(at: uuid.UUID) -> tuple[dict[Question, Any], list[object]]:
        aim(world, at)
        named = (one for one in (*readings(), *writings()) if one.hidden and not _is_record(one))
        return {one: asked(client, one, world) for one in named}, []

    assert_alike(answers(leg_of(world)), answers(uuid.UUID("01a20c24-e6b1-7000-8000-0000000000ee")))


@pytest.mark.parametrize("questions", [readings, writings])
@pytest.mark.parametrize("actor", ["duty", "gatepost", "commander"])
def test_before_its_manifest_opens_nobody_of_the_host_learns_who_travels(actor, questions, clock):
    """With both keys, a second before the window of four hours."""

    def world(who: str) -> tuple[dict[Question, Any], list[object]]:
        def prepare(made: World) -> None:
            movements.consent(principal("head"), made.refs["late_movement"])
            movements.consent(principal("commander"), made.refs["late_movement"])
            let_travel(made, who)
            clock.at = LEAVES - timedelta(hours=4) - SECOND

        clock.at = START
        return probed(actor, questions, prepare)

    assert_alike(world("person_warden"), world("person_person"))


def test_the_test_would_notice(clock):
    """When its time has come each is told: the leg to the analyst and to the post there, the manifest to the post."""

    def told(actor: str, before: timedelta, model: Any) -> int:
        clock.at = START
        with transaction.atomic():
            labels.forget()
            world = build()
            movements.consent(principal("head"), world.refs["late_movement"])
            movements.consent(principal("commander"), world.refs["late_movement"])
            let_travel(world, "person_warden")
            clock.at = LEAVES - before
            disclose_what_is_due()
            late = world.refs["late_movement"]
            found = release.count(model, principal(actor), lambda rows: rows.filter(movement=late))
            transaction.set_rollback(True)
        labels.forget()
        return found

    for actor, before, model in (
        ("gatepost", timedelta(hours=2), LegDue),
        ("analyst", timedelta(hours=24), LegSoon),
        ("gatepost", timedelta(hours=4), Manifest),
    ):
        assert told(actor, before, model) == 1
        assert told(actor, before + SECOND, model) == 0
