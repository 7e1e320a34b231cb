"""A party that suspends its flow of information: what the accord answers while that lasts."""

from tests.accord.drafts import holder

from safeconduct.accord.accord import Accord
from safeconduct.accord.agreement import SUSPENDED_RULE
from safeconduct.accord.vocabulary import CLASSES, OPEN_CLASSES

HOST_OFFICER, LIAISON, WATCH = holder("host.duty_officer"), holder("partner.liaison_officer"), holder("node.watch")


STAYS = OPEN_CLASSES | {"movement"}
"""What goes on: how the accord is kept, and the sight of movements, which either party may still stop."""


def test_the_other_party_reads_nothing_but_how_the_accord_is_kept_and_movements(joint: Accord):
    resting = joint.suspending(frozenset({"host"}))
    for info_class in CLASSES:
        marking = joint.marking(info_class, "host", "marjan")
        before = joint.may_read(LIAISON, marking).allowed
        assert resting.may_read(LIAISON, marking).allowed == (before and info_class in STAYS), info_class
        assert bool(resting.fields(LIAISON, marking)) == (before and info_class in STAYS), info_class


def test_own_people_and_the_watch_go_on(joint: Accord):
    resting = joint.suspending(frozenset({"host", "partner"}))
    for principal, originator in ((HOST_OFFICER, "host"), (LIAISON, "partner"), (WATCH, "partner"), (WATCH, "host")):
        marking = joint.marking("movement", originator, "marjan")
        assert resting.may_read(principal, marking) == joint.may_read(principal, marking)
        assert resting.fields(principal, marking) == joint.fields(principal, marking)


def test_flow_of_the_party_that_did_not_suspend_goes_on(joint: Accord):
    resting = joint.suspending(frozenset({"partner"}))
    marking = joint.marking("alert", "host", "marjan")
    assert resting.may_read(LIAISON, marking) == joint.may_read(LIAISON, marking)
    assert not resting.may_read(HOST_OFFICER, joint.marking("position", "partner", "marjan")).allowed
    assert joint.may_read(HOST_OFFICER, joint.marking("position", "partner", "marjan")).allowed


def test_the_other_party_still_stops_movements_and_lets_none_depart(joint: Accord):
    resting = joint.suspending(frozenset({"partner"}))
    movement = joint.marking("movement", "partner", "marjan")
    for act in ("movement.hold", "movement.consent", "movement.depart"):
        assert joint.decide(HOST_OFFICER, act, movement).allowed
        assert resting.decide(HOST_OFFICER, act, movement).allowed == (act == "movement.hold")


def test_denial_cites_the_article_on_suspension(joint: Accord):
    decision = joint.suspending(frozenset({"host"})).may_read(LIAISON, joint.marking("alert", "host", "marjan"))
    assert (decision.allowed, decision.article, decision.rule) == (False, "18.1", SUSPENDED_RULE)


def test_accord_itself_stays_as_it_was(joint: Accord):
    marking = joint.marking("alert", "host", "marjan")
    assert not joint.suspending(frozenset({"host"})).may_read(LIAISON, marking).allowed
    assert joint.may_read(LIAISON, marking).allowed
    assert joint.suspending(frozenset()) is joint
