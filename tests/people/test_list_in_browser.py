"""The pages of the list in a real browser: axe, the width of a phone, three languages, and a roster tried before it is
taken in."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect
from tests.chromium import AXE, OVERFLOW, VIOLATIONS, chromium, logged_in
from tests.movements.served import made, served
from tests.people.list_node import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PATHS = (
    *("/people/", "/people/persons/", "/people/persons/register", "/people/zones/", "/people/due/"),
    *("/people/rosters/", "/people/persons/{person}/"),
)


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    path = tmp_path_factory.mktemp("list") / "node"
    ids = json.loads(made("tests.people.list_node", path).splitlines()[-1])
    with served(path) as address:
        yield address, ids


@pytest.fixture(scope="module")
def browser():
    with chromium() as one:
        yield one


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_is_wider_than_a_phone(browser, node, scheme):
    address, ids = node
    page = logged_in(browser, address, "manager", PASSWORD, viewport={"width": 360, "height": 740}, color_scheme=scheme)
    for path in PATHS:
        page.goto(address + path.format(**ids))
        page.evaluate(AXE)
        assert [path, *page.evaluate(VIOLATIONS)] == [path]
        assert (path, page.evaluate(OVERFLOW)) == (path, 0)
    assert page.complaints == []


@pytest.mark.parametrize(("locale", "word"), [("ur", "کون کون ہے"), ("zh-CN", "人员名单")])
def test_the_list_speaks_each_language(browser, node, locale, word):
    address, _ = node
    page = logged_in(browser, address, "manager", PASSWORD, locale=locale)
    page.goto(f"{address}/people/persons/")
    expect(page.get_by_role("link", name=word)).to_be_visible()
    expect(page.locator("html")).to_have_attribute("dir", "rtl" if locale == "ur" else "ltr")


def test_a_roster_is_checked_as_soon_as_it_is_chosen_and_then_taken_in(browser, node):
    address, _ = node
    page = logged_in(browser, address, "manager", PASSWORD, viewport={"width": 1280, "height": 900})
    page.goto(f"{address}/people/rosters/")
    page.get_by_label("Site").first.fill("marjan")
    for content, said in ((b"spy", "1 problem"), (b"guard", "1 new person")):
        roster = b"reference,name,kind\nN-0001,Huan Gosh," + content + b"\n"
        page.set_input_files("#id_file", files=[{"name": "r.csv", "mimeType": "text/csv", "buffer": roster}])
        expect(page.locator("#checked")).to_contain_text(said, timeout=20_000)
    page.get_by_role("button", name="Import").click()
    page.wait_for_url("**/people/persons/")
    expect(page.locator("main")).to_contain_text("Huan Gosh")
    assert page.complaints == []


def test_the_liaison_officer_finds_and_is_shown_no_list(browser, node):
    address, _ = node
    page = logged_in(browser, address, "liaison", PASSWORD)
    page.goto(f"{address}/people/persons/")
    expect(page.locator("main table")).to_have_count(0)
    page.get_by_label("Reference or name").fill("aldar")
    page.get_by_role("button", name="Find").click()
    expect(page.locator("#found tbody tr")).to_have_count(8, timeout=20_000)
    assert "aldar" not in page.url
