"""Acts of the council: all parties decide to add a condition to the gate, and all decide to take it back."""

from __future__ import annotations

from datetime import datetime

from safeconduct.accord.gate_rules import DECIDED, VEHICLE_CLASSES
from safeconduct.acts import Doing, act
from safeconduct.movements.facts import ADOPTED
from safeconduct.movements.models import CouncilRule
from safeconduct.terms.errors import BadInput, Fault, length_faults, require_state, shown
from safeconduct.terms.instant import iso

PROPOSED, LIFTED = "proposed", "lifted"
"""States of a decision beside `adopted`."""


@act("council.propose", creates=CouncilRule)
def propose(
    doing: Doing,
    *,
    site: str = "",
    condition: str,
    text: str,
    at_least: str = "",
    begin: datetime | None = None,
    until: datetime | None = None,
) -> CouncilRule:
    """Propose a condition for the gate of every movement through the site, or through any. It holds once all agree.

    `at_least` is the class of vehicles that it asks for, where it asks for one. Raises BadInput.
    """
    begin = begin or doing.at
    faults: list[Fault] = []
    if condition not in DECIDED:
        faults.append(Fault("condition", shown(condition), "one of " + ", ".join(DECIDED)))
    if (condition == "vehicle_class") != bool(at_least) or (at_least and at_least not in VEHICLE_CLASSES):
        wanted = "one of " + ", ".join(VEHICLE_CLASSES) + " for vehicle_class, and nothing for others"
        faults.append(Fault("at_least", shown(at_least), wanted))
    faults += length_faults("text", text)
    if until is not None and until <= max(begin, doing.at):
        faults.append(Fault("until", iso(until), f"a time after {iso(max(begin, doing.at))}"))
    if len(site) > 256:
        faults.append(Fault("site", f"{len(site)} characters", "at most 256"))
    if faults:
        raise BadInput("decision", faults)
    return CouncilRule.objects.create(
        label_id=doing.label_id,
        site=site,
        condition=condition,
        terms={"at_least": at_least} if at_least else {},
        text=text.strip(),
        begin=begin,
        until=until,
        agreed=_signed(doing),
        state=PROPOSED,
    )


@act("council.agree", on=CouncilRule)
def agree(doing: Doing, rule: CouncilRule) -> None:
    """Agree for the actor's party to what another proposed; it is adopted once every party has."""
    require_state("decision", rule.state, PROPOSED)
    if doing.principal.party in rule.agreed:
        raise BadInput("decision", [Fault("agreed", "your party's own word", "that of another party")])
    rule.agreed = rule.agreed | _signed(doing)
    if set(rule.agreed) >= set(doing.accord.parties):
        rule.state = ADOPTED


@act("council.lift", on=CouncilRule)
def lift_rule(doing: Doing, rule: CouncilRule) -> None:
    """Say for the actor's party that it shall hold no more: it ends once every party has said so.

    What is only proposed ends at once: its proposer takes it back, or another party declines it.
    """
    require_state("decision", rule.state, PROPOSED, ADOPTED)
    if doing.principal.party in rule.lifting:
        raise BadInput("decision", [Fault("lifting", "your party's own word", "that of another party")])
    rule.lifting = rule.lifting | _signed(doing)
    if rule.state == PROPOSED or set(rule.lifting) >= set(doing.accord.parties):
        rule.state = LIFTED


def _signed(doing: Doing) -> dict[str, dict[str, str]]:
    return {doing.principal.party: {"by": doing.principal.name, "at": iso(doing.at)}}
