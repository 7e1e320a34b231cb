"""Borders of sectors: a movement that nears one, and that nobody has offered to the next post, is told of in time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.movements.case import SITE, place_site
from tests.movements.on_the_way import START, depart, leg, row

from safeconduct import release
from safeconduct.movements import acts
from safeconduct.movements.models import Progress
from safeconduct.movements.progress import acts as live
from safeconduct.movements.progress import border_acts
from safeconduct.movements.progress.borders import LEAD_S, End, borders_of, next_border, reached_ms
from safeconduct.movements.progress.looks import Watchman
from safeconduct.record.queries import entries, size
from safeconduct.terms.decision import Refused
from safeconduct.terms.instant import epoch_ms, iso

POST, DUTY, COMMANDER, LIAISON = "host.gate_post", "host.duty_officer", "host.commander", "partner.liaison_officer"
pytestmark = pytest.mark.django_db
GATES = {("a", "north"), ("a", "south"), ("b", "west")}


def minutes(count: float):
    return START + timedelta(minutes=count)


@pytest.mark.parametrize(
    ("legs", "found"),
    [
        ([End("a", "north", "north", 0, 900)], []),
        ([End("a", "north", "south", 0, 900)], [("a", "south", 900)]),
        ([End("a", "camp", "a house", 0, 900)], []),
        ([End("a", "north", "", 0, 900), End("a", "south", "", 900, 2000)], [("a", "south", 900)]),
        ([End("a", "north", "", 0, 900), End("a", "a yard", "", 900, 2000)], []),
        ([End("a", "north", "", 0, 900), End("b", "a yard", "west", 900, 2000)], [("b", "", 900), ("b", "west", 2000)]),
        ([End("a", "north", "", 0, 9), End("b", "west", "", 9, 20), End("a", "north", "", 20, 30)],
         [("b", "west", 9), ("a", "north", 20)]),
    ],
)  # fmt: skip
def test_a_border_is_where_the_plan_comes_to_another_gate_or_site(legs, found):
    assert [(one["site"], one["post"], one["border_m"]) for one in borders_of(legs, GATES)] == found


def test_the_next_border_is_the_first_without_its_post():
    plan = borders_of([End("a", "north", "", 0, 9), End("b", "west", "", 9, 20), End("a", "north", "", 20, 30)], GATES)
    posts = [{"post": "north", "site": "a"}]
    assert next_border(plan, posts) == plan[0], "the post that it left from is no hand-over, though it comes back there"
    posts.append({"post": "elsewhere", "site": "a"})
    assert next_border(plan, posts) == plan[0]
    posts.append({"post": "west", "site": "b"})
    assert next_border(plan, posts) == plan[1]
    posts.append({"post": "north", "site": "a"})
    assert next_border(plan, posts) is None


def test_the_plan_tells_when_a_border_is_reached_between_its_knots():
    plan = [[iso(START), 0], [iso(minutes(4)), 400], [iso(minutes(9)), 400], [iso(minutes(10)), 800]]
    assert reached_ms(plan, 100) == epoch_ms(minutes(1))
    assert reached_ms(plan, 400) == epoch_ms(minutes(4))
    assert reached_ms(plan, 600) == epoch_ms(minutes(9.5))
    assert reached_ms(plan, 5000) == epoch_ms(minutes(10))
    assert reached_ms([], 5) is None


@pytest.fixture
def bound_for_the_gate(as_role, clock_at):
    """It departs from the compound for gate East, where it is planned to be after 15 minutes."""
    place_site(as_role)
    return depart(as_role, clock_at, tracked=False, legs=[leg(START, destination="gate East")])


def warned(ref):
    Watchman().look()
    return row(ref).border


def test_from_ten_minutes_before_the_border_it_is_told_until_someone_offers(bound_for_the_gate, as_role, clock_at):
    ref, lead = bound_for_the_gate, LEAD_S / 60
    clock_at(minutes(15 - lead - 0.1))
    assert warned(ref) == {}
    clock_at(minutes(15 - lead))
    told = warned(ref)
    assert (told["post"], told["site"], told["due_at"]) == ("gate East", SITE, iso(minutes(15)))
    before = size()
    assert warned(ref) == told
    assert size() == before, "it is told once"
    for role in (COMMANDER, DUTY, POST, LIAISON):
        assert release.one(Progress, as_role(role), ref)["border"]["post"] == "gate East"
    live.hand_over(as_role(POST), ref, to_post="gate East", to_site=SITE)
    assert row(ref).border == {}
    assert warned(ref) == {}


def test_a_refused_offer_is_none_and_an_accepted_one_ends_the_warning(bound_for_the_gate, as_role, clock_at):
    ref = bound_for_the_gate
    clock_at(minutes(8))
    offer = live.hand_over(as_role(POST), ref, to_post="gate East", to_site=SITE)
    assert warned(ref) == {}
    live.refuse(as_role(DUTY), offer.pk, reason="Our gate is shut")
    assert warned(ref)["post"] == "gate East"
    offer = live.hand_over(as_role(POST), ref, to_post="gate East", to_site=SITE)
    live.accept(as_role(DUTY), offer.pk)
    clock_at(minutes(30))
    assert warned(ref) == {}


def test_a_new_time_takes_the_warning_back_and_arrival_ends_it(bound_for_the_gate, as_role, clock_at):
    ref = bound_for_the_gate
    clock_at(minutes(6))
    assert warned(ref)
    live.explain(as_role(DUTY), ref, eta=minutes(60), reason="A flat tyre")
    assert warned(ref) == {}
    clock_at(minutes(61))
    assert warned(ref)["due_at"] == iso(minutes(60)), "past the border it is told all the more"
    acts.arrive(as_role(POST), ref, where="gate East")
    assert row(ref).border == {}
    assert warned(ref) == {}


def test_the_warning_is_the_clocks_alone_and_on_the_record(bound_for_the_gate, as_role, clock_at):
    with pytest.raises(Refused):
        border_acts.warn(as_role(COMMANDER), bound_for_the_gate, border={})
    clock_at(minutes(8))
    warned(bound_for_the_gate)
    assert "movement.border" in {one.act for one in entries(0, size())}
