"""The processes of a node under one roof: start all, restart what dies, stop all on a signal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from safeconduct.node import ENVIRONMENT, read_settings

log = structlog.get_logger("safeconduct.node.processes")

STOP_WITHIN_S = 10.0
LONGEST_PAUSE_S = 30.0


@dataclass
class Process:
    """One process with its command; `pause_s` grows with each early death."""

    name: str
    command: list[str]
    started: float = 0.0
    pause_s: float = 0.5
    child: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self, environment: dict[str, str]) -> None:
        # Its own group, so that Ctrl-C at the terminal reaches it through us alone, in order.
        self.child = subprocess.Popen(self.command, env=environment, start_new_session=True)  # noqa: S603  # our own
        self.started = time.monotonic()

    def revive(self, environment: dict[str, str]) -> None:
        """Start again if it died: at once after a long life, with growing pauses after short ones."""
        if self.child is None or self.child.poll() is None:
            return
        lived_s = time.monotonic() - self.started
        self.pause_s = 0.5 if lived_s > LONGEST_PAUSE_S else min(self.pause_s * 2, LONGEST_PAUSE_S)
        if lived_s >= self.pause_s:
            log.warning("process_died", process=self.name, code=self.child.returncode)
            self.start(environment)

    def stop(self) -> None:
        if self.child and self.child.poll() is None:
            self.child.terminate()
            try:
                self.child.wait(STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()


def commands(path: Path) -> list[Process]:
    """The processes of the node in `path`: web, watch and clock."""
    settings = read_settings(path)
    here = [sys.executable, "-m", "safeconduct.cli"]
    web = [sys.executable, "-m", "uvicorn", "safeconduct.web.asgi:application"]
    web += ["--host", settings["address"], "--port", str(settings["port"]), "--no-access-log", "--log-level", "warning"]
    web += ["--timeout-graceful-shutdown", "2", "--no-server-header"]
    return [
        Process("web", web),
        Process("watch", [*here, "watch", "run", "--node", str(path)]),
        Process("clock", [*here, "clock", "--node", str(path)]),
    ]


def run_node(path: Path, stop: threading.Event | None = None) -> int:
    """Run the node's processes until `stop`, SIGINT or SIGTERM. Returns 0 after a clean stop."""
    stop = stop or threading.Event()
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
    environment = os.environ | {ENVIRONMENT: str(path), "DJANGO_SETTINGS_MODULE": "safeconduct.web.settings"}
    processes = commands(path)
    try:
        for process in processes:
            process.start(environment)
        while not stop.wait(0.2):
            for process in processes:
                process.revive(environment)
    finally:
        for process in reversed(processes):
            process.stop()
    return 0
