"""The release filter is the accord's decision on each object, however many there are."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from safeconduct import node, release
from safeconduct.store.guard import passage
from safeconduct.store.labels import intern, marking_of
from safeconduct.strategy.models import Measure
from safeconduct.terms.ids import new_id
from safeconduct.terms.marking import Marking, Tlp
from safeconduct.terms.party import Grant, Principal
from safeconduct.watch import queries as watch_queries
from safeconduct.watch.models import Alert

pytestmark = pytest.mark.django_db

PARTIES = ("host", "partner")
AREAS = ("", "marjan", "elsewhere")
ROLES = (
    *("host.focal_point", "host.commander", "host.duty_officer", "host.gate_post", "host.analyst"),
    *("partner.head_of_mission", "partner.liaison_officer", "partner.project_manager", "partner.analyst"),
    *("auditor", "dpo", "secretary", "node.watch"),
)

markings = st.builds(
    Marking,
    originator=st.sampled_from(PARTIES),
    info_class=st.just("measure"),
    tlp=st.sampled_from(list(Tlp)),
    releasable_to=st.frozensets(st.sampled_from(PARTIES)),
    area=st.sampled_from(AREAS),
)
grants = st.builds(Grant, role=st.sampled_from(ROLES), area=st.sampled_from(AREAS))
principals = st.builds(
    Principal,
    name=st.just("someone"),
    party=st.sampled_from((*PARTIES, "stranger", "")),
    grants=st.lists(grants, max_size=3, unique=True).map(tuple),
)


def measure(marking: Marking) -> Measure:
    return Measure.objects.create(
        label_id=intern(marking), site=marking.area, kind="look", text="text", state="ordered", unit="unit"
    )


@settings(derandomize=True, max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(items=st.lists(markings, min_size=1, max_size=12), reader=principals)
def test_the_filter_equals_the_decision_on_each_object(items, reader):
    with passage("act"):
        Measure.objects.all().delete()
        rows = [measure(marking) for marking in items]
    accord = node.current().accord
    wanted = {row.pk for row in rows if accord.may_read(reader, marking_of(row.label_id)).allowed}
    listed = release.listing(Measure, reader)
    assert {one.id for one in listed} == wanted
    assert release.count(Measure, reader) == len(wanted)
    for one in listed:
        assert set(one) == accord.fields(reader, one.marking) & set(Measure.released)


def test_a_withheld_field_is_absent_not_empty(as_role):
    with passage("act"):
        row = measure(Marking("host", "measure", Tlp.AMBER, frozenset(PARTIES), "marjan"))
    host, partner = (release.one(Measure, as_role(r), row.pk) for r in ("host.commander", "partner.liaison_officer"))
    assert host["unit"] == "unit"
    assert "unit" not in partner
    with pytest.raises(AttributeError, match="not released"):
        _ = partner.unit


MANY = 100_000


def many_alerts() -> None:
    accord = node.current().accord
    label = intern(accord.marking("alert", "host", "marjan"))
    hidden = intern(Marking("host", "alert", Tlp.RED, frozenset(), "marjan"))
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    rows = [
        Alert(
            pk=new_id(),
            label_id=hidden if number % 3 == 0 else label,
            kind="dwell",
            site="marjan",
            ring="outer",
            severity="alert",
            lon=75.0,
            lat=-5.0,
            started_at=begin,
            raised_at=begin + timedelta(seconds=number),
            updated_at=begin,
            dwell_s=300,
            vehicle="car",
        )
        for number in range(MANY)
    ]
    Alert.objects.bulk_create(rows, batch_size=2000)


@pytest.mark.slow
def test_listing_among_100_000_alerts_is_one_indexed_query_and_no_decision_a_row(as_role, monkeypatch):
    with passage("act"):
        many_alerts()
    reader = as_role("partner.liaison_officer")
    watch_queries.alerts(reader)
    accord = node.current().accord
    asked: list[object] = []
    monkeypatch.setattr(type(accord.engine), "decide", lambda *args: asked.append(args), raising=False)
    with CaptureQueriesContext(
        connection,
    ) as caught:
        page = watch_queries.alerts(reader)
    ours = [query["sql"] for query in caught.captured_queries if "watch_alert" in query["sql"]]
    assert len(ours) == 1
    assert len(page.rows) == watch_queries.PAGE and page.next
    assert asked == []
    assert all(row.marking.tlp is not Tlp.RED for row in page.rows)
    with passage("release"), connection.cursor() as cursor:
        explain = "EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN "
        cursor.execute(explain + ours[0])
        plan = " ".join(str(row) for row in cursor.fetchall())
    assert "watch_alert_" in plan and "SCAN watch_alert USE TEMP" not in plan
    began = time.perf_counter()
    watch_queries.alerts(reader, page.next)
    assert time.perf_counter() - began < 2, "not a benchmark: a guard against a full scan with a sort"
