"""A real node behind uvicorn and a real Chromium in front of it, for tests marked `browser`."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
SWITCHES = [
    "--no-sandbox",
    "--headless=new",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def made(script: str, node: Path) -> str:
    """Run the module `script` with `node` as its argument, to make a node there; what it prints."""
    command = [sys.executable, "-m", script, str(node)]
    return subprocess.run(command, cwd=ROOT, env=_environment(node), check=True, capture_output=True, text=True).stdout


def _environment(node: Path) -> dict[str, str]:
    source = os.pathsep.join([str(ROOT), str(ROOT / "src")])
    return {**os.environ, "SAFECONDUCT_NODE": str(node), "PYTHONPATH": source}


@contextmanager
def served(node: Path) -> Iterator[str]:
    """The web process of `node`, without watch and clock; its address."""
    port = _free_port()
    command = [sys.executable, "-m", "uvicorn", "safeconduct.web.asgi:application", "--port", str(port)]
    process = subprocess.Popen([*command, "--log-level", "warning"], cwd=ROOT, env=_environment(node))
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(f"{address}/account/login/", process)
        yield address
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()  # streams that are open may keep it


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise RuntimeError(f"the web process ended with {process.returncode}")
        try:
            urllib.request.urlopen(address, timeout=5).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"nothing answers at {address}")


@contextmanager
def chromium() -> Iterator[Any]:
    """Debian's Chromium, or the test is skipped where there is none."""
    found = shutil.which("chromium")
    if not found:
        pytest.skip("no chromium on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=SWITCHES)
        yield browser
        browser.close()


def log_in(browser: Any, address: str, user: str, password: str) -> Any:
    """A page of a browser of its own, logged in as `user`, that keeps what went wrong in `page.wrong`."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.set_default_timeout(15_000)
    page.wrong = []
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    page.goto(f"{address}/account/login/")
    page.fill("input[name=login]", user)
    page.fill("input[name=password]", password)
    page.click("main button[type=submit], main form button")
    page.wait_for_url(f"{address}/")
    return page


def goes_live(page: Any) -> None:
    """Wait until the page's stream is open."""
    page.wait_for_selector("#live-state[data-state=live]")
