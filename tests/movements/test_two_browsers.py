"""Duty officer and liaison officer side by side in real browsers: each sees at once what the other does."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.chromium import chromium, logged_in
from tests.movements.case_node import PASSWORD
from tests.movements.served import made, served

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """(address, ids, duty officer's page, liaison officer's page)"""
    node = tmp_path_factory.mktemp("two") / "node"
    ids = json.loads(made("tests.movements.case_node", node))
    with served(node) as address, chromium() as browser:
        duty, liaison = (logged_in(browser, address, user, PASSWORD) for user in ("duty", "liaison"))
        yield address, ids, duty, liaison


def both_open(two: Any, path: str) -> tuple[Any, Any]:
    address, ids, duty, liaison = two
    for page in (duty, liaison):
        page.goto(address + path.format(**ids))
        page.wait_for_selector("#live-state[data-state=live]")
    return duty, liaison


def test_a_proposed_hold_is_accepted_and_seen_while_the_other_types(two):
    duty, liaison = both_open(two, "/movements/{movement}/")
    liaison.fill("#hold-reason", "half a reas")
    duty.click("text=Hold as proposed")
    liaison.wait_for_selector("#live >> text=As the watch proposed")
    assert liaison.input_value("#hold-reason") == "half a reas"
    assert liaison.evaluate("document.activeElement.id") == "hold-reason"
    assert "Gate shut" in liaison.inner_text("#announce")
    assert duty.locator("text=Hold as proposed").count() == 0


def test_what_is_wrong_stands_where_it_was_typed_and_the_lift_is_seen(two):
    duty, liaison = both_open(two, "/movements/{movement}/")
    duty.fill("#lift-reason", "   ")
    duty.click("text=Lift the hold")
    duty.wait_for_selector("#live >> text=Give a reason")
    duty.fill("#lift-reason", "a broken axle")
    duty.click("text=Lift the hold")
    liaison.wait_for_selector("#live >> text=a broken axle")


def test_the_partners_order_is_refused_with_the_article_and_its_request_arrives(two):
    duty, liaison = both_open(two, "/alerts/{alert}/")
    liaison.click("text=Another measure")
    liaison.fill("#measures textarea", "Please look at the grey car")
    liaison.click("text=Order it")
    liaison.wait_for_selector("#toasts >> text=Article 4.4")
    liaison.click("#toasts [data-close]")
    liaison.click("text=Ask the host for it")
    duty.wait_for_selector("#measures >> text=Please look at the grey car")


def test_an_acknowledgement_is_seen_and_takes_neither_map_nor_text_away(two):
    duty, liaison = both_open(two, "/alerts/{alert}/")
    duty.wait_for_selector("#inset canvas")
    duty.fill("#assessment", "a grey car")
    duty.click("text=Acknowledge: I deal with it")
    liaison.wait_for_selector("#live >> text=A person acknowledged it")
    duty.wait_for_selector("#live >> text=A person acknowledged it")
    assert duty.input_value("#assessment") == "a grey car"
    assert duty.locator("#inset canvas").count() == 1


def test_no_script_failed_and_nothing_was_blocked_on_these_pages(two):
    _address, _ids, duty, liaison = two
    answers = ("Failed to load resource", "Response Status Error Code")  # the 403 and the 422 that were asked for
    complaints = [one for page in (duty, liaison) for one in page.complaints if not one.startswith(answers)]
    assert complaints == []


@pytest.mark.parametrize("path", ["/movements/", "/movements/{movement}/", "/alerts/{alert}/", "/measures/"])
@pytest.mark.parametrize("language", ["en", "ur"])
def test_nothing_is_wider_than_a_cheap_phone(two, path, language):
    address, ids, duty, _liaison = two
    context = duty.context
    context.add_cookies([{"name": "django_language", "value": language, "url": address}])
    page = context.new_page()
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(address + path.format(**ids))
    page.wait_for_timeout(500)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.close()
    context.add_cookies([{"name": "django_language", "value": "en", "url": address}])
