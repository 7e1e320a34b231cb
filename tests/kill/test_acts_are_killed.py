"""SIGKILL of a process that does acts: each act is whole, with its change, its entry and its event, or is not there."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from tests.kill.living import LivingNode, environment, kill

pytestmark = [pytest.mark.kill, pytest.mark.slow, pytest.mark.embedded]

KILLS = 8
ACTING = Path(__file__).with_name("acting.py")


def started(node: LivingNode) -> subprocess.Popen[bytes]:
    """An acting process, at work."""
    log = (node.path / "log").open("ab")
    process = subprocess.Popen(
        [sys.executable, str(ACTING), str(node.path)], env=environment(node.path), stdout=subprocess.PIPE, stderr=log
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"acting\n", node.log()
    return process


def test_no_act_is_half_done(tmp_path):
    chance = random.Random(7)
    node = LivingNode.made(tmp_path / "node")
    known = 0
    for _ in range(KILLS):
        process = started(node)
        time.sleep(chance.uniform(0.05, 0.6))
        kill(process)
        acts = Counter(
            act for (act,) in node.query("SELECT json_extract(CAST(raw AS TEXT), '$.act') FROM record_entry")
        )
        rows = Counter(
            (state, ended) for state, ended in node.query("SELECT state, ended_at IS NOT NULL FROM watch_alert")
        )
        events = node.query("SELECT COUNT(*) FROM store_event WHERE kind = 'alert'")[0][0]
        raised = acts["alert.raise"]
        assert raised == sum(rows.values())
        assert raised > known
        known = raised
        # What is done together is there together.
        assert acts["alert.update"] == acts["alert.acknowledge"] == rows["acknowledged", 0] + rows["acknowledged", 1]
        assert acts["alert.clear"] == rows["acknowledged", 1]
        assert events == sum(count for act, count in acts.items() if act.startswith("alert."))
    assert known > KILLS
    verified = node.run("record", "verify", "--node", str(node.path))
    assert verified.returncode == 0, verified.stderr
