"""The watch hears only of sweeps and movements that everyone may know of who reads its alerts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.movements.case import ALERT_ON, ROUTE, SITE, certify, convoy, place_site, plan_convoy
from tests.watch.live_node import Driven, standing

from safeconduct import node, release
from safeconduct.movements import telling
from safeconduct.movements.models import Leg, Movement, Sweep, Vehicle
from safeconduct.movements.protection.reactions import disclose_what_is_due
from safeconduct.store.guard import passage
from safeconduct.store.labels import intern
from safeconduct.terms import instant
from safeconduct.terms.instant import UTC
from safeconduct.terms.marking import Marking, Tlp
from safeconduct.watch.models import Alert

pytestmark = pytest.mark.django_db(transaction=True)

BEGIN = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
ON = (ALERT_ON["lon"], ALERT_ON["lat"])


@pytest.fixture(autouse=True)
def site(as_role) -> Iterator[None]:
    instant.run_clock(BEGIN, datetime.now(UTC), 0.0)
    place_site(as_role)
    yield
    instant.run_clock(datetime(1970, 1, 1, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC), 1.0)


def withhold(model: Any, ref: Any, tlp: Tlp = Tlp.AMBER_STRICT, releasable_to: frozenset[str] = frozenset()) -> None:
    with passage("act"):
        label = intern(Marking("host", model.info_class, tlp, releasable_to, "marjan"))
        model.objects.filter(pk=ref).update(label_id=label)


def told_movements(watch: Any) -> list[dict[str, Any]]:
    """What the watch is told once the clock has looked what is due."""
    disclose_what_is_due()
    return telling.movements(watch)


@pytest.mark.parametrize(
    ("model", "make", "tell"),
    [(Sweep, certify, telling.sweeps), (Movement, plan_convoy, told_movements)],
    ids=["sweep", "movement"],
)
def test_the_watch_is_told_of_what_everyone_who_reads_its_alerts_may_have(
    model: Any, make: Callable[..., Any], tell: Callable[..., Any], as_role, watch
):
    ref = make(as_role)
    assert [one["id"] for one in tell(watch)] == [str(ref)]
    withhold(model, ref)
    assert tell(watch) == []
    withhold(model, ref, Tlp.AMBER)
    assert tell(watch) == []
    withhold(model, ref, Tlp.AMBER, frozenset({"partner"}))
    assert [one["id"] for one in tell(watch)] == [str(ref)]
    withhold(model, ref, Tlp.RED, frozenset({"partner"}))
    assert tell(watch) == []


def test_a_role_that_may_not_have_a_field_counts_like_one_that_may_not_have_the_thing(as_role, watch):
    accord = node.current().accord
    alert, sweep = accord.marking("alert", "host", "marjan"), accord.marking("sweep", "host", "marjan")
    assert accord.may_tell(alert, sweep, telling.SWEEP_FIELDS)
    assert not accord.may_tell(alert, sweep, telling.SWEEP_FIELDS | {"unit"})
    assert accord.may_tell(Marking("host", "alert", Tlp.AMBER_STRICT, area="marjan"), sweep, frozenset({"unit"}))


def said(path: Any, watch: Any) -> list[tuple[Any, ...]]:
    """What a live watch says of a car that stands on the route, by all fields but ids."""
    live = Driven(path)
    live.turn(2)
    live.send(standing(BEGIN + timedelta(seconds=5), 400, spot=ON))
    found = release.listing(Alert, watch, lambda rows: rows.order_by("started_at"))
    live.end()
    return [tuple(sorted((name, str(value)) for name, value in one.items())) for one in found]


def test_a_withheld_sweep_and_movement_change_nothing_of_what_the_watch_says(tmp_path, as_role, watch):
    plain = said(tmp_path / "plain", watch)
    assert plain
    with passage("act"):
        Alert.objects.all().delete()
    withhold(Sweep, certify(as_role))
    withhold(Movement, plan_convoy(as_role, depart_at=BEGIN + timedelta(minutes=2)))
    assert said(tmp_path / "withheld", watch) == plain


def test_the_test_would_notice(tmp_path, as_role, watch):
    plain = said(tmp_path / "plain", watch)
    with passage("act"):
        Alert.objects.all().delete()
    certify(as_role)
    assert said(tmp_path / "known", watch) != plain


def test_a_movement_is_told_by_each_leg_one_after_the_other_with_its_tracker(as_role, watch):
    begin = BEGIN + timedelta(minutes=10)
    legs = [{"site": SITE, "route": ROUTE, "begin_at": begin + timedelta(hours=hour)} for hour in (0, 1)]
    ref = plan_convoy(as_role, legs=legs, convoy=convoy(2, tracker="gps/7"), until=BEGIN + timedelta(days=1))
    first, second = told_movements(watch)
    assert (first["id"], first["tracker"], first["departed_at"]) == (str(ref), "gps/7", None)
    with passage("act"):
        Movement.objects.filter(pk=ref).update(state="departed", departed_at=begin + timedelta(minutes=5))
    first, second = told_movements(watch)
    assert first["arrived_at"] == second["departed_at"] == instant.iso(begin + timedelta(minutes=65))
    assert second["arrived_at"] is None
    with passage("act"):
        Vehicle.objects.update(label_id=intern(Marking("partner", "convoy_vehicle", Tlp.RED, area=SITE)))
        Leg.objects.filter(number=2).update(label_id=intern(Marking("partner", "leg", Tlp.RED, area=SITE)))
    (only,) = told_movements(watch)
    assert (only["route"], only["tracker"], only["arrived_at"]) == (ROUTE, "", None)
    with passage("act"):
        Leg.objects.filter(movement=ref).update(label_id=intern(Marking("partner", "leg", Tlp.RED, area=SITE)))
    assert told_movements(watch) == []
