"""The web process of a node that a script made, without its watch and clock: nothing happens but what people do."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from tests.demo_node import free_port, wait_until

ROOT = Path(__file__).parent.parent.parent


def made(script: str, node: Path) -> str:
    """Run the module `script` with `node` as its argument, to make a node there; what it prints."""
    command = [sys.executable, "-m", script, str(node)]
    return subprocess.run(
        command, cwd=ROOT, env=_environment(node), check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def _environment(node: Path) -> dict[str, str]:
    rest = {key: value for key, value in os.environ.items() if not key.startswith(("SAFECONDUCT", "DJANGO"))}
    return {**rest, "SAFECONDUCT_NODE": str(node), "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "src")))}


@contextlib.contextmanager
def served(node: Path) -> Iterator[str]:
    """The address of its pages, until the block ends."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "safeconduct.web.asgi:application", "--port", str(port)]
    process = subprocess.Popen([*command, "--log-level", "warning"], cwd=ROOT, env=_environment(node))
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: urllib.request.urlopen(f"{address}/account/login/", timeout=5).status == 200)
        yield address
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()  # streams that are open may keep it


@contextlib.contextmanager
def clocked(node: Path) -> Iterator[None]:
    """The clock process of a node, until the block ends: what has a term, and what one room makes of another's word."""
    command = [sys.executable, "-m", "safeconduct.cli", "clock"]
    process = subprocess.Popen(command, cwd=ROOT, env=_environment(node), stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(60)
