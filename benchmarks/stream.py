"""Event stream: many open pages, one act a second. Prints delay, memory and processor time beside pages that poll.

`python benchmarks/stream.py [READERS]`. The peer is what a page without a stream would do: ask for the map's moving
part every second. Both run on this machine against one web process over SQLite; the acts are done in another process.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import timedelta
from pathlib import Path

SECONDS = 20
ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.nodes import new_node  # noqa: E402

from safeconduct.node import open_node  # noqa: E402


def prepare(path: Path, readers: int) -> list[str]:
    """A node with one user for each reader; answers their session keys."""
    open_node(new_node(path))
    from django.conf import settings
    from django.contrib.sessions.backends.db import SessionStore

    from safeconduct.node.making import prepare_database
    from safeconduct.people.acts import appoint
    from safeconduct.people.founding import appointing_principal
    from safeconduct.people.models import User
    from safeconduct.terms import instant

    prepare_database()
    begin = instant.now() - timedelta(minutes=1)
    users = User.objects.bulk_create([User(username=f"reader{n}", party="host") for n in range(readers)])
    keys: list[str] = []
    for user in users:
        appoint(appointing_principal("host"), site="", user=user.username, role="host.duty_officer", begin=begin)
        session = SessionStore()
        session["_auth_user_id"] = str(user.pk)
        session["_auth_user_backend"] = settings.AUTHENTICATION_BACKENDS[1]
        session["_auth_user_hash"] = user.get_session_auth_hash()
        session.save()
        keys.append(session.session_key or "")
    return keys


async def listen(port: int, key: str, delays: list[float], ready: asyncio.Event) -> None:
    """Read one stream; the delay of each piece of news is from the act's own time to now."""
    from safeconduct.terms.instant import parse

    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET /live/stream HTTP/1.1\r\nHost: localhost\r\nCookie: sessionid={key}\r\n\r\n".encode())
    try:
        while line := await reader.readline():
            if line.startswith(b"retry"):
                ready.set()
            elif line.startswith(b"data: {"):
                news = json.loads(line[6:])
                if news["kind"] == "measure":
                    delays.append(time.time() - parse(news["at"]).timestamp())
    finally:
        writer.close()


def usage(pid: int) -> tuple[float, float]:
    """(processor seconds, resident MB) of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    ticks = int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK"), int(fields[21]) * os.sysconf("SC_PAGE_SIZE") / 1e6


async def streams(port: int, pid: int, keys: list[str], actor: list[str]) -> tuple[list[float], float, float]:
    delays: list[float] = []
    events = [asyncio.Event() for _ in keys]
    tasks = [asyncio.create_task(listen(port, key, delays, event)) for key, event in zip(keys, events, strict=True)]
    await asyncio.gather(*(event.wait() for event in events))
    before, _ = usage(pid)
    acting = subprocess.Popen(actor)
    await asyncio.sleep(SECONDS + 2)
    acting.wait()
    after, memory = usage(pid)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return delays, after - before, memory


async def polls(port: int, pid: int, keys: list[str]) -> tuple[int, float]:
    """Each reader asks once a second for `SECONDS`, or as often as it gets answers; (answers, processor seconds)."""
    answered = 0
    end = time.monotonic() + SECONDS

    async def ask(key: str) -> None:
        nonlocal answered
        while (begin := time.monotonic()) < end:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            request = "GET /live/picture.json HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n"
            writer.write(f"{request}Cookie: sessionid={key}\r\nConnection: close\r\n\r\n".encode())
            await reader.read()
            writer.close()
            answered += 1
            await asyncio.sleep(max(0.0, 1.0 - (time.monotonic() - begin)))

    before, _ = usage(pid)
    await asyncio.gather(*(ask(key) for key in keys))
    return answered, usage(pid)[0] - before


def act(path: Path) -> None:
    """The other process: one act a second."""
    open_node(path)
    from safeconduct.strategy.acts import request_measure
    from safeconduct.terms.party import Grant, Principal

    liaison = Principal("liaison", "partner", (Grant("partner.liaison_officer"),))
    for _ in range(SECONDS):
        request_measure(liaison, site="marjan", kind="look", text="Look at the car.")
        time.sleep(1)


def main(readers: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path, port = Path(folder) / "node", 8499
        keys = prepare(path, readers)
        environment = os.environ | {"SAFECONDUCT_NODE": str(path)}
        command = [sys.executable, "-m", "uvicorn", "safeconduct.web.asgi:application", "--port", str(port)]
        web = subprocess.Popen([*command, "--no-access-log", "--log-level", "error"], env=environment)
        try:
            wait_for(port)
            actor = [sys.executable, __file__, "--act", str(path)]
            delays, cpu_s, memory = asyncio.run(streams(port, web.pid, keys, actor))
            answers, polling_cpu_s = asyncio.run(polls(port, web.pid, keys))
        finally:
            web.kill()
            web.wait()
    tell(readers, sorted(delays), cpu_s, memory)
    per_reader, polling = cpu_s / readers / (SECONDS + 2), polling_cpu_s / max(answers, 1)
    print(f"polling once a second instead: {answers} of {readers * SECONDS} answers came")
    print(f"  {polling_cpu_s:.2f} s of processor in {SECONDS} s")
    print(f"a reader costs {per_reader * 1e3:.2f} ms a second by stream, {polling * 1e3:.2f} ms a second by polling")
    print(f"  ratio {polling / per_reader:.0f}")


def tell(readers: int, delays: list[float], cpu_s: float, memory: float) -> None:
    print(f"{readers} streams, {SECONDS} acts: {len(delays) / (readers * SECONDS):.1%} of the news heard")
    print(f"  act to page: median {delays[len(delays) // 2]:.3f} s, p99 {delays[int(len(delays) * 0.99)]:.3f} s")
    print(f"  web process: {cpu_s:.2f} s of processor in {SECONDS + 2} s, {memory:.0f} MB")


def wait_for(port: int) -> None:
    for _ in range(100):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2)
            return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("the web process did not start")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--act"]:
        act(Path(sys.argv[2]))
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else 500)
