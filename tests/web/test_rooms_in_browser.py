"""Sites, accord, record and people in a real browser, under the real content security policy."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import expect
from tests.chromium import AXE, OVERFLOW, VIOLATIONS, chromium, logged_in
from tests.movements.case_node import PASSWORD
from tests.movements.served import made, served

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PATHS = [
    "/accord/",
    "/accord/matrix",
    "/accord/matrix?who=host/host.commander",
    "/accord/why?act=measure.order",
    "/record/",
    "/record/3/",
    "/sites/",
    "/check/",
    "/sites/marjan/",
    "/sites/marjan/place",
    "/sites/marjan/place?name=taxi%20rank",
    "/sites/marjan/calibration?name=camera%2001",
    "/expected/",
    "/feeds/",
    "/feeds/open/",
    "/feeds/open/?kind=frigate",
    "/people/",
]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    path = tmp_path_factory.mktemp("rooms") / "node"
    made("tests.web.picture_node", path)
    with served(path) as one:
        yield one


@pytest.fixture(scope="module")
def browser():
    with chromium() as one:
        yield one


@pytest.fixture
def commander(browser, address) -> Any:
    page = logged_in(browser, address, "commander", PASSWORD, viewport={"width": 1280, "height": 900})
    yield page
    assert page.complaints == []
    page.context.close()


def test_the_record_verifies_in_the_page_and_is_remembered(commander, address):
    commander.goto(f"{address}/record/3/")
    commander.click("[data-verify] button")
    states = [("signature", "good"), ("entry", "good"), ("inclusion", "good"), ("continuity", "unknown")]
    for check, state in states:
        expect(commander.locator(f"[data-check={check}]")).to_have_attribute("data-state", state)
    commander.goto(f"{address}/record/")
    commander.click("[data-verify] button")
    for check in ("key", "signature", "continuity"):
        expect(commander.locator(f"[data-check={check}]")).to_have_attribute("data-state", "good")
    expect(commander.locator("[data-verify] [data-verdict=good]")).to_be_visible()


def test_a_record_that_was_rolled_back_is_found_out(commander, address):
    commander.goto(f"{address}/record/")
    commander.click("[data-verify] button")
    expect(commander.locator("[data-verify] [data-verdict=good]")).to_be_visible()
    commander.evaluate(
        """() => { const name = Object.keys(localStorage).find(one => one.startsWith("sc-record:"));
        const kept = JSON.parse(localStorage[name]); kept.size += 5; localStorage[name] = JSON.stringify(kept); }"""
    )
    commander.click("[data-verify] button")
    expect(commander.locator("[data-check=continuity]")).to_have_attribute("data-state", "bad")
    expect(commander.locator("[data-verify] [data-verdict=bad]")).to_be_visible()


def test_the_node_verifies_all_with_progress(commander, address):
    commander.goto(f"{address}/record/")
    commander.click("form[data-full-verify] button")
    expect(commander.locator("form[data-full-verify] [data-verdict=good]")).to_be_visible()
    assert int(commander.inner_text("[data-count]")) > 3


def test_a_place_is_drawn_changed_and_saved(commander, address):
    commander.goto(f"{address}/sites/marjan/place")
    commander.wait_for_selector("#map[data-ready]")
    commander.wait_for_timeout(500)
    commander.fill("#id_name", "new bay")
    commander.select_option("#id_role", "exempt")
    box = commander.locator("#map").bounding_box()
    x, y = box["x"] + box["width"] * 0.45, box["y"] + box["height"] * 0.5
    for east, south in ((-60, -40), (60, -40), (60, 40), (-60, 40), (-60, -40)):
        commander.mouse.click(x + east, y + south)
        commander.wait_for_timeout(350)  # two presses faster than that are a double press

    def corner_count() -> int:
        return len(json.loads(commander.input_value("#id_geometry"))["coordinates"][0]) - 1

    assert corner_count() == 4
    before = commander.input_value("#id_geometry")
    drag(commander, (x + 60, y + 40), (x + 90, y + 70))
    assert commander.input_value("#id_geometry") != before
    drag(commander, (x, y - 40), (x, y - 80))
    assert corner_count() == 5
    commander.mouse.dblclick(x, y - 80)
    commander.wait_for_timeout(300)
    assert corner_count() == 4
    commander.check("input[name=kinds][value=car]")
    commander.fill("#id_max_stay_s", "600")
    commander.click("text=Save")
    commander.wait_for_url(re.compile("/sites/marjan/$"))
    expect(commander.get_by_role("table").filter(has_text="new bay").first).to_be_visible()


def drag(page: Any, begin: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*begin)
    page.mouse.down()
    page.mouse.move(*end, steps=6)
    page.mouse.up()
    page.wait_for_timeout(200)


def test_a_place_is_changed_by_keyboard_alone(commander, address):
    commander.goto(f"{address}/sites/marjan/place?name=taxi%20rank")
    commander.wait_for_selector("#map[data-ready]")
    commander.focus("#id_max_stay_s")
    commander.keyboard.press("Control+A")
    commander.keyboard.type("900")
    commander.keyboard.press("Enter")
    commander.wait_for_url(re.compile("/sites/marjan/$"))
    expect(commander.get_by_text("at most 15 min")).to_be_visible()


def test_a_file_is_checked_as_soon_as_it_is_chosen(commander, address):
    broken = {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"name": "x"}}]}
    commander.goto(f"{address}/sites/marjan/")
    file = {"name": "p.geojson", "mimeType": "application/json", "buffer": json.dumps(broken).encode()}
    commander.set_input_files("#import-file", file)
    expect(commander.locator("#preview .faults")).to_contain_text("properties.role")


def test_a_place_that_another_changes_appears_without_reload(commander, address, browser):
    commander.goto(f"{address}/sites/marjan/")
    commander.wait_for_selector("#live-state[data-state=live]")
    other = logged_in(browser, address, "duty", PASSWORD)
    gate = {"type": "Point", "coordinates": [75.0, -5.0]}
    other.goto(f"{address}/sites/marjan/place")
    other.fill("#id_name", "hatch")
    other.select_option("#id_role", "gate")
    other.fill("#id_geometry", json.dumps(gate))
    other.click("text=Save")
    expect(commander.locator("#parts")).to_contain_text("hatch")
    other.context.close()


LOOKS_NORTH = ((100, 700, 0.0, 0.0), (1180, 700, 0.0001, 0.0), (300, 200, 0.0, 0.0004), (900, 200, 0.00011, 0.0004))


def off(page: Any, row: int) -> Any:
    return page.locator("#pairs tr").nth(row).locator(".off")


def test_a_camera_is_calibrated_by_keyboard_alone(commander, address):
    commander.goto(f"{address}/sites/marjan/calibration?name=camera%2003")
    commander.wait_for_selector("#map[data-ready]")
    commander.focus("#width")
    commander.keyboard.type("1280")
    commander.keyboard.press("Tab")
    commander.keyboard.type("720")
    for x, y, east, north in LOOKS_NORTH:
        for number in (x, y, round(75.0062 + east, 6), round(-5 + north, 6)):
            commander.keyboard.press("Tab")
            commander.keyboard.type(str(number))
        commander.keyboard.press("Tab")  # over the button that takes the pair out
    expect(commander.locator("#verdict .note.good")).to_be_visible()
    expect(off(commander, 3)).to_have_text("0.00")
    assert commander.locator("#scene .spot").count() == 4
    commander.focus("#pairs tr:last-child [name=lat]")
    commander.keyboard.press("Enter")  # looks at it again; it does not take out the first pair
    commander.wait_for_selector("#map[data-ready]")
    assert commander.locator("#pairs tr").count() == 4
    commander.locator("button.primary[value=save]").press("Enter")
    commander.wait_for_url(re.compile("/sites/marjan/$"))
    expect(commander.get_by_role("link", name="Calibration camera 03")).to_be_visible()


def test_points_are_set_in_a_still_that_is_never_sent_and_on_the_map(commander, address):
    sent: list[str] = []
    commander.on("request", lambda request: sent.append(request.post_data or ""))
    commander.goto(f"{address}/sites/marjan/calibration?name=camera%2002")
    commander.wait_for_selector("#map[data-ready]")
    still = commander.locator("#scene").screenshot()
    commander.set_input_files("#still", {"name": "still.png", "mimeType": "image/png", "buffer": still})
    expect(commander.locator("#scene image")).to_have_attribute("href", re.compile("^blob:"))
    assert int(commander.input_value("#width")) > 100
    picture, ground = (commander.locator(name).bounding_box() for name in ("#scene", "#map"))
    # What lies higher in the picture lies further off, and is spread wider there.
    for (x, y), (east, north) in zip(
        ((0.2, 0.9), (0.8, 0.9), (0.3, 0.5), (0.7, 0.5)), ((-20, 40), (20, 40), (-45, -60), (45, -60)), strict=True
    ):
        commander.mouse.click(picture["x"] + x * picture["width"], picture["y"] + y * picture["height"])
        commander.mouse.click(ground["x"] + ground["width"] / 2 + east, ground["y"] + ground["height"] / 2 + north)
        commander.wait_for_timeout(400)
    expect(commander.locator("#verdict .note.good")).to_be_visible()
    before = commander.locator("#pairs tr:first-child [name=x]").input_value()
    spot = (picture["x"] + 0.2 * picture["width"], picture["y"] + 0.9 * picture["height"])
    drag(commander, spot, (spot[0] - 30, spot[1]))
    assert float(commander.locator("#pairs tr:first-child [name=x]").input_value()) < float(before)
    assert commander.locator("#pairs tr").count() == 4
    assert not any("PNG" in body or "blob:" in body for body in sent)


def test_a_wrong_pair_is_told_at_once(commander, address):
    commander.goto(f"{address}/sites/marjan/calibration?name=camera%2004")
    commander.wait_for_selector("#map[data-ready]")
    commander.fill("#width", "1280")
    commander.fill("#height", "720")
    for row, (x, y, *_) in enumerate((LOOKS_NORTH[1], LOOKS_NORTH[0], *LOOKS_NORTH[2:])):
        place = (75 + LOOKS_NORTH[row][2], -5 + LOOKS_NORTH[row][3])
        for name, value in zip(("x", "y", "lon", "lat"), (x, y, *place), strict=True):
            commander.locator("#pairs tr").nth(row).locator(f"[name={name}]").fill(str(value))
    expect(commander.locator("#verdict")).to_contain_text("above the horizon")


def test_why_answers_as_one_chooses(commander, address):
    commander.goto(f"{address}/accord/why")
    commander.select_option("#standing", "partner/partner.liaison_officer")
    commander.select_option("#act", "measure.order")
    expect(commander.locator("#answer")).to_contain_text("Article 4.4")


@pytest.mark.parametrize(
    ("language", "scheme", "width"), [("en", "light", 1280), ("ur", "dark", 360), ("zh-hans", "light", 360)]
)
def test_anyone_can_use_the_pages(browser, address, language, scheme, width):
    options = {"color_scheme": scheme, "viewport": {"width": width, "height": 800}, "bypass_csp": True}
    page = logged_in(browser, address, "commander", PASSWORD, **options)
    page.context.add_cookies([{"name": "django_language", "value": language, "url": address}])
    for path in PATHS:
        page.goto(f"{address}{path}")
        if "marjan" in path:
            page.wait_for_selector("#map[data-ready]")
        page.evaluate(AXE)
        assert page.evaluate(VIOLATIONS) == [], path
        assert page.evaluate(OVERFLOW) <= 0, path
    page.context.close()
