"""A flood in a real browser: groups and shelves by the keyboard alone, with and without scripts."""

from __future__ import annotations

import pytest
from tests.chromium import chromium, logged_in
from tests.movements.case_node import PASSWORD
from tests.movements.served import made, served
from tests.web.test_picture_in_browser import AXE, IS_DRAWN, OVERFLOW, VIOLATIONS

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PATHS = ["/", "/alerts/load/", "/alerts/load/?period=week", "/alerts/shelves/"]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    path = tmp_path_factory.mktemp("load") / "node"
    made("tests.web.load_node", path)
    with served(path) as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    with chromium() as one:
        yield one


def duty(browser, address, **options):
    return logged_in(browser, address, "duty", PASSWORD, **({"viewport": {"width": 1280, "height": 900}} | options))


@pytest.mark.parametrize(
    ("language", "width", "scheme"),
    [("en", 1280, "light"), ("en", 1280, "dark"), ("ur", 360, "light"), ("zh-hans", 360, "dark")],
)
def test_nothing_is_out_of_reach_or_out_of_the_page(browser, address, language, width, scheme):
    page = duty(browser, address, viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True)
    page.context.add_cookies([{"name": "django_language", "value": language, "url": address}])
    for path in PATHS:
        page.goto(address + path)
        if path == "/":
            page.wait_for_function(IS_DRAWN)
        page.evaluate(
            "() => document.querySelectorAll('#queue details, #as-table').forEach((one) => (one.open = true))"
        )
        assert page.evaluate(OVERFLOW) <= 0, path
        page.evaluate(AXE)
        assert page.evaluate(VIOLATIONS) == [], path
    page.context.close()


def test_a_strict_policy_is_kept(browser, address):
    page = duty(browser, address)
    for path in PATHS:
        page.goto(address + path)
        page.wait_for_selector("#live-state[data-state=live]")
    assert page.complaints == []
    page.context.close()


def test_a_group_is_opened_shelved_and_taken_off_by_the_keyboard_alone(browser, address):
    page = duty(browser, address)
    page.wait_for_function(IS_DRAWN)
    group = page.locator("li.group", has_text="Circling")
    key = group.get_attribute("data-group")
    page.focus(f"#sum-{key}")
    page.keyboard.press("Enter")
    assert page.locator(f"#fold-{key}").get_attribute("open") is not None
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('[data-alert]') !== null")
    page.focus(f"#shelve-{key}")
    page.keyboard.press("Enter")
    page.wait_for_url("**/alerts/shelves/?**")
    assert page.input_value("#id_kind") == "circling"
    page.focus("#id_reason")
    page.keyboard.type("Known: a driving school.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Known: a driving school.")
    page.goto(address)
    assert page.locator("li.group", has_text="Circling").count() == 0
    page.focus("#shelved-sum")
    page.keyboard.press("Enter")
    assert page.locator("#shelved", has_text="Circling").is_visible()
    page.goto(f"{address}/alerts/shelves/")
    page.locator("tr", has_text="driving school").locator("button").press("Enter")
    page.wait_for_selector("text=Known: a driving school.", state="detached")
    page.goto(address)
    page.wait_for_selector("li.group >> text=Circling")
    assert page.complaints == []
    page.context.close()


def test_without_scripts_the_flood_is_the_same_and_a_group_is_acknowledged(browser, address):
    page = duty(browser, address, java_script_enabled=False)
    page.goto(address)
    assert page.locator("#flood").is_visible()
    group = page.locator("li.group", has_text="Circling")
    group.locator("summary").press("Enter")
    assert group.locator("details [data-alert]").first.is_visible()
    before = int(group.locator(".group-head .figure").inner_text())
    group.locator("button.primary").first.press("Enter")
    page.wait_for_load_state()
    assert page.url == f"{address}/"
    assert page.locator("li.group", has_text="Circling").count() == 0
    assert before == 7
    page.context.close()


def test_a_group_is_acknowledged_by_the_keyboard_and_what_was_open_stays_open(browser, address):
    page = duty(browser, address)
    page.wait_for_function(IS_DRAWN)
    page.wait_for_selector("#live-state[data-state=live]")
    page.locator("#notices > summary").press("Enter")
    group = page.locator("li.group", has_text="Waiting too long").first
    key = group.get_attribute("data-group")
    count = int(group.locator(".group-head .figure").inner_text())
    page.focus(f"#take-{key}")
    page.keyboard.press("Enter")
    left = f"() => document.querySelectorAll('#{key} .group-head .figure')[0]?.textContent !== '{count}'"
    page.wait_for_function(left)
    page.wait_for_function("() => document.activeElement !== document.body")
    assert page.locator("#notices").get_attribute("open") is not None
    assert "Taken on, not yet assessed" in page.inner_text("#queue")
    assert page.complaints == []
    page.context.close()
