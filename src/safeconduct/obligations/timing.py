"""The clock's look at what is owed: reminders, and deadlines that pass.

All that has to last is in the table. A clock process that was killed goes on from there; a deadline that passed while
none ran is noted by the next, and once.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable

import structlog

from safeconduct import node
from safeconduct.obligations import acts
from safeconduct.obligations.queries import Running, running
from safeconduct.terms import instant
from safeconduct.terms.elapsed import Elapsed, counted_s
from safeconduct.terms.errors import SafeconductError
from safeconduct.terms.party import Principal

log = structlog.get_logger("safeconduct.obligations.timing")


class Timekeeper:
    """Takes the looks of one clock process. Time passes by the node's clock, or by the process's own count where that
    is further: a clock that is set back defers no deadline."""

    def __init__(self, counted: Callable[[], float] = counted_s):
        self._counted = counted
        self._count_s = counted()
        self._elapsed: dict[uuid.UUID, Elapsed] = {}

    def look(self) -> int:
        """Look once at all that is owed; how many acts that led to."""
        count_s = self._counted()
        passed_s, self._count_s = max(0.0, count_s - self._count_s), count_s
        clock, now, done = node.current().system("node.clock"), instant.now(), 0
        open_now = running()
        before = self._elapsed
        self._elapsed = {one.ref: before.get(one.ref) or Elapsed() for one in open_now}
        for one in open_now:
            counted_s = passed_s if one.ref in before else 0.0
            elapsed_s = self._elapsed[one.ref].pass_time((now - one.arose_at).total_seconds(), counted_s)
            try:
                done += _look_at(clock, one, elapsed_s)
            except SafeconductError as error:
                # It was settled meanwhile: the others are looked at all the same.
                log.warning("look_failed", obligation=str(one.ref), error=type(error).__name__)
        return done


def _look_at(clock: Principal, one: Running, elapsed_s: float) -> int:
    if elapsed_s > (one.due_at - one.arose_at).total_seconds():
        acts.breach(clock, one.ref)
        return 1
    due = sum(after_s <= elapsed_s for after_s in one.remind_s) - one.reminded
    for _ in range(due):
        acts.remind(clock, one.ref)
    return max(0, due)
