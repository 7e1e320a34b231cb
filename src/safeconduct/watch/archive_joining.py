"""Standings of one vehicle joined to one stay, across lost tracks and across cameras.

Two standings are one stay where they are of

- one track, within MOVE_M and CREEP_S of one another: it crept on;
- two sensors at one time, within JOIN_M: both look at it. Of one sensor, two tracks at one time are two vehicles;
- two tracks within TAKEOVER_M and UNSEEN_LIMIT_S, the first of which vanished standing, and the second of which
  appeared standing: its track was lost and found. A track that was seen to drive off or reported gone is taken over by
  none. Over a gap of more than DOUBT_GAP_S this needs that both together were in sight for TRUST_UNSEEN of the time
  from the first's arrival: vehicles that stop for a minute at one spot, one after another, are no stay.

Kinds must agree, or one be unknown. The figures are the engine's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import cos, hypot, radians

from safeconduct.terms.place import METRES_PER_DEGREE
from safeconduct.watch.settings import Settings

_ENGINE = Settings()
MOVE_M, CREEP_S = _ENGINE.move_m, 120.0
JOIN_M = _ENGINE.join_m
TAKEOVER_M = _ENGINE.takeover_m
UNSEEN_LIMIT_S = _ENGINE.unseen_limit_s
DOUBT_GAP_S = _ENGINE.doubt_gap_s
TRUST_UNSEEN = _ENGINE.trust_unseen
SKEW = timedelta(seconds=_ENGINE.skew_s)

Stretch = tuple[datetime, datetime]


@dataclass(frozen=True)
class Standing:
    """One track stood. `appears`: it is first seen so; `vanishes`: last seen so. `gaps`: it showed nothing between."""

    sensor: str
    track: str
    kind: str
    began: datetime
    ended: datetime
    lon: float
    lat: float
    first_lon: float
    first_lat: float
    last_lon: float
    last_lat: float
    sightings: int
    appears: bool
    vanishes: bool
    gaps: Sequence[Sequence[datetime]] = ()


@dataclass
class Stay:
    """One vehicle stood: its standings, by when they began."""

    parts: list[Standing] = field(default_factory=list[Standing])

    @property
    def last(self) -> Standing:
        return max(self.parts, key=lambda one: one.ended)

    @property
    def began(self) -> datetime:
        return self.parts[0].began

    @property
    def ended(self) -> datetime:
        return self.last.ended

    @property
    def dwell_s(self) -> float:
        return (self.ended - self.began).total_seconds()

    @property
    def kind(self) -> str:
        """The kind of most sightings, if any sensor could tell."""
        seen: dict[str, int] = defaultdict(int)
        for one in self.parts:
            seen[one.kind] += one.sightings if one.kind != "unknown" else 0
        return max(seen, key=lambda kind: (seen[kind], kind))

    @property
    def lon(self) -> float:
        return sum(one.lon * one.sightings for one in self.parts) / self.sightings

    @property
    def lat(self) -> float:
        return sum(one.lat * one.sightings for one in self.parts) / self.sightings

    @property
    def sightings(self) -> int:
        return sum(one.sightings for one in self.parts)

    @property
    def left(self) -> bool:
        """Whether it was seen to leave: else its end is only the last that is known."""
        return not self.last.vanishes

    @property
    def sensors(self) -> list[str]:
        return list(dict.fromkeys(one.sensor for one in self.parts))

    @property
    def tracks(self) -> list[str]:
        """As `sensor/track`."""
        return list(dict.fromkeys(f"{one.sensor}/{one.track}" for one in self.parts))

    @property
    def unseen(self) -> list[Stretch]:
        """The stretches for which no sensor showed it."""
        seen = sorted(stretch for one in self.parts for stretch in _seen(one))
        until, found = seen[0][1], list[Stretch]()
        for begin, end in seen[1:]:
            if (begin - until).total_seconds() > _ENGINE.lost_s:
                found.append((until, begin))
            until = max(until, end)
        return found

    @property
    def unseen_s(self) -> float:
        return sum((end - begin).total_seconds() for begin, end in self.unseen)


def _seen(one: Standing) -> Iterator[Stretch]:
    at = one.began
    for begin, end in one.gaps:
        yield at, begin
        at = end
    yield at, one.ended


def joined(standings: Iterable[Standing]) -> list[Stay]:
    """The stays that `standings` make, by when they began. Any order of standings gives the same."""
    by_cell: dict[tuple[int, int], list[Stay]] = defaultdict(list)
    found: list[Stay] = []
    for one in sorted(standings, key=lambda one: (one.began, one.sensor, one.track)):
        around = [stay for cell in _around(one) for stay in by_cell[cell] if _is_one(stay, one)]
        if around:
            stay = min(around, key=lambda stay: _apart_m(stay.last, one))
        else:
            found.append(stay := Stay())
        stay.parts.append(one)
        cell = _cell(one.last_lon, one.last_lat)
        if not any(stay is other for other in by_cell[cell]):
            by_cell[cell] = [*(other for other in by_cell[cell] if _recent(other, one)), stay]
    return found


CELL_M = MOVE_M


def _cell(lon: float, lat: float) -> tuple[int, int]:
    row = int(lat * METRES_PER_DEGREE // CELL_M)
    return int(lon * METRES_PER_DEGREE * cos(radians(row * CELL_M / METRES_PER_DEGREE)) // CELL_M), row


def _around(one: Standing) -> Iterator[tuple[int, int]]:
    """The nine cells at and around where it was first; columns are counted anew in each row."""
    step = CELL_M / METRES_PER_DEGREE
    cells = {
        (column + i, row)
        for j in (-1, 0, 1)
        for column, row in [_cell(one.first_lon, one.first_lat + j * step)]
        for i in (-1, 0, 1)
    }
    yield from sorted(cells)


def _recent(stay: Stay, one: Standing) -> bool:
    return (one.began - stay.ended).total_seconds() <= UNSEEN_LIMIT_S


def _is_one(stay: Stay, new: Standing) -> bool:
    """Whether a standing that begins no earlier than those of `stay` is of the same vehicle."""
    if not _recent(stay, new) or not _agree(stay.kind, new.kind):
        return False
    same = [one for one in stay.parts if one.sensor == new.sensor]
    if any(one.track == new.track for one in same):
        mine = max((one for one in same if one.track == new.track), key=lambda one: one.ended)
        waited_s = (new.began - mine.ended).total_seconds()
        return _apart_m(mine, new) <= MOVE_M and waited_s <= CREEP_S
    if any(one.ended - SKEW > new.began for one in same):
        return False
    last = stay.last
    if last.ended - SKEW > new.began:
        return any(_apart_m(one, new) <= JOIN_M for one in stay.parts if one.ended >= new.began)
    return last.vanishes and new.appears and _apart_m(last, new) <= TAKEOVER_M and _is_likely(stay, new)


def _is_likely(stay: Stay, new: Standing) -> bool:
    if (new.began - stay.ended).total_seconds() <= DOUBT_GAP_S:
        return True
    whole_s = (new.ended - stay.began).total_seconds()
    seen_s = sum((end - begin).total_seconds() for begin, end in _seen(new)) + stay.dwell_s - stay.unseen_s
    return seen_s >= TRUST_UNSEEN * whole_s


def _agree(a: str, b: str) -> bool:
    return a == b or "unknown" in (a, b)


def _apart_m(before: Standing, after: Standing) -> float:
    """Metres from where one was last to where the other was first, or from spot to spot if that is less."""
    return min(
        _metres(before.last_lon, before.last_lat, after.first_lon, after.first_lat),
        _metres(before.lon, before.lat, after.lon, after.lat),
    )


def _metres(lon: float, lat: float, to_lon: float, to_lat: float) -> float:
    return hypot((to_lon - lon) * cos(radians(lat)), to_lat - lat) * METRES_PER_DEGREE
