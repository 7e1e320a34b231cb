"""The alarm budget: the load of the rules as set and as proposed, by the limits of EEMUA 191."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.watch.live_node import FEATURES, RING, archived, standing
from tests.watch.scenes import batch, drives, ring, stands

from safeconduct import node
from safeconduct.cli import main
from safeconduct.sites.acts import import_places
from safeconduct.sites.geojson import to_geojson
from safeconduct.sites.places import RingLevel
from safeconduct.terms.errors import BadInput
from safeconduct.watch.acts import register_expected, withdraw_expected
from safeconduct.watch.alarm_load import FLOOD_FROM, FLOOD_UNDER, HOUR_MS, WINDOW_MS, bounds, floods_of, load_of, peak
from safeconduct.watch.alerts import to_line
from safeconduct.watch.budget import budget, with_steps
from safeconduct.watch.budget_hours import hours_of_node

MINUTE = 60_000


def test_one_alarm_in_ten_minutes_is_within_the_limits_and_one_in_nine_is_not():
    for minutes, fits in ((10, True), (9, False)):
        times = list(range(0, 24 * HOUR_MS, minutes * MINUTE))
        assert load_of(times, 0, 24 * HOUR_MS).within_limits is fits


def test_operators_share_the_load():
    times = list(range(0, 24 * HOUR_MS, 5 * MINUTE))
    assert load_of(times, 0, 24 * HOUR_MS, operators=2).per_hour == pytest.approx(6.0)


def test_a_flood_begins_with_the_eleventh_alarm_and_lasts_until_fewer_than_five_came():
    times = [i * 1000 for i in range(11)]
    assert floods_of(times[:10], 0, HOUR_MS) == []
    ((begin, end),) = floods_of(times, 0, HOUR_MS)
    assert begin == 10_000
    assert end == times[11 - FLOOD_UNDER] + WINDOW_MS, "when the seventh of eleven is ten minutes old"


@settings(derandomize=True, max_examples=100, deadline=None)
@given(times=st.lists(st.integers(0, 3600), max_size=80))
def test_peak_and_floods_are_those_of_a_count_second_by_second(times):
    times = sorted(times)
    counts = [sum(at - 600 < one <= at for one in times) for at in range(3600 + 600)]
    assert peak([at * 1000 for at in times]) == max(counts, default=0)
    flooded, seconds = False, 0
    for count in counts:
        flooded = count > FLOOD_FROM or (flooded and count >= FLOOD_UNDER)
        seconds += flooded
    found = floods_of([at * 1000 for at in times], 0, 4200 * 1000)
    assert sum(end - begin for begin, end in found) == seconds * 1000


def test_the_interval_holds_the_true_rate_nearly_always():
    chance = random.Random(3)
    inside = 0
    for _ in range(400):
        times = []
        at = chance.expovariate(4.0)
        while at < 24:
            times.append(int(at * HOUR_MS))
            at += chance.expovariate(4.0)
        load = load_of(times, 0, 24 * HOUR_MS)
        inside += load.low <= 4.0 <= load.high
    assert inside >= 370


def test_the_interval_of_none_is_that_of_the_rule_of_three():
    low, high = bounds(0)
    assert low == 0 and high == pytest.approx(3.69, abs=0.05)


def test_alarms_that_come_in_clusters_are_known_less_well():
    hour = [10 * HOUR_MS + i * MINUTE for i in range(48)]
    clustered, even = load_of(hour, 0, 24 * HOUR_MS), load_of(range(0, 24 * HOUR_MS, HOUR_MS // 2), 0, 24 * HOUR_MS)
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
    assert found.loads["as_set"].alarms == 2
    assert found.loads["proposed"].alarms == 3
    assert found.parts["proposed"] == {"by_site": {"marjan": 3}, "by_ring": {"outer": 3}, "by_kind": {"dwell": 3}}


def test_hours_without_observations_are_no_quiet_hours():
    later = [{**row, "time": row["time"] + 10 * HOUR_MS} for row in stands(0, 60, track="late")]
    found = budget({"as_set": ring()}, [batch([*_rows(), *later])])
    assert found.loads["as_set"].hours < 0.3


BEGIN = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


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
        return budget({"as_set": hours.places}, hours.batches, context=hours.context).loads["as_set"].alarms

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
