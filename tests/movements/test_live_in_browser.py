"""Movements on their way in real browsers: an offer is refused and then accepted, each side seeing it at once; every
page fits a phone and stands up to axe's rules."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.chromium import AXE, VIOLATIONS, chromium, logged_in
from tests.movements.live_node import PASSWORD
from tests.movements.served import made, served

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def posts(tmp_path_factory):
    """(address, ids, gate post's page, duty officer's page)"""
    node = tmp_path_factory.mktemp("posts") / "node"
    ids = json.loads(made("tests.movements.live_node", node))
    with served(node) as address, chromium() as browser:
        gate, duty = (logged_in(browser, address, user, PASSWORD) for user in ("gatepost", "duty"))
        yield address, ids, gate, duty


def open_live(page: Any, address: str, ref: str) -> None:
    page.goto(f"{address}/movements/{ref}/live/")
    page.wait_for_selector("#live-state[data-state=live]")


def test_a_hand_over_is_refused_and_then_accepted_in_two_browsers(posts):
    address, ids, gate, duty = posts
    for page in (gate, duty):
        open_live(page, address, ids["bittern"])
    duty.fill(f"#refuse-{ids['offer']}", "Our gate is shut")
    duty.click("text=Refuse it")
    gate.wait_for_selector("#way >> text=Our gate is shut")
    assert "Compound" in gate.inner_text("section[aria-labelledby=planned] .facts")
    gate.click("text=Offer it to the next post")
    gate.select_option("#next-post", "marjan/gate East")
    gate.click("#offer button")
    duty.wait_for_selector("#way button:has-text('Accept it')")
    assert gate.locator("button:has-text('Accept it')").count() == 0, "whoever offered it does not accept it"
    duty.click("button:has-text('Accept it')")
    gate.wait_for_selector("section[aria-labelledby=planned] .facts >> text=gate East")


def test_the_board_has_the_most_urgent_first_and_changes_by_itself(posts):
    address, ids, gate, duty = posts
    duty.goto(f"{address}/movements/board/")
    duty.wait_for_selector("#live-state[data-state=live]")
    names = duty.locator(".board tbody td:first-child a").all_inner_texts()
    assert names[:3] == ["Convoy Heron", "Convoy Ibis", "Convoy Egret"]
    open_live(gate, address, ids["ibis"])
    gate.fill("#where", "On the bend")
    gate.click("text=Enter that it was seen")
    duty.locator(f"#row-{ids['ibis']} .chip.strong").wait_for(state="detached")


def test_whoever_stands_at_the_gate_sees_no_duress_and_no_positions(posts):
    address, ids, gate, _duty = posts
    open_live(gate, address, ids["heron"])
    assert "Duress" not in gate.inner_text("#way")
    assert gate.locator("svg.track").count() == 0


@pytest.mark.parametrize("path", ["/movements/board/", "/movements/{ibis}/live/", "/movements/drive/"])
@pytest.mark.parametrize("language", ["en", "ur"])
def test_nothing_is_wider_than_a_cheap_phone(posts, path, language):
    address, ids, _gate, duty = posts
    duty.context.add_cookies([{"name": "django_language", "value": language, "url": address}])
    page = duty.context.new_page()
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(address + path.format(**ids))
    page.wait_for_timeout(500)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.close()
    duty.context.add_cookies([{"name": "django_language", "value": "en", "url": address}])


@pytest.mark.parametrize("path", ["/movements/board/", "/movements/{ibis}/live/", "/movements/{stork}/live/"])
def test_axe_finds_nothing_serious(posts, path):
    address, ids, _gate, duty = posts
    page = duty.context.new_page()
    page.goto(address + path.format(**ids))
    page.wait_for_timeout(500)
    page.evaluate(AXE)
    found = page.evaluate(VIOLATIONS)
    page.close()
    assert [one for one in found if one[1] in ("serious", "critical")] == []


def test_no_script_failed_and_nothing_was_blocked_on_these_pages(posts):
    _address, _ids, gate, duty = posts
    assert [*gate.complaints, *duty.complaints] == []
