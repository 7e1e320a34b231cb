"""Minimum standards in a real browser: a round on a phone, and pages that everyone can use."""

from __future__ import annotations

import io
import json

import pytest
from PIL import Image
from playwright.sync_api import expect
from tests.chromium import AXE, OVERFLOW, VIOLATIONS, chromium, logged_in
from tests.movements.case_node import PASSWORD
from tests.movements.served import made, served

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PHONE = {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    path = tmp_path_factory.mktemp("standards") / "node"
    ids = json.loads(made("tests.sites.standards_node", path))
    with served(path) as address:
        yield address, ids


@pytest.fixture(scope="module")
def browser():
    with chromium() as one:
        yield one


def photo() -> dict:
    written = io.BytesIO()
    Image.new("RGB", (640, 480), "gray").save(written, "JPEG")
    return {"name": "fence.jpg", "mimeType": "image/jpeg", "buffer": written.getvalue()}


def test_a_round_is_carried_out_on_a_phone_and_signed_by_another(browser, node):
    address, ids = node
    page = logged_in(browser, address, "duty", PASSWORD, viewport=PHONE)
    page.goto(f"{address}/sites/inspections/{ids['round']}")
    item = page.locator(".item").filter(has_text="PR-04")
    item.locator("[name=result][value=partial]").check()
    item.locator("textarea").fill("The door does not close.")
    item.get_by_role("button", name="Enter").click()
    expect(item.locator("header .chip")).to_have_text("Met in part")
    item.locator("[name=photo]").set_input_files(photo())
    item.get_by_role("button", name="Add the photo").click()
    expect(item.locator("img")).to_have_js_property("complete", True)
    assert item.locator("img").evaluate("one => one.naturalWidth") == 640
    page.reload()
    page.get_by_role("button", name="Hand it over to be signed").click()
    expect(page.locator(".page-head .chip")).to_have_text("To be signed")
    assert page.get_by_role("button", name="Sign").count() == 0
    assert page.complaints == []
    other = logged_in(browser, address, "commander", PASSWORD, viewport=PHONE)
    other.goto(f"{address}/sites/inspections/{ids['round']}")
    other.get_by_role("button", name="Sign: the findings count from now on").click()
    expect(other.locator(".page-head .chip")).to_have_text("Signed")
    for one in (page, other):
        one.context.close()


@pytest.mark.parametrize(
    ("language", "scheme", "width"), [("en", "light", 1280), ("ur", "dark", 360), ("zh-hans", "light", 360)]
)
def test_anyone_can_use_the_pages(browser, node, language, scheme, width):
    address, ids = node
    options = {"color_scheme": scheme, "viewport": {"width": width, "height": 800}, "bypass_csp": True}
    page = logged_in(browser, address, "commander", PASSWORD, **options)
    page.context.add_cookies([{"name": "django_language", "value": language, "url": address}])
    for path in (
        "/",
        "/sites/",
        "/sites/compliance",
        "/sites/gaps",
        "/sites/marjan/controls",
        f"/sites/controls/{ids['control']}",
        "/sites/standards",
        "/sites/inspections",
        f"/sites/inspections/{ids['round']}",
        "/measures/cordons/",
        "/measures/cordons/new/?site=marjan&lon=75.004&lat=-5.001&container=van",
        f"/measures/cordons/{ids['cordon']}/",
    ):
        page.goto(f"{address}{path}")
        if "cordons/" in path and path != "/measures/cordons/":
            page.wait_for_selector("#map[data-ready]")
        page.evaluate(AXE)
        assert page.evaluate(VIOLATIONS) == [], path
        assert page.evaluate(OVERFLOW) <= 0, path
    page.context.close()
