"""From observation to a person's browser: `python benchmarks/delay.py [--rate 20000] [--seconds 150]`.

A node of its own with all its processes, fed over HTTP with one sighting a track and second, half of them
inside rings. A page's event stream is read as a browser reads it. Printed, with the wait for the peer, a page that asks
for the same every second:

- alert: from the instant of the sighting that an alert rests on (`raised`) to its news on the stream
- picture: from the sighting of a vehicle, told from where it is on its round, to the map's moving part with it in the
  reader's hands, fetched on its news
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import json
import math
import multiprocessing
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.nodes import new_node  # noqa: E402

from safeconduct.terms.place import METRES_PER_DEGREE  # noqa: E402

SITES, RING_M = 20, 700.0
AFTER_S = 20.0
WAITING = 150
"""Vehicles that come to stand, one after another, and raise an alert each after AFTER_S."""
WARM_UP_S = 90.0
"""Until the hold has measured that the feed comes in order."""
POST_EVERY_S = 0.1
ROUND_S, ROUND_M = 100.0, 150.0
"""The marked vehicle's round, alone in the last site, sighted with every batch."""
PORT = 8497
LON, LAT = 75.0, -5.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=int, default=20_000, help="observations a second")
    parser.add_argument("--seconds", type=int, default=150)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "node"
        token, session = prepare(path)
        environment = os.environ | {"SAFECONDUCT_NODE": str(path)}
        web = [sys.executable, "-m", "uvicorn", "safeconduct.web.asgi:application", "--port", str(PORT)]
        watch = [sys.executable, "-m", "safeconduct.cli", "watch", "run"]
        clock = [sys.executable, "-m", "safeconduct.cli", "clock"]
        processes = [
            subprocess.Popen(clock, env=environment, stderr=subprocess.DEVNULL),
            subprocess.Popen([*web, "--no-access-log", "--log-level", "error"], env=environment),
            subprocess.Popen(watch, env=environment, stderr=subprocess.DEVNULL),
        ]
        try:
            for port in (PORT, PORT + 1):
                wait_for(port)
            sender = multiprocessing.Process(target=send, args=(token, args.rate, args.seconds))
            sender.start()
            heard = asyncio.run(read(session, args.seconds))
            sender.join()
        finally:
            for one in processes:
                one.kill()
                one.wait()
        tell(args, heard, path)


def prepare(path: Path) -> tuple[str, str]:
    """A node with sites, a feed and a duty officer: the feed's token and the officer's session key."""
    from safeconduct.node import open_node

    open_node(new_node(path, port=PORT, ingest_port=PORT + 1))
    from django.conf import settings
    from django.contrib.sessions.backends.db import SessionStore

    from safeconduct.node.making import FirstUser, found_users, prepare_database
    from safeconduct.people.acts import issue_token
    from safeconduct.people.models import User
    from safeconduct.sites.acts import import_places
    from safeconduct.terms.party import Grant, Principal
    from safeconduct.watch.acts import open_feed

    prepare_database()
    found_users(
        (
            FirstUser("duty", "a long pass phrase", "host", ("host.duty_officer",)),
            FirstUser("commander", "a long pass phrase", "host", ("host.commander",)),
        )
    )
    commander = Principal("commander", "host", (Grant("host.commander"),))
    for number in range(SITES + 1):
        import_places(commander, site=f"site-{number}", features=[ring(number)])
    open_feed(commander, name="cameras")
    token = issue_token(commander, name="cameras", purpose="feed").clear
    session = SessionStore()
    user = User.objects.get(username="duty")
    session["_auth_user_id"] = str(user.pk)
    session["_auth_user_backend"] = settings.AUTHENTICATION_BACKENDS[1]
    session["_auth_user_hash"] = user.get_session_auth_hash()
    session.save()
    return token, session.session_key or ""


def metres(number: int, x: float, y: float) -> tuple[float, float]:
    """Degrees of a point (x, y) metres from the centre of a site."""
    east = METRES_PER_DEGREE * math.cos(math.radians(LAT))
    return LON + (5000.0 * number + x) / east, LAT + y / METRES_PER_DEGREE


def ring(number: int) -> dict[str, Any]:
    corners = [
        list(metres(number, RING_M * math.cos(i * math.pi / 16), RING_M * math.sin(i * math.pi / 16)))
        for i in range(33)
    ]
    corners[-1] = corners[0]
    rules = [{"kind": "dwell", "after_s": AFTER_S, "severity": "alert"}]
    properties = {"site": f"site-{number}", "name": "outer ring", "role": "ring", "ring": "outer", "rules": rules}
    geometry = {"type": "Polygon", "coordinates": [corners]}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def send(token: str, rate: int, seconds: int) -> None:
    """A sighting a second of each of `rate` tracks, spread over the second; half drive in rings, half elsewhere."""
    chance = random.Random(1)
    tracks = [(number % SITES, chance.uniform(0, 2 * math.pi), number % 2 == 0) for number in range(rate)]
    stops = {2 * n: WARM_UP_S + chance.uniform(0, seconds - WARM_UP_S - AFTER_S - 5) for n in range(WAITING)}
    connection = http.client.HTTPConnection("127.0.0.1", PORT + 1, timeout=30)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/x-ndjson"}
    begun = time.time()
    pieces = round(1 / POST_EVERY_S)
    for turn in range(seconds * pieces):
        due = begun + (turn + 1) * POST_EVERY_S
        time.sleep(max(0.0, due - time.time()))
        now = time.time()
        lines = [
            sighting(number, tracks[number], now, min(now - begun, stops.get(number, math.inf)))
            for number in range(turn % pieces, rate, pieces)
        ]
        lines.append(marked(now))
        connection.request("POST", "/observations", "\n".join(lines), headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            print(f"a batch was answered {answer.status}", file=sys.stderr)


def sighting(number: int, track: tuple[int, float, bool], now: float, driven_s: float) -> str:
    site, phase, inside = track
    radius = (0.1 + 0.8 * (number * 0.618 % 1)) * RING_M if inside else 1.6 * RING_M
    angle = phase + driven_s * 12.0 / radius
    return line(now, site, str(number), metres(site, radius * math.cos(angle), radius * math.sin(angle)))


def marked(now: float) -> str:
    angle = 2 * math.pi * (now % ROUND_S) / ROUND_S
    return line(now, SITES, "marked", metres(SITES, ROUND_M * math.cos(angle), ROUND_M * math.sin(angle)))


def line(now: float, site: int, track: str, spot: tuple[float, float]) -> str:
    return (
        f'{{"time":{int(now * 1000)},"sensor":"cam-{site}","track":"{track}",'
        f'"lon":{spot[0]:.7f},"lat":{spot[1]:.7f},"kind":"car"}}'
    )


def age_s(picture: dict[str, Any], at: float) -> float | None:
    """How long before `at` the marked vehicle was where the picture has it."""
    centre = metres(SITES, 0, 0)
    for one in picture["positions"]["features"]:
        lon, lat = one["geometry"]["coordinates"]
        x, y = (
            (lon - centre[0]) * METRES_PER_DEGREE * math.cos(math.radians(LAT)),
            (lat - centre[1]) * METRES_PER_DEGREE,
        )
        if math.hypot(x, y) < 2 * ROUND_M:
            return (at - (math.atan2(y, x) % (2 * math.pi)) / (2 * math.pi) * ROUND_S) % ROUND_S
    return None


class Heard:
    """When the reader heard of each alert, how old the newest sighting of each picture was, and what a page that asks
    every second would add."""

    def __init__(self) -> None:
        self.alerts: dict[str, float] = {}
        self.pictures: list[float] = []
        self.bytes = 0


async def read(session: str, seconds: int) -> Heard:
    heard = Heard()
    changed = asyncio.Event()
    tasks = [asyncio.create_task(listen(session, heard, changed)), asyncio.create_task(fetch(session, heard, changed))]
    await asyncio.sleep(seconds + 5)
    for task in tasks:
        task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    for result in results:
        if not isinstance(result, asyncio.CancelledError):
            raise result
    return heard


async def listen(session: str, heard: Heard, changed: asyncio.Event) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
    writer.write(f"GET /live/stream HTTP/1.1\r\nHost: localhost\r\nCookie: sessionid={session}\r\n\r\n".encode())
    while line := await reader.readline():
        if line.startswith(b"data: {"):
            news = json.loads(line[6:])
            if news["kind"] == "alert" and news["ref"]:
                heard.alerts.setdefault(news["ref"], time.time())
            elif news["kind"] == "position":
                changed.set()


async def fetch(session: str, heard: Heard, changed: asyncio.Event) -> None:
    """The map's moving part, again on each news of it, one request at a time as the page does."""
    begun = time.time()
    while True:
        await changed.wait()
        changed.clear()
        reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
        request = "GET /live/picture.json HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n"
        writer.write(f"{request}Cookie: sessionid={session}\r\nConnection: close\r\n\r\n".encode())
        raw = await reader.read()
        writer.close()
        at = time.time()
        heard.bytes = max(heard.bytes, len(raw))
        age = age_s(json.loads(raw.split(b"\r\n\r\n", 1)[1]), at)
        if age is not None and at - begun > WARM_UP_S:
            heard.pictures.append(age)


def tell(args: argparse.Namespace, heard: Heard, path: Path) -> None:
    from safeconduct.terms.instant import parse

    database = sqlite3.connect(f"file:{path / 'node.db'}?mode=ro", uri=True)
    rows = database.execute("SELECT id, raised_at FROM watch_alert").fetchall()
    raised = {str(uuid.UUID(str(ref))): parse(at.replace(" ", "T") + "Z").timestamp() for ref, at in rows}
    late = sorted(heard.alerts[ref] - raised[ref] for ref in raised if ref in heard.alerts)
    pictures = sorted(heard.pictures)
    print(f"{args.rate:,} observations/s for {args.seconds} s, load {os.getloadavg()[0]:.1f}")
    print(f"alerts raised {len(raised)}, heard {len(late)}; pictures {len(pictures)}, of up to {heard.bytes:,} bytes")
    for name, delays in (("alert", late), ("picture", pictures)):
        if delays:
            polled = sorted(delay + random.random() for delay in delays for _ in range(20))
            print(
                f"{name:<8} median {at(delays, 0.5):.2f} s  p99 {at(delays, 0.99):.2f} s  most {delays[-1]:.2f} s"
                f"   asking every second: p99 {at(polled, 0.99):.2f} s, ratio {at(polled, 0.99) / at(delays, 0.99):.1f}"
            )


def at(values: list[float], share: float) -> float:
    return values[min(len(values) - 1, int(len(values) * share))]


def wait_for(port: int) -> None:
    end = time.monotonic() + timedelta(seconds=60).total_seconds()
    while time.monotonic() < end:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        time.sleep(0.2)
    raise SystemExit(f"nobody answers on port {port}")


if __name__ == "__main__":
    main()
