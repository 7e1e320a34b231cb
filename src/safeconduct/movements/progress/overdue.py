"""The ladder that a movement climbs which is overdue: rungs, their times, what is done on each and whose it is.

    T+0 noted · T+5 min silent ping · T+10 calls · T+15 duty officers · T+30 the host looks · T+60 crisis cell · again …

All is halved where a site of the movement is in a heightened state or worse. The last rung comes again and again until
a named person accounts for the movement: the ladder never ends by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

SYSTEM, PARTNER, BOTH, HOST = "system", "partner", "both", "host"
"""Whose a rung is: the node's own, the partner's desk, both parties' duty officers, or the host, which commands."""


class Rung(NamedTuple):
    """`after_min` minutes after the movement was due, as long as nothing is heightened."""

    code: str
    after_min: float
    owner: str


RUNGS = (
    Rung("noted", 0, SYSTEM),
    Rung("ping", 5, SYSTEM),
    Rung("calls", 10, PARTNER),
    Rung("duty_officers", 15, BOTH),
    Rung("host_looks", 30, HOST),
    Rung("crisis_cell", 60, BOTH),
)
AGAIN = Rung("again", 30, BOTH)
"""After the last rung, every so many minutes."""
HALVED = 0.5
GRAVE = 3
"""The rung at which a ladder begins that no call and no ping may precede: both duty officers, at once."""


def rung(number: int) -> Rung:
    """Rung `number`, from 0; beyond the last each comes again."""
    if number < len(RUNGS):
        return RUNGS[number]
    return AGAIN._replace(after_min=RUNGS[-1].after_min + AGAIN.after_min * (number - len(RUNGS) + 1))


def due_s(number: int, factor: float, first: int = 0) -> float:
    """Seconds after T at which rung `number` is due. A ladder that begins at rung `first` begins there at T."""
    return max(0.0, rung(number).after_min - rung(first).after_min) * 60 * factor


def to_climb(done: int, elapsed_s: float, factor: float, first: int = 0) -> Iterator[int]:
    """The numbers of the rungs that are due and not done, in their order; `done` is how many were."""
    number = first + done
    while due_s(number, factor, first) <= elapsed_s:
        yield number
        number += 1


class Shown(NamedTuple):
    """A rung for people. `done_at` is None for the next one; `late_s` by how much it was done late."""

    number: int
    code: str
    owner: str
    due_at: datetime
    done_at: datetime | None
    late_s: int
    answers: Sequence[Mapping[str, Any]]


def shown(due_at: datetime, rungs: Sequence[Mapping[str, Any]], factor: float, first: int = 0) -> list[Shown]:
    """The rungs that were climbed and the one that is next. `rungs` as the row has them: {number, due_at, at,
    answers}."""
    from safeconduct.terms.instant import parse

    lines: list[Shown] = []
    for one in rungs:
        known = rung(one["number"])
        due, at = parse(one["due_at"]), parse(one["at"])
        late_s = max(0, round((at - due).total_seconds()))
        lines.append(Shown(one["number"], known.code, known.owner, due, at, late_s, one.get("answers", ())))
    number = first + len(rungs)
    after = due_at + timedelta(seconds=due_s(number, factor, first))
    return [*lines, Shown(number, rung(number).code, rung(number).owner, after, None, 0, ())]
