"""What the picture shows beside its map: the queue, movements due, and how the sensors and feeds are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from safeconduct.movements.contexts import ListPage, list_page
from safeconduct.release import Projection
from safeconduct.sites.queries import sensors
from safeconduct.terms import instant
from safeconduct.terms.party import Principal
from safeconduct.watch import acts
from safeconduct.watch import queries as watch
from safeconduct.watch.alert_context import sight_of
from safeconduct.web.health import pulse

CRITICAL = "critical"

FLOOD = 10
"""More alarms than this within ten minutes is a flood. Source: EEMUA 191."""

FLOOD_WITHIN = timedelta(minutes=10)


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


@dataclass(frozen=True)
class Queue:
    """Alarms that nobody took on, those taken on but not assessed, and notices; the gravest first, then the newest.

    `open` counts all that nobody took on: in a flood they are more than `alarms` shows.
    """

    alarms: Sequence[Waiting]
    taken: Sequence[Waiting]
    notices: Sequence[Waiting]
    recent: int
    open: int

    @property
    def is_flood(self) -> bool:
        return self.recent > FLOOD


@dataclass(frozen=True)
class Health:
    """Sensors by how they are and the feeds, as far as this reader may know of them; and the watch itself."""

    live: int
    unheard: Sequence[Projection]
    feeds: Sequence[Projection]
    watch: str

    @property
    def sensors(self) -> int:
        return self.live + len(self.unheard)


@dataclass(frozen=True)
class Picture:
    """Everything of the picture page but the map's own data."""

    queue: Queue
    due: ListPage
    health: Health


def picture(principal: Principal) -> Picture:
    return Picture(queue(principal), list_page(principal), health(principal))


def _waiting(principal: Principal, alert: Projection, positions: Sequence[Projection]) -> Waiting:
    sight = sight_of(alert, positions)
    may_acknowledge = acts.acknowledge.decision(principal, alert.marking).allowed
    return Waiting(alert, may_acknowledge, sight is not None and not sight.is_now)


def queue(principal: Principal) -> Queue:
    positions = watch.positions(principal)
    waiting = [_waiting(principal, alert, positions) for alert in watch.queue(principal)]
    waiting.sort(key=lambda one: one.alert.get("severity") != CRITICAL)  # stable: newest first within each
    alarms = [one for one in waiting if one.alert.get("severity") in watch.ALARMS]
    begin = instant.now() - FLOOD_WITHIN
    mine = [one for one in alarms if one.alert.get("state") == "open"]
    return Queue(
        alarms=mine,
        taken=[one for one in alarms if one.alert.get("state") != "open"],
        notices=[one for one in waiting if one.alert.get("severity") not in watch.ALARMS],
        recent=watch.alarms_since(principal, begin),
        open=watch.open_alarms(principal) if len(waiting) >= watch.QUEUE and mine else len(mine),
    )


def health(principal: Principal) -> Health:
    found = sensors(principal)
    unheard = [one for one in found if one.get("health") != "live"]
    return Health(len(found) - len(unheard), unheard, watch.feeds(principal), pulse("watch"))
