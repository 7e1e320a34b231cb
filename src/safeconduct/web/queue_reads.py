"""The queue of alarms: what wants a person now, in a flood grouped by place and cause; and what is shelved.

Which alarms there are is read narrowly, however many; in full only those that are shown.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import islice

from safeconduct.release import Projection
from safeconduct.terms import instant
from safeconduct.terms.party import Principal
from safeconduct.watch import acts
from safeconduct.watch import queries as watch
from safeconduct.watch.alert_context import by_track, sight_of
from safeconduct.watch.alert_load import alarm_moment, operators
from safeconduct.watch.explain import percent
from safeconduct.watch.load import Flood, Source, flood_now, recent
from safeconduct.watch.rules import ALARMS
from safeconduct.watch.shelves import CRITICAL, Shelves

SHOWN = 10
"""So many of a group are shown when it is opened; the rest is in the list of alerts."""

BACKLOG = 50
"""With more open alarms than this they stand in groups, flood or not: nobody reads a longer list."""

USUAL = 0.9
"""An alarm that is longer than less than this share of the stays at its place and hour stands after its like. One of
which too little is known stands with the unusual."""

KNOWN_FOR = timedelta(hours=24)
"""How far back a flood is looked for."""


@dataclass(frozen=True)
class Waiting:
    """An alert that wants a person, whether this reader may take it on, and whether no sensor shows it now."""

    alert: Projection
    may_acknowledge: bool
    is_unseen: bool

    @property
    def since(self) -> datetime | None:
        """From when its clock runs, stays that add up included; None where it has stopped, or that is withheld."""
        if self.alert.get("ended") or "dwell_s" not in self.alert:
            return None
        known_at = self.alert.get("updated")
        return known_at - timedelta(seconds=self.alert["dwell_s"]) if known_at else None

    @property
    def longer_than(self) -> float | None:
        """The share of stays at its place and hour that it outlasts, where enough were learnt and it is told."""
        learnt = (self.alert.get("explanation") or {}).get("baseline") or {}
        return learnt.get("longer_than") if learnt.get("when") else None

    @property
    def unusual(self) -> str:
        """`longer_than` for a row, in percent; nothing where it says little."""
        return percent(self.longer_than) if self.longer_than is not None and self.longer_than >= USUAL else ""

    @property
    def in_queue(self) -> int:
        """How many vehicles stand in the queue that the alert tells of; 0 where it tells of none."""
        return ((self.alert.get("explanation") or {}).get("queue") or {}).get("vehicles", 0)


@dataclass(frozen=True)
class Group:
    """Alarms of one place and cause. `grave` are its critical ones, which stand outside the fold; `folded` the newest
    of the others. `take` are the ids that its button acknowledges: those that are shown, and no other."""

    key: str
    source: Source
    severity: str
    count: int
    newest: datetime
    oldest: datetime
    grave: Sequence[Waiting]
    folded: Sequence[Waiting]
    take: Sequence[uuid.UUID]

    @property
    def left_out(self) -> int:
        return self.count - len(self.grave) - len(self.folded)


@dataclass(frozen=True)
class OnShelf:
    """A shelf with what it covers now: how many, and the newest of them."""

    shelf: Projection
    count: int
    rows: Sequence[Waiting]


@dataclass(frozen=True)
class Queue:
    """Alarms that nobody took on, those taken on but not assessed, notices, and what is shelved.

    The gravest come first, then those that are not usual for their place and hour, then the newest. `open` counts all
    that nobody took on: they may be more than are shown.
    """

    alarms: Sequence[Waiting]
    groups: Sequence[Group]
    taken: Sequence[Waiting]
    notices: Sequence[Waiting]
    shelved: Sequence[OnShelf]
    recent: int
    open: int
    taken_count: int
    notice_count: int
    flood: Flood | None


def queue(principal: Principal) -> Queue:
    at, shelves = instant.now(), watch.shelved(principal)
    standing = watch.unassessed(principal)
    waiting = [alert for alert in standing if shelves.over(alert) is None]
    waiting.sort(key=lambda alert: alert.get("severity") != CRITICAL)  # stable: newest first within each
    alarms = [alert for alert in waiting if alert.get("severity") in ALARMS]
    mine = [alert for alert in alarms if alert.get("state") == "open"]
    taken = [alert for alert in alarms if alert.get("state") != "open"]
    notices = [alert for alert in waiting if alert.get("severity") not in ALARMS]
    times = _presented(principal, shelves, at)
    flood = flood_now(times, at, operators())
    grouped = _grouped(mine) if flood or len(mine) > BACKLOG else {}
    covered = _covered(standing, shelves)
    plain = [] if grouped else mine
    wanted = [*plain, *_most(taken), *notices[: watch.QUEUE]]
    wanted += [alert for alerts in grouped.values() for alert in _shown(alerts)]
    wanted += [alert for alerts in covered.values() for alert in alerts[:SHOWN]]
    full = _Full(principal, wanted)
    return Queue(
        alarms=sorted(full.rows(plain), key=_order),
        groups=[_group(source, alerts, full) for source, alerts in grouped.items()],
        taken=full.rows(_most(taken)),
        notices=full.rows(notices[: watch.QUEUE]),
        shelved=[OnShelf(one, len(covered[one.id]), full.rows(covered[one.id][:SHOWN])) for one in shelves.held],
        recent=recent(times, at),
        open=len(mine),
        taken_count=len(taken),
        notice_count=len(notices),
        flood=flood,
    )


def _order(row: Waiting) -> tuple[bool, bool]:
    """The gravest first, then all but the usual; sorted stably, the newest first within each."""
    return row.alert.get("severity") != CRITICAL, row.longer_than is not None and row.longer_than < USUAL


def _presented(principal: Principal, shelves: Shelves, at: datetime) -> list[datetime]:
    """When alarms came up for whoever works this queue, in order: what is shelved now does not."""
    found = watch.alerts_between(principal, at - KNOWN_FOR, at + timedelta(microseconds=1))
    alarms = (one for one in found if one.get("severity") in ALARMS and shelves.over(one) is None)
    return sorted(moment for one in alarms if (moment := alarm_moment(one)) <= at)


def _most(alerts: Sequence[Projection]) -> list[Projection]:
    """Of each severity the newest, so that no number of lesser ones crowds a grave one out."""
    return [
        alert
        for grave in (True, False)
        for alert in islice((one for one in alerts if (one.get("severity") == CRITICAL) is grave), watch.QUEUE)
    ]


def _source(alert: Projection) -> Source:
    return Source(alert.get("site", ""), alert.get("ring", ""), alert.get("kind", ""))


def _grouped(alerts: Iterable[Projection]) -> dict[Source, list[Projection]]:
    """By place and cause, in the order of the first of each."""
    found: dict[Source, list[Projection]] = {}
    for alert in alerts:
        found.setdefault(_source(alert), []).append(alert)
    return found


def _parted(alerts: Sequence[Projection]) -> tuple[list[Projection], list[Projection]]:
    """Those of a group that stand outside its fold, and the newest of the others."""
    grave = [alert for alert in alerts if alert["severity"] == CRITICAL]
    return grave[: watch.QUEUE], [alert for alert in alerts if alert["severity"] != CRITICAL][:SHOWN]


def _shown(alerts: Sequence[Projection]) -> list[Projection]:
    grave, others = _parted(alerts)
    return grave + others


def _covered(alerts: Sequence[Projection], shelves: Shelves) -> Mapping[uuid.UUID, list[Projection]]:
    """The alerts under each shelf that holds, newest first."""
    found: dict[uuid.UUID, list[Projection]] = {one.id: [] for one in shelves.held}
    for alert in alerts:
        if shelf := shelves.over(alert):
            found[shelf.id].append(alert)
    return found


class _Full:
    """The alerts that are shown, as rows with everything that their reader may have of them."""

    def __init__(self, principal: Principal, wanted: Iterable[Projection]):
        alerts = watch.alerts_of(principal, [str(one.id) for one in wanted])
        positions = by_track(watch.positions(principal)) if alerts else {}
        self._rows: dict[uuid.UUID, Waiting] = {}
        for alert in alerts:
            sight = sight_of(alert, positions)
            may = acts.acknowledge.decision(principal, alert.marking).allowed
            self._rows[alert.id] = Waiting(alert, may, sight is not None and not sight.is_now)

    def rows(self, alerts: Iterable[Projection]) -> list[Waiting]:
        return [self._rows[one.id] for one in alerts if one.id in self._rows]


def _group(source: Source, alerts: Sequence[Projection], full: _Full) -> Group:
    grave, others = (full.rows(part) for part in _parted(alerts))
    raised = [alert["raised"] for alert in alerts]
    return Group(
        key="group-" + sha256("\x1f".join(source).encode()).hexdigest()[:12],
        source=source,
        severity=alerts[0]["severity"],
        count=len(alerts),
        newest=max(raised),
        oldest=min(raised),
        grave=grave,
        folded=others,
        take=[row.alert.id for row in (*grave, *others) if row.may_acknowledge],
    )
