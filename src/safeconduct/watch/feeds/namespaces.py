"""Which sensors a party's feeds may report for: a partner's bear its id and a slash, as its feeds' names do.

Otherwise a lent camera could say in the name of one of the host's that it watches, or that a vehicle has left.
"""

from __future__ import annotations

from safeconduct import node
from safeconduct.terms.marking import Marking
from safeconduct.terms.party import Side


def namespace_of(feed: Marking) -> str:
    """How the ids of a feed's sensors begin; empty for the host's, which may be any."""
    party = node.current().accord.parties.get(feed.originator)
    return "" if party is not None and party.side is Side.HOST else f"{feed.originator}/"
