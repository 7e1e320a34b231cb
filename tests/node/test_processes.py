"""One supervisor a node: a second, or a taken port, is told at once and starts nothing."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from safeconduct.node.processes import ALLOCATOR, claimed, environment
from safeconduct.terms.errors import BadInput


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with socket.socket() as one, socket.socket() as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("127.0.0.1", 0))
        ports = one.getsockname()[1], two.getsockname()[1]
    (tmp_path / "safeconduct.toml").write_text(f"port = {ports[0]}\ningest_port = {ports[1]}\n")
    return tmp_path


def test_a_second_supervisor_of_a_node_is_refused_until_the_first_has_ended(home: Path):
    with claimed(home), pytest.raises(BadInput, match="another `up`"), claimed(home):
        pass
    with claimed(home):
        pass


def test_a_port_that_is_taken_is_named(home: Path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        (home / "safeconduct.toml").write_text(f"port = {taken}\ningest_port = {taken}\n")
        with pytest.raises(BadInput) as refused, claimed(home):
            pass
    assert [(fault.where, str(taken) in fault.found) for fault in refused.value.faults] == [
        ("port", True),
        ("ingest_port", True),
    ]


def test_arrow_in_a_process_of_the_node_takes_memory_from_the_system(home: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ALLOCATOR:
        monkeypatch.delenv(name, raising=False)
    asked = "import pyarrow; print(pyarrow.default_memory_pool().backend_name)"
    assert subprocess.check_output([sys.executable, "-c", asked], env=environment(home), text=True) == "system\n"


def test_whoever_starts_a_node_chooses_how_its_memory_is_kept(home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MALLOC_ARENA_MAX", "8")
    assert environment(home)["MALLOC_ARENA_MAX"] == "8"


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's word to the orphan is Linux's")
def test_what_a_killed_supervisor_leaves_behind_ends_by_itself(tmp_path: Path):
    told = tmp_path / "pid"
    supervisor = subprocess.Popen([sys.executable, "-c", _SUPERVISOR, str(told)])
    child = int(_read_soon(told))
    os.kill(supervisor.pid, signal.SIGKILL)
    supervisor.wait()
    assert _ends(child)


_SUPERVISOR = """
import os, pathlib, sys, time
from safeconduct.node.processes import Process
process = Process("sleeper", [sys.executable, "-c", "import time; time.sleep(60)"])
process.start(dict(os.environ))
path = pathlib.Path(sys.argv[1] + ".new")
path.write_text(str(process.child.pid))
path.rename(sys.argv[1])
time.sleep(60)
"""


def _read_soon(path: Path) -> str:
    end = time.monotonic() + 20
    while not path.exists() and time.monotonic() < end:
        time.sleep(0.05)
    return path.read_text()


def _ends(pid: int) -> bool:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            os.kill(pid, 0)
            if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return True  # dead, and only not yet reaped by whoever adopted it
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.05)
    return False
