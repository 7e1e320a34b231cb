"""What the picture shows beside its map: the queue, movements due, and how the sensors and feeds are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from safeconduct.movements.contexts import ListPage, list_page
from safeconduct.release import Projection
from safeconduct.sites.posture_contexts import Board, board
from safeconduct.sites.queries import sensors
from safeconduct.terms.party import Principal
from safeconduct.watch import queries as watch
from safeconduct.web.health import pulse
from safeconduct.web.queue_reads import Queue, queue


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
    board: Board


def picture(principal: Principal) -> Picture:
    return Picture(queue(principal), list_page(principal), health(principal), board(principal))


def health(principal: Principal) -> Health:
    found = sensors(principal)
    unheard = [one for one in found if one.get("health") != "live"]
    return Health(len(found) - len(unheard), unheard, watch.feeds(principal), pulse("watch"))
