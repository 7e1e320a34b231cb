"""Ten thousand people are asked by a simulated gateway and counted in a real browser; the node is in processes."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.chromium import chromium, logged_in
from tests.demo_node import free_port, wait_until
from tests.kill.living import environment
from tests.nodes import new_node
from tests.people.gateways import Gateway, call_back, gateway

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.slow, pytest.mark.embedded]

PEOPLE = int(os.environ.get("SAFECONDUCT_HEADS", "10000"))
SECRET = "of the gateway"
PASSWORD = "a long password"
PATIENCE_MS = 180_000
"""What a machine takes that is busy with other tests, too."""


@contextlib.contextmanager
def node(home: Path, url: str) -> Iterator[str]:
    """A node with a roster, its web and its clock; the URL of its pages."""
    port = free_port()
    new_node(home, port=port)
    given = json.dumps({"people": PEOPLE, "zones": 40, "url": url, "secret": SECRET})
    made = [sys.executable, "-m", "tests.kill.counting", str(home), "make", given]
    subprocess.run(made, check=True, env=environment(home))
    log = (home / "log").open("wb")
    web = ["uvicorn", "safeconduct.web.asgi:application", "--port", str(port), "--log-level", "warning"]
    processes = [
        subprocess.Popen([sys.executable, "-m", *one], env=environment(home), stdout=log, stderr=log)
        for one in (web, ["safeconduct.cli", "clock"])
    ]
    pages = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: urllib.request.urlopen(f"{pages}/account/login/", timeout=5).status == 200, 120)
        yield pages
    finally:
        for one in processes:
            one.terminate()
        for one in processes:
            one.wait(60)


def reply_until(stop: threading.Event, pages: str, it: Gateway) -> None:
    """The people: whoever's message came is delivered, and nine in ten of them answer; one in a hundred needs help."""
    done: set[str] = set()
    while not stop.is_set():
        with it.lock:
            fresh = [one for one in it.taken.values() if one["id"] not in done][:200]
        if not fresh:
            time.sleep(0.1)
            continue
        done |= {one["id"] for one in fresh}
        receipts = [{"id": one["id"], "state": "delivered"} for one in fresh]
        call_back(f"{pages}/api/channels/gateway/receipts", SECRET, {"receipts": receipts})
        speaking = [one for one in fresh if int(one["to"][-1])]
        replies = [
            {"from": one["to"], "id": one["id"], "text": "2" if one["to"].endswith("11") else "1"} for one in speaking
        ]
        call_back(f"{pages}/api/channels/gateway/replies", SECRET, {"replies": replies})


def number(page, selector: str) -> int:
    return int(page.locator(selector).first.inner_text().replace(",", ""))


@pytest.mark.timeout(1800)
def test_ten_thousand_are_asked_and_counted(tmp_path):
    with gateway() as it, node(tmp_path / "node", it.url) as pages, chromium() as browser:
        partner = logged_in(browser, pages, "liaison", PASSWORD)
        partner.set_default_timeout(PATIENCE_MS)
        partner.goto(f"{pages}/headcounts/")
        partner.fill("textarea[name=reason]", "Smoke at the depot.")
        began = time.monotonic()
        partner.click("text=Ask them")
        partner.wait_for_selector("#unaccounted")
        print(f"started in {time.monotonic() - began:.1f} s")
        assert number(partner, "#unaccounted") > PEOPLE * 0.9
        where = partner.url
        host = logged_in(browser, pages, "commander", PASSWORD)
        host.set_default_timeout(PATIENCE_MS)
        host.goto(where)
        assert "Smoke" not in host.content() and "Person " not in host.content()
        stop = threading.Event()
        people = threading.Thread(target=reply_until, args=(stop, pages, it))
        people.start()
        try:
            left = PEOPLE // 10
            wait_until(lambda: number(partner, "#unaccounted") <= PEOPLE // 2, 900)
            print(f"half are accounted for after {time.monotonic() - began:.0f} s")
            wait_until(lambda: number(partner, "#unaccounted") <= left, 900)
            print(f"nine in ten are accounted for after {time.monotonic() - began:.0f} s")
        finally:
            stop.set()
            people.join()
        assert len(it.taken) == PEOPLE and max(it.arrivals.values()) == 1
        wait_until(lambda: number(host, "#unaccounted") == number(partner, "#unaccounted") == left, 30)
        assert number(partner, "#need-help") == number(host, "#need-help") == PEOPLE // 100
        partner.goto(f"{where}?show=waiting")
        assert partner.locator("table.people tbody tr").count() == 50
        partner.locator("button[name=one][value$=' safe']").first.click()
        wait_until(lambda: number(partner, "#unaccounted") == left - 1, 30)
        wait_until(lambda: number(host, "#unaccounted") == left - 1, 30)
        assert partner.complaints == [] and host.complaints == []
