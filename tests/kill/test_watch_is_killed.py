"""SIGKILL of the watch at random points under load: no accepted observation and no alert is lost, none is doubled.

`SAFECONDUCT_KILLS=100` kills more often than the suite has time for.
"""

from __future__ import annotations

import heapq
import os
import random
import shutil
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count, groupby
from operator import itemgetter

import orjson
import pyarrow as pa
import pytest
from tests.kill.living import BEGIN, LivingNode, kill, stop
from tests.mosquitto import BINARY, Broker, Publisher

from safeconduct.demo.stream import observations
from safeconduct.terms import instant
from safeconduct.watch import archive
from safeconduct.watch.feeds import ndjson
from safeconduct.watch.rows import encoded
from safeconduct.watch.segment import Frame, files_of, frames_of
from safeconduct.watch.settings import LIVE
from safeconduct.watch.told import Told

pytestmark = [pytest.mark.kill, pytest.mark.slow, pytest.mark.embedded]

KILLS = int(os.environ.get("SAFECONDUCT_KILLS", "12"))
BATCH_S = 5
DRIVERS = 200
"""With each five seconds of them a batch, the watch takes thousands of rows a second while it lives."""
PACE_S = 0.08
PATIENCE_S = 300.0
"""For a batch to be acknowledged: the watch may be killed many times meanwhile."""
TOLD = {"places", "sweeps", "movements"}
BEFORE = BEGIN - timedelta(hours=1)
"""The time of rows by MQTT: too late to be watched, so that the watch's results do not depend on how the two mix."""
MQTT_ROWS = 50
DRIVE = """
import sys
from safeconduct.node import open_node
open_node(sys.argv[1])
from safeconduct.terms.party import Grant, Principal
from safeconduct.watch.acts import open_feed
commander = Principal("commander", "host", (Grant("host.commander"),))
settings = {"host": "127.0.0.1", "port": int(sys.argv[2]), "topic": "obs/#"}
open_feed(commander, name="broker", kind="mqtt", settings=settings)
"""


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


def driving(begin_s: int) -> list[dict]:
    """Five seconds of vehicles that drive through the outer ring, each there and back, under a new id each time."""
    rows = []
    for second in range(begin_s, begin_s + BATCH_S):
        at = instant.iso(BEGIN + timedelta(seconds=second))
        for number in range(DRIVERS):
            turn, gone = divmod(second + 7 * number, 300)
            track, lon = f"d{number}-{turn}", 74.99 + 0.0001 * gone
            rows.append({"time": at, "sensor": "cam-98", "track": track, "kind": "car", "lon": lon, "lat": -4.9905})
    return rows


def batches() -> Iterator[list[dict]]:
    """The demo's hour with those that wait in it among those that drive, some event seconds a batch, without end."""

    def number(row) -> int:
        return int((instant.parse(row["time"]) - BEGIN).total_seconds() // BATCH_S)

    story = heapq.merge(observations(BEGIN), waiting(), key=itemgetter("time"))
    told = groupby(story, number)
    at, rows = next(told)
    for slot in count():
        found = driving(slot * BATCH_S)
        if slot == at:
            found = sorted([*rows, *found], key=itemgetter("time"))
            at, rows = next(told, (-1, iter(())))
        yield found


def table_of(rows: list[dict]) -> pa.Table:
    return ndjson.decode(b"\n".join(orjson.dumps(row) for row in rows), None).table


def uninterrupted(frames: list[Frame], sent: int) -> tuple[dict[str, dict], Counter[str], list[pa.Table]]:
    """The alerts of a watch that was never killed, by id, how often it said what of them, and all that it was sent."""
    told = Told.nothing(LIVE)
    found = [change for frame in frames for change in told.take(frame.seq, frame.meta, frame.payload)]
    tables = []
    for number, rows in zip(range(sent), batches(), strict=False):
        tables.append(table_of(rows))
        meta = {"kind": "observations", "feed": "f", "batch": "", "received_ms": 0, "refused": {}}
        found += told.take(1000 + number, meta, encoded(tables[-1]))
    alerts = {change.alert["id"]: change.alert for change in found}
    return alerts, Counter(change.change for change in found), tables


def first_told(node: LivingNode) -> list[Frame]:
    """What the watch was told before any row: places, sweeps, movements."""
    end = time.monotonic() + PATIENCE_S
    while True:
        frames = [frame for path in files_of(node.path / "watch" / "segments") for frame in frames_of(path)]
        told = [frame for frame in frames if frame.meta["kind"] in TOLD]
        if {frame.meta["kind"] for frame in told} == TOLD:
            return told
        assert time.monotonic() < end, node.log()
        time.sleep(0.1)


class Killer(threading.Thread):
    """Kills the watch at random moments of its life and starts it anew; each fourth time while it starts, too."""

    def __init__(self, node: LivingNode):
        super().__init__()
        self.node, self.over, self.killed = node, threading.Event(), 0
        self.watch = node.start_watch()
        self._chance = random.Random(20261124)

    def run(self) -> None:
        while self.killed < KILLS and not self.over.is_set():
            while not self.over.is_set() and self.node.post(b"", "probe") == 0:
                time.sleep(0.02)
            if self.over.wait(self._chance.uniform(0.0, 1.5)):
                return
            self._again()
            if self.killed % 4 == 0:
                time.sleep(self._chance.uniform(0.3, 2.0))
                self._again()

    def _again(self) -> None:
        kill(self.watch)
        self.killed += 1
        self.watch = self.node.start_watch()


@contextmanager
def broker_beside(node: LivingNode, path) -> Iterator[list[str]]:
    """A feed by MQTT at the same time, at least once: the tracks that were published; none where there is no broker."""
    published: list[str] = []
    if shutil.which(BINARY) is None:
        yield published
        return
    path.mkdir()
    broker, over = Broker(path), threading.Event()
    done = node.call(DRIVE, str(broker.port))
    assert done.returncode == 0, done.stderr
    publisher = Publisher(broker.port)

    def publish() -> None:
        for number in count():
            tracks = [f"m{number}-{one}" for one in range(MQTT_ROWS)]
            far = {"time": instant.iso(BEFORE), "sensor": "far", "lon": 80.0, "lat": -5.0}
            publisher.send("obs/far", orjson.dumps([far | {"track": track} for track in tracks]))
            published.extend(tracks)
            if over.wait(0.02):
                return

    thread = threading.Thread(target=publish)
    try:
        until(lambda: taken(node, publisher), node)
        thread.start()
        yield published
    finally:
        over.set()
        if thread.is_alive():
            thread.join()
        publisher.close()
        until(lambda: not published or rows_of_feed(node) >= len(published), node)
        broker.stop()


def taken(node: LivingNode, publisher: Publisher) -> bool:
    """A first subscription begins when it is made: until then nothing arrives."""
    row = {"time": instant.iso(BEFORE), "sensor": "far", "track": "first", "lon": 80.0, "lat": -5.0}
    publisher.send("obs/first", orjson.dumps(row))
    return rows_of_feed(node) > 0


def rows_of_feed(node: LivingNode) -> int:
    found = node.query("SELECT rows FROM watch_feed WHERE name = 'broker'")
    return int(found[0][0] or 0) if found else 0


def until(true, node: LivingNode) -> None:
    end = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < end, node.log()
        time.sleep(0.2)


def test_kills_under_load_lose_and_double_nothing(tmp_path):
    node = LivingNode.made(tmp_path / "node")
    killer = Killer(node)
    sent = 0
    try:
        frames = first_told(node)
        with broker_beside(node, tmp_path / "broker") as published:
            killer.start()
            for rows in batches():
                node.send(rows, str(sent), PATIENCE_S)
                sent += 1
                time.sleep(PACE_S)
                if not killer.is_alive() and sent >= 5 * KILLS:
                    break
            node.send(rows, str(sent - 1), PATIENCE_S)
        time.sleep(6)
    finally:
        killer.over.set()
        if killer.is_alive():
            killer.join()
        code = stop(killer.watch)
    assert code == 0, node.log()
    assert killer.killed >= KILLS

    expected, said, tables = uninterrupted(frames, sent)
    assert len(expected) >= 5
    assert published or shutil.which(BINARY) is None
    assert alerts_of(node) == {ref.replace("-", ""): told_of(alert) for ref, alert in expected.items()}
    assert_archived(node, tables, published)
    acts = Counter(act for (act,) in node.query("SELECT json_extract(CAST(raw AS TEXT), '$.act') FROM record_entry"))
    assert acts["alert.raise"] == said["raise"] == len(expected)
    assert acts["alert.update"] == said["step"]
    assert acts["alert.clear"] == said["clear"]
    assert acts["archive.seal"] >= len(list((node.path / "archive").rglob("*.parquet"))) > 0
    verified = node.run("record", "verify", "--node", str(node.path))
    assert verified.returncode == 0, verified.stderr


def alerts_of(node: LivingNode) -> dict[str, tuple]:
    columns = "id, kind, severity, steps, dwell_s, unseen_s, ended_at IS NULL, tracks"
    return {
        row[0]: (row[1], row[2], orjson.loads(row[3]), row[4], row[5], bool(row[6]), orjson.loads(row[7]))
        for row in node.query(f"SELECT {columns} FROM watch_alert")
    }


def told_of(alert: dict) -> tuple:
    names = ("kind", "severity", "steps", "dwell_s", "unseen_s")
    return (*(alert[name] for name in names), alert["ended"] is None, alert["tracks"])


def assert_archived(node: LivingNode, tables: list[pa.Table], published: list[str]) -> None:
    """Every acknowledged row is in the archive or the segment, once."""
    columns = ["time", "sensor", "track", "lon", "lat"]
    order = [(name, "ascending") for name in columns]
    kept = archive.observations(node.path, BEGIN - timedelta(minutes=30), BEGIN + timedelta(hours=6)).select(columns)
    sent = pa.concat_tables([table.select(columns) for table in tables]).cast(kept.schema)
    assert kept.num_rows == sent.num_rows
    assert kept.sort_by(order).equals(sent.sort_by(order))
    far = archive.observations(node.path, BEFORE - timedelta(minutes=1), BEFORE + timedelta(minutes=1))
    assert sorted(track for track in far["track"].to_pylist() if track != "first") == sorted(published)
