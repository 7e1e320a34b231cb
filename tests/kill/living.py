"""A whole node in a directory of its own, whose processes are started, killed and started again."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from safeconduct.terms.instant import iso

BEGIN = datetime(2026, 3, 2, 14, 55, tzinfo=UTC)
"""The node's clock at its start, and the time of the first observation."""

MAKING = """
import sys
from pathlib import Path
from safeconduct.node import open_node
from safeconduct.node.making import prepare_database
from safeconduct.demo.setting import set_scene
open_node(Path(sys.argv[1]))
prepare_database()
print(set_scene())
"""


@dataclass
class LivingNode:
    """`token` lets a feed in. One process of a kind at a time."""

    path: Path
    port: int
    token: str

    @classmethod
    def made(cls, path: Path) -> LivingNode:
        from tests.nodes import new_node

        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        epoch = datetime.now(UTC).isoformat()
        clock = {"exercise": True, "clock_start": iso(BEGIN), "clock_epoch": epoch, "clock_speed": 1.0}
        # The clock stands at the start while half an hour is sent in a minute: rows run far ahead of it.
        new_node(path, ingest_port=port, feed_ahead_s=7200.0, **clock)
        token = subprocess.run(
            [sys.executable, "-c", MAKING, str(path)], check=True, capture_output=True, text=True, env=environment(path)
        )
        return cls(path, port, token.stdout.split()[-1])

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        """A process of the node: `start("watch", "run")`."""
        log = (self.path / "log").open("ab")
        arguments = [sys.executable, "-m", "safeconduct.cli", *command]
        return subprocess.Popen(arguments, env=environment(self.path), stdout=log, stderr=log)

    def start_watch(self) -> subprocess.Popen[bytes]:
        return self.start("watch", "run", "--segment-s", "3", "--snapshot-s", "1")

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        arguments = [sys.executable, "-m", "safeconduct.cli", *command]
        return subprocess.run(arguments, env=environment(self.path), capture_output=True, text=True, check=False)

    def call(self, code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a piece of Python with the node's path and `arguments` in a process of its own."""
        command = [sys.executable, "-c", code, str(self.path), *arguments]
        return subprocess.run(command, env=environment(self.path), capture_output=True, text=True, check=False)

    def post(self, body: bytes, key: str) -> int:
        """Send a batch once; the status, or 0 where nobody answered."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": key}
            connection.request("POST", "/observations", body, headers)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()

    def send(self, rows: list[dict[str, Any]], key: str, within_s: float = 60) -> None:
        """Send a batch as a camera gateway does: again and again until it is acknowledged."""
        body = b"\n".join(orjson.dumps(row) for row in rows)
        end = time.monotonic() + within_s
        while (status := self.post(body, key)) != 200:
            assert status in (0, 429, 503), f"batch {key} answered {status}:\n{self.log()}"
            assert time.monotonic() < end, f"batch {key} not acknowledged within {within_s} s:\n{self.log()}"
            time.sleep(0.1)

    def log(self) -> str:
        return (self.path / "log").read_text()[-4000:] if (self.path / "log").exists() else ""

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Look into the database from outside."""
        connection = sqlite3.connect(f"file:{self.path / 'node.db'}?mode=ro", uri=True, timeout=30)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()


def environment(path: Path) -> dict[str, str]:
    return os.environ | {"SAFECONDUCT_NODE": str(path), "DJANGO_SETTINGS_MODULE": "safeconduct.web.settings"}


def kill(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait(10)


def stop(process: subprocess.Popen[bytes]) -> int:
    """Ask it to stop; its exit code."""
    process.terminate()
    return process.wait(30)
