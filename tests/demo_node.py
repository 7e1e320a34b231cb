"""A whole node under test: made like the demo's, run in processes of its own, gone afterwards."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Running:
    """A demo that runs: `url` of its pages, `home` of its node, and its process."""

    url: str
    home: Path
    process: subprocess.Popen[bytes]

    def health(self) -> dict[str, str]:
        with urllib.request.urlopen(f"{self.url}/healthz", timeout=5) as answer:
            return json.load(answer)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(what, within_s: float = 60.0) -> None:
    """Poll `what` until it is true; an error of the connection is a no. Raises TimeoutError."""
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            if what():
                return
        time.sleep(0.2)
    raise TimeoutError(f"{what} is not true after {within_s} s")


@contextlib.contextmanager
def running_demo(home: Path, speed: float) -> Iterator[Running]:
    """The demo's command itself, at `speed`, until the block ends; then it must stop cleanly on SIGINT."""
    port = free_port()
    command = [sys.executable, "-m", "safeconduct.cli", "demo", "--keep", str(home), "--port", str(port)]
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("SAFECONDUCT", "DJANGO"))}
    process = subprocess.Popen([*command, "--speed", str(speed)], env=environment, stdout=subprocess.PIPE)
    running = Running(f"http://127.0.0.1:{port}", home, process)
    try:
        wait_until(lambda: running.health()["watch"] == running.health()["clock"] == "alive")
        yield running
    finally:
        process.send_signal(signal.SIGINT)
        try:
            code = process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    assert code == 0, "Ctrl-C stops it cleanly"
