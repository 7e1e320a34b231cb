"""What the page of people shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from safeconduct import node
from safeconduct.acts import Act
from safeconduct.people import acts, queries
from safeconduct.release import Projection
from safeconduct.terms import instant
from safeconduct.terms.decision import Decision
from safeconduct.terms.party import ANYWHERE, Principal


@dataclass(frozen=True)
class Held:
    """An appointment or a token: `state` is holds, to_come or ended; `may_end` whether this reader may end it."""

    row: Projection
    state: str
    may_end: bool


@dataclass(frozen=True)
class PeoplePage:
    """Who holds which role, the reader's own tokens, and what the reader may do about either."""

    now: Sequence[Held]
    past: Sequence[Held]
    tokens: Sequence[Held]
    roles: Sequence[str]
    people: Sequence[str]
    areas: Sequence[str]
    appointing: Decision
    issuing: Decision


def people_page(principal: Principal) -> PeoplePage:
    at = instant.now()
    appointments = [_appointment(principal, row, at) for row in queries.appointments(principal)]
    accord = node.current().accord
    appointing = _decision(acts.appoint, principal)
    return PeoplePage(
        now=sorted((one for one in appointments if one.state != "ended"), key=_by_role),
        past=[one for one in appointments if one.state == "ended"],
        tokens=[Held(row, _state(row, at), _state(row, at) != "ended") for row in queries.tokens(principal)],
        roles=[one.id for one in accord.roles.values() if one.party in (principal.party, "any")],
        people=queries.own_people(principal) if appointing.allowed else [],
        areas=sorted({one.row["area"] for one in appointments if one.row.get("area")}),
        appointing=appointing,
        issuing=_decision(acts.issue_token, principal),
    )


_CLASS = {acts.appoint.name: "appointment", acts.issue_token.name: "token"}


def _decision(act: Act[Any], principal: Principal) -> Decision:
    """Whether this reader may make one; an account of no party may nothing, under the article of the default."""
    accord = node.current().accord
    if principal.party not in accord.parties:
        return accord.decide(principal, act.name, accord.marking(_CLASS[act.name], next(iter(accord.parties))))
    return act.decision(principal, act.marking_for_new(principal, ANYWHERE))


def _appointment(principal: Principal, row: Projection, at: datetime) -> Held:
    state = _state(row, at)
    may_end = state != "ended" and acts.dismiss.decision(principal, row.marking).allowed
    return Held(row, state, may_end)


def _state(row: Projection, at: datetime) -> str:
    begin, end = row.get("begin"), row.get("end")
    if end is not None and end <= at:
        return "ended"
    return "to_come" if begin is not None and begin > at else "holds"


def _by_role(one: Held) -> tuple[str, str, str]:
    return (one.row.marking.originator, one.row.get("role", ""), one.row.get("user", ""))
