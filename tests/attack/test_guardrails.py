"""Accords that try to slip past the guardrails: what they permit is found, or they do not load."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.accord.drafts import SAMPLES, Draft


@pytest.fixture
def draft(tmp_path: Path) -> Draft:
    return Draft(shutil.copytree(SAMPLES / "joint-security", tmp_path / "joint-security"))


OF_NO_NAMED_CLASS = '!["accord", "token"].contains(resource.class)'
"""Article 3 names these two for every act."""


def permit(draft: Draft, action: str, when: str) -> None:
    draft.add_policy(
        "07",
        f'@id("x") @article("7.5") @reason("r") permit (principal, action == Action::"{action}", resource) '
        f"when {{ {when} }};",
    )


def test_widening_of_every_class_but_the_usual_one_is_found(draft: Draft):
    """The class that an act is usually done to stands for those that no policy names: not where it is named itself."""
    draft.edit("07", "unless { resource.own };", "unless { true };")
    permit(
        draft,
        "release.widen",
        f'principal.role == "partner.analyst" && resource.class != "alert" && {OF_NO_NAMED_CLASS}',
    )
    assert any("nobody but the originator" in fault.wanted for fault in draft.faults())


def test_an_auditor_that_acts_on_every_class_but_the_usual_one_is_found(draft: Draft):
    permit(draft, "sweep.void", f'principal.role == "auditor" && resource.class != "sweep" && {OF_NO_NAMED_CLASS}')
    assert any("no act by an auditor" in fault.wanted for fault in draft.faults())


def test_an_order_to_everything_but_a_measure_is_found(draft: Draft):
    draft.edit("04", 'when { principal.side == "partner" };', "when { false };")
    permit(
        draft,
        "measure.order",
        f'principal.role == "partner.analyst" && resource.class != "measure" && {OF_NO_NAMED_CLASS}',
    )
    assert any("the host commands" in fault.wanted for fault in draft.faults())
