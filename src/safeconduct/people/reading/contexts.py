"""What the page of alarms about reading shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from safeconduct import node
from safeconduct.people.models import ReadingAlarm
from safeconduct.people.reading import acts, queries
from safeconduct.release import Projection
from safeconduct.terms.decision import Decision
from safeconduct.terms.party import ANYWHERE, Principal


@dataclass(frozen=True)
class Decoy:
    """`named` is how this reader knows what it stands for; empty for a plan, or what they may not read."""

    canary: Projection
    named: str


@dataclass(frozen=True)
class ReadingPage:
    """`reading` is whether this reader gets alarms at all, `placing` whether they keep decoys."""

    alarms: Sequence[Projection]
    decoys: Sequence[Decoy]
    may_answer: frozenset[object]
    reading: Decision
    placing: Decision


def reading_page(principal: Principal) -> ReadingPage:
    accord = node.current().accord
    alarms = queries.alarms(principal)
    party = principal.party if principal.party in accord.parties else next(iter(accord.parties))
    return ReadingPage(
        alarms=alarms,
        decoys=_decoys(principal),
        may_answer=frozenset(one.id for one in alarms if acts.answer_alarm.decision(principal, one.marking).allowed),
        reading=accord.may_read(principal, accord.marking(ReadingAlarm.info_class, party)),
        placing=acts.place_canary.decision(principal, acts.place_canary.marking_for_new(principal, ANYWHERE)),
    )


def _decoys(principal: Principal) -> list[Decoy]:
    found = queries.canaries(principal)
    names = queries.references(principal, [one["of"] for one in found if one["of_class"] == "person"])
    return [Decoy(one, names.get(one["of"], "")) for one in found]


def watches_reading(principal: Principal) -> bool:
    """Whether this reader gets alarms about the reading of their own party's things."""
    accord = node.current().accord
    if principal.party not in accord.parties or ReadingAlarm.info_class not in accord.classes:
        return False
    return accord.may_read(principal, accord.marking(ReadingAlarm.info_class, principal.party)).allowed
