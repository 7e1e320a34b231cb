"""A message by the channel `app` waits on the person's own page: it is delivered when their phone fetches it."""

from __future__ import annotations

from safeconduct import node, release
from safeconduct.people.channels.acts import DELIVERED, SENT, note
from safeconduct.people.channels.ladder import APP
from safeconduct.people.models import Delivery
from safeconduct.people.own import mine
from safeconduct.terms.party import Principal


def note_fetched(principal: Principal) -> None:
    """Note that the phone that asks has fetched what waited for its person. Nothing where nothing did."""
    own = mine(Delivery, principal)
    waiting = release.listing(Delivery, principal, lambda rows: rows.filter(own, channel=APP, state=SENT))
    if waiting:
        outcomes = [{"id": str(one.id), "state": DELIVERED} for one in waiting]
        note(node.current().system("node.clock"), outcomes, channel=APP)
