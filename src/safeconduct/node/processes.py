"""The processes of a node under one roof: start all, restart what dies, stop all on a signal."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from safeconduct.node import ENVIRONMENT, read_settings
from safeconduct.terms.errors import BadInput, Fault

log = structlog.get_logger("safeconduct.node.processes")

STOP_WITHIN_S = 10.0
LONGEST_PAUSE_S = 30.0

_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1
"""prctl(2): the signal that a process gets when its parent dies."""


def _end_with_parent() -> None:
    """Processes left behind by a supervisor that was killed would hold the ports against the next one."""
    if _LIBC:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


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
        self.child = subprocess.Popen(  # noqa: S603  # our own
            self.command,
            env=environment,
            start_new_session=True,
            preexec_fn=_end_with_parent if _LIBC else None,  # noqa: PLW1509  # one system call, no lock is taken
        )
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


ALLOCATOR = {"MALLOC_ARENA_MAX": "2", "MALLOC_MMAP_THRESHOLD_": str(1 << 20), "ARROW_DEFAULT_MEMORY_POOL": "system"}
"""So that what is freed goes back to the machine. glibc has an arena for each thread, up to 8 a core, and what is free
in one serves no other: two will do. Blocks of a megabyte and more are mapped, and unmapped when freed. Arrow's own pool
keeps what its threads freed: 100 MB after a merge of the archive."""


def environment(path: Path) -> dict[str, str]:
    """What the processes of the node in `path` are started with; what we have ourselves goes before ALLOCATOR."""
    return ALLOCATOR | os.environ | {ENVIRONMENT: str(path), "DJANGO_SETTINGS_MODULE": "safeconduct.web.settings"}


@contextlib.contextmanager
def claimed(path: Path) -> Generator[None]:
    """The node's directory and ports, for one supervisor alone. Raises BadInput where another has them."""
    try:
        descriptor = os.open(path / "up.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise BadInput("node", [Fault(str(path), error.strerror or "no access", "a directory to write to")]) from None
    with os.fdopen(descriptor, "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BadInput("node", [Fault(str(path), "run by another `up`", "one `up` a node")]) from None
        settings = read_settings(path)
        faults = [fault for name in ("port", "ingest_port") for fault in _port_faults(settings, name)]
        if faults:
            raise BadInput("node", faults)
        yield


def _port_faults(settings: Mapping[str, Any], name: str) -> Iterator[Fault]:
    address, port = settings["address"], settings[name]
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
        # As the servers do it: what lingers of connections that were closed does not hold a port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            found = f"{port} of {address}: {(error.strerror or 'not to be had').lower()}"
            yield Fault(name, found, "a free port, or another in safeconduct.toml")


def run_node(path: Path, stop: threading.Event | None = None) -> int:
    """Run the node's processes until `stop`, SIGINT or SIGTERM. Returns 0 after a clean stop.

    Raises BadInput where another supervisor runs the node, or a port of it is taken.
    """
    with claimed(path):
        return _run(path, stop)


def _run(path: Path, stop: threading.Event | None) -> int:
    stop = stop or threading.Event()
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
    processes, around = commands(path), environment(path)
    try:
        for process in processes:
            process.start(around)
        while not stop.wait(0.2):
            for process in processes:
                process.revive(around)
    finally:
        for process in reversed(processes):
            process.stop()
    return 0
