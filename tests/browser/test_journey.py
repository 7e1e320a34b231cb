"""A whole journey by two parties in real browsers: planned, reviewed, held, lifted, driven, handed over, accounted for.

Each step is done by one person and looked for on the pages of both parties. A traveller's phone has no network when it
matters, and what it says arrives when it has one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.browser.journey_node import DRIVER, PASSWORD, TRAVELLERS, USERS
from tests.chromium import chromium, logged_in
from tests.movements.served import clocked, made, served

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.slow]

PIN, DURESS = "2468", "1357"
WITHIN_MS = 60_000
ANSWERS = ("Failed to load resource", "Response Status Error Code")
"""How a console tells of a refusal that was asked for, and of a network that was cut."""


class Case:
    """Everyone's page, the phone's among them; `told` is what the node printed."""

    def __init__(self, address: str, browser: Any, told: dict[str, Any]):
        self.address, self.browser, self.told = address, browser, told
        # Not the picture: six maps at once are a load of their own.
        light = {"then": "/movements/board/", "viewport": {"width": 1100, "height": 800}}
        self.pages: dict[str, Page] = {user: logged_in(browser, address, user, PASSWORD, **light) for user in USERS}
        for page in self.pages.values():
            page.set_default_timeout(WITHIN_MS)
        self.ref = ""

    def __getattr__(self, user: str) -> Page:
        return self.pages[user]

    def open(self, path: str, *users: str) -> None:
        for user in users:
            self.pages[user].goto(f"{self.address}/movements/{self.ref}/{path}")
            self.pages[user].wait_for_selector("#live-state[data-state=live]")

    def both_see(self, selector: str, text: str | re.Pattern[str], *users: str) -> None:
        for user in users:
            expect(self.pages[user].locator(selector).first).to_contain_text(text, timeout=WITHIN_MS)


@pytest.fixture(scope="module")
def case(tmp_path_factory) -> Iterator[Case]:
    node = tmp_path_factory.mktemp("journey") / "node"
    told = json.loads(made("tests.browser.journey_node", node))
    with served(node) as address, clocked(node), chromium() as browser:
        yield Case(address, browser, told)


def phone_of(case: Case, reference: str) -> Page:
    page = case.browser.new_context(viewport={"width": 360, "height": 740}, locale="en-GB").new_page()
    page.set_default_timeout(WITHIN_MS)
    page.goto(f"{case.address}/me/join/#{case.told['codes'][reference]}")
    page.fill("#id_pin", PIN)
    page.fill("#id_duress", DURESS)
    page.click("button.primary")
    page.wait_for_url("**/me/")
    for kept in (
        "navigator.serviceWorker.controller !== null",
        "caches.open('me-shell').then((one) => one.keys()).then((all) => all.length === 1)",
    ):
        _until(page, kept)
    return page


def _until(page: Page, expression: str) -> None:
    """Poll from outside: the page's policy lets nobody evaluate text in it."""
    for _ in range(WITHIN_MS // 200):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(200)
    raise TimeoutError(expression)


def test_a_whole_journey_by_two_parties(case):
    planned_by_the_partner(case)
    reviewed_by_the_host(case)
    gate_opened(case)
    phone = phone_of(case, TRAVELLERS[0])
    boarded_without_a_network_while_held(case, phone)
    lifted_and_departed(case)
    through_checkpoints(case)
    handed_over(case)
    arrived_without_a_network(case, phone)
    accounted_for_and_closed(case)
    for user, page in case.pages.items():
        assert [one for one in page.complaints if not one.startswith(ANSWERS)] == [], user


def planned_by_the_partner(case: Case) -> None:
    page, told = case.manager, case.told
    page.goto(f"{case.address}/movements/plan/")
    page.click("text=Add a vehicle")
    page.fill("[name=name]", "Convoy Heron")
    page.fill("[name=travellers]", " ".join(TRAVELLERS))
    page.select_option("[name=legs-0-place]", "marjan/compound to terminal")
    page.fill("[name=legs-0-begin_at]", told["begin"])
    page.fill("[name=legs-0-end_at]", told["end"])
    page.click("text=Checkpoints, rests, hazards, havens, alternates")
    page.fill("[name=legs-0-origin]", "gate North")
    page.fill("[name=legs-0-destination]", "gate East")
    stops = f"{told['stop_1']} bend @ 75.0139927, -5.0\n{told['stop_2']} halfway @ 75.0103817, -5.0"
    page.fill("[name=legs-0-checkpoints]", stops)
    page.fill("[name$=-callsign]", "Heron 1")
    page.select_option("[name$=-vehicle_class]", "b6")
    page.fill("[name$=-driver]", DRIVER)
    page.select_option("[name=likelihood]", "unlikely")
    page.select_option("[name=impact]", "minor")
    page.click("text=Keep it as a draft")
    page.wait_for_url(re.compile(r"/movements/[0-9a-f-]{36}/$"))
    case.ref = page.url.rstrip("/").rsplit("/", 1)[-1]
    path = f"{case.address}/movements/{case.ref}/"
    assert case.duty.request.get(path).status == 404, "a draft is its own party's alone"
    page.click("text=Accept the risk for our people")
    case.both_see("section[aria-labelledby=risk]", "accepted by manager", "manager")
    page.click("text=Request the review")
    case.both_see(".page-head", "Waits for review", "manager")
    case.open("", "commander", "duty", "liaison", "manager")
    case.both_see(".page-head", "Waits for review", "commander", "duty", "liaison", "manager")
    for reference in (*TRAVELLERS, DRIVER):
        assert reference in case.liaison.inner_text("#live")
        assert reference not in case.commander.content(), "the host gets their number"


def reviewed_by_the_host(case: Case) -> None:
    case.commander.click("text=Enter the review")
    case.both_see(".page-head", "Cleared", "commander", "duty", "liaison", "manager")
    case.both_see("#verdict", "Gate shut", "duty", "liaison")


def gate_opened(case: Case) -> None:
    """The escort and the sweep by the host, the two keys, each the other party's page to see."""
    case.commander.fill("#escort-unit", "Troop 1")
    case.commander.click("text=Assign the escort")
    case.both_see("li[data-condition=escort]", "Troop 1", "duty", "liaison")
    case.open("", "northpost")
    case.northpost.click("#certify-1 summary")
    case.northpost.fill("#certify_1_unit", "Team 2")
    case.northpost.click("text=Certify: searched just now")
    case.both_see("li[data-condition=swept] .says", re.compile("^Holds"), "duty", "liaison")
    turn_both_keys(case)


def turn_both_keys(case: Case) -> None:
    case.duty.click("text=Turn the key")
    case.both_see("section[aria-labelledby=keys]", "turned by duty", "duty", "liaison")
    case.both_see("#verdict", "Gate shut: 1 condition", "duty", "liaison")
    assert case.duty.locator("button:has-text('Enter the departure')").is_disabled(), "one key opens nothing"
    case.liaison.click("text=Turn the key")
    case.both_see("#verdict", "Gate open", "duty", "liaison")


def boarded_without_a_network_while_held(case: Case, phone: Page) -> None:
    phone.goto(f"{case.address}/me/journeys/")
    expect(phone.locator(".journey")).to_contain_text("Convoy Heron")
    phone.context.set_offline(True)
    phone.click("text=I have boarded")
    expect(phone.locator("#waiting")).to_be_visible()
    expect(phone.locator("#said")).to_contain_text("Kept on this phone")

    case.liaison.fill("#hold-reason", "A crowd at the gate")
    case.liaison.click("text=Hold the movement")
    case.both_see(".page-head", "Held", "duty", "liaison", "manager")
    case.both_see("section[aria-labelledby=holds]", "A crowd at the gate", "duty", "liaison", "manager")
    case.both_see("section[aria-labelledby=keys]", "not turned", "duty", "liaison")
    assert case.duty.locator("button:has-text('Enter the departure')").count() == 0
    assert case.duty.locator("#lift-reason").count() == 0, "each party lifts its own hold"
    assert case.liaison.locator("#aboard").count() == 0, "what waits on a phone has not been said"

    phone.context.set_offline(False)
    expect(phone.locator("#said")).to_contain_text("Received", timeout=WITHIN_MS)
    case.both_see("#aboard", "1 of 2", "liaison", "manager")
    assert "by their own word" not in case.duty.content()


def lifted_and_departed(case: Case) -> None:
    case.liaison.fill("#lift-reason", "The crowd has gone")
    case.liaison.click("text=Lift the hold")
    case.both_see("section[aria-labelledby=holds]", "The crowd has gone", "duty", "liaison")
    case.both_see("#verdict", "Gate shut", "duty", "liaison")
    turn_both_keys(case)
    case.duty.click("text=Enter the departure")
    case.both_see(".page-head", "On its way", "duty", "liaison", "manager")


def through_checkpoints(case: Case) -> None:
    case.open("live/", "duty", "liaison", "northpost", "eastpost")
    roll = "section[aria-labelledby=roll]"
    case.both_see(f"{roll} li:has-text('{TRAVELLERS[0]}')", "On board", "liaison")
    assert case.duty.locator(roll).count() == 0, "who travels is the partner's"
    for number, (user, place) in enumerate((("northpost", "bend"), ("liaison", "halfway")), start=1):
        row = f".stacks tr:has-text('{place}')"
        case.both_see(row, "no word yet", "duty", "liaison")
        case.pages[user].click(f"{row} button:has-text('It is here')")
        case.both_see(row, user, "duty", "liaison", "northpost")
        assert case.duty.locator(".stacks tr:has-text('no word yet')").count() == 2 - number


def handed_over(case: Case) -> None:
    """Nobody has offered it where a sector ends: that is told. It is offered, refused, offered again and accepted."""
    both = ("duty", "liaison", "northpost")
    case.both_see("#near-border", "nobody has offered it to the next post", *both)
    case.both_see("#near-border", "gate East", *both)
    offer(case)
    for user in both:
        expect(case.pages[user].locator("#near-border")).to_have_count(0, timeout=WITHIN_MS)
    case.eastpost.fill(".offer [name=reason]", "Our gate is shut")
    case.eastpost.click("text=Refuse it")
    case.both_see("section[aria-labelledby=posts]", "Our gate is shut", *both)
    case.both_see("#near-border", "nobody has offered it to the next post", *both)
    for user in both:
        assert "gate North" in case.pages[user].inner_text("section[aria-labelledby=planned] .facts")
    offer(case)
    assert case.northpost.locator("button:has-text('Accept it')").count() == 0, "whoever offered it does not accept it"
    case.eastpost.click("text=Accept it")
    case.both_see("section[aria-labelledby=planned] .facts", "gate East", *both)
    case.both_see("section[aria-labelledby=posts] .timeline", "eastpost", *both)


def offer(case: Case) -> None:
    expect(case.northpost.locator("#next-post")).to_have_value("marjan/gate East", timeout=WITHIN_MS)
    case.northpost.click("#offer button:has-text('Offer it')")
    case.both_see(".offer", "Offered", "duty", "liaison", "eastpost")


def arrived_without_a_network(case: Case, phone: Page) -> None:
    """The phone has nothing but its shell: it says that its person is safe and has arrived, and both come later."""
    phone.context.set_offline(True)
    phone.goto(f"{case.address}/me/journeys/")
    phone.wait_for_selector("#no-network")
    assert "Convoy Heron" not in phone.content(), "the shell knows of no journey"
    phone.fill("#pin", PIN)
    phone.click("button.safe")
    phone.fill("#pin", PIN)
    phone.click("#stages summary")
    phone.click("text=I have arrived")
    expect(phone.locator("#waiting [data-count]")).to_have_text("2")

    case.open("", "duty")
    case.duty.click("text=Enter the arrival")
    case.both_see(".page-head", "Arrived", "liaison", "eastpost")
    roll = "section[aria-labelledby=roll]"
    case.both_see(f"{roll} li:has-text('{TRAVELLERS[0]}')", "On board", "liaison")

    phone.wait_for_timeout(61_000)
    phone.context.set_offline(False)
    case.both_see(f"{roll} li:has-text('{TRAVELLERS[0]}')", "by their own word", "liaison")
    mine = case.liaison.locator(f"{roll} li:has-text('{TRAVELLERS[0]}')")
    expect(mine).to_contain_text("Here")
    expect(mine).to_contain_text("received")
    said = case.liaison.request.get(f"{case.address}/api/movements/{case.ref}").json()["said"]
    (one,) = said.values()
    assert one["arrived"]["at"] < one["arrived"]["received_at"], "when it was so, and when it came"
    assert "said" not in case.duty.request.get(f"{case.address}/api/movements/{case.ref}").json()


def accounted_for_and_closed(case: Case) -> None:
    case.open("live/", "duty")
    case.both_see("section[aria-labelledby=roll]", "not every traveller is accounted for", "liaison")
    case.eastpost.fill("#people", "2")
    case.eastpost.fill("#counted-where", "gate East")
    case.eastpost.click("text=Enter the count")
    case.both_see("section[aria-labelledby=roll]", "gate East", "duty", "liaison")
    assert case.liaison.locator("button:has-text('Close the movement')").is_disabled(), "one has said nothing"
    case.liaison.select_option(f"section[aria-labelledby=roll] li:has-text('{TRAVELLERS[1]}') select", "here")
    case.liaison.click("text=Enter the roll")
    case.liaison.click("button:has-text('Close the movement'):not([disabled])")
    case.both_see(".page-head", "Closed", "duty", "liaison", "eastpost")
