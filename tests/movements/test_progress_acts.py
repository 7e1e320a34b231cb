"""A movement on its way: progress by device and by report, deviations, the ladder, words, hand-over, roll call."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.movements.case import SITE, place_site
from tests.movements.on_the_way import START, at_m, depart, duress, fixes, ladders, row, told, travellers

from safeconduct import node, release
from safeconduct.movements import acts
from safeconduct.movements.models import Duress, HandOver, Progress
from safeconduct.movements.progress import acts as live
from safeconduct.movements.progress import handover
from safeconduct.movements.progress.following import Following
from safeconduct.movements.progress.looks import Watchman
from safeconduct.record.queries import entries, size
from safeconduct.sites.posture_acts import set_posture
from safeconduct.terms.decision import Refused
from safeconduct.terms.errors import BadInput, NotFound
from safeconduct.terms.instant import epoch_ms, parse

pytestmark = pytest.mark.django_db

MANAGER, LIAISON = "partner.project_manager", "partner.liaison_officer"
DUTY, POST = "host.duty_officer", "host.gate_post"


@pytest.fixture
def gone(as_role, clock_at):
    """A convoy without devices that has just departed."""
    place_site(as_role)
    return depart(as_role, clock_at, tracked=False)


@pytest.fixture
def tracked(as_role, clock_at):
    """A convoy whose two vehicles have devices, just departed."""
    place_site(as_role)
    return depart(as_role, clock_at)


def minutes(number: float):
    return START + timedelta(minutes=number)


def kinds(ref) -> list[str]:
    return [one["kind"] for one in row(ref).deviations if not one["until"]]


# From departure on


def test_a_departure_begins_its_progress_as_planned(gone):
    found = row(gone)
    assert [(one["name"], parse(one["due_at"])) for one in found.checkpoints] == [
        ("bend", minutes(4)),
        ("halfway", minutes(8)),
    ]
    assert (found.eta, found.next_at, found.post) == (minutes(15), minutes(4), "Compound")
    assert found.length_m == pytest.approx(2448, abs=5) and found.state == "departed"


def test_devices_tell_where_its_rear_is_and_pass_its_checkpoints(tracked, clock_at):
    told(Following(), {"Heron 1": fixes(START, 0, 1600), "Heron 2": fixes(START, 0, 1400)})
    found = row(tracked)
    assert found.plan_m == pytest.approx(1400, abs=10)
    assert found.seen_at == START + timedelta(seconds=200)
    assert [bool(one["at"]) for one in found.checkpoints] == [True, False]
    assert found.checkpoints[0]["how"] == "device" and found.next_at == minutes(8)
    assert {one["callsign"]: one["state"] for one in found.vehicles} == {"Heron 1": "driving", "Heron 2": "driving"}


def test_another_process_goes_on_from_what_was_told(tracked):
    told(Following(), {"Heron 1": fixes(START, 0, 800)})
    before = row(tracked)
    again = Following()
    told(again, {"Heron 1": fixes(START, 0, 800)})
    assert row(tracked).facts == before.facts, "fixes that come again change nothing"
    told(again, {"Heron 1": fixes(START + timedelta(seconds=101), 808, 1600)})
    assert row(tracked).plan_m == pytest.approx(1600, abs=10)


def test_where_it_is_is_told_without_an_entry(tracked):
    before = size()
    told(Following(), {"Heron 1": fixes(START, 0, 100)})
    assert size() == before


# Deviations


def test_a_stop_a_detour_and_silence_are_noted_and_ended_by_evidence(tracked, clock_at):
    watchman, following = Watchman(), Following()
    told(following, {"Heron 1": fixes(START, 0, 600), "Heron 2": fixes(START, 0, 600)})
    clock_at(START + timedelta(seconds=76))
    watchman.look()
    assert kinds(tracked) == []
    stopped = START + timedelta(seconds=76)
    told(following, {"Heron 1": fixes(stopped, 600, 600), "Heron 2": fixes(stopped, 600, 700)})
    clock_at(START + timedelta(seconds=300))
    watchman.look()
    assert kinds(tracked) == ["silent", "unplanned_stop"]
    turned_off = START + timedelta(seconds=677)
    told(following, {"Heron 1": fixes(turned_off, 600, 1100, off_m=400.0)})
    clock_at(START + timedelta(seconds=745))
    watchman.look()
    assert kinds(tracked) == ["silent", "off_route"]
    over = next(one for one in row(tracked).deviations if one["kind"] == "unplanned_stop")
    assert over["of"] == "Heron 1" and over["until"] and over["evidence"]["stood_s"] >= 180


def test_a_checkpoint_that_nobody_tells_of_is_missed_and_a_later_report_ends_nothing_of_it(gone, as_role, clock_at):
    watchman = Watchman()
    clock_at(minutes(4.5))
    watchman.look()
    assert kinds(gone) == ["missed_checkpoint"]
    live.report(as_role(POST), gone, kind="progress", checkpoint="halfway")
    watchman.look()
    assert kinds(gone) == ["missed_checkpoint"], "the bend was never told of"


def test_vehicles_that_are_not_planned_or_whose_device_is_elsewhere_are_wrong(tracked, as_role, clock_at):
    told(Following(), {"Heron 1": fixes(START, 0, 80)})
    clock_at(START + timedelta(seconds=20))
    live.report(as_role(POST), tracked, kind="progress", checkpoint="halfway", vehicles=["Heron 1", "Ibis"])
    Watchman().look()
    wrong = [one for one in row(tracked).deviations if one["kind"] == "wrong_vehicle"]
    assert [one["of"] for one in wrong] == ["Ibis"]
    assert wrong[0]["evidence"]["found"] == "not_planned"
    live.report(as_role(POST), tracked, kind="progress", vehicles=["Heron 1", "Heron 2"])
    Watchman().look()
    assert "wrong_vehicle" not in kinds(tracked)


# The ladder


def test_an_overdue_movement_climbs_until_a_named_person_accounts_for_it(gone, as_role, clock_at):
    watchman = Watchman()
    for minute, done in [(3.9, None), (4.1, 1), (9.1, 2), (14.1, 3), (19.1, 4), (34.1, 5), (64.1, 6), (94.1, 7)]:
        clock_at(minutes(minute))
        watchman.look()
        watchman.look()
        found = ladders(gone)
        assert (len(found[0].rungs) if found else None) == done, minute
    (ladder,) = ladders(gone)
    assert (ladder.cause, ladder.of, ladder.due_at, ladder.state) == ("checkpoint", "bend", minutes(4), "open")
    with pytest.raises(BadInput):
        live.sighted(as_role(POST), gone, kind="progress", where=" ")
    live.sighted(as_role(POST), gone, kind="progress", where="On the bend")
    (ladder,) = ladders(gone)
    assert (ladder.state, ladder.how, ladder.accounted_by) == ("accounted", "sighted", "gatepost")
    clock_at(minutes(94.1 + 29))
    watchman.look()
    assert len(ladders(gone)) == 1, "whoever was seen owes no word for half an hour"
    clock_at(minutes(94.1 + 31))
    watchman.look()
    assert len(ladders(gone)) == 2


def test_a_heightened_state_halves_it_and_what_was_climbed_stays(gone, as_role, clock_at):
    watchman = Watchman()
    clock_at(minutes(4))
    watchman.look()
    clock_at(minutes(7))
    watchman.look()
    assert len(ladders(gone)[0].rungs) == 1
    set_posture(as_role("host.commander"), site=SITE, state="heightened", reason="A threat.")
    watchman.look()
    (ladder,) = ladders(gone)
    assert len(ladder.rungs) == 2 and ladder.factor == 0.5
    set_posture(as_role("host.commander"), site=SITE, state="normal", reason="It is over.")
    watchman.look()
    (ladder,) = ladders(gone)
    assert len(ladder.rungs) == 2 and ladder.factor == 1.0


def test_another_clock_process_climbs_none_twice_and_catches_up(gone, clock_at):
    clock_at(minutes(10))
    Watchman().look()
    assert [one["number"] for one in ladders(gone)[0].rungs] == [0, 1]
    clock_at(minutes(20))
    for _ in range(3):
        Watchman().look()
    (ladder,) = ladders(gone)
    assert [one["number"] for one in ladder.rungs] == [0, 1, 2, 3]
    acts_done = [one.act for one in entries(0, size())].count("movement.overdue")
    assert acts_done == 2


def test_silence_of_all_devices_begins_it_and_a_device_that_is_heard_again_ends_nothing(tracked, clock_at):
    following, watchman = Following(), Watchman()
    told(following, {"Heron 1": fixes(START, 0, 400)})
    clock_at(START + timedelta(seconds=240))
    watchman.look()
    (ladder,) = ladders(tracked)
    assert ladder.cause == "silent" and ladder.due_at == START + timedelta(seconds=50 + 180)
    told(following, {"Heron 1": fixes(START + timedelta(seconds=240), 400, 420)})
    watchman.look()
    assert ladders(tracked)[0].state == "open"


def test_an_explanation_moves_all_that_is_to_come(gone, as_role, clock_at):
    watchman = Watchman()
    clock_at(minutes(5))
    watchman.look()
    with pytest.raises(BadInput):
        live.explain(as_role(MANAGER), gone, eta=minutes(4), reason="A puncture.")
    live.explain(as_role(MANAGER), gone, eta=minutes(35), reason="A puncture.")
    found = row(gone)
    assert found.eta == minutes(35) and parse(found.checkpoints[0]["due_at"]) == minutes(24)
    (ladder,) = ladders(gone)
    assert (ladder.how, ladder.eta, ladder.reason) == ("explained", minutes(35), "A puncture.")
    clock_at(minutes(34))
    watchman.look()
    assert len(ladders(gone)) == 1
    clock_at(minutes(36))
    watchman.look()
    assert [one.state for one in ladders(gone)] == ["accounted", "open"]


def test_what_was_done_at_a_step_is_entered_and_accounts_for_nothing(gone, as_role, clock_at):
    clock_at(minutes(15))
    Watchman().look()
    (ladder,) = ladders(gone)
    live.answer(as_role(MANAGER), ladder.pk, kind="overdue", number=2, text="Called twice, no answer.")
    with pytest.raises(BadInput):
        live.answer(as_role(MANAGER), ladder.pk, kind="overdue", number=5, text="Not yet.")
    (ladder,) = ladders(gone)
    assert ladder.rungs[2]["answers"][0]["text"] == "Called twice, no answer." and ladder.state == "open"


def test_nobody_but_the_clock_climbs(gone, as_role):
    with pytest.raises(Refused):
        live.climb(as_role(DUTY), gone, kind="overdue", rungs=[0], factor=1.0, elapsed_s=0.0, due_at=START)


# Words


@pytest.fixture
def worded(gone, as_role):
    live.set_words(as_role(MANAGER), gone, well="Seven herons", duress="Nine herons")
    return gone


def test_a_report_without_the_word_accounts_for_nothing_where_there_is_one(worded, as_role, clock_at):
    clock_at(minutes(5))
    Watchman().look()
    live.report(as_role(POST), worded, kind="progress", checkpoint="bend")
    assert ladders(worded)[0].state == "open"
    live.report(as_role(POST), worded, kind="progress", checkpoint="bend", word=" seven  HERONS")
    assert ladders(worded)[0].state == "accounted" and duress(worded) == []


def test_the_word_of_duress_does_what_the_other_does_and_calls_in_silence(worded, as_role, clock_at):
    clock_at(minutes(5))
    Watchman().look()
    live.report(as_role(MANAGER), worded, kind="progress", checkpoint="bend", word="nine herons")
    assert ladders(worded)[0].state == "accounted"
    (silent,) = duress(worded)
    assert silent.cause == "duress"
    Watchman().look()
    assert [one["number"] for one in duress(worded)[0].rungs] == [3], "both duty officers, at once"
    for role in (DUTY, "host.commander", LIAISON, "partner.head_of_mission"):
        assert len(release.listing(Duress, as_role(role))) == 1
    for role in (MANAGER, POST, "host.focal_point", "partner.analyst"):
        assert release.listing(Duress, as_role(role)) == []
    with pytest.raises(NotFound):
        live.relieve(as_role(MANAGER), silent.pk, reason="All is well.")
    live.relieve(as_role(LIAISON), silent.pk, reason="Freed by the patrol.")
    assert duress(worded)[0].state == "accounted"


def test_words_are_nowhere_in_clear(worded, as_role):
    live.report(as_role(MANAGER), worded, kind="progress", word="nine herons")
    with pytest.raises(BadInput) as caught:
        live.set_words(as_role(MANAGER), worded, well="abcd secret", duress="Abcd  SECRET")
    assert "secret" not in str(caught.value).lower()
    from django.db import connection

    from safeconduct.store.guard import passage

    with passage("act"), connection.cursor() as cursor:
        cursor.execute("SELECT text FROM record_payload")
        kept = " ".join(str(text) for (text,) in cursor.fetchall())
    assert "heron" not in kept.lower().replace("convoy heron", "").replace("heron 1", "").replace("heron 2", "")


def test_three_wrong_words_call_those_whom_duress_calls(worded, as_role):
    for _ in range(2):
        live.report(as_role(MANAGER), worded, kind="progress", word="eight herons")
    assert duress(worded) == []
    live.report(as_role(MANAGER), worded, kind="progress", word="eight herons")
    assert [one.cause for one in duress(worded)] == ["wrong_word"]


def test_an_explanation_needs_the_word(worded, as_role, clock_at):
    clock_at(minutes(5))
    Watchman().look()
    with pytest.raises(BadInput):
        live.explain(as_role(MANAGER), worded, eta=minutes(30), reason="A puncture.")
    live.explain(as_role(MANAGER), worded, eta=minutes(30), reason="A puncture.", word="wrong one")
    assert ladders(worded)[0].state == "open" and row(worded).eta == minutes(15)
    live.explain(as_role(MANAGER), worded, eta=minutes(30), reason="A puncture.", word="seven herons")
    assert ladders(worded)[0].state == "accounted"


# From post to post


def test_a_refused_offer_leaves_it_with_the_first_post_and_an_accepted_one_passes_it_on(gone, as_role, clock_at):
    post, duty = as_role(POST), as_role(DUTY)
    refused = live.hand_over(post, gone, to_post="gate East", to_site=SITE, border_m=2000.0)
    with pytest.raises(BadInput):
        live.hand_over(post, gone, to_post="gate North", to_site=SITE)
    with pytest.raises(BadInput):
        live.accept(post, refused.pk)
    live.refuse(duty, refused.pk, reason="Our gate is shut.")
    assert row(gone).post == "Compound"
    clock_at(minutes(3))
    offer = live.hand_over(post, gone, to_post="gate East", to_site=SITE, border_m=2000.0)
    live.accept(duty, offer.pk)
    found = row(gone)
    assert found.post == "gate East"
    assert handover.responsible(found.posts, minutes(2.9))["post"] == "Compound"
    assert handover.responsible(found.posts, minutes(3))["post"] == "gate East"
    with pytest.raises(BadInput):
        live.accept(duty, offer.pk)


def test_a_post_elsewhere_reads_and_answers_the_offer_made_to_it_and_not_the_movement(gone, as_role):
    from safeconduct.demo.world import places
    from safeconduct.sites.acts import import_places
    from safeconduct.sites.geojson import feature_of

    gate = feature_of(places().gates[0])
    gate["properties"] |= {"site": "harbour", "name": "gate Sea"}
    import_places(as_role("host.commander"), site="harbour", features=[gate])
    sea = as_role(POST, "harbour")
    with pytest.raises(NotFound):
        live.report(sea, gone, kind="progress")
    offer = live.hand_over(as_role(DUTY), gone, to_post="gate Sea", to_site="harbour")
    assert [one["name"] for one in release.listing(HandOver, sea)] == ["Convoy Heron"]
    live.accept(sea, offer.pk)
    live.report(sea, offer.pk, kind="handover", checkpoint="bend")
    assert row(gone).checkpoints[0]["by"] == "gatepost"


def test_an_offer_is_called_to_mind_as_the_border_comes_near(gone, as_role, clock_at):
    offer = live.hand_over(as_role(POST), gone, to_post="gate East", to_site=SITE, border_m=2400.0)
    watchman, given = Watchman(), []
    for minute in (4, 6, 11, 16):
        clock_at(minutes(minute))
        watchman.look()
        watchman.look()
        (found,) = release.listing(HandOver, as_role(DUTY))
        given.append(len(found["reminders"]))
    assert given == [0, 1, 2, 3]
    live.recall(as_role(POST), offer.pk)


# Arrival and close


def test_it_closes_only_when_everyone_is_accounted_for_where_it_really_arrived(gone, as_role):
    acts.arrive(as_role(POST), gone, where="gate West, by a detour")
    assert row(gone).state == "arrived"
    people = travellers(gone)
    with pytest.raises(BadInput) as caught:
        live.close(as_role(DUTY), gone)
    assert {one.where for one in caught.value.faults} == {"close.count", "close.roll"}
    live.count(as_role(POST), gone, people=4, where="gate West")
    live.account(as_role(MANAGER), gone, statuses=dict.fromkeys(people[:4], "here") | {people[4]: "left_behind"})
    with pytest.raises(BadInput) as caught:
        live.close(as_role(DUTY), gone)
    assert {one.where for one in caught.value.faults} == {"close.differs", "close.roll"}
    live.count(as_role(POST), gone, people=5, where="gate West")
    live.account(as_role(MANAGER), gone, statuses={people[4]: "here"})
    live.close(as_role(DUTY), gone)
    assert row(gone).state == "closed"


def test_whoever_is_not_counted_is_overdue(gone, as_role, clock_at):
    acts.arrive(as_role(POST), gone)
    watchman = Watchman()
    clock_at(minutes(29))
    watchman.look()
    assert ladders(gone) == []
    clock_at(minutes(31))
    watchman.look()
    assert [one.cause for one in ladders(gone)] == ["uncounted"]


def test_the_roll_is_the_partners_and_the_host_reads_counts_alone(gone, as_role):
    acts.arrive(as_role(POST), gone)
    live.account(as_role(MANAGER), gone, statuses={travellers(gone)[0]: "here"})
    with pytest.raises(Refused):
        live.account(as_role(DUTY), gone, statuses={})
    assert "roll" not in release.one(Progress, as_role(DUTY), gone)
    assert release.one(Progress, as_role(MANAGER), gone)["roll"]
    with pytest.raises(BadInput):
        live.account(as_role(MANAGER), gone, statuses={"a stranger": "here"})


def test_an_arrival_accounts_for_it_and_takes_offers_back(gone, as_role, clock_at):
    clock_at(minutes(16))
    Watchman().look()
    live.hand_over(as_role(POST), gone, to_post="gate East", to_site=SITE)
    acts.arrive(as_role(POST), gone)
    assert ladders(gone)[0].how == "arrived"
    (offer,) = release.listing(HandOver, as_role(DUTY))
    assert offer["state"] == "withdrawn"


def test_a_gate_post_reads_progress_without_positions(tracked, as_role):
    told(Following(), {"Heron 1": fixes(START, 0, 100)})
    found = release.one(Progress, as_role(POST), tracked)
    assert not {"lon", "lat", "trail", "vehicles", "speed_kmh", "roll"} & set(found)
    assert "plan_m" in found
    assert {"lon", "trail"} <= set(release.one(Progress, as_role(DUTY), tracked))


def test_events_tell_of_places_without_naming_a_movement(tracked, as_role):
    newest = release.newest_event_id()
    told(Following(), {"Heron 1": fixes(START, 0, 100)})
    events = release.events_after(newest)
    assert [(one.kind, one.ref) for one in events] == [("progress", None)]
    assert release.may_hear(as_role(DUTY), events[0]) and not release.may_hear(as_role("auditor"), events[0])


def test_a_driver_reports_of_the_own_journey_alone(gone, as_role):
    from safeconduct.movements.models import Vehicle
    from safeconduct.people.models import Person
    from safeconduct.store.guard import passage
    from safeconduct.terms.party import Grant, Principal

    with passage("act"):
        driver = Vehicle.objects.filter(movement=gone).first().driver
        Person.objects.filter(pk=driver).update(user_name="driver")
    mine = Principal("driver", "partner", (Grant("partner.person"),))
    live.report(mine, gone, kind="progress", checkpoint="bend")
    assert row(gone).checkpoints[0]["by"] == "driver"
    other = Principal("somebody", "partner", (Grant("partner.person"),))
    with pytest.raises((NotFound, Refused)):
        live.report(other, gone, kind="progress", checkpoint="halfway")


def test_the_watch_follows_the_rows_of_its_feeds(tracked):
    from safeconduct.movements.progress.tapping import FollowMovements
    from safeconduct.watch.rows import table_of

    tap, system = FollowMovements(), node.current().system("node.watch")
    tap.hear(system)
    rows = [
        {
            "time": epoch_ms(START) + second * 1000,
            "sensor": "gps",
            "track": track,
            "lon": at_m(8.0 * second).lon,
            "lat": at_m(8.0 * second).lat,
            "kind": kind,
            "state": "seen",
        }
        for second in range(50)
        for track, kind in (("Heron 1", "own"), ("Heron 2", "car"), ("Ibis", "own"))
    ]
    tap.take(table_of(rows))
    tap.tell(system)
    found = row(tracked)
    assert [one["callsign"] for one in found.vehicles] == ["Heron 1"], "only what its feed answers for"
    assert found.plan_m == pytest.approx(392, abs=10)
