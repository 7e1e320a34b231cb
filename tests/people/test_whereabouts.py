"""Promises of whereabouts: coarse before they are kept, coarser with time, for the host a number that names nobody."""

from __future__ import annotations

from datetime import timedelta

import h3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.people import heads, roster
from tests.people.roster import COMMANDER, LIAISON, MANAGER, SITE

from safeconduct import node, release
from safeconduct.acts import Doing
from safeconduct.people import person_acts, whereabouts
from safeconduct.people.headcounts.acts import answer_for, start
from safeconduct.people.models import Person, Strength, Whereabouts
from safeconduct.people.whereabouts import coarse
from safeconduct.people.whereabouts.acts import count_strength, fade
from safeconduct.store.guard import passage
from safeconduct.terms import instant
from safeconduct.terms.errors import BadInput
from safeconduct.terms.place import Point

HERE = Point(75.0123456, -5.0123456)


@pytest.fixture
def noted(db):
    """`noted(person, …)`: `whereabouts.note` as an act that is under way would call it."""

    def do(person: Person, **how) -> Whereabouts:
        accord = node.current().accord
        marking = accord.marking("whereabouts", "partner", SITE)
        with passage("act"):
            decision = accord.decide(LIAISON, "headcount.start", accord.marking("headcount", "partner", SITE))
            doing = Doing("check_in.enter", LIAISON, accord, marking, instant.now(), decision)
            return whereabouts.note(doing, Person.objects.get(pk=person.pk), **({"source": "check_in"} | how))

    return do


def chosen(seen_as: str, resolution: int | None = None) -> Person:
    row = roster.with_account(heads.people(1)[0], "person")
    person_acts.choose(roster.person(), row.pk, seen_as=seen_as, resolution=resolution)
    return row


def test_off_keeps_nothing_but_that_they_are_accounted_for(noted):
    kept = noted(chosen("off"), site=SITE, point=HERE)
    assert (kept.site, kept.zone_id, kept.cell, kept.lon, kept.lat, kept.exact) == ("", None, "", None, None, False)
    assert kept.occurred_at is not None


def test_zone_keeps_no_place_on_the_map(noted):
    kept = noted(chosen("zone"), site=SITE, point=HERE)
    assert (kept.site, kept.cell, kept.lon, kept.exact) == (SITE, "", None, False)


@pytest.mark.parametrize("resolution", [4, 7, 9])
def test_a_cell_is_of_the_size_that_the_person_chose(noted, resolution):
    kept = noted(chosen("cell", resolution), site=SITE, point=HERE)
    assert kept.cell == h3.latlng_to_cell(HERE.lat, HERE.lon, resolution)
    assert (kept.lon, kept.lat, kept.exact) == (None, None, False)


def test_only_a_call_for_help_is_exact_whatever_was_chosen(noted):
    kept = noted(chosen("off"), site=SITE, point=HERE, exact=True, source="sos")
    assert (kept.lon, kept.lat, kept.exact) == (*HERE, True)


@settings(derandomize=True, max_examples=60)
@given(
    st.sampled_from(["off", "zone", "cell"]),
    st.integers(4, 9),
    st.floats(-179.9, 179.9),
    st.floats(-85, 85),
)
def test_without_a_call_for_help_no_choice_keeps_a_point(seen_as, resolution, lon, lat):
    place = coarse.coarsened(seen_as, resolution, site=SITE, zone=None, point=Point(lon, lat))
    assert place.point is None
    assert not place.cell or h3.get_resolution(place.cell) <= resolution


def test_what_comes_late_is_not_the_latest(noted):
    row = chosen("zone")
    now = instant.now()
    noted(row, site="harbour", at=now)
    noted(row, site=SITE, at=now - timedelta(hours=2))
    assert [(one.site, one.latest) for one in heads.facts(row)] == [("harbour", True), (SITE, False)]
    noted(row, site=SITE, at=now + timedelta(days=1))
    assert [one.latest for one in heads.facts(row)] == [False, False, True]
    assert heads.facts(row)[-1].occurred_at <= instant.now()


def test_a_source_that_nobody_knows_is_refused(noted):
    with pytest.raises(BadInput):
        noted(chosen("zone"), source="rumour")


def test_what_is_exact_lasts_a_day_and_what_is_coarse_thirty(noted, clock_at):
    begin = instant.now()
    row = chosen("cell", 9)
    clock_at(begin)
    noted(row, site=SITE, point=HERE)
    noted(row, site=SITE, point=HERE, exact=True, source="sos")
    clock_at(begin + timedelta(hours=23, minutes=59))
    assert fade(heads.clock()) is None
    clock_at(begin + timedelta(hours=24, minutes=1))
    fade(heads.clock())
    cell = h3.latlng_to_cell(HERE.lat, HERE.lon, 6)
    assert [(one.cell, one.lon, one.exact) for one in heads.facts(row)] == [(cell, None, False)] * 2
    clock_at(begin + timedelta(days=29, hours=23))
    assert fade(heads.clock()) is None
    clock_at(begin + timedelta(days=30, minutes=1))
    fade(heads.clock())
    assert heads.facts(row) == []


def test_in_red_what_is_exact_lasts_three_days(noted, clock_at):
    begin = instant.now()
    row = chosen("zone")
    clock_at(begin)
    noted(row, site=SITE, point=HERE, exact=True, source="sos")
    clock_at(begin + timedelta(hours=71))
    assert fade(heads.clock(), lambda sites: sites & {SITE}) is None
    assert heads.facts(row)[0].exact
    clock_at(begin + timedelta(hours=73))
    fade(heads.clock(), lambda sites: sites & {SITE})
    assert not heads.facts(row)[0].exact


def test_the_host_sees_a_number_that_one_person_does_not_change(db):
    heads.people(3)
    heads.people(6, site="harbour", first=50)
    count_strength(heads.clock())
    seen = {one["site"]: one["people"] for one in release.listing(Strength, COMMANDER)}
    assert seen == {SITE: 5, "harbour": 10}
    heads.people(1, first=20)
    assert count_strength(heads.clock()) is None
    assert {one["site"]: one["people"] for one in release.listing(Strength, COMMANDER)} == seen
    assert release.listing(Whereabouts, COMMANDER) == []


def test_a_strength_follows_where_people_were_last_seen(db, clock_at):
    begin = instant.now()
    clock_at(begin)
    away = heads.people(1)[0]
    heads.people(1, site="harbour", first=50)
    start(LIAISON, site="harbour")
    count_strength(heads.clock())
    with passage("release"):
        assert dict(Strength.objects.values_list("site", "people")) == {SITE: 5, "harbour": 5}
    person_acts.leave(MANAGER, away.pk)
    clock_at(begin + timedelta(minutes=5))
    count_strength(heads.clock())
    with passage("release"):
        assert dict(Strength.objects.values_list("site", "people")) == {SITE: 0, "harbour": 5}


def test_an_answer_to_a_headcount_tells_where_someone_is(db):
    here, away = heads.people(2)
    start(LIAISON, site=SITE)
    answer_for(LIAISON, [heads.answer_of(here).pk], site=SITE, says="safe")
    answer_for(LIAISON, [heads.answer_of(away).pk], site=SITE, says="not_in_area")
    assert [(one.site, one.source) for one in heads.facts(here)] == [(SITE, "headcount")]
    assert [(one.site, one.source) for one in heads.facts(away)] == [("", "headcount")]


@settings(derandomize=True)
@given(st.integers(0, 10_000))
def test_a_rounded_strength_is_never_too_small_and_at_most_four_too_large(people):
    assert 0 <= coarse.rounded_up(people) - people < coarse.STEP
