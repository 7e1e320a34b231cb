"""The clock's part in the list: it forgets whoever left, when the time of the schedule is over."""

from __future__ import annotations

from datetime import timedelta

import structlog

from safeconduct import node
from safeconduct.people.models import Person
from safeconduct.people.roster_acts import forget
from safeconduct.terms import instant
from safeconduct.terms.errors import SafeconductError

log = structlog.get_logger("safeconduct.people.forgetting")


def forget_who_left() -> int:
    """Forget, party by party, who left longer ago than persons are kept; how many were forgotten."""
    accord = node.current().accord
    if Person.info_class not in accord.classes:
        return 0
    left_before = instant.now() - timedelta(days=accord.classes[Person.info_class].retention_days)
    done = 0
    for party in accord.parties:
        try:
            made = forget(node.current().system("node.clock"), party=party, left_before=left_before)
            done += made.people if made else 0
        except SafeconductError as error:
            log.warning("forgetting_failed", party=party, error=type(error).__name__)
    return done
