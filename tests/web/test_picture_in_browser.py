"""The picture in a real browser: it follows the stream, says when it cannot, and anyone can use it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.chromium import AXE, OVERFLOW, VIOLATIONS, chromium, logged_in
from tests.demo_node import free_port, wait_until
from tests.movements.case_node import PASSWORD
from tests.movements.served import ROOT, made, served

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PATHS = ["/", "/alerts/", "/patterns/", "/account/second-factor/", "/account/password/"]
IS_DRAWN = "() => document.body.dataset.map === 'ready'"


@contextlib.contextmanager
def web_process(path: Path, port: int) -> Iterator[str]:
    """The web process of a node on a port of one's choice, killed at the end."""
    command = [sys.executable, "-m", "uvicorn", "safeconduct.web.asgi:application", "--port", str(port)]
    environment = os.environ | {"SAFECONDUCT_NODE": str(path)}
    process = subprocess.Popen([*command, "--log-level", "warning"], cwd=ROOT, env=environment)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: urllib.request.urlopen(f"{address}/healthz", timeout=5).status == 200)
        yield address
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    path = tmp_path_factory.mktemp("picture") / "node"
    made("tests.web.picture_node", path)
    with served(path) as address:
        yield path, address


@pytest.fixture(scope="module")
def browser():
    with chromium() as one:
        yield one


@pytest.fixture
def duty(browser, node) -> Any:
    page = logged_in(browser, node[1], "duty", PASSWORD, viewport={"width": 1280, "height": 800})
    page.wait_for_function(IS_DRAWN)
    page.wait_for_selector("#live-state[data-state=live]")
    yield page
    page.context.close()


def raise_one(path: Path) -> str:
    environment = os.environ | {"SAFECONDUCT_NODE": str(path), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.web.picture_node", str(path), "raise"]
    return subprocess.run(
        command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True
    ).stdout.strip()


def test_an_alarm_comes_up_by_itself_flashed_and_said(duty, node):
    alert = raise_one(node[0])
    duty.wait_for_selector(f"#alert-{alert}.fresh")
    assert "New alarm: Critical" in duty.inner_text("#announce")
    duty.click(f"#show-{alert}")
    duty.wait_for_function("() => document.querySelector('#selected').textContent.includes('Critical')")
    assert duty.complaints == []


def test_the_keyboard_alone_acknowledges_and_keeps_its_place(duty, node):
    alert = raise_one(node[0])
    duty.wait_for_selector(f"#take-{alert}")
    duty.focus(f"#take-{alert}")
    duty.keyboard.press("Enter")
    duty.wait_for_selector(f"#take-{alert}", state="detached")
    duty.wait_for_function(f"() => document.activeElement.id === 'open-{alert}'", timeout=3000)


def test_a_lost_stream_is_said_and_what_was_missed_is_fetched(browser, node):
    path, port = node[0], free_port()
    with web_process(path, port) as address:
        page = logged_in(browser, address, "duty", PASSWORD)
        page.wait_for_selector("#live-state[data-state=live]")
    page.wait_for_selector("#stream-lost:visible")
    assert page.get_attribute("#live-state", "data-state") == "lost"
    alert = raise_one(path)
    with web_process(path, port):
        page.wait_for_selector(f"#alert-{alert}", timeout=30_000)
        page.wait_for_selector("#stream-lost", state="hidden")
        page.context.close()


def test_the_table_says_what_the_map_draws(duty):
    duty.click("#map-table")
    duty.wait_for_selector("#map-words >> text=Not seen now")
    assert duty.evaluate("document.activeElement.id") == "map-words"


@pytest.mark.parametrize(
    ("language", "width", "scheme"),
    [("en", 1280, "light"), ("en", 1280, "dark"), ("ur", 360, "light"), ("zh-hans", 360, "dark")],
)
def test_nothing_is_out_of_reach_or_out_of_the_page(browser, node, language, width, scheme):
    options = {"viewport": {"width": width, "height": 800}, "color_scheme": scheme, "bypass_csp": True}
    page = logged_in(browser, node[1], "duty", PASSWORD, **options)
    page.context.add_cookies([{"name": "django_language", "value": language, "url": node[1]}])
    for path in PATHS:
        page.goto(node[1] + path)
        if path == "/":
            page.wait_for_function(IS_DRAWN)
            page.click("#map-table")
            page.wait_for_selector("#map-words table")
        assert page.evaluate(OVERFLOW) <= 0, path
        page.evaluate(AXE)
        assert page.evaluate(VIOLATIONS) == [], path
    page.context.close()


def test_a_strict_policy_is_kept_on_every_page(browser, node):
    page = logged_in(browser, node[1], "duty", PASSWORD)
    for path in PATHS:
        page.goto(node[1] + path)
        page.wait_for_selector("#live-state[data-state=live]")
    assert page.complaints == []
    page.context.close()
