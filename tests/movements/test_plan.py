"""A plan is read whole or refused whole; what rests on it falls with it; templates make movements of their own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.movements.case import LOW, ROUTE, SITE, convoy, draft_convoy, fit_people, place_site, plan_convoy

from safeconduct import node
from safeconduct.accord.gate_rules import Driving
from safeconduct.movements import acts, ending, plan_lines, queries
from safeconduct.movements.driving import Drive, faults_of
from safeconduct.movements.models import Movement, Template
from safeconduct.movements.recurring import Pattern, due_dates, varied
from safeconduct.sites.posture_acts import set_posture
from safeconduct.store.guard import passage
from safeconduct.terms import instant
from safeconduct.terms.decision import Refused
from safeconduct.terms.errors import BadInput, NotFound

BEGIN = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
LIMITS = Driving("9.9")


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def driven(*drives: tuple[float, float, list[tuple[float, float]]], before: float = 0) -> list[str]:
    """Faults of legs, each its begin, end and rests in minutes."""
    legs = [
        Drive(
            index, BEGIN + minutes(begin), BEGIN + minutes(end), [(BEGIN + minutes(at), minutes(m)) for at, m in rests]
        )
        for index, (begin, end, rests) in enumerate(drives)
    ]
    return [one.where for one in faults_of(legs, minutes(before), LIMITS)]


class TestDriving:
    @pytest.mark.parametrize(
        ("drives", "faults"),
        [
            ([(0, 120, [])], []),
            ([(0, 121, [])], ["legs[0].rests"]),
            ([(0, 240, [(120, 15)])], []),
            ([(0, 240, [(120, 14)])], ["legs[0].rests"]),
            ([(0, 90, []), (105, 195, [])], []),
            ([(0, 90, []), (100, 190, [])], ["legs[1].rests"]),
        ],
    )
    def test_rests_after_two_hours_by_a_pause_in_a_leg_or_between_two(self, drives, faults):
        assert driven(*drives) == faults

    def test_stops_over_night_after_ten_hours_whatever_was_driven_before(self):
        hours = [(start * 135, start * 135 + 120, []) for start in range(5)]
        assert driven(*hours) == []
        assert driven(*hours, (675, 676, [])) == ["legs[5].overnight"]
        assert driven(*hours, (660 + 8 * 60, 700 + 8 * 60, [])) == []
        assert driven((0, 60, []), before=9.5 * 60) == ["legs[0].overnight"]

    def test_names_the_limit_and_its_article(self):
        (fault,) = faults_of([Drive(0, BEGIN, BEGIN + minutes(150))], timedelta(), LIMITS)
        assert (fault.found, "after 2 h" in fault.wanted, "9.9" in fault.wanted) == (
            "2 h 30 min of driving",
            True,
            True,
        )


class TestLines:
    ZONE = ZoneInfo("Asia/Karachi")

    def test_come_back_as_they_were_typed(self):
        text = "11:30 Bridge North @ 75.01, -5.0012\n12:05 Fork"
        read = plan_lines.checkpoints(text, BEGIN, self.ZONE)
        assert [one["due_at"] for one in read] == ["2026-11-24T06:30:00Z", "2026-11-24T07:05:00Z"]
        assert plan_lines.said_checkpoints(read, self.ZONE) == text
        for say, hear, line in (
            (plan_lines.said_hazards, plan_lines.hazards, "400-900 Narrow between walls"),
            (plan_lines.said_havens, plan_lines.havens, "Clinic @ 75.0003, -5.002"),
        ):
            assert say(hear(line)) == line

    def test_after_midnight_are_of_the_next_day(self):
        (rest,) = plan_lines.rests("01:00 15", BEGIN.replace(hour=19), self.ZONE)
        assert rest["begin_at"] == "2026-11-24T20:00:00Z"

    @pytest.mark.parametrize("line", ["Bridge", "25:00 Bridge", "12:75 Bridge", "12:30 @ 75, -5"])
    def test_of_another_form_name_their_number(self, line):
        with pytest.raises(plan_lines.Unreadable) as wrong:
            plan_lines.checkpoints(f"12:00 Fork\n\n{line}", BEGIN, self.ZONE)
        assert wrong.value.number == 3

    @given(st.text(max_size=60))
    @settings(derandomize=True, deadline=None)
    def test_of_any_text_are_read_or_refused(self, text):
        for read in (plan_lines.hazards, plan_lines.havens):
            try:
                read(text)
            except plan_lines.Unreadable:
                continue


class TestPattern:
    GIVEN = {"weekdays": [0, 2], "time": "07:30", "spread_min": 20, "begin": "2026-11-24", "end": None, "ahead_days": 7}

    def test_makes_the_days_ahead_once(self):
        pattern, faults = Pattern.read(self.GIVEN)
        assert pattern and not faults
        days = due_dates(pattern, BEGIN.date(), None)
        assert [day.isoformat() for day in days] == ["2026-11-25", "2026-11-30"]
        assert due_dates(pattern, BEGIN.date(), days[-1]) == []

    @given(st.integers(0, 120), st.integers(0, 240))
    @settings(derandomize=True, deadline=None)
    def test_varies_within_its_span(self, spread, drawn):
        found = varied(BEGIN, spread, lambda most: min(drawn, most - 1))
        assert abs(found - BEGIN) <= minutes(spread)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("weekdays", []),
            ("weekdays", [7]),
            ("time", "24:00"),
            ("begin", "soon"),
            ("end", "2026-11-01"),
            ("spread_min", 121),
            ("ahead_days", 0),
        ],
    )
    def test_that_makes_no_sense_names_what(self, name, value):
        assert [one.where for one in Pattern.read(self.GIVEN | {name: value})[1]] == [name]


def leg(minute: float, **more: Any) -> dict[str, Any]:
    return {"site": SITE, "route": ROUTE, "begin_at": instant.now() + minutes(minute)} | more


def faults(act: Any, *args: Any, **details: Any) -> list[str]:
    with pytest.raises(BadInput) as refused:
        act(*args, **details)
    return [one.where for one in refused.value.faults]


@pytest.fixture
def site(as_role):
    place_site(as_role)


@pytest.mark.django_db
class TestPlan:
    pytestmark = pytest.mark.usefixtures("site")

    @pytest.mark.parametrize(
        ("legs", "where"),
        [
            ([], "legs[0].route"),
            ([{"begin_at": -5}], "legs[0].begin_at"),
            ([{"end": 30}], "legs[0].end_at"),
            ([{}, {"begin": 61}], "legs[1].begin_at"),
            ([{"route": "moon"}], "legs[0].route"),
            ([{"alternates": [ROUTE]}], "legs[0].alternates"),
            ([{"hazards": [{"begin_m": 9, "end_m": 9, "text": "x"}]}], "legs[0].hazards[0].end_m"),
            ([{"havens": [{"name": "x", "lon": 181, "lat": 0}]}], "legs[0].havens[0].lon"),
            ([{"checkpoints": [{"name": "x", "due_at": "2020-01-01T00:00:00Z"}]}], "legs[0].checkpoints[0].due_at"),
            ([{"speed_of_light": 1}], "legs[0].'speed_of_light'"),
        ],
    )
    def test_names_the_place_of_what_is_wrong(self, as_role, legs, where):
        def made(one: dict[str, Any]) -> dict[str, Any]:
            given = leg(one.get("begin_at", one.get("begin", 60)))
            if "end" in one:
                given["end_at"] = instant.now() + minutes(one["end"])
            return given | {key: value for key, value in one.items() if key not in ("begin", "begin_at", "end")}

        manager = as_role("partner.project_manager")
        given = [made(one) for one in legs]
        found = faults(acts.plan, manager, site=SITE, name="Heron", legs=given, vehicles=1, people=1)
        assert where in found
        assert queries.movements(manager) == []

    def test_ends_a_leg_by_the_length_of_its_route_where_it_names_no_time(self, as_role):
        ref = draft_convoy(as_role, legs=[leg(60)])
        (only,) = queries.legs(as_role("partner.project_manager"), [ref])[ref]
        assert only["end_at"] - only["begin_at"] == minutes(5)

    def test_names_travellers_and_drivers_of_its_own_list_alone(self, as_role):
        gone = fit_people(1, left_at=instant.now())[0]
        wrong = {"travellers": [gone], "convoy": [{"callsign": "A", "driver": "nobody"}]}
        manager = as_role("partner.project_manager")
        given = {"site": SITE, "name": "Heron", "legs": [leg(60)]}
        assert faults(acts.plan, manager, **given, **wrong) == ["travellers", "convoy[0].driver"]

    def test_is_its_own_partys_alone_until_it_is_requested(self, as_role):
        ref = draft_convoy(as_role)
        for read in (queries.movement, acts.hold):
            with pytest.raises(NotFound):
                read(as_role("host.duty_officer"), ref, **({"reason": "x"} if read is acts.hold else {}))
        assert queries.legs(as_role("host.duty_officer"), [ref])[ref] == []
        acts.request(as_role("partner.project_manager"), ref)
        assert queries.movement(as_role("host.duty_officer"), ref)["state"] == "requested"
        assert queries.legs(as_role("host.duty_officer"), [ref])[ref]
        vehicle = queries.vehicles(as_role("host.duty_officer"), [ref])[ref][0]
        assert "driver" not in vehicle and vehicle["vehicle_class"] == "b6"

    def test_amended_keeps_a_hold_and_drops_all_else(self, as_role):
        ref = plan_convoy(as_role)
        acts.consent(as_role("host.duty_officer"), ref)
        acts.hold(as_role("host.duty_officer"), ref, reason="a car")
        manager = as_role("partner.project_manager")
        acts.amend(manager, ref, name="Heron", legs=[leg(90)], convoy=convoy(1), travellers=fit_people(2), risk=LOW)
        row = queries.movement(manager, ref)
        assert (row["state"], row["keys"], row["review"], row["accepted"]) == ("draft", {}, {}, {})
        assert (row["people"], row["vehicles"]) == (2, 1)
        acts.request(manager, ref)
        acts.review(as_role("host.commander"), ref, outcome="cleared")
        assert queries.movement(manager, ref)["state"] == "held"


@pytest.mark.django_db
class TestReview:
    pytestmark = pytest.mark.usefixtures("site")

    def test_refused_is_asked_anew_of_another_until_its_deadline(self, as_role, clock_at):
        clock_at(BEGIN)
        manager, commander = as_role("partner.project_manager"), as_role("host.commander")
        ref = draft_convoy(as_role, depart_at=BEGIN + timedelta(days=3))
        acts.request(manager, ref)
        said = {"outcome": "refused", "reason_class": "threat", "text": "A march."}
        assert faults(acts.review, commander, ref, **said | {"reason_class": "mood"}) == ["reason_class"]
        acts.review(commander, ref, **said)
        acts.request(manager, ref)
        assert faults(acts.review, commander, ref, outcome="cleared") == ["reviewer"]
        acts.review(as_role("host.duty_officer"), ref, **said)
        clock_at(BEGIN + timedelta(hours=24))
        assert faults(acts.request, manager, ref) == ["deadline"]

    def test_ends_with_its_term_and_both_keys_fall(self, as_role, clock_at):
        clock_at(BEGIN)
        ref = plan_convoy(as_role, depart_at=BEGIN + timedelta(days=1), until=BEGIN + minutes(30))
        acts.consent(as_role("host.duty_officer"), ref)
        assert ending.lapse_what_is_over() == 0
        clock_at(BEGIN + minutes(30))
        (cleared,) = [one for one in queries.gate_of(as_role("host.duty_officer"), ref) if one.code == "cleared"]
        assert (cleared.holds, cleared.detail["ended"], cleared.article) == (False, "expired", "9.10")
        assert ending.lapse_what_is_over() == 1
        row = queries.movement(as_role("host.duty_officer"), ref)
        assert (row["state"], row["keys"], row["review"]["lapsed"]["reason"]) == ("requested", {}, "expired")

    @pytest.mark.parametrize(
        ("first", "then", "ends"), [("heightened", "normal", False), ("normal", "heightened", True)]
    )
    def test_ends_when_a_site_on_the_way_becomes_more_severe(self, as_role, first, then, ends):
        from safeconduct.listening import drain
        from safeconduct.movements.reactions import LISTENER

        set_posture(as_role("host.commander"), site=SITE, state=first, reason="as it is")
        ref = plan_convoy(as_role)
        set_posture(as_role("host.commander"), site=SITE, state=then, reason="as it is")
        while drain(LISTENER):
            pass
        assert queries.movement(as_role("host.duty_officer"), ref)["state"] == ("requested" if ends else "planned")

    def test_conditions_are_met_by_their_owner_alone(self, as_role):
        ref = draft_convoy(as_role)
        acts.request(as_role("partner.project_manager"), ref)
        asked = [{"text": "Two radios.", "owner": "partner"}]
        acts.review(as_role("host.commander"), ref, outcome="cleared", conditions=asked)
        assert faults(acts.meet, as_role("host.commander"), ref, number=1) == ["owner"]
        assert faults(acts.meet, as_role("partner.project_manager"), ref, number=2) == ["number"]
        acts.meet(as_role("partner.project_manager"), ref, number=1)
        assert queries.movement(as_role("host.duty_officer"), ref)["conditions"][0]["met_by"] == "manager"


@pytest.mark.django_db
class TestRisk:
    pytestmark = pytest.mark.usefixtures("site")

    @pytest.mark.parametrize(
        ("likelihood", "impact", "accepting"),
        [
            ("unlikely", "minor", {"partner.project_manager", "partner.head_of_mission"}),
            ("moderately-likely", "severe", {"partner.head_of_mission"}),
            ("very-likely", "critical", set()),
        ],
    )
    def test_is_accepted_by_whom_the_accord_names_for_its_level(self, as_role, likelihood, impact, accepting):
        ref = draft_convoy(as_role, risk={"likelihood": likelihood, "impact": impact})
        for role in ("partner.project_manager", "partner.head_of_mission"):
            if role in accepting:
                acts.accept_risk(as_role(role), ref)
                continue
            with pytest.raises(Refused) as refused:
                acts.accept_risk(as_role(role), ref)
            assert refused.value.decision.article == "9.14"

    def test_is_not_accepted_by_another_party_for_ones_people(self, as_role):
        ref = plan_convoy(as_role)
        with pytest.raises(Refused):
            acts.accept_risk(as_role("host.commander"), ref)


@pytest.mark.django_db
class TestTemplate:
    pytestmark = pytest.mark.usefixtures("site")

    def test_repeats_as_drafts_of_its_party_once_a_day_at_varied_times(self, as_role, clock_at):
        clock_at(BEGIN)
        manager = as_role("partner.project_manager")
        ref = draft_convoy(as_role, depart_at=BEGIN + minutes(60))
        kept = acts.save_template(manager, site=SITE, movement=str(ref), name="Shuttle")
        acts.repeat_template(manager, kept.pk, pattern=TestPattern.GIVEN | {"weekdays": list(range(7))})
        clock = node.current().system("node.clock")
        while acts.recur(clock):
            pass
        with passage("release"):
            made = list(Movement.objects.filter(template=kept.pk).order_by("depart_at"))
            assert Template.objects.get().made_until.isoformat() == "2026-12-01"
        assert {one.state for one in made} == {"draft"} and len(made) in (7, 8)
        for one in made:
            planned = datetime(one.depart_at.year, one.depart_at.month, one.depart_at.day, 7, 30, tzinfo=UTC)
            assert abs(one.depart_at - planned) <= minutes(20)
        with pytest.raises(NotFound):
            queries.movement(as_role("host.duty_officer"), made[-1].pk)
        assert ending.make_occurrences() == 0

    def test_of_another_party_is_not_there(self, as_role):
        ref = draft_convoy(as_role)
        kept = acts.save_template(as_role("partner.project_manager"), site=SITE, movement=str(ref), name="Shuttle")
        assert queries.templates(as_role("host.focal_point")) == []
        with pytest.raises(NotFound):
            acts.remove_template(as_role("host.focal_point"), kept.pk)


@pytest.mark.django_db
class TestCouncil:
    pytestmark = pytest.mark.usefixtures("site")

    def test_adds_a_condition_once_both_agree_and_until_both_lift_it(self, as_role):
        ref = plan_convoy(as_role)

        def closed() -> list[tuple[bool, bool]]:
            found = queries.gate_of(as_role("host.duty_officer"), ref)
            return [(one.holds, bool(one.decision)) for one in found if one.code == "closed"]

        rule = acts.propose(as_role("partner.liaison_officer"), site=SITE, condition="closed", text="Nobody.").pk
        assert closed() == []
        assert faults(acts.agree, as_role("partner.head_of_mission"), rule) == ["agreed"]
        acts.agree(as_role("host.commander"), rule)
        assert closed() == [(False, True)]
        acts.lift_rule(as_role("host.commander"), rule)
        assert closed() == [(False, True)]
        acts.lift_rule(as_role("partner.head_of_mission"), rule)
        assert closed() == []

    def test_concerns_its_site_and_its_time_alone(self, as_role, clock_at):
        clock_at(BEGIN)
        ref = plan_convoy(as_role, depart_at=BEGIN + timedelta(days=2), until=BEGIN + timedelta(days=3))
        for site, begin, until in (
            ("harbour", None, None),
            (SITE, BEGIN + minutes(30), BEGIN + minutes(60)),
        ):
            rule = acts.propose(
                as_role("host.commander"), site=site, condition="closed", text="Nobody.", begin=begin, until=until
            )
            acts.agree(as_role("partner.liaison_officer"), rule.pk)
        found = []
        for minute in (0, 29, 30, 59, 60):
            clock_at(BEGIN + minutes(minute))
            gate = queries.gate_of(as_role("host.duty_officer"), ref)
            found.append(sum(one.code == "closed" for one in gate))
        assert found == [0, 0, 1, 1, 0]

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"condition": "risk"}, "condition"),
            ({"at_least": "b6"}, "at_least"),
            ({"condition": "vehicle_class"}, "at_least"),
            ({"text": " "}, "text"),
            ({"until": BEGIN}, "until"),
        ],
    )
    def test_that_makes_no_sense_is_not_proposed(self, as_role, wrong, field):
        given = {"site": SITE, "condition": "closed", "text": "Nobody."} | wrong
        assert faults(acts.propose, as_role("host.commander"), **given) == [field]
