"""Acts of the review: the host clears a plan, defers or refuses it; conditions are met; risk is accepted; it lapses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from safeconduct.accord.schedule import ANY_PARTY
from safeconduct.acts import Doing, act
from safeconduct.movements.facts import is_cleared, is_more_severe, legs_of
from safeconduct.movements.gate import EXPIRED, MORE_SEVERE
from safeconduct.movements.models import DEFERRED, DRAFT, HELD, PLANNED, REFUSED, REQUESTED, Movement
from safeconduct.movements.plan_acts import want_state
from safeconduct.sites import posture
from safeconduct.terms.decision import Decision, Refused
from safeconduct.terms.errors import BadInput, Fault, shown
from safeconduct.terms.instant import iso, parse
from safeconduct.terms.party import Side

CLEARED, CLEARED_WITH_CONDITIONS = "cleared", "cleared_with_conditions"
OUTCOMES = (CLEARED, DEFERRED, REFUSED)
REASON_CLASSES = ("threat", "route", "time", "vehicles", "escort", "risk", "information", "other")
"""Why a plan is refused, in a word that both parties know."""

CLEARED_FOR = timedelta(hours=2)
"""How long after the planned departure a clearance lasts where the review names no time."""
DEADLINE = timedelta(hours=24)
"""How long a refusal may be laid before another reviewer where it names no time."""
MOST_CONDITIONS = 20


@act("movement.review", on=Movement)
def review(
    doing: Doing,
    movement: Movement,
    *,
    outcome: str,
    text: str = "",
    until: datetime | None = None,
    conditions: Sequence[Mapping[str, str]] = (),
    reason_class: str = "",
    alternatives: str = "",
    deadline: datetime | None = None,
) -> None:
    """Clear a requested plan `until` a time, perhaps with conditions; defer it; or refuse it.

    Whoever planned it, or refused it before, does not review it. Raises BadInput.
    """
    want_state(movement, REQUESTED, DEFERRED)
    faults = [*_reviewer_faults(doing, movement), *_text_faults("text", text, 0 if outcome == CLEARED else 1)]
    faults += _text_faults("alternatives", alternatives, 0)
    if outcome not in OUTCOMES:
        faults.append(Fault("outcome", shown(outcome), "one of " + ", ".join(OUTCOMES)))
    if outcome == REFUSED and reason_class not in REASON_CLASSES:
        faults.append(Fault("reason_class", shown(reason_class), "one of " + ", ".join(REASON_CLASSES)))
    ends = (until or movement.depart_at + CLEARED_FOR) if outcome == CLEARED else None
    asked_until = (deadline or doing.at + DEADLINE) if outcome == REFUSED else None
    for where, time in (("until", ends), ("deadline", asked_until)):
        if time is not None and time <= doing.at:
            faults.append(Fault(where, iso(time), f"a time after {iso(doing.at)}"))
    faults += _condition_faults(doing, outcome, conditions)
    if faults:
        raise BadInput(f"movement {movement.name}", faults)
    kept = {"outcome": outcome, "by": doing.principal.name, "party": doing.principal.party, "at": iso(doing.at)}
    if outcome == CLEARED and conditions:
        kept["outcome"] = CLEARED_WITH_CONDITIONS
    said = {
        "until": ends and iso(ends),
        "text": text.strip(),
        "reason_class": reason_class if outcome == REFUSED else "",
        "alternatives": alternatives.strip(),
        "deadline": asked_until and iso(asked_until),
    }
    movement.review = kept | {name: value for name, value in said.items() if value}
    movement.conditions = [
        {"text": one["text"].strip(), "owner": one["owner"], "met_by": "", "met_at": None} for one in conditions
    ]
    movement.postures = posture.postures_of(leg.site for leg in legs_of(movement.pk))
    movement.state = _state_after(movement, outcome)


def _state_after(movement: Movement, outcome: str) -> str:
    if outcome != CLEARED:
        return outcome
    return PLANNED if all(one["lifted_at"] for one in movement.holds) else HELD


def _reviewer_faults(doing: Doing, movement: Movement) -> list[Fault]:
    mine = doing.principal.name
    if movement.planned_by == mine:
        return [Fault("reviewer", "its planner", "someone else")]
    if movement.review.get("outcome") == REFUSED and movement.review.get("by") == mine:
        return [Fault("reviewer", "whoever refused it", "another reviewer")]
    return []


def _text_faults(where: str, text: str, least: int) -> list[Fault]:
    length = len(text.strip())
    return [] if least <= length <= 1000 else [Fault(where, f"{length} characters", f"{least} to 1,000")]


def _condition_faults(doing: Doing, outcome: str, conditions: Sequence[Mapping[str, str]]) -> list[Fault]:
    if conditions and outcome != CLEARED:
        return [Fault("conditions", f"{len(conditions)} conditions", "none, but for a clearance")]
    if len(conditions) > MOST_CONDITIONS:
        return [Fault("conditions", f"{len(conditions)} conditions", f"at most {MOST_CONDITIONS}")]
    faults: list[Fault] = []
    for index, one in enumerate(conditions):
        text, owner = one.get("text", ""), one.get("owner", "")
        if not 0 < len(text.strip()) <= 500:
            faults.append(Fault(f"conditions[{index}].text", f"{len(text)} characters", "1 to 500"))
        if owner not in doing.accord.parties:
            faults.append(
                Fault(f"conditions[{index}].owner", shown(owner), "one of " + ", ".join(doing.accord.parties))
            )
    return faults


@act("movement.meet", on=Movement)
def meet(doing: Doing, movement: Movement, *, number: int) -> None:
    """Enter that condition `number` of the review, from 1, is met. Its owner alone does. Raises BadInput."""
    want_state(movement, PLANNED, HELD)
    if not 1 <= number <= len(movement.conditions):
        raise BadInput(f"movement {movement.name}", [Fault("number", str(number), "a condition of the review")])
    condition = movement.conditions[number - 1]
    if condition["owner"] != doing.principal.party:
        raise BadInput(f"movement {movement.name}", [Fault("owner", condition["owner"], "a condition of your party")])
    if condition["met_at"]:
        return
    met = condition | {"met_by": doing.principal.name, "met_at": iso(doing.at)}
    movement.conditions = [met if one is condition else one for one in movement.conditions]


@act("movement.accept_risk", on=Movement)
def accept_risk(doing: Doing, movement: Movement) -> None:
    """Accept the risk to the people of the actor's own party, at the level that the plan states.

    Raises Refused where the accord lets somebody else, or nobody, accept that level.
    """
    _accept(doing, movement, "people")


@act("movement.accept_measures", on=Movement)
def accept_measures(doing: Doing, movement: Movement) -> None:
    """Accept, for the host, the measures against a high risk. Raises Refused or BadInput."""
    party = doing.accord.parties.get(doing.principal.party)
    if party is None or party.side is not Side.HOST:
        raise BadInput(f"movement {movement.name}", [Fault("party", doing.principal.party, "the host")])
    _accept(doing, movement, "measures")


def _accept(doing: Doing, movement: Movement, what: str) -> None:
    want_state(movement, DRAFT, REQUESTED, DEFERRED, PLANNED, HELD)
    level = movement.risk.get("level", "")
    if not level:
        raise BadInput(f"movement {movement.name}", [Fault("risk", "nothing", "a plan that states its risk")])
    rule = next((one for one in doing.accord.gate if one.condition == "risk"), None)
    way = rule.acceptance(level) if rule else None
    roles = () if way is None else way.people if what == "people" else way.measures
    if rule is not None and not _holds_one(doing, roles):
        reason = "Risk of this level is accepted by those whom the accord names, and by nobody where it names nobody."
        raise Refused(doing.act, Decision(False, rule.article, "gate.risk", reason))
    by = {"party": doing.principal.party, "by": doing.principal.name, "at": iso(doing.at), "level": level}
    movement.accepted = movement.accepted | {what: by}


def _holds_one(doing: Doing, roles: Sequence[str]) -> bool:
    """Whether the actor stands, in this area, in one of those roles for their own party."""
    known, party = doing.accord.roles, doing.principal.party
    return any(
        grant.role in roles and grant.covers(doing.marking.area) and known[grant.role].party in (party, ANY_PARTY)
        for grant in doing.principal.grants
        if grant.role in known
    )


@act("movement.lapse", on=Movement)
def lapse(doing: Doing, movement: Movement) -> None:
    """End a clearance whose term is over, or that was given before a site on the way became more severe.

    Both keys fall, and the plan waits for another review. Raises BadInput where the clearance holds.
    """
    want_state(movement, PLANNED, HELD)
    reason = _ended(doing, movement) if is_cleared(movement.review) else ""
    if not reason:
        raise BadInput(f"movement {movement.name}", [Fault("review", "a clearance that holds", "one that has ended")])
    movement.review = movement.review | {"lapsed": {"at": iso(doing.at), "reason": reason}}
    movement.keys, movement.state = {}, REQUESTED
    doing.enter(reason=reason)


def _ended(doing: Doing, movement: Movement) -> str:
    now: Mapping[str, str] = posture.postures_of(leg.site for leg in legs_of(movement.pk))
    before: Mapping[str, Any] = movement.postures
    if any(is_more_severe(state, before.get(site, posture.UNKNOWN)) for site, state in now.items()):
        return MORE_SEVERE
    return EXPIRED if parse(movement.review["until"]) <= doing.at else ""
