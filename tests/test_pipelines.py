"""The two pipelines: no writer but acts, no reader but release; what fails leaves nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from safeconduct import acts, release
from safeconduct.movements import acts as movements
from safeconduct.movements.models import Movement
from safeconduct.record.models import Entry
from safeconduct.sites.acts import import_places
from safeconduct.store.guard import Bypassed, guarded_tables, passage
from safeconduct.store.models import Event, Marked
from safeconduct.strategy.acts import order_measure, request_measure
from safeconduct.strategy.models import Measure
from safeconduct.terms import instant
from safeconduct.terms.decision import Refused
from safeconduct.terms.errors import BadInput, NotFound
from safeconduct.terms.party import NOBODY

pytestmark = pytest.mark.django_db

ORDER = {"site": "marjan", "kind": "look", "text": "Look at the car.", "unit": "Patrol 2"}


def count(model) -> int:
    with passage("release"):
        return model.objects.count()


def test_an_act_changes_enters_and_publishes(as_role):
    entries, events = count(Entry), count(Event)
    measure = order_measure(as_role("host.commander"), **ORDER)
    assert release.one(Measure, as_role("host.commander"), measure.pk)["text"] == "Look at the car."
    assert (count(Entry), count(Event)) == (entries + 1, events + 1)


def test_a_refused_act_names_the_article_and_leaves_nothing(as_role):
    before = (count(Entry), count(Event), count(Measure))
    with pytest.raises(Refused) as refused:
        order_measure(as_role("partner.liaison_officer"), **ORDER)
    assert refused.value.decision.article.startswith("4")
    assert (count(Entry), count(Event), count(Measure)) == before


def test_an_act_that_fails_halfway_leaves_nothing(as_role):
    before = (count(Entry), count(Event), count(Measure))
    with pytest.raises(BadInput), acts.together():
        order_measure(as_role("host.commander"), **ORDER)
        order_measure(as_role("host.commander"), **(ORDER | {"kind": "shoot"}))
    assert (count(Entry), count(Event), count(Measure)) == before


def test_one_failing_act_among_others_takes_only_itself_back(as_role):
    entries = count(Entry)
    with acts.together():
        order_measure(as_role("host.commander"), **ORDER)
        with pytest.raises(BadInput):
            order_measure(as_role("host.commander"), **(ORDER | {"kind": "shoot"}))
        order_measure(as_role("host.commander"), **ORDER)
    assert count(Entry) == entries + 2


def test_nobody_may_nothing():
    with pytest.raises(Refused):
        request_measure(NOBODY, site="marjan", kind="look", text="Please look.")
    assert release.listing(Measure, NOBODY) == []


@pytest.mark.parametrize("model", list(Marked.__subclasses__()), ids=lambda model: model.__name__)
def test_the_connection_refuses_to_read_or_write_outside_the_pipelines(model, as_role):
    model = model if not model._meta.abstract else model.__subclasses__()[0]
    with pytest.raises(Bypassed):
        list(model.objects.all())
    with pytest.raises(Bypassed):
        model.objects.all().delete()
    with pytest.raises(Bypassed):
        model.objects.update(label_id=1)
    with passage("release"), pytest.raises(Bypassed):
        model.objects.update(label_id=1)


def test_every_table_of_ours_is_guarded():
    from django.apps import apps

    ours = {
        model._meta.db_table
        for model in apps.get_models()
        if model.__module__.startswith("safeconduct.") and model._meta.app_label not in ("record",)
    }
    # Accounts are written by Django's own login; wrong tries are no fact about anyone, and on no record.
    assert ours - guarded_tables() == {"people_user", "people_try"}


def test_absent_and_not_yours_answer_alike(as_role):
    purpose_less = as_role("auditor")
    measure = order_measure(as_role("host.commander"), **ORDER)
    with pytest.raises(NotFound) as hidden:
        release.one(Measure, purpose_less, measure.pk)
    with pytest.raises(NotFound) as absent:
        release.one(Measure, purpose_less, "01a20c24-e6b1-7647-88d1-48cdb0773edf")
    assert str(hidden.value).replace(str(measure.pk), "X") == str(absent.value).replace(absent.value.name, "X")


def test_an_event_is_heard_only_by_those_whose_view_changed(as_role, watch):
    from safeconduct.demo.world import places
    from safeconduct.sites.geojson import to_geojson

    features = to_geojson(places())["features"]
    site = features[0]["properties"]["site"]
    import_places(as_role("host.commander"), site=site, features=features)
    route = next(one["properties"]["name"] for one in features if one["properties"]["role"] == "route")
    movement = movements.plan(
        as_role("partner.project_manager"),
        site=site,
        name="Convoy",
        route=route,
        depart_at=instant.now() + timedelta(hours=1),
        vehicles=2,
        people=3,
        purpose="a purpose",
        risk={"likelihood": "unlikely", "impact": "minor"},
    )
    movements.accept_risk(as_role("partner.project_manager"), movement.pk)
    movements.request(as_role("partner.project_manager"), movement.pk)
    newest = release.newest_event_id()
    with acts.together():
        row = Movement.objects.get(pk=movement.pk)
        row.host_note = "for the host alone"
        row.save()
        acts.Event.objects.create(
            at=instant.now(), kind="movement", ref=row.pk, label_id=row.label_id, fields=",host_note,"
        )
    (event,) = release.events_after(newest)
    assert release.may_hear(as_role("host.duty_officer"), event)
    assert not release.may_hear(as_role("partner.liaison_officer"), event)
