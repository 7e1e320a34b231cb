"""The clock's part in plans: it ends clearances that are over, and makes the occurrences of templates that are due.

Run again after a kill, it goes on from what the tables say. No gate waits for it: what is over holds none open.
"""

from __future__ import annotations

import uuid

import structlog

from safeconduct import node
from safeconduct.movements import acts, queries
from safeconduct.terms import instant
from safeconduct.terms.errors import SafeconductError
from safeconduct.terms.instant import parse

log = structlog.get_logger("safeconduct.movements.ending")


def lapse_what_is_over() -> int:
    """End every clearance whose term is over; how many were ended."""
    now = instant.now()
    cleared = queries.cleared(node.current().system("node.clock"))
    over = [one.id for one in cleared if (until := one.get("review", {}).get("until")) and parse(until) <= now]
    return sum(lapse_if_over(ref) for ref in over)


def lapse_if_over(ref: uuid.UUID) -> bool:
    """End the clearance of a movement where it holds no more; whether it was ended."""
    try:
        acts.lapse(node.current().system("node.clock"), ref)
    except SafeconductError as error:
        # It holds still, a person was faster, or the accord refuses it: the gate asks for itself.
        log.debug("lapse_not_done", movement=str(ref), error=type(error).__name__)
        return False
    return True


def make_occurrences() -> int:
    """Make what templates have due; how many rows were made or changed."""
    try:
        return len(acts.recur(node.current().system("node.clock")) or ())
    except SafeconductError as error:
        log.warning("recur_failed", error=type(error).__name__)
        return 0
