"""Each guardrail refuses a sample that is whole but for one breach of it, with article and counter-example."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.accord.drafts import Draft

from safeconduct.accord.accord import Accord
from safeconduct.accord.cedar import Case
from safeconduct.accord.court import Court
from safeconduct.accord.guardrails import GUARDRAILS
from safeconduct.accord.policies import ACTIONS
from safeconduct.accord.schedule import Office
from safeconduct.accord.vocabulary import ACTS
from safeconduct.terms.marking import Tlp

NO_PARTNER_ORDERS = """forbid (
    principal,
    action in [Action::"measure.order", Action::"measure.lift", Action::"escort.assign"],
    resource
)
when { principal.side == "partner" };"""


def breach(draft: Draft, article: str, found: str, wanted: str) -> None:
    """The draft is refused for this alone, by one fault or several of one guardrail."""
    faults = draft.faults()
    assert any(fault.where == f"article {article}" and found in fault.found for fault in faults), list(map(str, faults))
    assert all(wanted in fault.wanted for fault in faults), list(map(str, faults))


@pytest.mark.parametrize("act", ["measure.order", "measure.lift", "escort.assign"])
def test_partner_that_orders_a_host_unit_is_refused(draft: Draft, act: str):
    draft.edit("04", NO_PARTNER_ORDERS, NO_PARTNER_ORDERS.replace('"partner"', '"host" && principal.role == "auditor"'))
    draft.add_policy(
        "04",
        f'@id("x") @article("4.1") @reason("r") permit (principal, action == Action::"{act}", resource) '
        'when { principal.role == "partner.analyst" && resource.tlp == "TLP:RED" && resource.class == "post" };',
    )
    found = f"permits partner.analyst of partner: {act} on post from host TLP:RED to -, in its area"
    breach(draft, "4.1", found, "the host commands")


def test_role_of_either_party_that_orders_is_refused_for_the_partner_alone(draft: Draft):
    draft.edit("04", NO_PARTNER_ORDERS, NO_PARTNER_ORDERS.replace('"partner"', '"host" && principal.role == "auditor"'))
    draft.add_policy(
        "04",
        '@id("x") @article("4.1") @reason("r") permit (principal, action == Action::"measure.order", resource) '
        'when { principal.role == "secretary" };',
    )
    assert [fault.found.split(":")[0] for fault in draft.faults()] == ["permits secretary of partner"]


def test_party_that_cannot_hold_is_refused(draft: Draft):
    draft.edit(
        "09", '"host.gate_post", "partner.head_of_mission", "partner.liaison_officer", "partner.project_manager"]', "]"
    )
    draft.edit("09", '"host.duty_officer", ]', '"host.duty_officer"]')
    breach(draft, "9.4", "nobody of partner may movement.hold a movement from host TLP:CLEAR", "can always stop")


def test_forbid_that_covers_a_hold_is_refused(draft: Draft):
    draft.add_policy(
        "09",
        '@id("x") @article("9.7") @reason("r") forbid (principal, action == Action::"movement.hold", resource) '
        'when { principal.side == "partner" && !resource.own && resource.tlp == "TLP:RED" };',
    )
    breach(draft, "9.4, 9.7", "nobody of partner may movement.hold a movement from host TLP:RED", "can always stop")


def test_party_that_cannot_take_back_its_key_is_refused(draft: Draft):
    draft.add_policy(
        "09",
        '@id("x") @article("9.7") @reason("r") forbid (principal, action == Action::"movement.withdraw", resource) '
        'when { resource.own && principal.side == "host" };',
    )
    breach(draft, "9.3, 9.7", "nobody of host may movement.withdraw a movement from host", "can always stop")


def test_widening_by_another_than_the_originator_is_refused(draft: Draft):
    draft.edit("07", "unless { resource.own };", "unless { true };")
    draft.add_policy(
        "07",
        '@id("x") @article("7.5") @reason("r") permit (principal, action == Action::"release.widen", resource) '
        'when { principal.role == "partner.analyst" };',
    )
    breach(
        draft,
        "7.5",
        "permits partner.analyst of partner: release.widen on alert from host",
        "nobody but the originator",
    )


def test_change_of_the_accord_by_one_who_does_not_sign_is_refused(draft: Draft):
    draft.edit(
        "19",
        '["host.focal_point", "partner.head_of_mission"]',
        '["host.focal_point", "partner.head_of_mission", "secretary"]',
    )
    breach(draft, "19.3", "permits secretary of host: accord.enact", "office signatory")


def test_party_without_a_signatory_is_refused(draft: Draft):
    draft.edit("19", '["host.focal_point", "partner.head_of_mission"]', '["host.focal_point"]')
    breach(draft, "19.3", "nobody of partner may accord.enact", "a signatory of each party")


@pytest.mark.parametrize("role", ["host.commander", "secretary", "auditor"])
def test_erasure_by_another_than_data_protection_is_refused(draft: Draft, role: str):
    draft.edit("13", 'principal.role == "dpo"', f'["dpo", "{role}"].contains(principal.role)')
    faults = draft.faults()
    assert any("record.erase" in fault.found and "office data-protection" in fault.wanted for fault in faults)


@pytest.mark.parametrize(
    ("file", "old", "new", "article", "found"),
    [
        (
            "04",
            '["partner.head_of_mission", "partner.liaison_officer", "host.duty_officer"',
            '["host.commander", "partner.liaison_officer", "host.duty_officer"',
            "4.2",
            "permits host.commander of host: measure.order",
        ),
        (
            "09",
            '["partner.project_manager", "host.focal_point"]',
            '["partner.liaison_officer", "host.focal_point"]',
            "9.3",
            "permits partner.liaison_officer of partner: movement.consent",
        ),
    ],
)
def test_role_that_both_asks_and_grants_is_refused(
    draft: Draft, file: str, old: str, new: str, article: str, found: str
):
    breach(draft.edit(file, old, new), article, found, "no role that may both")


def test_auditor_that_reads_content_is_refused(draft: Draft):
    draft.edit("07", '["appointment", "record"]', '["appointment", "record", "sweep"]')
    faults = draft.faults()
    assert any(
        "permits auditor of partner: read on sweep" in fault.found and "an auditor reads only" in fault.wanted
        for fault in faults
    )


def test_auditor_that_acts_is_refused(draft: Draft):
    draft.edit("11", '"partner.liaison_officer", "node.clock"]', '"partner.liaison_officer", "node.clock", "auditor"]')
    breach(draft, "11.5", "permits auditor of host: alert.escalate", "no act by an auditor")


@pytest.mark.parametrize("of", ["alert", "position", "headcount", "strength", "manifest", "record", "lookup"])
def test_a_persons_own_standing_that_reads_what_is_nobodys_own_is_refused(draft: Draft, of: str):
    draft.add_policy(
        "21",
        '@id("x") @article("21.13") @reason("r") permit (principal, action == Action::"read", resource) '
        f'when {{ principal.role == "partner.person" && resource.class == "{of}" }};',
    )
    faults = [fault for fault in draft.faults() if "office self" in fault.wanted]
    assert [fault.where for fault in faults] == ["article 21.13"]
    assert f"permits partner.person of partner: read on {of}" in faults[0].found


def test_person_that_writes_the_watchs_evidence_is_refused(draft: Draft):
    draft.edit(
        "12",
        'when { principal.role == "node.watch" };',
        'when { ["node.watch", "host.commander"].contains(principal.role) };',
    )
    breach(draft, "12.2", "permits host.commander of host: alert.raise", "only by a part of the node")


@pytest.mark.parametrize(
    ("file", "old", "new", "found"),
    [
        (
            "09",
            '["host.commander", "host.duty_officer", "partner.head_of_mission", "partner.liaison_officer"].contains',
            '["node.clock", "host.duty_officer", "partner.head_of_mission", "partner.liaison_officer"].contains',
            "node.clock of host: movement.consent",
        ),
        (
            "11",
            '["host.duty_officer", "host.commander"]',
            '["host.duty_officer", "node.watch"]',
            "node.watch of host: alert.assess",
        ),
    ],
)
def test_system_that_decides_is_refused(draft: Draft, file: str, old: str, new: str, found: str):
    faults = draft.edit(file, old, new).faults()
    assert any(found in fault.found and "only by a person" in fault.wanted for fault in faults)


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ('when { resource.tlp == "TLP:AMBER+STRICT" }', "when { false }", "TLP:AMBER+STRICT"),
        (
            "unless { resource.own || resource.releasable_to.contains(principal.party) };",
            "unless { true };",
            "TLP:AMBER to -",
        ),
        (
            'when { resource.tlp == "TLP:RED" }',
            'when { resource.tlp == "TLP:RED" && resource.class != "alert" }',
            "alert from host TLP:RED",
        ),
    ],
)
def test_reading_over_a_label_is_refused(draft: Draft, old: str, new: str, found: str):
    faults = draft.edit("08", old, new).faults()
    assert any(found in fault.found and "RED and AMBER+STRICT stay" in fault.wanted for fault in faults), list(
        map(str, faults)
    )


def test_reader_without_fields_is_refused(draft: Draft):
    draft.edit("07", '["place", "movement", "sweep", "alert"]', '["place", "movement", "sweep", "alert", "expected"]')
    (fault,) = draft.faults()
    assert fault.where == "article 7.3"
    assert fault.found == "permits partner.project_manager to read expected, of which accord.toml gives it no field"


def test_fields_without_leave_to_read_are_refused(draft: Draft):
    draft.edit("07", '["place", "movement", "sweep", "alert"]', '["place", "movement", "alert"]')
    (fault,) = draft.faults()
    assert fault.where == "accord.toml: classes.sweep.readers"
    assert "partner.project_manager" in fault.found


def test_breaches_of_several_guardrails_are_told_at_once(draft: Draft):
    draft.edit("13", 'principal.role == "dpo"', 'principal.role == "secretary"').edit(
        "07", "unless { resource.own };", "unless { true };"
    )
    draft.edit("07", " &&\n    resource.own", "")
    assert len({fault.wanted for fault in draft.faults()}) == 2


def test_samples_keep_every_guardrail(joint: Accord, humanitarian: Accord):
    assert len(GUARDRAILS) == 12
    for accord in (joint, humanitarian):
        assert [fault for guardrail in GUARDRAILS for fault in guardrail(accord.court)] == []
        assert {role.office for role in accord.roles.values()} >= {
            Office.SIGNATORY,
            Office.AUDITOR,
            Office.DATA_PROTECTION,
        }


def cases(accord: Accord) -> st.SearchStrategy[Case]:
    """Any case at all, with nothing narrowed."""
    standings = st.sampled_from(accord.schedule.standings())
    parties = sorted(accord.parties)

    def case(
        standing: tuple[str, str], action: str, info_class: str, originator: str, tlp: Tlp, to: bool, area: bool
    ) -> Case:
        releasable_to = tuple(party for party in parties if party != originator) if to else ()
        return Case(*standing, action, info_class, originator, str(tlp), releasable_to, area)

    return st.builds(
        case, standings, st.sampled_from(ACTIONS), st.sampled_from(sorted(accord.classes)), st.sampled_from(parties),
        st.sampled_from(list(Tlp)), st.booleans(), st.booleans(),
    )  # fmt: skip


@pytest.mark.parametrize("name", ["joint", "humanitarian"])
def test_court_leaves_out_no_case_that_could_differ(name: str, request: pytest.FixtureRequest):
    accord: Accord = request.getfixturevalue(name)
    permitted = {
        action: {(case.party, case.role, case.originator) for case, _ in accord.court.permitted(action)}
        for action in ACTIONS
    }

    @settings(derandomize=True, max_examples=600, deadline=None)
    @given(cases(accord))
    def any_permitted_case_has_one_like_it_in_court(case: Case):
        if accord.engine.decide(case).allowed:
            assert (case.party, case.role, case.originator) in permitted[case.action]

    any_permitted_case_has_one_like_it_in_court()


def test_court_decides_each_case_once(joint: Accord):
    court = Court(joint.schedule, list(joint.policies.values()), joint.engine)
    first = court.verdicts("measure.order")
    assert court.verdicts("measure.order") is first
    assert court.decided == len(first)
    assert {case.role for case, _ in first} == set(joint.roles)


def test_every_act_is_named_person_or_node():
    assert {act.name for act in ACTS.values() if act.orders_host_unit} == {
        "cordon.order",
        "escort.assign",
        "measure.order",
        "measure.lift",
    }


@pytest.mark.parametrize(
    ("act", "named"),
    [("arise", 'Action::"obligation.arise", '), ("settle", ', Action::"obligation.settle"')],
)
def test_obligations_that_the_clock_may_not_keep_are_refused(draft: Draft, act: str, named: str):
    """Or the act that makes something owed would fail with it: an alarm could not be raised."""
    draft.edit("25", named, "")
    breach(draft, "2.4", f"node.clock may not obligation.{act}", "the clock keeps the book")
