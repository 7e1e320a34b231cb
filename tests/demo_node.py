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
from collections.abc import Callable, Iterator
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
def running(module: str, arguments: Callable[[int], list[str]], home: Path) -> Iterator[Running]:
    """A node run by `python -m module *arguments(port)` until the block ends; then it must stop cleanly on SIGINT."""
    port = free_port()
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("SAFECONDUCT", "DJANGO"))}
    command = [sys.executable, "-m", module, *arguments(port)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)
    node = Running(f"http://127.0.0.1:{port}", home, process)
    try:
        wait_until(lambda: node.health()["watch"] == node.health()["clock"] == "alive")
        yield node
    finally:
        process.send_signal(signal.SIGINT)
        try:
            code = process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    assert code == 0, "SIGINT stops it cleanly"


def running_demo(home: Path, speed: float) -> contextlib.AbstractContextManager[Running]:
    """The demo's own command, at `speed`."""

    def arguments(port: int) -> list[str]:
        return ["demo", "--keep", str(home), "--port", str(port), "--speed", str(speed)]

    return running("safeconduct.cli", arguments, home)
