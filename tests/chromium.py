"""Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]

AXE = (Path(__file__).parent / "web/vendor/axe-core/axe.min.js").read_text(encoding="utf-8")
"""The rules of accessibility; a page that evaluates it can answer VIOLATIONS."""
VIOLATIONS = "async () => (await axe.run()).violations.map(one => [one.id, one.impact, one.nodes[0].html])"
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
"""By how many pixels a page is wider than its window."""


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium")
    assert path, "Debian's chromium is missing: `make setup-test` installs it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


def logged_in(browser: Browser, url: str, user: str, password: str, then: str = "/", **options: object) -> Page:
    """A page of a fresh browser context, logged in, at `then`; `complaints` of it collects what its console says."""
    page = browser.new_context(**({"locale": "en-GB"} | options)).new_page()
    page.complaints = []
    page.on("console", lambda message: message.type == "error" and page.complaints.append(message.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.goto(f"{url}/account/login/?next={then}")
    page.fill("input[name=login]", user)
    page.fill("input[name=password]", password)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda now: "/login/" not in now)
    return page
