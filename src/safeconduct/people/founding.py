"""The first users of a node. Someone must appoint the first who may appoint: that is the party itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from safeconduct import acts, node
from safeconduct.people.acts import appoint
from safeconduct.people.models import User
from safeconduct.terms import instant
from safeconduct.terms.errors import BadInput, Fault, shown
from safeconduct.terms.party import Grant, Principal

if TYPE_CHECKING:
    from safeconduct.node.making import FirstUser


def found(users: Iterable[FirstUser]) -> None:
    """Make accounts and appoint them: all of them, or none. Raises BadInput or Refused."""
    at = instant.now()
    with acts.together():
        for user in users:
            _account(user)
            appointer = appointing_principal(user.party)
            for role in user.roles:
                appoint(appointer, site=user.area, user=user.name, role=role, begin=at)


def _account(user: FirstUser) -> None:
    if User.objects.filter(username=user.name).exists():
        raise BadInput("user", [Fault("name", shown(user.name), "a name that no user has")])
    if user.party not in node.current().accord.parties:
        raise BadInput("user", [Fault("party", shown(user.party), "a party of the accord")])
    User.objects.create_user(username=user.name, password=user.password, party=user.party)


def appointing_principal(party: str) -> Principal:
    """The party as founder: it stands in whichever of its roles the accord lets appoint. Raises BadInput for none."""
    accord = node.current().accord
    for role, terms in accord.roles.items():
        founder = Principal(f"founding of {party}", party, (Grant(role),))
        if terms.party == party and appoint.decision(founder, appoint.marking_for_new(founder, "")).allowed:
            return founder
    raise BadInput(
        "accord", [Fault(f"roles of {party}", "none that may appoint", "a role that role.appoint is given to")]
    )
