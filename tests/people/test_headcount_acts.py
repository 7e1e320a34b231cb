"""Promises of headcounts: who is asked, who may answer for whom, what is counted, and when one may end."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.people import heads, roster
from tests.people.roster import COMMANDER, HEAD, LIAISON, MANAGER, SITE

from safeconduct import release
from safeconduct.people.headcounts import beginning, queries, tally
from safeconduct.people.headcounts.acts import answer, answer_for, close, confirm, start
from safeconduct.people.models import Headcount, HeadcountAnswer
from safeconduct.terms import instant
from safeconduct.terms.decision import Refused
from safeconduct.terms.errors import BadInput, NotFound
from safeconduct.terms.ids import new_id

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _channels():
    heads.channels_are(heads.SMS)
    yield
    heads.no_channels()


def only() -> Headcount:
    return heads.headcounts()[0]


def recount(headcount: Headcount) -> dict[str, int]:
    """The slow way: every row looked at."""
    return dict(Counter(one.state for one in heads.answers(headcount.pk)))


def test_everyone_of_the_site_is_asked_once_and_nobody_of_another():
    heads.people(3)
    heads.people(2, site="harbour", first=50)
    start(LIAISON, site=SITE)
    assert [one.person.reference for one in heads.answers()] == ["L-0001", "L-0002", "L-0003"]
    assert only().counts == {"asked": 3}
    assert len(heads.deliveries()) == 3


def test_who_was_last_seen_at_the_site_is_asked_there_too():
    guest = heads.people(1, site="harbour", first=50)[0]
    heads.people(1)
    start(LIAISON, site="harbour")
    answer_for(LIAISON, [heads.answer_of(guest).pk], site="harbour", says="safe")
    close(LIAISON, only().pk)
    start(LIAISON, site=SITE)
    assert [one.person.reference for one in heads.answers() if one.site == SITE] == ["L-0001"]


def test_visitors_are_asked_within_their_visit_unless_left_out():
    at = instant.now()
    visit = {"kind": "visitor", "visit_begin": at - timedelta(hours=1), "visit_end": at + timedelta(hours=1)}
    over = {"kind": "visitor", "visit_begin": at - timedelta(hours=9), "visit_end": at - timedelta(hours=8)}
    heads.people(1)
    heads.people(1, first=10, **visit)
    heads.people(1, first=20, **over)
    start(LIAISON, site=SITE)
    assert [one.person.reference for one in heads.answers()] == ["L-0001", "L-0010"]
    without = start(LIAISON, site=SITE, visitors=False)
    assert [one.person.reference for one in heads.answers(without.pk)] == ["L-0001"]


def test_zones_narrow_whom_it_asks():
    north = heads.zone("North")
    heads.people(2, zone=north)
    heads.people(2, first=10)
    start(LIAISON, site=SITE, zones=[str(north.pk)])
    assert [one.person.reference for one in heads.answers()] == ["L-0001", "L-0002"]
    assert only().by_zone == {str(north.pk): {"asked": 2}}


def test_a_warden_asks_and_answers_for_the_own_zones_alone():
    keeper = roster.with_account(heads.people(1, first=90)[0], "warden")
    north, south = heads.zone("North", warden=keeper), heads.zone("South")
    inside = heads.people(1, zone=north)[0]
    outside = heads.people(1, first=10, zone=south)[0]
    start(LIAISON, site=SITE)
    warden = roster.warden()
    answer_for(warden, [heads.answer_of(inside).pk], site=SITE, says="safe")
    with pytest.raises(NotFound):
        answer_for(warden, [heads.answer_of(outside).pk], site=SITE, says="safe")
    assert heads.answer_of(inside).proxy and heads.answer_of(inside).by == "warden"
    assert heads.answer_of(outside).state == "asked"
    own = start(warden, site=SITE)
    assert {one.person.reference for one in heads.answers(own.pk)} == {"L-0001"}


def test_a_warden_of_another_site_answers_for_nobody_here():
    heads.people(1)
    start(LIAISON, site=SITE)
    with pytest.raises((Refused, NotFound)):
        answer_for(roster.warden("far", "harbour"), [heads.answers()[0].pk], site=SITE, says="safe")


def test_a_person_answers_for_themselves_alone():
    me, other = heads.people(2)
    roster.with_account(me, "person")
    start(LIAISON, site=SITE)
    answer(roster.person(), [heads.answer_of(me).pk], site=SITE, says="safe", way="page")
    with pytest.raises(NotFound):
        answer(roster.person(), [heads.answer_of(other).pk], site=SITE, says="safe", way="page")
    assert not heads.answer_of(me).proxy
    assert heads.answer_of(other).state == "asked"


def test_the_host_neither_starts_nor_answers_nor_sees_who_was_asked():
    heads.people(2)
    with pytest.raises(Refused):
        start(COMMANDER, site=SITE)
    start(LIAISON, site=SITE)
    with pytest.raises((Refused, NotFound)):
        answer_for(COMMANDER, [heads.answers()[0].pk], site=SITE, says="safe")
    assert release.listing(HeadcountAnswer, COMMANDER) == []
    (seen,) = queries.headcounts(COMMANDER)
    assert set(seen) == {"site", "call", "kind", "state", "begun_at", "closed_at", "counts", "targets"}


def test_a_correction_keeps_what_was_said_before():
    person = heads.people(1)[0]
    start(LIAISON, site=SITE)
    ref = heads.answer_of(person).pk
    answer_for(LIAISON, [ref], site=SITE, says="need_help")
    answer_for(HEAD, [ref], site=SITE, says="safe")
    row = heads.answer_of(person)
    assert (row.state, row.by) == ("safe", "head")
    assert [(one["state"], one["by"]) for one in row.history] == [("need_help", "liaison")]
    assert only().counts == {"safe": 1}


def test_delivered_is_not_answered_and_late_news_of_a_message_changes_no_answer():
    person = heads.people(1)[0]
    start(LIAISON, site=SITE)
    (message,) = heads.deliveries()
    heads.told("sent", message)
    assert only().counts == {"sent": 1}
    answer_for(LIAISON, [heads.answer_of(person).pk], site=SITE, says="safe")
    heads.told("delivered", message)
    assert only().counts == {"safe": 1}
    assert heads.answer_of(person).state == "safe"


def test_it_closes_with_everyone_resolved_or_with_a_reason():
    first, second = heads.people(2)
    start(LIAISON, site=SITE)
    answer_for(LIAISON, [heads.answer_of(first).pk], site=SITE, says="safe")
    with pytest.raises(BadInput, match="1 are unaccounted"):
        close(LIAISON, only().pk)
    answer_for(LIAISON, [heads.answer_of(second).pk], site=SITE, says="need_help")
    with pytest.raises(BadInput):
        close(LIAISON, only().pk)
    answer_for(LIAISON, [heads.answer_of(second).pk], site=SITE, says="safe")
    close(LIAISON, only().pk)
    assert only().state == "closed"
    start(LIAISON, site=SITE)
    newest = next(one for one in heads.headcounts() if one.state == "open")
    close(LIAISON, newest.pk, reason="The alarm was a drill of the fire brigade.")


def test_a_closed_one_takes_no_answer():
    person = heads.people(1)[0]
    start(LIAISON, site=SITE)
    close(LIAISON, only().pk, reason="A false alarm.")
    with pytest.raises(BadInput):
        answer_for(LIAISON, [heads.answer_of(person).pk], site=SITE, says="safe")


def test_everyone_everywhere_waits_for_a_second_person():
    heads.people(2)
    heads.people(1, site="harbour", first=50)
    call = beginning.begin(MANAGER)
    assert {one.state for one in heads.headcounts()} == {"proposed"}
    assert heads.answers() == [] and heads.deliveries() == []
    with pytest.raises(BadInput, match="another person"):
        beginning.confirm_call(MANAGER, call)
    assert heads.answers() == []
    beginning.confirm_call(HEAD, call)
    assert {one.state for one in heads.headcounts()} == {"open"}
    assert len(heads.answers()) == 3


def test_one_site_after_another_is_everywhere_too():
    heads.people(1)
    heads.people(1, site="harbour", first=50)
    start(MANAGER, site=SITE)
    second = start(MANAGER, site="harbour")
    assert second.state == "proposed"
    confirm(LIAISON, second.pk)
    assert len(heads.answers()) == 2


def test_the_node_proposes_and_a_person_decides():
    heads.people(1)
    incident = new_id()
    made = beginning.propose_on(incident, site=SITE, party="partner")
    assert made.state == "proposed" and heads.answers() == []
    confirm(LIAISON, made.pk)
    assert only().incident == incident and len(heads.answers()) == 1


def test_a_recall_tells_all_who_were_asked():
    heads.people(3)
    start(LIAISON, site=SITE)
    with pytest.raises(BadInput):
        close(LIAISON, only().pk, recall=True)
    close(LIAISON, only().pk, reason="Sent by mistake.", recall=True)
    by_what = Counter((one.what, one.state) for one in heads.deliveries())
    assert by_what == {("headcount", "dropped"): 3, ("headcount_recall", "queued"): 3}


def test_targets_are_met_at_the_moment_that_the_share_is_reached(clock_at):
    begin = instant.now()
    heads.people(4)
    clock_at(begin)
    start(LIAISON, site=SITE)
    refs = [one.pk for one in heads.answers()]
    clock_at(begin + timedelta(minutes=5))
    answer_for(LIAISON, refs[:1], site=SITE, says="safe")
    assert [one["met_at"] for one in only().targets] == [None, None]
    clock_at(begin + timedelta(minutes=14))
    answer_for(LIAISON, refs[1:2], site=SITE, says="need_help")
    half, most = (tally.standing(one, only().begun_at, instant.now()) for one in only().targets)
    assert (half.state, most.state) == ("met", "open")
    assert 45 * 60 < most.left_s <= 46 * 60
    clock_at(begin + timedelta(minutes=61))
    assert tally.standing(only().targets[1], only().begun_at, instant.now()).state == "missed"
    answer_for(LIAISON, refs[2:], site=SITE, says="safe")
    assert tally.standing(only().targets[1], only().begun_at, instant.now()).state == "late"


DEEDS = st.lists(
    st.tuples(
        st.sampled_from(["sent", "delivered", "read", "failed", "safe", "need_help", "not_in_area"]),
        st.sets(st.integers(0, 5), min_size=1),
    ),
    max_size=12,
)


@settings(derandomize=True, max_examples=25, deadline=None)
@given(DEEDS)
def test_counts_are_what_counting_every_row_finds(deeds):
    from django.db import transaction

    from safeconduct.store import labels

    labels.forget()
    with transaction.atomic():
        north = heads.zone()
        heads.people(4, zone=north)
        heads.people(2, first=10)
        start(LIAISON, site=SITE)
        messages, refs = heads.deliveries(), [one.pk for one in heads.answers()]
        for what, which in deeds:
            if what in tally.ANSWERS:
                answer_for(LIAISON, [refs[one] for one in which], site=SITE, says=what)
            else:
                heads.told(what, *(messages[one] for one in which))
            assert only().counts == recount(only())
            assert tally.summed(only().by_zone.values()) == tally.summed([only().counts])
        transaction.set_rollback(True)
    labels.forget()
