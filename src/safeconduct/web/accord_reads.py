"""Reads of the accord itself, for those who may read it: its text, who may do what, and why."""

from __future__ import annotations

from safeconduct import node
from safeconduct.accord.accord import Accord
from safeconduct.accord.tables import Names
from safeconduct.accord.vocabulary import ACTS, READ
from safeconduct.terms.decision import Decision
from safeconduct.terms.errors import BadInput, Fault, NotFound, shown
from safeconduct.terms.marking import Marking
from safeconduct.terms.party import ANYWHERE, Grant, Principal, Side

CLASS = "accord"


def accord_for(principal: Principal) -> Accord:
    """The accord in force. Raises NotFound for a reader to whom it does not give its text."""
    accord = node.current().accord
    if "text" not in accord.fields(principal, own_marking(accord)):
        raise NotFound(CLASS, "in force")
    return accord


def own_marking(accord: Accord) -> Marking:
    """The marking of the accord's text: the host keeps it for both parties."""
    return accord.marking(CLASS, accord.party_of_side(Side.HOST).id)


def standing_in(accord: Accord, role: str, party: str, area: str = ANYWHERE) -> Principal:
    """Anybody of `party` who holds `role`. Raises BadInput where that party cannot."""
    terms = accord.roles.get(role)
    faults: list[Fault] = []
    if terms is None:
        faults.append(Fault("role", shown(role), "one of " + ", ".join(accord.roles)))
    elif party not in accord.schedule.sides_of(terms):
        faults.append(Fault("party", shown(party), "one of " + ", ".join(accord.schedule.sides_of(terms))))
    if faults:
        raise BadInput("question", faults)
    return Principal(f"anybody as {role}", party, (Grant(role, area),))


def why(
    accord: Accord, asked: Principal, action: str, info_class: str, originator: str, area: str = ANYWHERE
) -> Decision:
    """The decision on `action` (an act, or `read`) to a thing of `info_class`. Raises BadInput for unknown words."""
    if action != READ and action not in ACTS:
        raise BadInput("question", [Fault("act", shown(action), "`read`, or one of " + ", ".join(ACTS))])
    marking = accord.marking(info_class, originator, area)
    return accord.may_read(asked, marking) if action == READ else accord.decide(asked, action, marking)


def clause_of(accord: Accord, number: str) -> Names:
    """The words of a clause (`4.2`) or a whole article (`4`) in every language."""
    article = accord.articles[number.split(".")[0]]
    return article.text if number == article.number else article.clauses[number]
