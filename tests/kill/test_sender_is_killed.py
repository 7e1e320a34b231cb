"""SIGKILL of the clock while it sends: what was taken and noted is sent once, and nothing that was queued is lost."""

from __future__ import annotations

import json
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.kill.living import environment
from tests.nodes import new_node
from tests.people.gateways import gateway

pytestmark = [pytest.mark.kill, pytest.mark.slow, pytest.mark.embedded]

PEOPLE = 400
KILLS = 2


RUNNING: list[subprocess.Popen[bytes]] = []


@pytest.fixture(autouse=True)
def _none_left():
    yield
    for process in RUNNING:
        process.kill()
        process.wait()


def states(home: Path) -> dict[str, str]:
    """Message id to state, read beside the node."""
    with sqlite3.connect(f"file:{home / 'node.db'}?mode=ro", uri=True) as database:
        rows = database.execute("SELECT id, state FROM people_delivery WHERE channel = 'gateway'").fetchall()
    return {f"{ref[:8]}-{ref[8:12]}-{ref[12:16]}-{ref[16:20]}-{ref[20:]}": state for ref, state in rows}


def sent(home: Path) -> int:
    """How many messages are noted as sent."""
    return sum(state == "sent" for state in states(home).values())


def clock(home: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "safeconduct.cli", "clock"]
    log = (home / "log").open("ab")
    RUNNING.append(subprocess.Popen(command, env=environment(home), stdout=log, stderr=log))
    return RUNNING[-1]


def wait_for(what, within_s: float = 400.0) -> None:
    end = time.monotonic() + within_s
    while not what():
        assert time.monotonic() < end, "the clock does not get on"
        time.sleep(0.02)


@pytest.mark.timeout(1200)
def test_the_sender_is_killed(tmp_path):
    draw = random.Random(7)
    home = new_node(tmp_path / "node")
    with gateway(delay_s=0.02) as it:
        given = json.dumps({"people": PEOPLE, "zones": 4, "url": it.url, "secret": ""})
        made = [sys.executable, "-m", "tests.kill.counting", str(home), "make", given, "start"]
        subprocess.run(made, check=True, env=environment(home))
        noted: dict[str, int] = {}
        for _ in range(KILLS):
            process = clock(home)
            before, more = len(it.taken), draw.randrange(15, 60)
            wait_for(lambda: len(it.taken) >= before + more and sent(home) > len(noted) + 10)  # noqa: B023
            process.send_signal(signal.SIGKILL)
            process.wait()
            for ref, state in states(home).items():
                if state == "sent":
                    noted.setdefault(ref, it.arrivals[ref])
        process = clock(home)
        wait_for(lambda: set(states(home).values()) == {"sent"})
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        assert set(it.taken) == set(states(home)) and len(it.taken) == PEOPLE
        assert len(noted) > 10, "the kills fell where messages had been noted"
        assert {ref: it.arrivals[ref] for ref in noted} == noted, "what was noted as sent was sent again"
        twice = sum(count > 1 for count in it.arrivals.values())
        assert twice <= PEOPLE - len(noted), "only what was not noted yet at a kill comes twice, under the same id"
