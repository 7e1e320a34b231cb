import pytest
from tests.accord.drafts import holder

from safeconduct.accord.accord import Accord
from safeconduct.accord.matrix import When, permissions, readings
from safeconduct.accord.vocabulary import CLASSES
from safeconduct.terms.party import Grant, Principal


def test_matrix_says_who_orders_measures(joint: Accord):
    (one,) = [one for one in permissions(joint) if one.act == "measure.order"]
    assert (one.party, one.role, one.articles, one.when) == ("host", "host.commander", ("4.2",), When.ALWAYS)


def test_matrix_says_what_holds_only_for_ones_own(joint: Accord):
    plans = {one.role: one.when for one in permissions(joint) if one.act == "movement.plan"}
    assert plans == {"partner.project_manager": When.OWN, "host.focal_point": When.OWN}


def test_matrix_names_each_party_of_a_role_that_either_may_hold(joint: Accord):
    assert [(one.party, one.role) for one in permissions(joint) if one.act == "record.erase"] == [
        ("host", "dpo"),
        ("partner", "dpo"),
    ]


@pytest.mark.parametrize("name", ["joint", "humanitarian"])
def test_matrix_agrees_with_the_decisions(name: str, request: pytest.FixtureRequest):
    accord: Accord = request.getfixturevalue(name)
    of_act = {(one.act, one.party, one.role): one for one in permissions(accord)}
    for act in {one.act for one in of_act.values()}:
        for party, role in accord.schedule.standings():
            one = of_act.get((act, party, role))
            for originator in accord.parties:
                marking = accord.marking("movement", originator, "marjan")
                allowed = accord.decide(Principal(role, party, (Grant(role),)), act, marking).allowed
                if one is None:
                    assert not allowed
                elif one.when is not When.SOME:
                    assert allowed == (one.when is When.ALWAYS or originator == party)


def test_readings_give_the_fields_in_order(joint: Accord):
    of_class = {(one.info_class, one.role): one for one in readings(joint)}
    one = of_class["alert", "partner.project_manager"]
    assert one.fields == ("kind", "site", "ring", "severity", "raised", "ended", "state")
    assert (one.articles, one.when) == (("7.3",), When.ALWAYS)
    assert of_class["alert", "host.commander"].fields == CLASSES["alert"]
    assert of_class["post", "host.commander"].when is When.OWN
    assert ("post", "partner.liaison_officer") not in of_class


def test_readings_agree_with_what_a_reader_gets(joint: Accord):
    for one in readings(joint):
        if one.when is When.ALWAYS:
            got = joint.fields(holder(one.role, one.party), joint.marking(one.info_class, "host", "marjan"))
            assert got == set(one.fields), one
