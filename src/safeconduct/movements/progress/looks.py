"""The clock's looks at movements on their way: what deviates, who is overdue, which offers are called to mind.

All that has to last is in the tables; a clock process that was killed goes on from there. What is done is an act, done
once: an act that was done before the kill is not done again, whatever the clock shows.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog

from safeconduct import node
from safeconduct.movements.models import ARRIVED, CLOSED, DEPARTED, Ladder, Overdue, Progress
from safeconduct.movements.progress import acts, border_acts, borders, duties, handover, overdue
from safeconduct.movements.progress.deviation import CLASSES, Due, Found, Looks, Situation, found
from safeconduct.movements.progress.facts import seen_of
from safeconduct.movements.progress.queries import OnTheWay, on_the_way
from safeconduct.terms import instant
from safeconduct.terms.elapsed import Elapsed, counted_s
from safeconduct.terms.errors import SafeconductError
from safeconduct.terms.instant import epoch_ms, from_epoch_ms, iso, parse
from safeconduct.terms.party import Principal

log = structlog.get_logger("safeconduct.movements.looks")

SETTLED_S = 3600.0
"""A clock that was set back is believed after so long; until then time goes on as this process counts it."""


class Hours:
    """The time by which movements are looked at: the node's clock, less what it is set back by while people notice.

    A rung that is due must not wait for a clock to come by again. Set ahead, it is followed at once: to call for help
    too early is the better mistake.
    """

    def __init__(self, now: Callable[[], datetime], counted: Callable[[], float]):
        self._now, self._counted = now, counted
        self._count_s = counted()
        self.at_ms = epoch_ms(now())
        self._behind_s = 0.0

    def pass_time(self) -> float:
        """Move on; how many seconds have passed by the process's own count."""
        count_s = self._counted()
        passed_s, self._count_s = max(0.0, count_s - self._count_s), count_s
        shown_ms, gone_ms = epoch_ms(self._now()), self.at_ms + int(passed_s * 1000)
        self._behind_s = self._behind_s + passed_s if shown_ms < gone_ms - 1000 else 0.0
        self.at_ms = shown_ms if self._behind_s > SETTLED_S else max(shown_ms, gone_ms)
        return passed_s


class Watchman:
    """Takes the looks of one clock process. What is not overdue and does not deviate costs a read and no act."""

    def __init__(self, counted: Callable[[], float] = counted_s):
        self._hours = Hours(lambda: instant.now(), counted)  # noqa: PLW0108 (an exercise may change the clock)
        self._looks: dict[uuid.UUID, Looks] = {}
        self._climbs: dict[uuid.UUID, Elapsed] = {}

    def look(self) -> int:
        """Look once at every movement that is on its way; how many acts that led to."""
        passed_s = self._hours.pass_time()
        clock = node.current().system("node.clock")
        done, seen = 0, set[uuid.UUID]()
        for one in on_the_way():
            seen.add(one.row.pk)
            try:
                done += self._look_at(clock, one, passed_s)
            except SafeconductError as error:
                # A person was faster, or the accord refuses it: the others are looked at all the same.
                log.warning("look_failed", movement=str(one.row.pk), error=type(error).__name__)
        self._looks = {ref: looks for ref, looks in self._looks.items() if ref in seen}
        return done

    def _look_at(self, clock: Principal, one: OnTheWay, passed_s: float) -> int:
        at_ms = self._hours.at_ms
        situation = situation_of(one.row, at_ms)
        done = self._deviate(clock, one.row, situation) if one.row.state not in (ARRIVED, CLOSED) else 0
        standing = {ladder.info_class for ladder in one.ladders}
        if Overdue.info_class not in standing and (miss := _missed(one.row, situation)):
            done += self._begin(clock, one, miss)
        for ladder in one.ladders:
            done += self._climb(clock, one, ladder, passed_s)
        return done + self._remind(clock, one) + self._warn(clock, one)

    def _deviate(self, clock: Principal, row: Progress, situation: Situation) -> int:
        now = found(situation, self._looks.setdefault(row.pk, _looks_of(row)))
        holding = {(one.kind, one.of): one for one in now}
        standing = {(one["kind"], one["of"]) for one in row.deviations if not one["until"]}
        begun = [_plain(one) for key, one in holding.items() if key not in standing]
        ended = sorted(standing - set(holding))
        if not begun and not ended:
            return 0
        acts.deviate(clock, row.pk, begun=begun, ended=[list(one) for one in ended])
        return 1

    def _begin(self, clock: Principal, one: OnTheWay, miss: duties.Missed) -> int:
        elapsed_s = (self._hours.at_ms - miss.due_ms) / 1000
        rungs = list(overdue.to_climb(0, elapsed_s, one.factor))
        acts.climb(
            clock,
            one.row.pk,
            kind=Overdue.info_class,
            cause=miss.cause,
            of=miss.of,
            due_at=from_epoch_ms(miss.due_ms),
            rungs=rungs,
            factor=one.factor,
            elapsed_s=elapsed_s,
        )
        return 1

    def _climb(self, clock: Principal, one: OnTheWay, ladder: Ladder, passed_s: float) -> int:
        climb = self._climbs.setdefault(ladder.pk, Elapsed(ladder.elapsed_s))
        elapsed_s = climb.pass_time((self._hours.at_ms - epoch_ms(ladder.due_at)) / 1000, passed_s)
        rungs = list(overdue.to_climb(len(ladder.rungs), elapsed_s, one.factor, ladder.first))
        if not rungs and one.factor == ladder.factor:
            return 0
        acts.climb(clock, one.row.pk, kind=ladder.info_class, rungs=rungs, factor=one.factor, elapsed_s=elapsed_s)
        return 1

    def _remind(self, clock: Principal, one: OnTheWay) -> int:
        offer = one.offer
        if offer is None or offer.due_at is None:
            return 0
        late_ms = (one.row.delay_s or 0) * 1000
        to_border_s = (epoch_ms(offer.due_at) + max(0, late_ms) - self._hours.at_ms) / 1000
        given = len(offer.reminders)
        due = handover.reminders_due(given, to_border_s)
        if due <= given:
            return 0
        acts.remind(clock, offer.pk, given=due)
        return 1

    def _warn(self, clock: Principal, one: OnTheWay) -> int:
        """Tell that a border is near at which nobody has offered the movement, or that it is no more."""
        row = one.row
        near = self._near_border(row) if row.state == DEPARTED and one.offer is None else {}
        if bool(near) == bool(row.border):
            return 0
        border_acts.warn(clock, row.pk, border=near)
        return 1

    def _near_border(self, row: Progress) -> dict[str, Any]:
        ahead = borders.next_border(row.borders, row.posts)
        due_at = borders.due(ahead, row.plan, row.delay_s) if ahead else None
        if ahead is None or due_at is None:
            return {}
        to_border_s = (epoch_ms(due_at) - self._hours.at_ms) / 1000
        return {**ahead, "due_at": iso(due_at)} if borders.is_near(to_border_s, warned=bool(row.border)) else {}


def situation_of(row: Progress, at_ms: int) -> Situation:
    """What is known of a movement at that time, by its row."""
    vehicles: Mapping[str, Any] = row.facts.get("vehicles", {})
    seen = [seen_of(one) for _, one in sorted(vehicles.items())]
    on_way = row.source == "device" and not any(one.off_ms is not None for one in seen)
    due = [
        Due(
            one["name"],
            epoch_ms(parse(one["due_at"])) if one["due_at"] else None,
            epoch_ms(parse(one["at"])) if one["at"] else None,
            row.plan_m - one["plan_m"] if on_way else 0.0,
        )
        for one in row.checkpoints
    ]
    return Situation(
        at_ms,
        epoch_ms(row.began_at),
        bool(row.expected),
        seen,
        due,
        float(row.delay_s) if row.delay_s is not None else None,
        row.wrong,
        row.expected,
    )


def _looks_of(row: Progress) -> Looks:
    """The hysteresis of a movement that this process has not looked at before: what stands, stands."""
    looks = Looks()
    for one in row.deviations:
        if not one["until"]:
            name = f"{one['kind']} {one['of']}".strip()
            looks.holds(name, True, epoch_ms(parse(one["since"])), 0.0, 0.0)
    return looks


def _missed(row: Progress, situation: Situation) -> duties.Missed | None:
    quiet_ms = epoch_ms(row.quiet_until) if row.quiet_until else None
    if row.state == CLOSED:
        return None
    if row.state == ARRIVED:
        late = quiet_ms is not None and quiet_ms <= situation.at_ms
        return duties.Missed(quiet_ms, duties.UNCOUNTED) if late and quiet_ms is not None else None
    return duties.missed(situation, epoch_ms(row.eta) if row.eta else None, quiet_ms)


def _plain(one: Found) -> dict[str, Any]:
    since = min(one.since_ms, epoch_ms(instant.now()))
    return {"kind": one.kind, "of": one.of, "since": iso(from_epoch_ms(since)), "evidence": dict(one.evidence)}


def gravest(kinds: Sequence[str]) -> str:
    """The gravest class of several, or nothing."""
    return min(kinds, key=CLASSES.index, default="")
