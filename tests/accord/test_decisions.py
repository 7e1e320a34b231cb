from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.accord.drafts import holder

from oracles import policies as oracle
from safeconduct.accord.accord import Accord
from safeconduct.accord.agreement import DEFAULT_RULE
from safeconduct.accord.cedar import Case
from safeconduct.accord.policies import ACTIONS
from safeconduct.accord.vocabulary import ACTS, CLASSES
from safeconduct.terms.errors import BadInput
from safeconduct.terms.marking import Marking, Tlp
from safeconduct.terms.party import NOBODY, Grant, Principal, Side


def test_commander_orders_a_measure_under_the_command_article(joint: Accord):
    decision = joint.decide(holder("host.commander"), "measure.order", joint.marking("measure", "host", "marjan"))
    assert (decision.allowed, decision.article, decision.rule) == (True, "4.2", "4.2-order")


def test_partner_that_tries_to_order_is_told_the_command_article(joint: Accord):
    marking = joint.marking("measure", "partner", "marjan")
    for role in ("partner.liaison_officer", "partner.head_of_mission", "partner.project_manager"):
        decision = joint.decide(holder(role), "measure.order", marking)
        assert (decision.allowed, decision.article) == (False, "4.4")
        assert decision.reason.startswith("No one of the partner orders a unit of the host")


def test_denial_without_a_forbid_cites_whom_the_act_is_for(joint: Accord):
    decision = joint.decide(holder("host.duty_officer"), "measure.order", joint.marking("measure", "host"))
    assert (decision.allowed, decision.article) == (False, "4.2")
    assert decision.reason == "Measures are ordered and lifted by the host's commander alone."


def test_denied_reading_cites_an_article_about_that_class(joint: Accord):
    decision = joint.may_read(holder("partner.project_manager"), joint.marking("measure", "host"))
    assert not decision.allowed
    assert "measure" in joint.policies[decision.rule].classes


def test_words_of_a_decision_are_in_every_language(joint: Accord):
    assert joint.clause("4.4", "en").startswith("No one of the partner orders")
    assert joint.clause("4.4", "zh-hans").startswith("伙伴方任何人员均不得")
    assert joint.clause("4.4", "ur").startswith("شریک کا کوئی فرد")
    assert "4.4 No one" in joint.clause("4", "en")


def test_grant_holds_in_its_area_and_nowhere_else(joint: Accord):
    marking = joint.marking("measure", "host", "marjan")
    assert joint.decide(holder("host.commander", area="marjan"), "measure.order", marking).allowed
    outside = joint.decide(holder("host.commander", area="harbour"), "measure.order", marking)
    assert (outside.allowed, outside.article) == (False, "3.3")
    assert not joint.decide(
        holder("host.commander", area="harbour"), "measure.order", joint.marking("measure", "host")
    ).allowed
    assert joint.may_read(holder("host.commander", area="harbour"), joint.marking("accord", "host")).allowed


def test_one_grant_that_permits_is_enough(joint: Accord):
    marking = joint.marking("movement", "partner", "marjan")
    grants = (
        Grant("partner.analyst"),
        Grant("partner.project_manager", "harbour"),
        Grant("partner.project_manager", "marjan"),
    )
    assert joint.decide(Principal("both", "partner", grants), "movement.plan", marking).allowed
    assert not joint.decide(Principal("both", "partner", grants[:2]), "movement.plan", marking).allowed


def test_fields_of_several_grants_add_up_and_no_grant_lends_its_area(joint: Accord):
    here, there = (joint.marking("alert", "host", site) for site in ("marjan", "harbour"))
    grants = (Grant("partner.project_manager"), Grant("partner.analyst", "marjan"))
    both = Principal("both", "partner", grants)
    assert joint.fields(both, here) == joint.fields(holder("partner.analyst"), here)
    assert joint.fields(both, there) == joint.fields(holder("partner.project_manager"), there)


@pytest.mark.parametrize(
    ("principal", "act", "marking"),
    [
        (NOBODY, "measure.order", Marking("host", "measure", Tlp.AMBER)),
        (Principal("x", "host"), "measure.order", Marking("host", "measure", Tlp.AMBER)),
        (holder("host.comander"), "measure.order", Marking("host", "measure", Tlp.AMBER)),
        (holder("host.commander"), "measure.odrer", Marking("host", "measure", Tlp.AMBER)),
        (holder("host.commander"), "read", Marking("host", "measure", Tlp.AMBER)),
        (holder("host.commander"), "measure.order", Marking("host", "mesure", Tlp.AMBER)),
        (holder("host.commander"), "measure.order", Marking("guest", "measure", Tlp.AMBER)),
        (holder("host.commander"), "measure.order", Marking("host", "measure", "TLP:WHITE")),  # type: ignore[arg-type]
        (holder("host.commander", "partner"), "measure.order", Marking("host", "measure", Tlp.AMBER)),
        (holder("host.commander", "guest"), "measure.order", Marking("host", "measure", Tlp.AMBER)),
        (holder("auditor", "guest"), "record.erase", Marking("host", "record", Tlp.AMBER)),
        (holder("node.watch", "partner"), "alert.raise", Marking("host", "alert", Tlp.AMBER)),
    ],
)
def test_what_is_unknown_is_denied_by_the_default_article(
    joint: Accord, principal: Principal, act: str, marking: Marking
):
    decision = joint.decide(principal, act, marking)
    assert (decision.allowed, decision.article, decision.rule) == (False, "2.4", DEFAULT_RULE)
    assert decision.reason


def test_same_question_for_the_known_is_allowed(joint: Accord):
    assert joint.decide(holder("host.commander"), "measure.order", Marking("host", "measure", Tlp.AMBER)).allowed
    assert joint.decide(holder("node.watch"), "alert.raise", Marking("host", "alert", Tlp.AMBER)).allowed


def test_marking_carries_the_terms_of_its_class(joint: Accord):
    assert joint.marking("alert", "host", "marjan") == Marking(
        "host", "alert", Tlp.AMBER, frozenset({"partner"}), "marjan"
    )
    assert joint.marking("post", "host").tlp is Tlp.AMBER_STRICT
    for info_class, originator in (("alrt", "host"), ("alert", "guest")):
        with pytest.raises(BadInput):
            joint.marking(info_class, originator)


def test_party_of_each_side(joint: Accord, humanitarian: Accord):
    assert joint.party_of_side(Side.HOST).id == "host"
    assert humanitarian.party_of_side(Side.PARTNER).id == "harbour_aid"


@pytest.mark.parametrize(
    ("tlp", "to", "own_officer", "own_commander", "other"),
    [
        (Tlp.CLEAR, False, True, True, True),
        (Tlp.GREEN, False, True, True, True),
        (Tlp.AMBER, True, True, True, True),
        (Tlp.AMBER, False, True, True, False),
        (Tlp.AMBER_STRICT, True, True, True, False),
        (Tlp.RED, True, False, True, False),
    ],
)
def test_label_decides_who_may_get_it(
    joint: Accord, tlp: Tlp, to: bool, own_officer: bool, own_commander: bool, other: bool
):
    marking = Marking("host", "alert", tlp, frozenset({"partner"}) if to else frozenset())
    readers = ("host.duty_officer", "host.commander", "partner.liaison_officer")
    assert [joint.may_read(holder(role), marking).allowed for role in readers] == [own_officer, own_commander, other]


def test_release_to_strangers_changes_nothing(joint: Accord):
    plain = Marking("host", "alert", Tlp.AMBER)
    strange = Marking("host", "alert", Tlp.AMBER, frozenset({"press", "host"}))
    for role in ("host.duty_officer", "partner.liaison_officer"):
        assert joint.may_read(holder(role), plain) == joint.may_read(holder(role), strange)


def test_partner_does_not_get_what_names_sources(joint: Accord):
    liaison = holder("partner.liaison_officer")
    for info_class, withheld in {
        "alert": {"tracks", "sensors", "explanation", "assessment"},
        "position": {"sensor", "track"},
        "sensor": {"sensor", "geometry", "position"},
        "measure": {"unit"},
        "sweep": {"unit"},
        "movement": {"host_note"},
        "expected": {"tokens"},
    }.items():
        fields = joint.fields(liaison, joint.marking(info_class, "host", "marjan"))
        assert fields
        assert not fields & withheld, info_class
    for info_class in ("post", "feed"):
        assert joint.fields(liaison, joint.marking(info_class, "host", "marjan")) == frozenset()


def test_host_does_not_get_the_purpose_of_a_journey(joint: Accord):
    marking = joint.marking("movement", "partner", "marjan")
    for role in (role for role in joint.roles if role.startswith(("host.", "node."))):
        assert "purpose" not in joint.fields(holder(role), marking), role
    assert "purpose" in joint.fields(holder("partner.project_manager"), marking)


def test_project_manager_gets_alerts_in_short(joint: Accord):
    fields = joint.fields(holder("partner.project_manager"), joint.marking("alert", "host", "marjan"))
    assert fields == {"kind", "site", "ring", "severity", "raised", "ended", "state"}
    assert not joint.may_read(holder("partner.project_manager"), joint.marking("position", "host", "marjan")).allowed


def test_auditor_reads_how_the_accord_is_kept_and_does_nothing(joint: Accord):
    for party in ("host", "partner"):
        auditor = holder("auditor", party)
        read = {name for name in CLASSES if joint.may_read(auditor, joint.marking(name, "host", "marjan")).allowed}
        assert read == {"record", "accord", "appointment"}
        for act in ACTS:
            for info_class in CLASSES:
                assert not joint.decide(auditor, act, joint.marking(info_class, party, "marjan")).allowed


def test_planner_holds_no_key(joint: Accord):
    for accord_role in ("partner.project_manager", "host.focal_point"):
        party = accord_role.split(".")[0]
        marking = joint.marking("movement", party, "marjan")
        assert joint.decide(holder(accord_role), "movement.plan", marking).allowed
        assert not joint.decide(holder(accord_role), "movement.consent", marking).allowed


def cases(accord: Accord) -> st.SearchStrategy[Case]:
    parties = sorted(accord.parties)
    return st.builds(
        lambda standing, action, info_class, originator, tlp, to, in_area: Case(
            *standing, action, info_class, originator, str(tlp),
            tuple(party for party in parties if party != originator) if to else (), in_area,
        ),
        st.sampled_from(accord.schedule.standings()), st.sampled_from(["read", "read", *ACTIONS]),
        st.sampled_from(sorted(accord.classes)), st.sampled_from(parties), st.sampled_from(list(Tlp)),
        st.booleans(), st.booleans(),
    )  # fmt: skip


@pytest.mark.parametrize("name", ["joint", "humanitarian"])
def test_engine_decides_as_the_policies_read(name: str, request: pytest.FixtureRequest):
    accord: Accord = request.getfixturevalue(name)
    every = [policy.json for policy in accord.policies.values()]

    @settings(derandomize=True, max_examples=800, deadline=None)
    @given(cases(accord))
    def check(case: Case):
        values = {
            "principal": {"party": case.party, "side": accord.parties[case.party].side, "role": case.role},
            "resource": {
                "class": case.info_class, "originator": case.originator, "tlp": case.tlp,
                "releasable_to": case.releasable_to, "own": case.party == case.originator,
            },
            "context": {"in_area": case.in_area},
        }  # fmt: skip
        assert accord.engine.decide(case).allowed == oracle.decide(every, case.action, values)

    check()


@pytest.mark.parametrize("name", ["joint", "humanitarian"])
def test_whoever_may_read_has_fields_and_nobody_else(name: str, request: pytest.FixtureRequest):
    accord: Accord = request.getfixturevalue(name)
    allowed = denied = 0
    for party, role in accord.schedule.standings():
        for info_class in accord.classes:
            for originator in accord.parties:
                marking = accord.marking(info_class, originator, "marjan")
                for area in ("", "marjan", "harbour"):
                    principal = Principal(role, party, (Grant(role, area),))
                    may = accord.may_read(principal, marking).allowed
                    assert may == bool(accord.fields(principal, marking))
                    allowed, denied = allowed + may, denied + (not may)
    assert allowed > 200
    assert denied > 200


def test_answer_from_the_cache_is_the_answer(joint: Accord, monkeypatch: pytest.MonkeyPatch):
    principal, marking = holder("host.commander", area="marjan"), joint.marking("alert", "host", "marjan")
    first = joint.decide(principal, "alert.assess", marking)

    def fail(*_: object) -> None:
        raise AssertionError("asked Cedar again")

    monkeypatch.setattr(type(joint.engine), "decide_all", fail)
    same = joint.marking("alert", "host", "marjan")
    namesake = Principal("another", "host", (Grant("host.commander", "marjan"),))
    assert joint.decide(namesake, "alert.assess", same) == first
