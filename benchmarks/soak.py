"""Hours of a whole node under steady load: is anything growing? `python benchmarks/soak.py --hours 24 --rate 5000`.

A node of its own with its watch, web and clock processes. Vehicles come, drive, stand, raise alerts and go; a guest
feed comes and goes; people acknowledge; segments are sealed and merged; a page follows all of it. At times what the
processes hold is written to `soak.csv`. At the end a line is laid through each figure after the warm-up, and what it
gains in a day is told with its 95 % interval: "flat" where all of the interval is below 5 % of the figure, "growing"
where all of it is above zero and its middle is above those 5 %, else "not told": too short a run to say. Exit code: 0
where the memory of each process is flat and nothing grows, 1 where something grows, 3 where it could not be told.

`--compress 60` lets the node's clock run 60 times as fast: an hour's tracks, alerts and windows in a minute, at the
same rows a second. The day by which it is judged is then one of the node's clock, of which so many fewer rows come.
"""

from __future__ import annotations

import argparse
import csv
import http.client
import json
import math
import multiprocessing
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing.queues import Queue
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.delay import line, metres, ring, wait_for  # noqa: E402
from tests.nodes import new_node  # noqa: E402

from safeconduct.node.processes import commands, environment  # noqa: E402

SITES = 10
ARGUMENTS = {"watch": ["--segment-s", "30"]}
PORT = 8487
LIFE_S, STAY_S, STAYERS = 120.0, (90.0, 900.0), 0.2
"""A vehicle drives for so long, node seconds; so many stand instead, for between so long."""
BEHIND_S = 5.0
"""Node seconds that what is sent may be behind its time: half of what the watch waits for."""
SIGHTED_S = 2.0
"""Node seconds between two sightings of one track where the clock runs fast; else one."""
WARM_UP = 0.4
"""Of the run: what grows in it is filling up to its bound."""
MEMORY = ("watch_mb", "web_mb", "clock_mb")
JUDGED = (*MEMORY, "watch_files", "web_files", "watch_threads", "segments_mb", "snapshot_mb", "waiting")
GROWN = 0.05
"""The share of a figure, or of 1 where it is less, that a day may add to it."""
MOST_LATE = 0.02
"""Share of the rows; of more, the run has not soaked the engine."""
BLOCKS = 10
"""Samples that follow each other are alike; the means of so many parts of a run are hardly, as an interval needs."""
T_95 = 2.306
"""Student's t for BLOCKS - 2 degrees of freedom, two-sided."""


@dataclass
class Vehicle:
    """`until_s` of the feed's time; it stands where `mps` is 0."""

    name: str
    site: int
    radius: float
    angle: float
    mps: float
    until_s: float
    token: str = ""

    def spot(self, at_s: float) -> tuple[float, float]:
        angle = self.angle + at_s * self.mps / self.radius
        return metres(self.site, self.radius * math.cos(angle), self.radius * math.sin(angle))


@dataclass
class Traffic:
    """So many vehicles at a time; whoever goes is followed by another under a new id."""

    count: int
    chance: random.Random = field(default_factory=lambda: random.Random(1))
    vehicles: list[Vehicle] = field(default_factory=list[Vehicle])
    made: int = 0

    def at(self, at_s: float) -> list[Vehicle]:
        self.vehicles = [one for one in self.vehicles if one.until_s > at_s]
        while len(self.vehicles) < self.count:
            self.vehicles.append(self._new(at_s))
        return self.vehicles

    def _new(self, at_s: float) -> Vehicle:
        self.made += 1
        chance = self.chance
        stands = chance.random() < STAYERS
        length_s = chance.uniform(*STAY_S) if stands else chance.expovariate(1 / LIFE_S)
        token = f"{chance.getrandbits(64):016x}" if chance.random() < 0.3 else ""
        spot = (chance.randrange(SITES), chance.uniform(60, 1100), chance.uniform(0, 2 * math.pi))
        return Vehicle(f"v{self.made}", *spot, 0.0 if stands else chance.uniform(4, 15), at_s + length_s, token)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=24.0)
    parser.add_argument("--rate", type=int, default=5_000, help="observations a second")
    parser.add_argument("--batches", type=float, default=10.0, help="posts a second that they come in")
    parser.add_argument("--compress", type=float, default=1.0, help="node seconds a real second")
    parser.add_argument("--every", type=float, default=60.0, help="seconds between two samples")
    parser.add_argument("--port", type=int, default=PORT, help="and the next one")
    parser.add_argument("--csv", type=Path, default=Path("soak.csv"))
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "node"
        token, session = prepare(path, args.port, args.compress)
        log = (Path(folder) / "log").open("wb")
        processes = {
            one.name: subprocess.Popen(one.command + ARGUMENTS.get(one.name, []), env=environment(path), stderr=log)
            for one in commands(path)
        }
        try:
            for port in (args.port, args.port + 1):
                wait_for(port)
            samples = run(args, path, token, session, {name: one.pid for name, one in processes.items()})
        finally:
            for one in processes.values():
                one.terminate()
            for one in processes.values():
                one.wait(60)
        structures(path)
        return verdict(samples, args)


def prepare(path: Path, port: int, speed: float) -> tuple[str, str]:
    """A node with sites, a feed and a duty officer: the feed's token and the officer's session key."""
    from safeconduct.node import open_node
    from safeconduct.terms.instant import iso

    begin = datetime(2026, 3, 2, 6, tzinfo=UTC)
    clock: dict[str, Any] = {
        "exercise": True,
        "clock_start": iso(begin),
        "clock_epoch": iso(datetime.now(UTC)),
        "clock_speed": speed,
    }
    open_node(new_node(path, port=port, ingest_port=port + 1, **(clock if speed != 1.0 else {})))
    from django.conf import settings
    from django.contrib.sessions.backends.db import SessionStore

    from safeconduct.node.making import FirstUser, found_users, prepare_database
    from safeconduct.people.acts import issue_token
    from safeconduct.people.models import User
    from safeconduct.sites.acts import import_places
    from safeconduct.watch.acts import open_feed

    prepare_database()
    roles = {"duty": "host.duty_officer", "commander": "host.commander"}
    found_users(tuple(FirstUser(name, "a long pass phrase", "host", (role,)) for name, role in roles.items()))
    for number in range(SITES):
        place = ring(number)
        del place["properties"]["rules"]
        import_places(commander(), site=f"site-{number}", features=[place])
    open_feed(commander(), name="cameras")
    token = issue_token(commander(), name="cameras", purpose="feed").clear
    session = SessionStore()
    user = User.objects.get(username="duty")
    session["_auth_user_id"] = str(user.pk)
    session["_auth_user_backend"] = settings.AUTHENTICATION_BACKENDS[1]
    session["_auth_user_hash"] = user.get_session_auth_hash()
    session.set_expiry(10 * 365 * 86_400)
    session.save()
    return token, session.session_key or ""


def commander() -> Any:
    from safeconduct.terms.party import Grant, Principal

    return Principal("commander", "host", (Grant("host.commander"),))


def run(args: argparse.Namespace, path: Path, token: str, session: str, pids: dict[str, int]) -> list[dict[str, float]]:
    """Load until the time is over; the samples."""
    end = time.monotonic() + args.hours * 3600
    figures: Queue[tuple[str, float]] = multiprocessing.get_context("spawn").Queue()
    sender = multiprocessing.get_context("spawn").Process(target=send, args=(path, token, args, figures), daemon=True)
    sender.start()
    stopping = threading.Event()
    others = [
        threading.Thread(target=guests, args=(stopping, args.port + 1, args.every), daemon=True),
        threading.Thread(target=people, args=(stopping,), daemon=True),
        threading.Thread(target=follow, args=(stopping, args.port, session, args.compress, figures), daemon=True),
        threading.Thread(target=look, args=(stopping, args.port, session), daemon=True),
    ]
    for one in others:
        one.start()
    samples: list[dict[str, float]] = []
    begun = time.monotonic()
    with args.csv.open("w", newline="") as stream:
        while time.monotonic() < end and sender.is_alive():
            held = watched(pids, min(args.every, max(0.0, end - time.monotonic())))
            minute = {"minute": (time.monotonic() - begun) / 60}
            samples.append(minute | held | sample(path, args.port, figures))
            writer = csv.DictWriter(stream, samples[0].keys())
            if len(samples) == 1:
                writer.writeheader()
            writer.writerow({name: round(value, 3) for name, value in samples[-1].items()})
            stream.flush()
            print("  ".join(f"{name} {value:.4g}" for name, value in samples[-1].items()), file=sys.stderr)
    stopping.set()
    sender.terminate()
    return samples


def send(path: Path, token: str, args: argparse.Namespace, figures: Queue[tuple[str, float]]) -> None:
    """The cameras: `rate` rows a second, each track sighted every second or two of the node's clock."""
    from safeconduct.node import open_node
    from safeconduct.terms import instant

    open_node(path)
    every_s = 1.0 if args.compress == 1 else SIGHTED_S
    traffic = Traffic(max(1, round(args.rate * every_s / args.compress)))
    connection = http.client.HTTPConnection("127.0.0.1", args.port + 1, timeout=60)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/x-ndjson"}
    rows, slice_s = args.rate / args.batches, args.compress / args.batches
    at_s = begun = instant.now().timestamp()
    number = 0
    while True:
        time.sleep(max(0.0, (at_s + slice_s - instant.now().timestamp()) / args.compress))
        # What a machine that is busy kept from being sent is left out, as cameras do: sent late, it is not watched.
        if instant.now().timestamp() - at_s > max(BEHIND_S, 2 * slice_s):
            at_s = instant.now().timestamp() - slice_s
        vehicles, lines = traffic.at(at_s - begun), list[str]()
        for row in range(round(rows)):
            number += 1
            one, seen_s = vehicles[number % len(vehicles)], at_s + slice_s * row / rows
            token_part = f',"token":"{one.token}"}}' if one.token else "}"
            lines.append(line(seen_s, one.site, one.name, one.spot(seen_s - begun))[:-1] + token_part)
        at_s += slice_s
        sent = time.monotonic()
        connection.request("POST", "/observations", "\n".join(lines), headers)
        answer = connection.getresponse()
        said = json.loads(answer.read())
        figures.put(("answer_s", time.monotonic() - sent))
        figures.put(("rows", float(len(lines))))
        figures.put(("late", float(said.get("late", 0))))
        if answer.status != 200:
            figures.put(("refused", 1.0))


def guests(stopping: threading.Event, port: int, every_s: float) -> None:
    """A feed that comes, tells of a vehicle for a while, and goes."""
    from safeconduct.people.acts import issue_token
    from safeconduct.terms import instant
    from safeconduct.watch.acts import close_feed, open_feed

    number = 0
    while not stopping.wait(every_s / 4):
        number += 1
        feed = open_feed(commander(), name=f"guest-{number}")
        token = issue_token(commander(), name=f"guest-{number}", purpose="feed").clear
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/x-ndjson"}
        for _ in range(20):
            now_s = instant.now().timestamp()
            body = line(now_s, number % SITES, f"guest-{number}", metres(number % SITES, 300.0, 0.0))
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            with suppress(OSError, http.client.HTTPException):
                connection.request("POST", "/observations", body, headers)
                connection.getresponse().read()
            connection.close()
            if stopping.wait(every_s / 120):
                return
        close_feed(commander(), feed.pk)


def people(stopping: threading.Event) -> None:
    """The duty officer acknowledges and assesses what is on the queue."""
    from safeconduct.terms.errors import SafeconductError
    from safeconduct.terms.party import Grant, Principal
    from safeconduct.watch import queries
    from safeconduct.watch.acts import acknowledge, assess

    duty = Principal("duty", "host", (Grant("host.duty_officer"),))
    while not stopping.wait(5.0):
        for alert in queries.queue(duty)[:40]:
            with suppress(SafeconductError):
                if alert["state"] == "open":
                    acknowledge(duty, alert.id)
                assess(duty, alert.id, disposition="benign", assessment="")


def follow(stopping: threading.Event, port: int, session: str, speed: float, figures: Queue[tuple[str, float]]) -> None:
    """A page's event stream: how late its news is."""
    from safeconduct.terms import instant

    while not stopping.is_set():
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        with suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/live/stream", headers={"Cookie": f"sessionid={session}"})
            answer = connection.getresponse()
            while not stopping.is_set() and (found := answer.readline()):
                if found.startswith(b"data: {"):
                    at = instant.parse(json.loads(found[6:])["at"])
                    figures.put(("news_s", (instant.now() - at).total_seconds() / speed))
        connection.close()


def look(stopping: threading.Event, port: int, session: str) -> None:
    """The page's moving part, again and again."""
    while not stopping.wait(1.0):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        with suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/live/picture.json", headers={"Cookie": f"sessionid={session}"})
            connection.getresponse().read()
        connection.close()


def watched(pids: dict[str, int], for_s: float) -> dict[str, float]:
    """Each process's memory, files and threads, as the median of what they are each second: a segment that is sealed
    takes some for a moment."""
    end, seen = time.monotonic() + for_s, list[dict[str, float]]()
    while not seen or time.monotonic() < end:
        time.sleep(min(1.0, max(0.0, end - time.monotonic())))
        seen.append({})
        for name, pid in pids.items():
            status = Path(f"/proc/{pid}/status").read_text()
            fields = dict(one.split(":", 1) for one in status.splitlines() if ":" in one)
            seen[-1][f"{name}_mb"] = int(fields["VmRSS"].split()[0]) / 1024
            seen[-1][f"{name}_files"] = float(len(list(Path(f"/proc/{pid}/fd").iterdir())))
            seen[-1][f"{name}_threads"] = float(fields["Threads"])
    return {name: statistics.median(one[name] for one in seen) for name in seen[0]}


def sample(path: Path, port: int, figures: Queue[tuple[str, float]]) -> dict[str, float]:
    """What lies on the disk, what waits, and what the others told since the last time."""
    found: dict[str, float] = {}
    found["segments_mb"] = size_mb(path / "watch" / "segments")
    found["snapshot_mb"] = max((one.stat().st_size / 1e6 for one in (path / "watch").glob("snapshot-*")), default=0.0)
    found["archive_mb"], found["database_mb"] = size_mb(path / "archive"), size_mb(path, "node.db*")
    connection = http.client.HTTPConnection("127.0.0.1", port + 1, timeout=60)
    connection.request("GET", "/healthz")
    health = json.loads(connection.getresponse().read())
    connection.close()
    found["waiting"], found["failed"] = health["waiting_rows"], health["failed_frames"]
    heard: dict[str, list[float]] = {name: [] for name in ("answer_s", "news_s", "late", "rows", "refused")}
    with suppress(Exception):
        while True:
            name, value = figures.get_nowait()
            heard[name].append(value)
    found["rows"], found["batches"] = sum(heard["rows"]), float(len(heard["rows"]))
    found["refused"], found["late"] = sum(heard["refused"]), sum(heard["late"])
    for name in ("answer_s", "news_s"):
        values = sorted(heard[name]) or [math.nan]
        found[f"{name[:-2]}_p50_s"], found[f"{name[:-2]}_p99_s"] = (
            values[len(values) // 2],
            values[-1 - len(values) // 100],
        )
    return found


def size_mb(directory: Path, pattern: str = "*") -> float:
    total = 0
    for one in directory.rglob(pattern):
        with suppress(OSError):
            total += one.stat().st_size if one.is_file() else 0
    return total / 1e6


def structures(path: Path) -> None:
    """The largest parts of the last snapshot: where to look if memory grew."""
    from safeconduct.watch import snapshot

    newest = next(iter(snapshot.good_ones(path / "watch")), None)
    if newest is None:
        return
    head = json.loads(zlib.decompress(newest.engine).partition(b"\n")[0])
    plain = head["plain"] | {f"alarms.{name}": part for name, part in head["plain"]["alarms"].items()}
    parts = {name: len(json.dumps(part)) for name, part in {**plain, **newest.beside}.items() if name != "alarms"}
    parts |= {f"table {name}": size for name, _, size in head["arrays"]}
    for name, size in sorted(parts.items(), key=lambda one: -one[1])[:14]:
        print(f"  {name:<28}{size:>12,} bytes in the snapshot")


def verdict(samples: list[dict[str, float]], args: argparse.Namespace) -> int:
    """Tell each judged figure as flat, growing or not told; the exit code."""
    judged = samples[int(len(samples) * WARM_UP) :]
    if len(judged) < 2 * BLOCKS:
        print("too few samples to judge by", file=sys.stderr)
        return 3
    said: dict[str, str] = {}
    day_minutes = 24 * 60 / args.compress
    times = means([one["minute"] / day_minutes for one in judged])
    for name in JUDGED:
        values = means([one[name] for one in judged])
        gain, around = trend(times, values)
        bound = GROWN * max(statistics.fmean(values), 1.0)
        said[name] = judgement(gain, around, bound)
        figures = f"{gain:+9.2f} ± {around:.2f} a day, {bound:.2f} allowed"
        print(f"{name:<14}{values[0]:>9.1f} to {values[-1]:>8.1f} {figures:<40} {said[name]}")
    last, load = samples[-1], sum(one["rows"] for one in samples)
    print(f"database {last['database_mb']:.0f} MB, archive {last['archive_mb']:.0f} MB")
    news, answers = (statistics.median(one[f"{name}_p99_s"] for one in judged) for name in ("news", "answer"))
    print(f"p99: news {news:.2f} s, answers {answers:.3f} s; {sum(one['refused'] for one in samples):.0f} refused")
    late = sum(one["late"] for one in samples)
    print(f"{late / max(load, 1.0):.2%} of the rows came too late to be watched")
    minutes = timedelta(minutes=round(last["minute"]))
    print(f"{minutes} of load at {args.compress:g} times life: {load:,.0f} rows in", end=" ")
    print(f"{sum(one['batches'] for one in samples):,.0f} batches, machine load {os.getloadavg()[0]:.1f}")
    if "growing" in said.values():
        return 1
    return 0 if all(said[name] == "flat" for name in MEMORY) and late < MOST_LATE * load else 3


def judgement(gain: float, around: float, bound: float) -> str:
    if gain + around <= bound:
        return "flat"
    return "growing" if gain - around > 0 and gain > bound else "not told"


def means(values: list[float]) -> list[float]:
    """Of BLOCKS parts, as long as each other; what is left over, at the start, is left out."""
    length = len(values) // BLOCKS
    values = values[len(values) - length * BLOCKS :]
    return [statistics.fmean(values[at : at + length]) for at in range(0, len(values), length)]


def trend(times: list[float], values: list[float]) -> tuple[float, float]:
    """The slope of least squares through BLOCKS points, and its 95 % interval's half width."""
    middle, mean = statistics.fmean(times), statistics.fmean(values)
    spread = sum((at - middle) ** 2 for at in times)
    slope = sum((at - middle) * (value - mean) for at, value in zip(times, values, strict=True)) / spread
    rest = sum((value - mean - slope * (at - middle)) ** 2 for at, value in zip(times, values, strict=True))
    return slope, T_95 * math.sqrt(rest / (BLOCKS - 2) / spread)


if __name__ == "__main__":
    sys.exit(main())
