"""MQTT: messages a second from a broker to durable rows, beside the client libraries' own ceilings in the same run.

A Mosquitto holds the same messages for each subscriber's session, QoS 1, one observation or event each. Every
subscriber has one core to itself and the broker another; it drains its backlog, so that no publisher slows it down.
Ours acknowledges after decoding, checking and syncing to the disk; the peers acknowledge at once and do nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WANTED_PER_S = 20_000
TOPICS = {"native": "obs/gate", "frigate": "frigate/events"}
CALIBRATION = {
    "width": 1280,
    "height": 720,
    "points": [
        [212, 655, 75.0061, -4.99712],
        [1130, 640, 75.00655, -4.99708],
        [395, 260, 75.00602, -4.99655],
        [880, 255, 75.00668, -4.9965],
    ],
}


def observation(number: int, at_ms: int) -> bytes:
    found = {"time": at_ms + number % 1000, "sensor": f"cam-{number % 50:02}", "track": str(number // 500)}
    found |= {"lon": 75.0 + number % 997 * 1e-6, "lat": -5.0, "kind": "car", "speed": 4.2, "accuracy": 1.5}
    return json.dumps(found).encode()


def event(number: int, at_ms: int) -> bytes:
    """As long as Frigate's own: with its `before` and all of its fields."""
    x = 300 + number % 600
    seen = {"id": f"1795500001.5-{number // 500}", "camera": "gate", "frame_time": (at_ms + number) / 1000}
    seen |= {"label": "car", "sub_label": None, "top_score": 0.958984375, "false_positive": False}
    seen |= {"start_time": at_ms / 1000, "end_time": None, "score": 0.87890625, "box": [x, 400, x + 120, 520]}
    seen |= {"area": 14400, "ratio": 1.0, "region": [218, 240, 893, 715], "active": True, "stationary": False}
    seen |= {"motionless_count": 0, "position_changes": 2, "current_zones": ["road"], "entered_zones": ["road"]}
    seen |= {"has_clip": True, "has_snapshot": True, "attributes": {}, "current_attributes": []}
    return json.dumps({"type": "update", "before": seen, "after": seen}).encode()


def packet(topic: str, payload: bytes, number: int) -> bytes:
    """A PUBLISH packet of QoS 1 (MQTT 5.0 §3.3)."""
    rest = len(topic).to_bytes(2, "big") + topic.encode() + (number % 65_000 + 1).to_bytes(2, "big") + b"\0" + payload
    length, size = len(rest), b""
    while True:
        length, low = divmod(length, 128)
        size += bytes([low | (128 if length else 0)])
        if not length:
            return b"\x32" + size + rest


def publish(port: int, topic: str, payloads: Iterable[bytes]) -> None:
    """All of them, and wait until the broker has acknowledged each."""
    with socket.create_connection(("127.0.0.1", port)) as one:
        one.sendall(bytes.fromhex("101000044d515454050200 3c00 0003 707562".replace(" ", "")))
        one.recv(1024)
        packets = [packet(topic, payload, number) for number, payload in enumerate(payloads)]
        acknowledged = threading.Thread(target=_drain, args=(one, 4 * len(packets)))
        acknowledged.start()
        for begin in range(0, len(packets), 500):
            one.sendall(b"".join(packets[begin : begin + 500]))
        acknowledged.join(120)


def _drain(one: socket.socket, size: int) -> None:
    while size > 0 and (found := one.recv(65_536)):
        size -= len(found)


@dataclass
class Timer:
    """From the first message to the last; `count` may be told from any thread."""

    wanted: int
    count: int = 0
    begun: float = 0.0
    spent: float = 0.0

    def add(self, count: int) -> bool:
        """Whether all have come."""
        if not self.count:
            self.begun, self.spent = time.perf_counter(), time.process_time()
        self.count += count
        return self.count >= self.wanted

    def told(self) -> dict[str, float]:
        wall, cpu = time.perf_counter() - self.begun, time.process_time() - self.spent
        return {"per_s": self.count / wall, "per_cpu_s": self.count / cpu}


def paho(port: int, topic: str, count: int) -> dict[str, float]:
    from paho.mqtt.client import Client
    from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

    timer = Timer(count)
    client = Client(CallbackAPIVersion.VERSION2, "paho", protocol=MQTTProtocolVersion.MQTTv5)

    def come(*_: object) -> None:
        if timer.add(1):
            client.disconnect()

    def connected(*_: object) -> None:
        client.subscribe(topic, 1)

    def subscribed(*_: object) -> None:
        if not count:
            client.disconnect()

    client.on_message, client.on_connect, client.on_subscribe = come, connected, subscribed
    client.connect("127.0.0.1", port, clean_start=False, properties=_properties())
    client.loop_forever()
    return timer.told() if count else {}


def aiomqtt(port: int, topic: str, count: int) -> dict[str, float]:
    import logging

    from aiomqtt import Client, MqttError, ProtocolVersion

    logging.disable()

    async def read(timer: Timer, told: dict[str, float]) -> None:
        options: dict[str, Any] = {"identifier": "aiomqtt", "protocol": ProtocolVersion.V5, "clean_start": False}
        async with Client("127.0.0.1", port, properties=_properties(), **options) as client:
            if not count:
                await client.subscribe(topic, 1)
                return
            async for _ in client.messages:
                if timer.add(1):
                    told.update(timer.told())
                    return

    told: dict[str, float] = {}
    try:
        asyncio.run(read(Timer(count), told))
    except MqttError:  # of its goodbye, which waits for all that is still to be acknowledged
        if count and not told:
            raise
    return told


def _properties() -> Any:
    from paho.mqtt.packettypes import PacketTypes
    from paho.mqtt.properties import Properties

    found = Properties(PacketTypes.CONNECT)
    found.SessionExpiryInterval, found.ReceiveMaximum = 3600, 16_384
    return found


def ours(kind: str) -> Callable[[int, str, int], dict[str, float]]:
    """The feed as the watch runs it, up to rows that are synced to the disk; benchmarks/ingest adds the engine."""

    def run(port: int, topic: str, count: int) -> dict[str, float]:
        from safeconduct.watch.feeds.admitting import Admitted, Allowance
        from safeconduct.watch.feeds.connections import Delivery, Way, keep_connected
        from safeconduct.watch.feeds.doors import Door
        from safeconduct.watch.feeds.kinds import KINDS
        from safeconduct.watch.journal import Backlog, Batches, Journal
        from safeconduct.watch.segment import Segment

        directory = Path(tempfile.mkdtemp())
        journal = Journal(Segment(directory), Backlog(1 << 60))
        journal.start()
        way = Way(journal, Batches(), 1e9, 1.0, calibrations=lambda: {"gate": CALIBRATION}, node="benchmark")
        given = {"host": "127.0.0.1", "port": port, "topic": topic.partition("/")[0] if kind == "frigate" else topic}
        feed = Admitted(kind, kind=kind, settings=KINDS[kind].checked(given))
        timer, over = Timer(count), asyncio.Event()

        class Counted(Delivery):
            async def __call__(self, checked: Any, batch: str | None = None, messages: Any = ()) -> None:
                if not timer.count:
                    timer.add(0)
                    timer.begun, timer.spent = time.perf_counter(), time.process_time()
                await super().__call__(checked, batch, messages)
                timer.count += checked.table.num_rows
                if timer.count >= count:
                    over.set()

            def connected(self) -> None:
                super().connected()
                if not count:
                    over.set()

        async def take() -> None:
            delivery = Counted(feed, way, Door(), Allowance(1e9, 1.0))
            task = asyncio.create_task(keep_connected(kind, way.source(feed, {}), delivery))
            await over.wait()
            found.update(timer.told() if count else {})
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        found: dict[str, float] = {}
        asyncio.run(take())
        journal.stop()
        shutil.rmtree(directory)
        return found

    return run


SUBSCRIBERS: dict[str, Callable[[int, str, int], dict[str, float]]] = {
    "paho alone": paho,
    "aiomqtt alone": aiomqtt,
    "native": ours("mqtt"),
    "frigate": ours("frigate"),
}


def subscriber(name: str, port: int, count: int) -> dict[str, float]:
    """One subscriber in a process of its own, on the first core."""
    command = [sys.executable, __file__, "--subscriber", name, "--port", str(port), "--messages", str(count)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
    return json.loads(done.stdout)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=2, help="the best of so many is shown")
    parser.add_argument("--subscriber", choices=SUBSCRIBERS)
    parser.add_argument("--port", type=int, default=0)
    args = parser.parse_args()
    if args.subscriber:
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        topic = TOPICS["frigate" if args.subscriber == "frigate" else "native"]
        print(json.dumps(SUBSCRIBERS[args.subscriber](args.port, topic, args.messages)))
        return 0
    return compare(args.messages, args.rounds)


def compare(messages: int, rounds: int) -> int:
    binary = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    if not Path(binary).exists():
        print("Mosquitto is not installed: Debian's package mosquitto", file=sys.stderr)
        return 3
    best: dict[str, dict[str, float]] = {}
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as home:
            broker, port = _broker(binary, Path(home))
            try:
                for name, told in _round(port, messages).items():
                    if told["per_s"] > best.get(name, {"per_s": 0.0})["per_s"]:
                        best[name] = told
            finally:
                broker.kill()
                broker.wait()
    print(f"{messages:,} messages of QoS 1, best of {rounds}, one core each for subscriber and broker")
    for name, told in best.items():
        share = told["per_s"] / best["paho alone"]["per_s"]
        what = f"{told['per_s']:10,.0f}/s  {told['per_cpu_s']:10,.0f} a CPU second  {share:6.2f} of paho alone"
        print(f"  {name:14}  {what}")
    met = min(best[name]["per_s"] for name in ("native", "frigate")) >= WANTED_PER_S
    print(f"wanted: {WANTED_PER_S:,}/s decoded and durable: {'met' if met else 'not met'}")
    return 0 if met else 1


def _broker(binary: str, home: Path) -> tuple[subprocess.Popen[bytes], int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    unlimited = "max_queued_messages 0\nmax_inflight_messages 0\n"
    (home / "mosquitto.conf").write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n{unlimited}")
    broker = subprocess.Popen([binary, "-c", str(home / "mosquitto.conf")], stderr=subprocess.DEVNULL)
    os.sched_setaffinity(broker.pid, {max(os.sched_getaffinity(0))})
    time.sleep(0.7)
    return broker, port


def _round(port: int, messages: int) -> dict[str, dict[str, float]]:
    for name in SUBSCRIBERS:
        subscriber(name, port, 0)  # its session begins
    at_ms = int(time.time() * 1000) - messages - 1000
    publish(port, TOPICS["native"], (observation(number, at_ms) for number in range(messages)))
    publish(port, TOPICS["frigate"], (event(number, at_ms) for number in range(messages)))
    return {name: subscriber(name, port, messages) for name in SUBSCRIBERS}


if __name__ == "__main__":
    sys.exit(main())
