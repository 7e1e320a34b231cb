"""The alarm budget: what the rules as set and as proposed cost, by the limits of EEMUA 191."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta

import pytest
from tests.watch.live_node import FEATURES, RING, archived, standing
from tests.watch.scenes import batch, drives, ring, stands

from safeconduct import node
from safeconduct.cli import main
from safeconduct.sites.acts import import_places
from safeconduct.sites.geojson import to_geojson
from safeconduct.sites.places import RingLevel
from safeconduct.terms.errors import BadInput
from safeconduct.watch.acts import register_expected, withdraw_expected
from safeconduct.watch.alerts import to_line
from safeconduct.watch.budget import budget, with_steps
from safeconduct.watch.budget_hours import hours_of_node
from safeconduct.watch.cost import bounds, cost_of

BEGIN = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def every(gap: timedelta, count: int) -> list[datetime]:
    return [BEGIN + gap * number for number in range(count)]


def test_one_alarm_in_ten_minutes_is_within_the_limits_and_one_in_nine_is_not():
    for minutes, fits in ((10, True), (9, False)):
        assert cost_of(every(minutes * MINUTE, 1440 // minutes), BEGIN, BEGIN + DAY).within_limits is fits


def test_operators_share_the_cost():
    assert cost_of(every(5 * MINUTE, 288), BEGIN, BEGIN + DAY, operators=2).per_hour == pytest.approx(6.0)


def test_the_share_in_flood_is_of_the_time_that_was_watched():
    times = every(timedelta(seconds=1), 11)
    of_a_day, of_an_hour = (cost_of(times, BEGIN, BEGIN + DAY, watched=one).flood_share for one in (DAY, HOUR))
    assert of_an_hour == pytest.approx(24 * of_a_day)
    assert of_a_day * DAY.total_seconds() == pytest.approx(10 * 60 + 6 - 10), "from the eleventh until the seventh goes"


def test_the_interval_holds_the_true_rate_nearly_always():
    chance = random.Random(3)
    inside = 0
    for _ in range(400):
        times = []
        at = chance.expovariate(4.0)
        while at < 24:
            times.append(BEGIN + at * HOUR)
            at += chance.expovariate(4.0)
        cost = cost_of(times, BEGIN, BEGIN + DAY)
        inside += cost.low <= 4.0 <= cost.high
    assert inside >= 370


def test_the_interval_of_none_is_that_of_the_rule_of_three():
    low, high = bounds(0)
    assert low == 0 and high == pytest.approx(3.69, abs=0.05)


def test_alarms_that_come_in_clusters_are_known_less_well():
    clustered = cost_of([at + 10 * HOUR for at in every(MINUTE, 48)], BEGIN, BEGIN + DAY)
    even = cost_of(every(HOUR / 2, 48), BEGIN, BEGIN + DAY)
    assert clustered.per_hour == even.per_hour
    assert clustered.high - clustered.low > 3 * (even.high - even.low)


def _rows():
    """Three cars that stay for 200, 350 and 700 s, and pass on."""
    for number, stay_s in enumerate((200, 350, 700)):
        x = number * 300.0
        yield from stands(0, stay_s, x=x, track=str(number))
        yield from drives(stay_s, 30, x=x, track=str(number))


def test_a_proposal_is_tried_on_the_same_hours_as_the_rules_as_set():
    places = ring()
    found = budget({"as_set": places, "proposed": with_steps(places, ["outer=100,150,300"])}, [batch(_rows())])
    assert found.costs["as_set"].alarms == 2
    assert found.costs["proposed"].alarms == 3
    assert found.parts["proposed"] == {"by_site": {"marjan": 3}, "by_ring": {"outer": 3}, "by_kind": {"dwell": 3}}


def test_hours_without_observations_are_no_quiet_hours():
    later = [{**row, "time": row["time"] + 36_000_000} for row in stands(0, 60, track="late")]
    found = budget({"as_set": ring()}, [batch([*_rows(), *later])])
    assert found.costs["as_set"].hours < 0.3


@pytest.mark.django_db
def test_the_hours_of_a_node_come_with_what_was_expected_then(tmp_path, as_role, watch, clock_at):
    commander = as_role("host.commander")
    clock_at(BEGIN)
    import_places(commander, site="marjan", features=FEATURES)
    west, south = RING[0] - 0.0005, RING[1] - 0.0005
    corners = [(0, 0), (0.001, 0), (0.001, 0.001), (0, 0.001), (0, 0)]
    ring_of = [[west + east, south + north] for east, north in corners]
    place = {"type": "Polygon", "coordinates": [ring_of]}
    span = {"begin": BEGIN, "end": BEGIN + timedelta(hours=2)}
    expected = register_expected(as_role("host.duty_officer"), site="marjan", name="fuel truck", place=place, **span)
    archived(tmp_path, [standing(BEGIN + timedelta(hours=1), 1500)])
    clock_at(BEGIN + timedelta(hours=4))
    opened = node.Node(tmp_path, dict(node.current().settings))

    def alarms() -> int:
        hours = hours_of_node(opened, watch, 1)
        return budget({"as_set": hours.places}, hours.batches, context=hours.context).costs["as_set"].alarms

    assert alarms() == 0
    clock_at(BEGIN + timedelta(minutes=59))
    withdraw_expected(as_role("host.duty_officer"), expected.pk)
    clock_at(BEGIN + timedelta(hours=4))
    assert alarms() == 1


def test_steps_can_be_proposed_for_one_site_and_left_out():
    changed = with_steps(ring(), ["marjan/outer=-,400,-"])
    assert [(rule.severity, rule.after_s) for rule in changed.rings[0].rules] == [("alert", 400.0)]
    assert with_steps(ring(), []) == ring()


@pytest.mark.parametrize(
    "change",
    ["outer", "outer=1,2", "outer=3,2,1", "outer=a,b,c", "outer=-,-,-", "inner=1,2,3", "nowhere/outer=1,2,3", "x=1,2,3",
     "outer=nan,2,3", "outer=1,2,inf", "=1,2,3", "outer=0,1,2"],
)  # fmt: skip
def test_a_proposal_that_is_none_is_refused(change):
    with pytest.raises(BadInput):
        with_steps(ring(level=RingLevel.OUTER), [change])


def test_the_command_answers_no_where_the_rules_last_named_are_over_the_limits(tmp_path, capsys):
    places, rows = tmp_path / "p.geojson", tmp_path / "o.ndjson"
    places.write_text(json.dumps(to_geojson(ring())))
    rows.write_bytes(b"".join(map(to_line, sorted(_rows(), key=lambda row: row["time"]))))
    assert main(["watch", "budget", str(places), str(rows), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["as_set"]["alarms"] == 2 and told["limits"]["sustained_per_hour"] == 6
    assert main(["watch", "budget", str(places), str(rows), "--after", "outer=-,-,3600"]) == 0
    assert "proposed: 0.0 alarms an hour" in capsys.readouterr().out
    assert main(["watch", "budget", str(places)]) == 2


def test_a_context_explains_in_a_budget_what_it_explains_in_a_replay(tmp_path, capsys):
    places, rows, context = tmp_path / "p.geojson", tmp_path / "o.ndjson", tmp_path / "c.json"
    places.write_text(json.dumps(to_geojson(ring())))
    rows.write_bytes(b"".join(map(to_line, stands(0, 700))))
    words = ["watch", "budget", str(places), str(rows), "--json"]
    main(words)
    assert json.loads(capsys.readouterr().out)["as_set"]["alarms"] == 1
    lon, lat = (next(iter(stands(0, 1)))[name] for name in ("lon", "lat"))
    corners = [[lon + east, lat + north] for east, north in ((0, 0), (1e-3, 0), (1e-3, 1e-3), (0, 1e-3), (0, 0))]
    place = {"type": "Polygon", "coordinates": [[[lon - 5e-4, lat - 5e-4] for lon, lat in corners]]}
    expected = {"id": "e1", "site": "marjan", "name": "fuel truck", "place": place}
    expected |= {"begin": "1970-01-01T00:00:00Z", "end": "2100-01-01T00:00:00Z"}
    context.write_text(json.dumps({"expected": [expected]}))
    main([*words, "--context", str(context)])
    assert json.loads(capsys.readouterr().out)["as_set"]["alarms"] == 0
