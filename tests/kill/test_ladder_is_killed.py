"""SIGKILL of the clock at random points while an overdue convoy climbs the ladder: each rung once, in order, none late
by more than the clock was dead."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.kill.living import LivingNode, environment, kill, stop
from tests.movements.on_the_way import START
from tests.nodes import new_node

from safeconduct.movements.progress.overdue import due_s
from safeconduct.terms.instant import iso, parse

pytestmark = [pytest.mark.kill, pytest.mark.slow, pytest.mark.embedded]

SPEED = 60.0
KILLS = 6
RUNGS = 8

MAKING = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from safeconduct.node import open_node
from safeconduct.node.making import FirstUser, found_users, prepare_database
open_node(Path(sys.argv[1]))
prepare_database()
from safeconduct.terms import instant
from safeconduct.terms.party import Grant, Principal
from tests.movements.live_node import USERS
from tests.movements.case import place_site
from tests.movements.on_the_way import START, depart
at = lambda moment: instant.run_clock(moment, datetime.now(UTC), 0.0)
def as_role(role, area=None):
    name, (party, _) = next(one for one in USERS.items() if one[1][1] == role)
    return Principal(name, party, (Grant(role),))
at(START)
place_site(as_role)
print(depart(as_role, at, tracked=False))
"""


def made(path: Path) -> LivingNode:
    """A node whose convoy has just departed, and whose clock runs from there, an hour a minute."""
    clock = {"clock_start": iso(START), "clock_epoch": iso(datetime.now(UTC)), "clock_speed": SPEED}
    new_node(path, exercise=True, **clock)
    done = subprocess.run(
        [sys.executable, "-c", MAKING, str(path)],
        capture_output=True,
        text=True,
        env=environment(path) | {"PYTHONPATH": str(Path(__file__).parent.parent.parent)},
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    settings = path / "safeconduct.toml"
    now = f'clock_epoch = "{iso(datetime.now(UTC))}"'
    settings.write_text(re.sub(r'clock_epoch = ".*"', now, settings.read_text()))
    return LivingNode(path, 0, "")


def rungs(node: LivingNode) -> list[dict[str, str]]:
    found = node.query("SELECT rungs FROM movements_overdue")
    return json.loads(found[0][0]) if found else []


def wait_until_it_beats(node: LivingNode, since: float, within_s: float = 90.0) -> None:
    """Wait until a clock that was started has beaten after `since`: on a busy machine it takes its time to begin."""
    alive, end = node.path / "clock.alive", time.monotonic() + within_s
    while not (alive.exists() and alive.stat().st_mtime > since):
        assert time.monotonic() < end, node.log()
        time.sleep(0.1)


def test_a_convoy_climbs_the_ladder_while_the_clock_is_killed_and_started_again(tmp_path):
    draw = random.Random(7)
    node = made(tmp_path / "node")
    longest_dead_s = 0.0
    begun = time.time()
    clock = node.start("clock")
    wait_until_it_beats(node, begun)
    end = time.monotonic() + 240
    for _ in range(KILLS):
        time.sleep(draw.uniform(2.0, 7.0))
        kill(clock)
        died = time.monotonic()
        time.sleep(draw.uniform(0.0, 3.0))
        before = rungs(node)
        clock = node.start("clock")
        wait_until_it_beats(node, time.time() - (time.monotonic() - died))
        longest_dead_s = max(longest_dead_s, (time.monotonic() - died) * SPEED)
        assert rungs(node)[: len(before)] == before, "what was climbed stays as it was"
    while len(rungs(node)) < RUNGS and time.monotonic() < end:
        time.sleep(0.3)
    assert stop(clock) == 0, node.log()
    climbed = rungs(node)
    assert [one["number"] for one in climbed] == list(range(len(climbed))) and len(climbed) >= RUNGS
    due = START + timedelta(minutes=4)
    for one in climbed:
        assert parse(one["due_at"]) == due + timedelta(seconds=due_s(one["number"], 1.0))
        late_s = (parse(one["at"]) - parse(one["due_at"])).total_seconds()
        assert 0 <= late_s <= longest_dead_s + 10 * SPEED, one
    acts = [json.loads(bytes(raw))["act"] for (raw,) in node.query("SELECT raw FROM record_entry")]
    times = {one["at"] for one in climbed}
    assert acts.count("movement.overdue") == len(times), "an entry for each time that it climbed, and no more"
    assert node.query("SELECT COUNT(*) FROM movements_overdue") == [(1,)]
    assert node.run("record", "verify", "--node", str(node.path)).returncode == 0
