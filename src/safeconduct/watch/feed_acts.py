"""The act that changes a feed; the rest of what is done to feeds stands in acts.py."""

from __future__ import annotations

from collections.abc import Mapping

from safeconduct.acts import Doing, act
from safeconduct.terms.errors import BadInput, Fault, shown
from safeconduct.terms.party import Side
from safeconduct.watch.feeds.kinds import kind_of
from safeconduct.watch.feeds.namespaces import check_sensors
from safeconduct.watch.models import Feed


@act("feed.change", on=Feed)
def change_feed(doing: Doing, feed: Feed, *, sensor: str = "", settings: Mapping[str, object] = {}) -> None:
    """Put `sensor` and the whole of `settings` in place of what it had; its name and kind stay. Raises BadInput.

    What `feed.open` keeps to holds here too: only the host's people send the node to addresses, and a feed that tells
    tells no more than whoever set it last may read.
    """
    found = kind_of(feed.kind)
    if feed.closed_at:
        raise BadInput("feed", [Fault("state", "closed", "an open feed")])
    if found.connects and doing.accord.parties[doing.principal.party].side is not Side.HOST:
        raise BadInput("feed", [Fault("kind", shown(feed.kind), "a kind that is posted to the node")])
    check_sensors(doing.marking, sensor)
    whole = found.checked(settings)
    if found.outward:
        whole["opened_by"] = doing.principal.name
    feed.sensor, feed.settings = sensor, whole
