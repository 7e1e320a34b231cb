"""Incidents in a real browser: what one party writes the other sees without loading, and pages for everyone."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect
from tests.chromium import AXE, OVERFLOW, VIOLATIONS, chromium, logged_in
from tests.movements.case_node import PASSWORD
from tests.movements.served import made, served

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PHONE = {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    path = tmp_path_factory.mktemp("incidents") / "node"
    ids = json.loads(made("tests.incidents.incidents_node", path))
    with served(path) as address:
        yield address, ids


@pytest.fixture(scope="module")
def browser():
    with chromium() as one:
        yield one


def test_what_one_party_writes_appears_before_the_other(browser, node):
    address, ids = node
    where = f"/incidents/{ids['incident']}/"
    liaison = logged_in(browser, address, "liaison", PASSWORD, where)
    expect(liaison.locator("#live-state")).to_have_attribute("data-state", "live")
    liaison.locator("#write-text").fill("Half a sentence")
    duty = logged_in(browser, address, "duty", PASSWORD, where)
    duty.locator("#write-text").fill("The road is closed.")
    duty.get_by_role("button", name="Write it down").first.click()
    expect(liaison.locator("#log-card")).to_contain_text("The road is closed.")
    assert liaison.locator("#write-text").input_value() == "Half a sentence"
    expect(duty.locator("#log-card")).not_to_contain_text("The embassy is told.")
    assert liaison.complaints == duty.complaints == []


@pytest.mark.parametrize("look", [{}, {"viewport": PHONE}, {"viewport": PHONE, "locale": "ur"}], ids=str)
def test_pages_are_for_everyone(browser, node, look):
    address, ids = node
    page = logged_in(browser, address, "commander", PASSWORD, "/incidents/", **look, bypass_csp=True)
    for path in ("", "new/", f"{ids['incident']}/", f"{ids['incident']}/sitrep/"):
        page.goto(f"{address}/incidents/{path}")
        assert page.evaluate(OVERFLOW) <= 0, path
        page.evaluate(AXE)
        assert [one for one in page.evaluate(VIOLATIONS) if one[1] in ("serious", "critical")] == [], path
