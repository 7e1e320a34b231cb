"""Which sensors a party's feeds may report for: a partner's bear its id and a slash, as its feeds' names do.

Otherwise a lent camera could say in the name of one of the host's that it watches, or that a vehicle has left.
"""

from __future__ import annotations

from safeconduct import node
from safeconduct.terms.errors import BadInput, Fault, shown
from safeconduct.terms.marking import Marking
from safeconduct.terms.party import Side
from safeconduct.watch.feeds.kinds import sensors_of

MOST_CHARACTERS = 256


def namespace_of(feed: Marking) -> str:
    """How the ids of a feed's sensors begin; empty for the host's, which may be any."""
    party = node.current().accord.parties.get(feed.originator)
    return "" if party is not None and party.side is Side.HOST else f"{feed.originator}/"


def check_sensors(feed: Marking, sensor: str) -> None:
    """Raises BadInput where a feed so marked may not be bound to the sensors that `sensor` names."""
    if len(sensor) > MOST_CHARACTERS:
        raise BadInput("feed", [Fault("sensor", f"{len(sensor)} characters", f"at most {MOST_CHARACTERS}")])
    namespace = namespace_of(feed)
    others = sorted(one for one in sensors_of(sensor) if not one.startswith(namespace))
    if others:
        raise BadInput("feed", [Fault("sensor", shown(others[0]), f"ids that begin with {namespace}")])
