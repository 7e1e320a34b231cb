"""The host orders measures; the partner may ask; whoever asks does not order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from safeconduct.strategy import acts, queries
from safeconduct.terms import instant
from safeconduct.terms.decision import Refused
from safeconduct.terms.errors import BadInput

pytestmark = pytest.mark.django_db

LOOK: dict[str, Any] = {"site": "marjan", "kind": "look", "text": "Look at the grey car by gate East."}
ORDER: dict[str, Any] = {**LOOK, "unit": "Patrol 7"}
PARTNER = ["partner.liaison_officer", "partner.project_manager", "partner.head_of_mission", "partner.analyst"]


def known(as_role: Any, role: str = "host.commander") -> list[Any]:
    return queries.measures(as_role(role))


def test_the_commander_orders_and_lifts(as_role):
    measure = acts.order_measure(as_role("host.commander"), **ORDER)
    assert [(one["state"], one["unit"]) for one in known(as_role)] == [("ordered", "Patrol 7")]
    acts.lift_measure(as_role("host.commander"), measure.pk)
    assert [one["state"] for one in known(as_role)] == ["lifted"]


@pytest.mark.parametrize("role", [*PARTNER, "host.duty_officer", "host.gate_post", "auditor"])
def test_nobody_else_orders_and_the_refusal_names_the_article_on_command(as_role, role):
    with pytest.raises(Refused) as refused:
        acts.order_measure(as_role(role), **ORDER)
    assert refused.value.decision.article.split(".")[0] == "4"
    assert known(as_role) == []


@pytest.mark.parametrize("role", PARTNER)
def test_no_partner_lifts_a_measure(as_role, role):
    measure = acts.order_measure(as_role("host.commander"), **ORDER)
    with pytest.raises(Exception, match=r"refused under article 4|no measure"):
        acts.lift_measure(as_role(role), measure.pk)
    assert [one["state"] for one in known(as_role)] == ["ordered"]


@pytest.mark.parametrize("role", ["partner.liaison_officer", "host.duty_officer", "host.gate_post"])
def test_a_request_orders_nobody(as_role, role):
    acts.request_measure(as_role(role), **LOOK)
    found = known(as_role)[0]
    assert (found["state"], found["unit"], found["ordered_at"]) == ("requested", "", None)


def test_the_partner_is_not_told_the_unit(as_role):
    acts.order_measure(as_role("host.commander"), **ORDER)
    assert "unit" not in known(as_role, "partner.liaison_officer")[0]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kind": "arrest"}, "kind"),
        ({"text": "  "}, "text"),
        ({"text": "x" * 2001}, "text"),
        ({"unit": ""}, "unit"),
        ({"until": instant.now() - timedelta(days=1)}, "until"),
    ],
)
def test_an_order_that_makes_no_sense_leaves_nothing_behind(as_role, wrong, field):
    with pytest.raises(BadInput) as refused:
        acts.order_measure(as_role("host.commander"), **ORDER | wrong)
    assert [one.where for one in refused.value.faults] == [field]
    assert known(as_role) == []


def test_a_measure_is_lifted_once_and_a_request_never(as_role):
    measure = acts.order_measure(as_role("host.commander"), **ORDER)
    acts.lift_measure(as_role("host.commander"), measure.pk)
    asked = acts.request_measure(as_role("partner.liaison_officer"), **LOOK)
    for ref in (measure.pk, asked.pk):
        with pytest.raises(BadInput):
            acts.lift_measure(as_role("host.commander"), ref)
