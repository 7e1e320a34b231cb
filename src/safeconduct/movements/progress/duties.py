"""What a movement owes a word for, and what of it is overdue: checkpoints, the arrival, and being heard at all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from safeconduct.movements.progress.deviation import THRESHOLDS, Situation, Thresholds

CHECKPOINT, ARRIVAL, SILENT, UNCOUNTED = "checkpoint", "arrival", "silent", "uncounted"


class Missed(NamedTuple):
    """A word that was due at `due_ms` and did not come: at a checkpoint `of` that name, or of its cause alone."""

    due_ms: int
    cause: str
    of: str = ""


def missed(
    now: Situation, arrive_ms: int | None, quiet_ms: int | None, limits: Thresholds = THRESHOLDS
) -> Missed | None:
    """The word that is overdue longest, or None. None is due before `quiet_ms`: whoever was seen has given one.

    A movement whose devices are heard may come as late as its plan allows; one that nobody hears may not.
    """
    late = [one._replace(due_ms=max(one.due_ms, quiet_ms or 0)) for one in _owed(now, arrive_ms, limits)]
    return min((one for one in late if one.due_ms <= now.at_ms), default=None)


def _owed(now: Situation, arrive_ms: int | None, limits: Thresholds) -> Iterator[Missed]:
    heard_ms = max((one.seen_ms for one in now.seen), default=now.began_ms)
    is_heard = bool(now.seen) and now.at_ms - heard_ms <= limits.silent_s * 1000
    slack_ms = round((limits.late_s + limits.grace_s) * 1000) if is_heard else 0
    for one in now.due:
        if one.due_ms is not None and one.passed_ms is None:
            yield Missed(one.due_ms + slack_ms, CHECKPOINT, one.name)
    if arrive_ms is not None:
        yield Missed(arrive_ms + slack_ms, ARRIVAL)
    if now.expected and not is_heard:
        yield Missed(heard_ms + round(limits.silent_s * 1000), SILENT)
