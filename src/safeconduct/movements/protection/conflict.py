"""Plans of different parties that conflict: the same route or gate at about the same time. Plain values.

Compared are blocks of `apart`, not the minutes within: who moves a plan about learns the block and no finer.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations

from safeconduct.accord.protection import Conflicts
from safeconduct.terms.instant import epoch_ms

STANDS, UNTOLD = "stands", "untold"
NO_PLAN = uuid.UUID(int=0)


@dataclass(frozen=True)
class Way:
    """One leg of a plan as it is compared: where it goes in [begin, end), and the gates at its ends."""

    movement: uuid.UUID
    party: str
    site: str
    routes: frozenset[str]
    gates: frozenset[str]
    begin: datetime
    end: datetime


@dataclass(frozen=True)
class Clash:
    """What one party is told: that its plan conflicts, and whom of the other to call. `other` is never told.

    `untold`, of no plan (NO_PLAN), says that it is told of no conflict for a while.
    """

    movement: uuid.UUID
    party: str
    site: str
    other: uuid.UUID
    with_party: str
    call: str
    state: str = STANDS


def clashes(ways: Sequence[Way], terms: Conflicts) -> set[Clash]:
    """Each pair of plans of different parties that conflict, once for either side."""
    found: set[Clash] = set()
    sites = {way.site for way in ways}
    for site in sites:
        for one, other in combinations([way for way in ways if way.site == site], 2):
            if one.party != other.party and is_clash(one, other, terms.apart):
                found |= {_told(one, other, terms), _told(other, one, terms)}
    return found


def is_clash(one: Way, other: Way, apart: timedelta) -> bool:
    """Whether two ways of one site share a route, or a gate, within a block of time."""
    if not (one.routes & other.routes or one.gates & other.gates):
        return False
    (begin, end), (other_begin, other_end) = _blocks(one, apart), _blocks(other, apart)
    return begin <= other_end and other_begin <= end


def _blocks(way: Way, apart: timedelta) -> tuple[int, int]:
    block_ms = apart // timedelta(milliseconds=1)
    return epoch_ms(way.begin) // block_ms, epoch_ms(way.end) // block_ms


def _told(one: Way, other: Way, terms: Conflicts) -> Clash:
    return Clash(one.movement, one.party, one.site, other.movement, other.party, terms.call[other.party])
