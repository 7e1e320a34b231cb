"""The gate in an accord: conditions with their clauses, who accepts which risk, and what is wrong with a list."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from safeconduct.accord.accord import load_accord
from safeconduct.accord.difference import differences
from safeconduct.accord.gate_rules import CORE, RULED, read_driving, read_gate
from safeconduct.accord.tables import Table
from safeconduct.node.making import sample
from safeconduct.terms.errors import Fault

ROLES, LEVELS = ("a", "b"), ("low", "high")


def read(content: dict[str, object]) -> tuple[object, list[Fault]]:
    faults: list[Fault] = []
    top = Table("", content, faults)
    rules = read_gate(top, lambda table, key: table.text(key), ("host", "partner"), ROLES, LEVELS, "1.1")
    return rules, faults


def test_an_accord_from_before_has_its_way_searched_and_escorted():
    rules, faults = read({})
    assert [(one.condition, one.article) for one in rules] == [("swept", "1.1"), ("escort", "1.1")]
    assert faults == []
    assert read_driving(Table("", {}, faults), lambda table, key: table.text(key), "1.1").at_most == timedelta(hours=10)


@pytest.mark.parametrize(
    ("rule", "where"),
    [
        ({"condition": "moonlight", "article": "9.1"}, "gate[0].condition"),
        ({"condition": "swept"}, "gate[0].article"),
        ({"condition": "swept", "article": "9.1", "at_least": "b6"}, "gate[0].at_least"),
        ({"condition": "vehicle_class", "article": "9.1", "at_least": "tank"}, "gate[0].at_least"),
        ({"condition": "training", "article": "9.1", "parties": ["neighbour"]}, "gate[0].parties[0]"),
        (
            {"condition": "risk", "article": "9.1", "accept": [{"levels": ["mild"], "people": ["a"]}]},
            "gate[0].accept[0].levels[0]",
        ),
        (
            {"condition": "risk", "article": "9.1", "accept": [{"levels": ["low"], "people": ["c"]}]},
            "gate[0].accept[0].people[0]",
        ),
        (
            {"condition": "risk", "article": "9.1", "accept": [{"levels": ["low"], "people": ["a"]}] * 2},
            "gate[0].accept",
        ),
    ],
)
def test_what_is_wrong_is_named_by_its_place(rule, where):
    assert [fault.where for fault in read({"gate": [rule]})[1]] == [where]


def test_a_condition_twice_is_refused():
    rule = {"condition": "swept", "article": "9.1"}
    assert [(fault.where, fault.found) for fault in read({"gate": [rule, rule]})[1]] == [("gate", "'swept'")]


def test_the_sample_names_a_clause_for_every_condition():
    accord = load_accord(sample("joint-security"))
    assert {one.condition for one in accord.gate} == {*CORE, *RULED}
    known = {number for article in accord.articles.values() for number in article.clauses}
    assert {one.article for one in accord.gate} | {accord.driving.article} <= known


def test_a_change_of_the_gate_is_said_by_the_condition():
    accord = load_accord(sample("joint-security"))
    milder = tuple(replace(one, at_least="b4") if one.at_least else one for one in accord.gate)
    changed = replace(accord, schedule=replace(accord.schedule, gate=milder[1:]))
    said = {one.subject: (one.old, one.new) for one in differences(accord, changed)}
    assert said["gate vehicle_class"] == ("article 9.12; at least b6", "article 9.12; at least b4")
    assert said["gate keys"] == ("article 9.1", "")
