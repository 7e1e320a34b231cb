"""SIGKILL of the web and the clock at random points: what was answered is kept, what was reacted to is done once."""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import pytest
from tests.demo_node import Running, running_demo, wait_until

pytestmark = [pytest.mark.kill, pytest.mark.slow, pytest.mark.embedded]

SPEED = 60.0
KILLS = 6


def children(node: Running, what: str) -> list[int]:
    """Process ids of the demo's child whose command line says `what`."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it may be gone by now
            parent = (process / "stat").read_text().rpartition(")")[2].split()[1]
            if int(parent) == node.process.pid and what in (process / "cmdline").read_text(errors="replace"):
                found.append(int(process.name))
    return found


def kill(node: Running, what: str) -> bool:
    """SIGKILL that process, if it runs just now."""
    for pid in children(node, what):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            return True
    return False


def token_of(home: Path) -> str:
    """An API token of the liaison officer, issued beside the running node by an act of its own."""
    code = (
        "import sys; from safeconduct.node import open_node; open_node(sys.argv[1])\n"
        "from safeconduct.people.acts import issue_token\n"
        "from safeconduct.terms.party import Grant, Principal\n"
        "who = Principal('liaison', 'partner', (Grant('partner.liaison_officer'),))\n"
        "print(issue_token(who, name='kill test', purpose='api').clear)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(home)], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def ask_until(stop: threading.Event, url: str, token: str, answered: list[str]) -> None:
    """Ask for one measure after another; remember the text of each that was answered with its id."""
    number = 0
    while not stop.is_set():
        number += 1
        text = f"request {number}"
        body = json.dumps({"site": "marjan", "kind": "look", "text": text}).encode()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{url}/api/measures/request", body, headers)
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                if json.load(answer)["id"]:
                    answered.append(text)
        except (OSError, ValueError):
            time.sleep(0.1)


def test_the_web_and_the_clock_are_killed(tmp_path):
    draw = random.Random(11)
    answered: list[str] = []
    with running_demo(tmp_path / "node", SPEED) as node:
        token, stop = token_of(node.home), threading.Event()
        asking = threading.Thread(target=ask_until, args=(stop, node.url, token, answered))
        asking.start()
        killed = 0
        end = time.monotonic() + 120
        while killed < KILLS and time.monotonic() < end:
            time.sleep(draw.uniform(1.0, 3.0))
            killed += kill(node, "uvicorn" if killed % 2 else "clock")
        assert killed == KILLS
        database = sqlite3.connect(f"file:{node.home / 'node.db'}?mode=ro", uri=True, timeout=30)
        wait_until(lambda: rows(database, "SELECT 1 FROM movements_movement WHERE proposals != '[]'"), 120)
        wait_until(lambda: node.health()["clock"] == "alive", 60)
        stop.set()
        asking.join(30)
        time.sleep(2)
        kept = [text for (text,) in rows(database, "SELECT text FROM strategy_measure")]
        assert len(answered) > 20
        assert set(answered) <= set(kept), "an answered act is kept"
        assert len(kept) == len(set(kept)), "none is doubled"
        acts = [json.loads(bytes(raw))["act"] for (raw,) in rows(database, "SELECT raw FROM record_entry")]
        assert acts.count("measure.request") == len(kept), "an entry for each row, a row for each entry"
        alarms = {ref for (ref,) in rows(database, "SELECT id FROM watch_alert WHERE severity != 'notice'")}
        (proposals,) = (json.loads(text) for (text,) in rows(database, "SELECT proposals FROM movements_movement"))
        proposed = [re.sub("-", "", one["alert"]) for one in proposals]
        assert len(proposed) == len(set(proposed)) and set(proposed) <= {re.sub("-", "", ref) for ref in alarms}
        voids = rows(database, "SELECT COUNT(*) FROM movements_sweep WHERE void_at IS NOT NULL")
        assert acts.count("sweep.void") == voids[0][0] == 1
        database.close()
    verified = subprocess.run(
        [sys.executable, "-m", "safeconduct.cli", "record", "verify", "--node", str(node.home)], check=False
    )
    assert verified.returncode == 0


def rows(database: sqlite3.Connection, query: str) -> list[tuple[object, ...]]:
    return database.execute(query).fetchall()
