"""Every page of people, sites and movements stands up to axe's rules and fits a cheap phone, in either direction."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.browser.pages_node import PASSWORD
from tests.chromium import AXE, OVERFLOW, VIOLATIONS, chromium, logged_in
from tests.movements.served import made, served

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PATIENCE_MS = 120_000
PAGES = {
    "manager": (
        "/people/",
        "/people/persons/",
        "/people/persons/register",
        "/people/persons/{person}/",
        "/people/zones/",
        "/people/due/",
        "/people/rosters/",
        "/people/owners/{owner}/phones/",
        "/movements/plan/",
        "/movements/{cleared}/",
        "/movements/{cleared}/amend",
        "/movements/{cleared}/looks/",
        "/movements/{heron}/live/",
        "/movements/calendars/",
        "/movements/templates/",
    ),
    "liaison": (
        "/obligations/",
        "/people/whereabouts/?site=marjan",
        "/people/calls/",
        "/headcounts/",
        "/headcounts/{headcount}/",
        "/headcounts/{headcount}/?show=waiting",
        "/headcounts/{past_headcount}/",
    ),
    "duty": (
        "/obligations/",
        "/headcounts/{headcount}/",
        "/people/calls/",
        "/movements/",
        "/movements/{held}/",
        "/movements/board/",
        "/movements/{ibis}/live/",
        "/movements/{heron}/card/",
    ),
    "commander": (
        "/sites/standards/{standard}",
        "/sites/marjan/controls",
        "/movements/rules/",
        "/movements/{requested}/",
    ),
    "head": ("/people/reading/",),
    "": ("/me/join/", "/a/{link}", "/a/{late_link}"),
}
"""By who looks at them; nobody who is logged in looks at the last. Other tests have the rest of the sites' pages."""


@pytest.fixture(scope="module")
def node(tmp_path_factory) -> Iterator[tuple[str, dict[str, str], Any]]:
    """(address, ids, browser)"""
    path = tmp_path_factory.mktemp("pages") / "node"
    ids = json.loads(made("tests.browser.pages_node", path))
    with served(path) as address, chromium() as browser:
        yield address, ids, browser


@pytest.mark.parametrize("user", PAGES)
def test_every_page_is_for_everyone_and_fits_a_phone_in_urdu(node, user):
    address, ids, browser = node
    phone = {"viewport": {"width": 360, "height": 740}, "bypass_csp": True}
    page = (
        logged_in(browser, address, user, PASSWORD, **phone)
        if user
        else browser.new_context(locale="en-GB", **phone).new_page()
    )
    page.set_default_timeout(PATIENCE_MS)
    for language, scheme in (("ur", "dark"), ("en", "light")):
        page.context.add_cookies([{"name": "django_language", "value": language, "url": address}])
        page.emulate_media(color_scheme=scheme)
        for path in PAGES[user]:
            answer = page.goto(address + path.format(**ids))
            assert answer and answer.status == 200, path
            page.evaluate(AXE)
            assert page.evaluate(VIOLATIONS) == [], (path, language)
            assert page.evaluate(OVERFLOW) <= 0, (path, language)
    page.context.close()


def test_the_room_of_a_page_is_marked_and_in_sight_on_a_phone(node):
    address, ids, browser = node
    page = logged_in(browser, address, "liaison", PASSWORD, viewport={"width": 360, "height": 740})
    page.set_default_timeout(PATIENCE_MS)
    for path in ("/people/", "/headcounts/", "/headcounts/{headcount}/", "/people/calls/"):
        page.goto(address + path.format(**ids))
        current = page.locator(".nav [aria-current]")
        assert current.get_attribute("href") == "/people/", path
        box = current.bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= 360, path
    page.context.close()
