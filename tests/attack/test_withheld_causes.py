"""What is about a withheld alert is withheld with it: else it would tell that there is one, and its id since when."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from tests.worlds import RED_ALERT, SITE, START, STOOD_FROM, Clock, build, principal

from safeconduct import release
from safeconduct.store import labels
from safeconduct.store.guard import passage
from safeconduct.terms import instant
from safeconduct.terms.errors import NotFound
from safeconduct.watch import acts, queries
from safeconduct.watch.keeping import queries as keeping
from safeconduct.watch.keeping.acts import hold_evidence
from safeconduct.watch.models import Alert

pytestmark = pytest.mark.django_db

OTHERS = ("liaison", "head", "duty", "gatepost")
SHELF = {"site": SITE, "ring": "outer", "kind": "dwell", "reason": "Known."}
SPAN = {"site": SITE, "begin": STOOD_FROM, "end": START, "until": START + timedelta(days=1), "reason": "The inquiry."}


@pytest.fixture(autouse=True)
def world(monkeypatch):
    monkeypatch.setattr(instant, "now", Clock())
    labels.forget()
    return build(red_extra=True)


@pytest.fixture
def newest() -> int:
    return release.newest_event_id()


def heard(actor: str, after: int) -> list[str]:
    return [one.kind for one in release.events_after(after) if release.may_hear(principal(actor), one)]


def test_evidence_held_for_a_withheld_alert_is_seen_by_whoever_sees_the_alert(newest):
    held = hold_evidence(principal("commander"), alert=RED_ALERT, **SPAN)
    assert keeping.one_evidence(principal("commander"), held.pk)["alert"] == RED_ALERT
    for actor in OTHERS:
        with pytest.raises(NotFound):
            keeping.one_evidence(principal(actor), held.pk)
        assert heard(actor, newest) == []


def test_evidence_held_for_an_alert_of_both_is_seen_by_both(world):
    held = hold_evidence(principal("liaison"), alert=world.refs["alert"], **SPAN)
    assert keeping.one_evidence(principal("duty"), held.pk)["alert"] == world.refs["alert"]


def test_nobody_holds_evidence_for_an_alert_that_is_not_theirs_to_see():
    for actor, ref in (("liaison", RED_ALERT), ("duty", RED_ALERT), ("duty", uuid.UUID(int=7))):
        with pytest.raises(NotFound) as refused:
            hold_evidence(principal(actor), alert=ref, **SPAN)
        assert str(refused.value) == f"no alert {ref}"


def test_the_shelf_of_a_withheld_alert_is_seen_by_whoever_sees_the_alert(newest):
    with passage("act"):
        Alert.objects.filter(pk=RED_ALERT).update(severity="alert")
    shelf = acts.shelve(principal("commander"), until=START + timedelta(hours=1), alert=RED_ALERT, **SHELF)
    assert queries.shelf(principal("commander"), shelf.pk)["alert"] == RED_ALERT
    for actor in OTHERS:
        with pytest.raises(NotFound):
            queries.shelf(principal(actor), shelf.pk)
        assert heard(actor, newest) == []
