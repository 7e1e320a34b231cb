"""The case, played by two people in two browsers side by side: the alert, the gate, the refusal, the hold, the lift."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from playwright.sync_api import Page, expect
from tests.chromium import chromium, logged_in
from tests.demo_node import running_demo

from safeconduct.demo.story import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.embedded]

SPEED = 30
WITHIN_MS = 90_000
WITHHELD = ("tracks", "sensors", "explanation", "assessment", "unseen_s")


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    with running_demo(tmp_path_factory.mktemp("case") / "node", SPEED) as running:
        yield running


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


def never_reloaded(page: Page) -> None:
    """Mark the page's document: a reload would lose the mark."""
    page.evaluate("() => { window.stillHere = true }")


def assert_not_reloaded(page: Page) -> None:
    assert page.evaluate("() => window.stillHere === true"), "the page was reloaded"


def test_the_case(demo, browser):
    duty = logged_in(browser, demo.url, "duty", PASSWORD)
    liaison = logged_in(browser, demo.url, "liaison", PASSWORD, locale="en-GB")
    for page in (duty, liaison):
        page.goto(demo.url)
        never_reloaded(page)

    # The alert comes up by itself on both open pages, and the convoy's gate shuts.
    for page in (duty, liaison):
        expect(page.locator("#queue li.alert, #queue li.critical").first).to_be_visible(timeout=WITHIN_MS)
        expect(page.locator("#due")).to_contain_text("Gate closed", timeout=WITHIN_MS)
        assert_not_reloaded(page)
    alert = duty.locator("#queue li[data-alert]").first.get_attribute("data-alert")

    released_less(demo, duty, liaison, alert)
    refused_with_the_article(demo, liaison, alert)
    assessed(demo, duty, liaison, alert)
    held_and_lifted(demo, duty, liaison)

    for page in (duty, liaison):
        refused = "Response Status Error Code 403"  # the order that the partner tried
        assert [text for text in page.complaints if refused not in text and "status of 403" not in text] == []
    verified = subprocess.run(
        [sys.executable, "-m", "safeconduct.cli", "record", "verify", "--node", str(demo.home)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert verified.returncode == 0, verified.stdout + verified.stderr


def released_less(demo, duty: Page, liaison: Page, alert: str) -> None:
    """The partner's page, API and stream lack what its class does not release."""
    whole = duty.request.get(f"{demo.url}/api/alerts/{alert}").json()
    part = liaison.request.get(f"{demo.url}/api/alerts/{alert}").json()
    assert set(WITHHELD) <= set(whole)
    assert not set(WITHHELD) & set(part)
    liaison.goto(f"{demo.url}/alerts/{alert}/")
    text = liaison.content()
    assert not any(track in text for track in whole["tracks"])
    assert not any(sensor in text for sensor in whole["sensors"])
    assert liaison.request.get(f"{demo.url}/alerts/{alert}/replay.json").status == 404
    heard = liaison.evaluate(
        """() => new Promise((resolve) => {
            const heard = [];
            const source = new EventSource("/live/stream");
            source.onmessage = (event) => heard.push(event.data);
            setTimeout(() => { source.close(); resolve(heard); }, 3000);
        })"""
    )
    assert heard, "the live positions alone say something each second"
    assert not any(word in told for told in heard for word in (*whole["tracks"], *whole["sensors"]))


def refused_with_the_article(demo, liaison: Page, alert: str) -> None:
    """The partner tries to order a measure, on the page and by the API."""
    liaison.goto(f"{demo.url}/alerts/{alert}/")
    liaison.locator("#new-measure summary").click()
    form = liaison.locator("#new-measure form")
    form.locator("[name=text]").fill("Search that car.")
    form.locator("[name=unit]").fill("Patrol 2")
    form.locator("button[value=order]").click()
    expect(liaison.locator("#toasts")).to_contain_text(re.compile(r"4\.\d"), timeout=WITHIN_MS)
    token = liaison.evaluate("() => document.cookie.match(/csrftoken=([^;]+)/)?.[1] ?? ''")
    answer = liaison.request.post(
        f"{demo.url}/api/measures/order",
        data={"site": "marjan", "kind": "search", "text": "Search that car.", "unit": "Patrol 2"},
        headers={"X-CSRFToken": token, "Referer": demo.url},
    )
    problem = answer.json()
    assert (answer.status, problem["act"], problem["article"].split(".")[0]) == (403, "measure.order", "4")


def assessed(demo, duty: Page, liaison: Page, alert: str) -> None:
    duty.goto(f"{demo.url}/alerts/{alert}/")
    duty.get_by_role("button", name=re.compile("Acknowledge")).click()
    expect(duty.locator("#state")).to_contain_text("Acknowledged", timeout=WITHIN_MS)
    duty.locator("#disposition-suspicious").check()
    duty.locator("#assessment").fill("Nobody at the wheel.")
    duty.get_by_role("button", name="Assess", exact=True).click()
    expect(duty.locator("#state")).to_contain_text("Assessed", timeout=WITHIN_MS)
    liaison.goto(f"{demo.url}/alerts/{alert}/")
    expect(liaison.locator("#live")).to_contain_text("Suspicious", timeout=WITHIN_MS)
    assert "Nobody at the wheel." not in liaison.content()


def held_and_lifted(demo, duty: Page, liaison: Page) -> None:
    movement = duty.request.get(f"{demo.url}/api/movements").json()["items"][0]["id"]
    for page in (duty, liaison):
        page.goto(f"{demo.url}/movements/{movement}/")
        never_reloaded(page)
        expect(page.locator("li[data-condition=no_alarm]")).to_contain_text("Does not hold")
    expect(duty.locator("#proposal")).to_contain_text("proposes a hold")

    duty.get_by_role("button", name="Hold as proposed").click()
    for page in (duty, liaison):
        expect(page.locator(".page-head")).to_contain_text("Held", timeout=WITHIN_MS)
        expect(page.locator("li[data-condition=keys]")).to_contain_text("Does not hold", timeout=WITHIN_MS)

    duty.locator("#lift-reason").fill("The car was searched and towed.")
    duty.get_by_role("button", name="Lift the hold").click()
    for page in (duty, liaison):
        expect(page.locator(".page-head")).to_contain_text("Cleared", timeout=WITHIN_MS)
        expect(page.locator("#live")).to_contain_text("The car was searched and towed.", timeout=WITHIN_MS)
        assert_not_reloaded(page)
