"""SIGKILL of the watch at random points: no accepted observation and no alert is lost, none is doubled."""

from __future__ import annotations

import heapq
import random
import threading
import time
from collections import Counter
from datetime import timedelta
from itertools import groupby
from operator import itemgetter

import orjson
import pytest
from tests.kill.living import BEGIN, LivingNode, kill, stop

from safeconduct.demo.stream import observations
from safeconduct.demo.world import places
from safeconduct.sites.geojson import to_geojson
from safeconduct.terms import instant
from safeconduct.watch import archive
from safeconduct.watch.feeds import ndjson
from safeconduct.watch.rows import encoded
from safeconduct.watch.settings import LIVE
from safeconduct.watch.told import Told

pytestmark = [pytest.mark.kill, pytest.mark.slow, pytest.mark.embedded]

KILLS = 12
MINUTES = 25
BATCH_S = 5


def waiting() -> list[dict]:
    """Ten vehicles that wait 200 to 800 s in the outer ring, some under a new id after a gap."""
    rows = []
    for number in range(10):
        arrives, stays = 30 + 61 * number, 200 + 67 * number
        for second in range(stays):
            if number % 3 == 0 and 90 <= second < 110:
                continue
            track = f"{number}b" if number % 3 == 0 and second >= 110 else f"{number}a"
            at = instant.iso(BEGIN + timedelta(seconds=arrives + second))
            spot = {"lon": 75.0020 + 0.0005 * number, "lat": -4.9935}
            rows.append({"time": at, "sensor": "cam-99", "track": track, "kind": "car", **spot})
    return sorted(rows, key=itemgetter("time"))


def batches() -> list[list[dict]]:
    """The demo's first minutes with those that wait in it, a few event seconds a batch."""

    def number(row) -> int:
        return int((instant.parse(row["time"]) - BEGIN).total_seconds() // BATCH_S)

    rows = heapq.merge(observations(BEGIN), waiting(), key=itemgetter("time"))
    found = (list(rows) for _, rows in groupby(rows, number))
    last = BEGIN + timedelta(minutes=MINUTES)
    return [rows for rows in found if instant.parse(rows[-1]["time"]) < last]


def uninterrupted(sent: list[list[dict]]) -> tuple[dict[str, dict], Counter[str]]:
    """The alerts of a watch that was never killed, by id, and how often it said what of them."""
    told = Told.nothing(LIVE)
    found = told.take(1, {"kind": "places"}, orjson.dumps(to_geojson(places())))
    alerts = {}
    for number, rows in enumerate(sent, start=2):
        table = ndjson.decode(b"\n".join(orjson.dumps(row) for row in rows), None).table
        meta = {"kind": "observations", "feed": "f", "batch": "", "received_ms": 0, "refused": {}}
        found += told.take(number, meta, encoded(table))
    for change in found:
        alerts[change.alert["id"]] = change.alert
    return alerts, Counter(change.change for change in found)


def test_kills_lose_and_double_nothing(tmp_path):
    chance = random.Random(20261124)
    node = LivingNode.made(tmp_path / "node")
    sent = batches()
    watch = [node.start_watch()]
    delays = [chance.uniform(0.0, 1.5) for _ in range(KILLS)]
    over = threading.Event()
    killed = []

    def killer() -> None:
        # From when the watch answers on: start-up is killed too, as the shortest delays hit it.
        for delay_s in delays:
            while not over.is_set() and node.post(b"", "probe") == 0:
                time.sleep(0.02)
            if over.wait(delay_s):
                return
            kill(watch[0])
            killed.append(time.monotonic())
            watch[0] = node.start_watch()
            if len(killed) % 4 == 0:
                time.sleep(chance.uniform(0.3, 1.2))
                kill(watch[0])
                killed.append(time.monotonic())
                watch[0] = node.start_watch()

    thread = threading.Thread(target=killer)
    thread.start()
    try:
        for number, rows in enumerate(sent):
            node.send(rows, str(number))
            if thread.is_alive():
                time.sleep(0.04)
        thread.join(120)
        assert not thread.is_alive()
        node.send(sent[-1], str(len(sent) - 1))
        time.sleep(6)
    finally:
        over.set()
        thread.join()
        code = stop(watch[0])
    assert code == 0, node.log()
    assert len(killed) >= KILLS

    expected, said = uninterrupted(sent)
    assert len(expected) >= 5
    rows = node.query(
        "SELECT id, severity, steps, dwell_s, unseen_s, ended_at IS NULL, tracks FROM watch_alert ORDER BY id"
    )
    found = {row[0]: (row[1], orjson.loads(row[2]), row[3], row[4], bool(row[5]), orjson.loads(row[6])) for row in rows}
    wanted = {
        ref.replace("-", ""): (
            alert["severity"], alert["steps"], alert["dwell_s"], alert["unseen_s"], alert["ended"] is None,
            alert["tracks"],
        )
        for ref, alert in expected.items()
    }  # fmt: skip
    assert found == wanted

    kept = archive.observations(node.path, BEGIN - timedelta(hours=1), BEGIN + timedelta(hours=2))
    columns = ("sensor", "track", "lon", "lat")
    archived = Counter(
        (instant.iso(at), *rest)
        for at, *rest in zip(*(kept[name].to_pylist() for name in ("time", *columns)), strict=True)
    )
    assert archived == Counter((row["time"], *(row[name] for name in columns)) for rows in sent for row in rows)
    assert list((node.path / "archive").rglob("*.parquet")), "nothing was sealed: the kills missed the archive"

    acts = Counter(act for (act,) in node.query("SELECT json_extract(CAST(raw AS TEXT), '$.act') FROM record_entry"))
    assert acts["alert.raise"] == said["raise"] == len(expected)
    assert acts["alert.update"] == said["step"]
    assert acts["alert.clear"] == said["clear"]
    assert acts["archive.seal"] == len(list((node.path / "archive").rglob("*.parquet")))
    verified = node.run("record", "verify", "--node", str(node.path))
    assert verified.returncode == 0, verified.stderr
