"""The pages of movements, as each role gets them: what is shown, offered, and refused, and by which article."""

from __future__ import annotations

from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from django.utils.timezone import localtime
from tests.movements.case import (
    ALERT_NEAR,
    ROUTE,
    SITE,
    certify,
    draft_convoy,
    fit_people,
    place_site,
    plan_convoy,
    raise_alert,
)

from safeconduct import node
from safeconduct.movements import acts, queries
from safeconduct.movements.protection.acts import disclose
from safeconduct.terms import instant
from safeconduct.terms.ids import new_id

pytestmark = pytest.mark.django_db

HTML = {"HTTP_ACCEPT": "text/html"}
PART = {"HTTP_ACCEPT": "*/*", "HTTP_HX_REQUEST": "true"}


class Page(HTMLParser):
    """What a test asks of a page: where its forms go, which conditions hold, its text."""

    def __init__(self, response: Any):
        super().__init__()
        self.status = response.status_code
        self.forms: set[str] = set()
        self.gate: dict[str, bool] = {}
        self.disabled = 0
        self.text = ""
        self.feed(response.content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form" and given.get("action"):
            self.forms.add(str(given["action"]).rstrip("/").rsplit("/", 1)[-1])
        if given.get("data-condition"):
            self.gate[str(given["data-condition"])] = given.get("class") == "good"
        self.disabled += tag == "button" and "disabled" in given

    def handle_data(self, data: str) -> None:
        self.text += data

    def offers(self) -> set[str]:
        """The acts on the movement that the page has forms for."""
        return self.forms & {"consent", "withdraw", "hold", "lift", "depart", "arrive", "cancel", "escort", "sweeps"}


@pytest.fixture
def case(as_role):
    place_site(as_role)
    planned = plan_convoy(as_role)
    disclose(node.current().system("node.clock"), site=SITE, movement=planned)
    return planned


@pytest.fixture
def show(login, case):
    """`show("host.duty_officer")`: the convoy's page as that role gets it."""
    return lambda role: Page(login(role).get(f"/movements/{case}/", **HTML))


def post(login: Any, role: str, ref: Any, verb: str, **data: str) -> Any:
    return login(role).post(f"/movements/{ref}/{verb}", data, **HTML)


@pytest.mark.parametrize(
    ("role", "offers"),
    [
        ("host.duty_officer", {"consent", "hold", "depart", "escort"}),
        ("host.commander", {"consent", "hold", "escort"}),
        ("host.gate_post", {"hold", "depart", "sweeps"}),
        ("partner.liaison_officer", {"consent", "hold", "cancel"}),
        ("partner.project_manager", {"hold", "cancel"}),
    ],
)
def test_each_role_is_offered_what_the_accord_gives_it(show, role, offers):
    page = show(role)
    assert page.status == 200
    assert page.offers() - {"cancel"} == offers - {"cancel"}


@pytest.mark.parametrize(("role", "status"), [("auditor", 404), ("dpo", 404)])
def test_who_may_not_read_movements_finds_nothing(show, login, role, status):
    assert show(role).status == status
    assert "Convoy Heron" not in login(role).get("/movements/", **HTML).content.decode()


def test_nobody_sees_anything_without_a_login(client, case):
    for path in ("/movements/", "/movements/plan/", f"/movements/{case}/", f"/movements/near/{new_id()}/"):
        answer = client.get(path, **HTML)
        assert (answer.status_code, "/login/" in answer.headers["Location"]) == (302, True)


def test_what_is_not_there_and_what_is_not_theirs_look_alike(login, case):
    auditor = login("auditor")
    absent, withheld = (auditor.get(f"/movements/{ref}/", **HTML).content.decode() for ref in (new_id(), case))
    assert _without_tokens(absent) == _without_tokens(withheld)


def _without_tokens(page: str) -> list[str]:
    return [
        line for line in page.splitlines() if not any(one in line for one in ("csrf", "CSRF", "next", "now", "clock"))
    ]


def test_the_gate_is_shown_condition_by_condition(show, as_role, case):
    assert show("partner.project_manager").gate == {
        "keys": False,
        "no_hold": True,
        "cleared": True,
        "route": True,
        "no_alarm": True,
        "swept": False,
        "escort": False,
        "vehicle_class": True,
        "training": True,
        "vetting": True,
        "risk": True,
    }
    certify(as_role)
    acts.assign_escort(as_role("host.commander"), case, escort="Escort troop 3")
    assert [code for code, holds in show("host.duty_officer").gate.items() if not holds] == ["keys"]


def test_departure_is_off_while_the_gate_is_shut_and_says_what_fails(show):
    page = show("host.duty_officer")
    assert page.disabled == 1
    assert "a key is missing · the route is not swept · no escort is assigned" in page.text


def test_departure_past_a_shut_gate_is_answered_with_what_fails(login, case, as_role):
    page = Page(post(login, "host.duty_officer", case, "depart"))
    assert page.status == 422
    assert "no escort is assigned" in page.text
    assert queries.movement(as_role("host.duty_officer"), case)["state"] == "planned"


def test_the_whole_way_from_two_keys_to_the_arrival(login, case, as_role):
    certify(as_role)
    done = [
        ("host.commander", "escort", {"escort": "Escort troop 3"}),
        ("host.duty_officer", "consent", {}),
        ("partner.liaison_officer", "consent", {}),
        ("host.gate_post", "depart", {}),
        ("partner.liaison_officer", "arrive", {}),
    ]
    for role, verb, data in done:
        assert post(login, role, case, verb, **data).status_code == 302, verb
    assert queries.movement(as_role("host.duty_officer"), case)["state"] == "arrived"


@pytest.mark.parametrize(
    ("role", "verb", "article"),
    [
        ("partner.project_manager", "consent", "9.3"),
        ("partner.liaison_officer", "escort", "4.4"),
        ("partner.liaison_officer", "depart", "9.6"),
        ("host.duty_officer", "cancel", "9.7"),
    ],
)
def test_a_refusal_names_the_article(login, case, as_role, role, verb, article):
    answer = post(login, role, case, verb, reason="because", escort="Patrol 7")
    assert answer.status_code == 403
    assert article in answer.content.decode()
    assert queries.movement(as_role("host.duty_officer"), case)["state"] == "planned"


def test_a_hold_without_a_reason_says_so_beside_the_form_and_holds_nothing(login, case, as_role):
    page = Page(post(login, "host.duty_officer", case, "hold", reason="  "))
    assert page.status == 422
    assert "Give a reason" in page.text
    assert queries.movement(as_role("host.duty_officer"), case)["state"] == "planned"


def test_each_party_is_offered_to_lift_its_own_hold_only(show, as_role, case):
    acts.hold(as_role("partner.liaison_officer"), case, reason="not at night")
    assert "lift" in show("partner.liaison_officer").offers()
    assert "lift" not in show("host.duty_officer").offers()
    assert "not at night" in show("host.duty_officer").text


class TestProposal:
    def test_is_accepted_with_one_press(self, login, show, as_role, watch, case):
        alert = raise_alert(watch, **ALERT_NEAR)
        acts.propose_hold(watch, case, alert=alert, distance_m=133.0)
        shown = login("host.duty_officer").get(f"/movements/{case}/", **HTML).content.decode()
        assert "The watch proposes a hold" in shown and f"/alerts/{alert}/" in shown
        assert post(login, "host.duty_officer", case, "hold", reason="as proposed").status_code == 302
        assert "The watch proposes a hold" not in show("host.duty_officer").text

    def test_is_one_for_all_alarms_that_stand(self, show, as_role, watch, case):
        for metres in (133.0, 90.0):
            acts.propose_hold(watch, case, alert=raise_alert(watch, **ALERT_NEAR), distance_m=metres)
        page = show("host.duty_officer")
        assert page.text.count("The watch proposes a hold") == 1
        assert "133 m from the route" in page.text and "90 m from the route" in page.text

    def test_falls_away_when_the_alarm_is_found_harmless(self, show, as_role, watch, case):
        from safeconduct.watch.acts import assess

        alert = raise_alert(watch, **ALERT_NEAR)
        acts.propose_hold(watch, case, alert=alert, distance_m=133.0)
        assess(as_role("host.duty_officer"), alert, disposition="expected", assessment="a survey car")
        assert "The watch proposes a hold" not in show("host.duty_officer").text


class TestRelease:
    def test_the_host_does_not_learn_the_purpose(self, show):
        assert "Change of shift" in show("partner.liaison_officer").text
        assert "Change of shift" not in show("host.duty_officer").text

    def test_the_partner_does_not_learn_the_unit_that_searched(self, show, as_role, case):
        certify(as_role)
        assert "Search team 2" in show("host.duty_officer").text
        assert "Search team 2" not in show("partner.liaison_officer").text

    def test_a_reader_without_the_place_of_an_alarm_gets_no_mark_on_the_route(self, show, watch, case):
        raise_alert(watch, **ALERT_NEAR)
        assert "beside the line" in show("partner.liaison_officer").text
        assert "beside the line" not in show("partner.project_manager").text
        assert show("partner.project_manager").gate["no_alarm"] is False


class TestPlan:
    @pytest.fixture
    def form(self, as_role) -> dict[str, str]:
        place_site(as_role)
        return {
            "name": "Night shift",
            "legs": "0",
            "legs-0-place": f"marjan/{ROUTE}",
            "legs-0-begin_at": localtime(instant.now() + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M"),
            "vehicles": "2",
            "people": "5",
            "purpose": "",
            "do": "plan",
        }

    def test_goes_to_the_page_of_what_was_planned(self, login, form, as_role):
        answer = login("partner.project_manager").post("/movements/plan/", form, **HTML)
        planned = queries.movements(as_role("partner.project_manager"))
        assert [one["name"] for one in planned] == ["Night shift"]
        assert answer.headers["Location"] == f"/movements/{planned[0].id}/"

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("name", ""),
            ("vehicles", "0"),
            ("people", "many"),
            ("legs-0-begin_at", "2020-01-01T00:00"),
            ("legs-0-place", "marjan/moon"),
            ("legs-0-checkpoints", "Bridge North"),
            ("travellers", "L-9999"),
            ("likelihood", "certain"),
        ],
    )
    def test_keeps_what_was_typed_and_marks_the_field(self, login, form, as_role, field, value):
        answer = login("partner.project_manager").post("/movements/plan/", form | {field: value}, **HTML)
        page = answer.content.decode()
        assert answer.status_code == 422
        assert f'id="id_{field}_error"' in page and page.count('class="fault"') == 1
        assert 'value="5"' in page or field == "people"
        assert queries.movements(as_role("partner.project_manager")) == []

    def test_of_the_wrong_role_is_told_why_and_refused(self, login, form):
        officer = login("host.duty_officer")
        assert "<input" not in _main(officer.get("/movements/plan/", **HTML))
        refused = officer.post("/movements/plan/", form, **HTML)
        assert (refused.status_code, "9.2" in refused.content.decode()) == (403, True)

    def test_comes_back_with_a_leg_and_a_vehicle_more_and_one_less_by_buttons_alone(self, login, form, as_role):
        manager = login("partner.project_manager")
        more = manager.post("/movements/plan/", form | {"do": "add_leg", "legs-0-destination": "Terminal"}, **HTML)
        assert more.status_code == 200
        assert 'name="legs-1-place"' in more.content.decode() and "Night shift" in more.content.decode()
        assert 'name="legs-1-origin" value="Terminal"' in more.content.decode()
        vehicle = manager.post("/movements/plan/", form | {"do": "add_vehicle"}, **HTML).content.decode()
        assert 'name="convoy-0-callsign" value="Night shift 1"' in vehicle
        legs = form | {"legs": ["0", "1"], "do": "remove_leg:0", "name": ""}
        less = manager.post("/movements/plan/", legs, **HTML).content.decode()
        assert 'name="legs-1-place"' in less and 'name="legs-0-place"' not in less
        assert 'class="fault"' not in less
        assert queries.movements(as_role("partner.project_manager")) == []

    def test_with_everything_is_kept_and_shown_to_its_own_party(self, login, form, as_role):
        drivers = fit_people(1, kind="driver")
        named = queries.references(as_role("partner.project_manager"), [*fit_people(2), *drivers])
        begin = localtime(instant.now() + timedelta(hours=2))
        full = form | {
            "travellers": " ".join(one for ref, one in named.items() if ref not in drivers),
            "likelihood": "unlikely",
            "impact": "minor",
            "primary": "VHF 4",
            "turn_back": "A crowd",
            "legs-0-checkpoints": f"{begin + timedelta(minutes=2):%H:%M} Bridge @ 75.01, -5.0",
            "legs-0-hazards": "400-900 Narrow",
            "legs-0-havens": "Clinic",
            "convoy": "3",
            "convoy-3-callsign": "Heron 1",
            "convoy-3-vehicle_class": "b6",
            "convoy-3-driver": named[drivers[0]],
            "people": "",
        }
        answer = login("partner.project_manager").post("/movements/plan/", full, **HTML)
        assert answer.status_code == 302
        path = answer.headers["Location"]
        shown = _main(login("partner.liaison_officer").get(path, **HTML))
        for said in ("Bridge", "Narrow", "Clinic", "Heron 1", "VHF 4", "A crowd", "B6", *named.values()):
            assert said in shown, said
        assert login("host.duty_officer").get(path, **HTML).status_code == 404
        again = login("partner.project_manager").get(f"{path}amend", **HTML).content.decode()
        assert "Bridge @ 75.01, -5" in again and named[drivers[0]] in again

    def test_is_amended_and_drops_what_rested_on_it(self, login, form, case, as_role):
        acts.consent(as_role("host.duty_officer"), case)
        answer = login("partner.project_manager").post(f"/movements/{case}/amend", form, **HTML)
        assert answer.status_code == 302
        row = queries.movement(as_role("host.duty_officer"), case)
        assert (row["state"], row["keys"], row["review"], row["accepted"]) == ("draft", {}, {}, {})

    def test_of_another_party_is_not_amended(self, login, form, case):
        assert login("host.focal_point").post(f"/movements/{case}/amend", form, **HTML).status_code == 403


class TestReview:
    def test_gives_conditions_that_each_party_meets(self, login, show, as_role):
        place_site(as_role)
        ref = draft_convoy(as_role)
        acts.request(as_role("partner.project_manager"), ref)
        data = {"outcome": "cleared", "conditions_partner": "Headlights on.\nTwo radios.", "conditions_host": ""}
        assert login("host.duty_officer").post(f"/movements/{ref}/review", data, **HTML).status_code == 302
        page = Page(login("partner.project_manager").get(f"/movements/{ref}/", **HTML))
        assert page.gate["met"] is False and "Two radios." in page.text
        for number in ("1", "2"):
            assert post(login, "partner.project_manager", ref, "meet", number=number).status_code == 302
        assert Page(login("partner.project_manager").get(f"/movements/{ref}/", **HTML)).gate["met"] is True

    def test_that_refuses_without_a_reason_says_so_beside_the_form(self, login, as_role):
        place_site(as_role)
        ref = draft_convoy(as_role)
        acts.request(as_role("partner.project_manager"), ref)
        answer = login("host.duty_officer").post(f"/movements/{ref}/review", {"outcome": "refused"}, **HTML)
        assert answer.status_code == 422
        assert "Choose what the refusal is for" in answer.content.decode()


class TestCouncil:
    def test_decides_on_the_page_and_the_gate_names_it(self, login, show, case):
        data = {"condition": "closed", "text": "No movement during the visit.", "site": "marjan"}
        assert login("partner.liaison_officer").post("/movements/rules/", data, **HTML).status_code == 302
        assert "closed" not in show("host.duty_officer").gate
        officer = login("host.commander")
        shown = Page(officer.get("/movements/rules/", **HTML))
        assert "No movement during the visit." in shown.text
        from safeconduct.movements.models import CouncilRule
        from safeconduct.store.guard import passage

        with passage("release"):
            ref = CouncilRule.objects.get().pk
        assert officer.post(f"/movements/rules/{ref}/agree", **HTML).status_code == 302
        page = show("host.duty_officer")
        assert page.gate["closed"] is False and "council decision" in page.text
        assert login("partner.project_manager").post(f"/movements/rules/{ref}/lift", **HTML).status_code == 403


class TestTemplate:
    def test_is_kept_from_a_movement_and_planned_from(self, login, case, as_role):
        manager = login("partner.project_manager")
        assert manager.post(f"/movements/{case}/template", {"name": "Evening shift"}, **HTML).status_code == 302
        (kept,) = queries.templates(as_role("partner.project_manager"))
        assert "Evening shift" in manager.get("/movements/templates/", **HTML).content.decode()
        form = manager.get(f"/movements/plan/?template={kept.id}", **HTML).content.decode()
        assert 'value="Convoy Heron"' in form and "Heron 4" in form
        pattern = {
            "weekdays": ["0", "3"],
            "time": "07:30",
            "spread_min": "20",
            "begin": "2026-11-30",
            "ahead_days": "7",
        }
        assert manager.post(f"/movements/templates/{kept.id}/repeat", pattern, **HTML).status_code == 302
        assert "Around 07:30" in manager.get("/movements/templates/", **HTML).content.decode()
        wrong = manager.post(f"/movements/templates/{kept.id}/repeat", pattern | {"weekdays": []}, **HTML)
        assert wrong.status_code == 422
        assert "Evening shift" not in login("host.focal_point").get("/movements/templates/", **HTML).content.decode()


def _main(answer: Any) -> str:
    return answer.content.decode().partition("<main")[2].partition("</main>")[0]


class TestSweep:
    FORM = {
        "site": "marjan",
        "route": ROUTE,
        "way": "1",
        "begin_m": "0",
        "end_m": "2448",
        "minutes": "60",
        "unit": "Search team 2",
    }

    def test_is_certified_from_the_page(self, login, show, case):
        assert login("host.gate_post").post("/sweeps/", {"movement": str(case), **self.FORM}, **HTML).status_code == 302
        assert show("host.gate_post").gate["swept"] is True

    @pytest.mark.parametrize(
        ("field", "value"), [("end_m", "99999"), ("unit", ""), ("begin_m", "-3"), ("minutes", "9")]
    )
    def test_that_makes_no_sense_is_marked_and_not_certified(self, login, show, case, field, value):
        wrong = {"movement": str(case), **self.FORM, field: value}
        answer = login("host.gate_post").post("/sweeps/", wrong, **HTML)
        assert answer.status_code == 422
        assert f'id="id_{field}_error"' in answer.content.decode()
        assert show("host.gate_post").gate["swept"] is False

    @pytest.mark.parametrize("movement", ["", "nonsense", "01a20c24-e6b1-7647-88d1-48cdb0773edf"])
    def test_for_no_movement_finds_nothing(self, login, case, movement):
        assert login("host.gate_post").post("/sweeps/", {**self.FORM, "movement": movement}, **HTML).status_code == 404

    def test_is_voided_from_the_page(self, login, show, case, as_role):
        sweep = certify(as_role)
        data = {"movement": str(case), "reason": "a lorry stopped there"}
        assert login("partner.liaison_officer").post(f"/sweeps/{sweep}/void", data, **HTML).status_code == 403
        assert login("host.duty_officer").post(f"/sweeps/{sweep}/void", data, **HTML).status_code == 302
        assert show("host.duty_officer").gate["swept"] is False


class TestPart:
    """HTMX asks for the live part of a page alone."""

    @pytest.mark.parametrize("path", ["/movements/", "/movements/{}/"])
    def test_is_the_same_without_the_frame(self, login, case, path):
        answer = login("host.duty_officer").get(path.format(case), **PART)
        assert answer.status_code == 200
        assert "<html" not in answer.content.decode() and "Convoy Heron" in answer.content.decode()

    def test_with_a_fault_goes_where_the_part_was(self, login, case):
        answer = login("host.duty_officer").post(f"/movements/{case}/hold", {"reason": ""}, **PART)
        assert (answer.headers["HX-Retarget"], answer.headers["HX-Reswap"]) == ("#live", "innerHTML")

    def test_of_an_alert_lists_the_movements_that_pass_it(self, login, case, watch):
        near, far = raise_alert(watch, **ALERT_NEAR), raise_alert(watch, lon=74.9925, lat=-5.0)
        officer = login("host.duty_officer")
        assert "passes 133 m from here" in officer.get(f"/movements/near/{near}/", **PART).content.decode()
        assert "Convoy Heron" not in officer.get(f"/movements/near/{far}/", **PART).content.decode()

    def test_of_an_alert_without_its_place_tells_of_no_movement(self, login, case, watch):
        near = raise_alert(watch, **ALERT_NEAR)
        assert "Convoy" not in login("partner.project_manager").get(f"/movements/near/{near}/", **PART).content.decode()


@pytest.mark.parametrize("language", ["zh-hans", "ur"])
def test_the_page_speaks_the_readers_language_for_the_words_of_the_accord(login, case, language):
    manager = login("partner.project_manager")
    manager.cookies["django_language"] = language
    from safeconduct import node

    assert (
        node.current().accord.clause("9.3", language)[:20]
        in manager.get(f"/movements/{case}/", **HTML).content.decode()
    )
