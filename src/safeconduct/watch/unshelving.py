"""The clock's part in shelving: it ends what is over. Run again after a kill, it goes on from what the tables say."""

from __future__ import annotations

import structlog

from safeconduct import node
from safeconduct.terms.errors import SafeconductError
from safeconduct.watch import queries
from safeconduct.watch.acts import unshelve

log = structlog.get_logger("safeconduct.watch.unshelving")


def unshelve_what_is_over() -> int:
    """End every shelf whose time has passed or whose alert became critical; how many were ended."""
    clock = node.current().system("node.clock")
    done = 0
    for shelf, why in queries.shelves_over(clock):
        try:
            unshelve(clock, shelf.id, why=why)
            done += 1
        except SafeconductError as error:
            # A person was faster, or the accord refuses it: nobody sees the shelf as holding either way.
            log.warning("unshelve_failed", shelf=str(shelf.id), error=type(error).__name__)
    return done
