"""What the page of the alarm load shows: figures of the alerts that its reader may see, and of no others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from safeconduct.release import Projection
from safeconduct.terms import instant
from safeconduct.terms.errors import BadInput, Fault, shown
from safeconduct.terms.party import Principal
from safeconduct.watch import queries
from safeconduct.watch.alert_load import alarm_moment, alarms_of, operators
from safeconduct.watch.load import (
    BEGINS_ABOVE,
    FLOOD_SHARE,
    MANAGEABLE,
    STALE_AFTER,
    STEADY,
    WITHIN,
    Load,
    Slot,
    Source,
    load_of,
)
from safeconduct.watch.rules import ALARMS

DAY = timedelta(days=1)
PERIODS: Mapping[str, tuple[timedelta, timedelta]] = MappingProxyType(
    {
        "day": (DAY, WITHIN),
        "week": (7 * DAY, timedelta(hours=1)),
        "month": (30 * DAY, timedelta(hours=6)),
    }
)
"""Length of a period, and of a slot of its chart."""

BAD_ACTORS = 10
STALE_SHOWN = 20
CHART_HEIGHT = 120
SLOT_WIDTH = 6


@dataclass(frozen=True)
class Bar:
    """One slot of the chart, in the units of its drawing, with how much it is for one operator."""

    slot: Slot
    x: int
    y: float
    height: float
    rate: str


@dataclass(frozen=True)
class Limit:
    """A line of the chart: so many alarms in ten minutes, for all operators together."""

    code: str
    count: int
    y: float


@dataclass(frozen=True)
class Chart:
    """Bars are the busiest ten minutes of each slot. `top` is the number at the upper edge."""

    bars: Sequence[Bar]
    limits: Sequence[Limit]
    width: int
    height: int
    top: int


@dataclass(frozen=True)
class Share:
    """A place and cause with its share of the alarms; `part` in per cent."""

    source: Source
    alarms: int
    part: int


@dataclass(frozen=True)
class LoadPage:
    """`acknowledgement` says whether this reader is told when alarms were acknowledged, `dispositions` likewise.

    `stale` are the first of `stale_count` alarms that have waited for over a day. Shelves hide no alarm from figures.
    """

    period: str
    load: Load
    chart: Chart
    rate: str
    flood_percent: float
    is_flooded: bool
    sources: Sequence[Share]
    acknowledgement: bool
    dispositions: Sequence[tuple[str, int]] | None
    shelves: Sequence[Projection]
    stale: Sequence[Projection]
    stale_count: int
    earlier: datetime
    later: datetime | None
    periods: Sequence[str] = tuple(PERIODS)


def figures(principal: Principal, period: str, end: datetime | None = None) -> Load:
    """The load of a period that ends now, or at `end`. Raises BadInput."""
    return _figures(principal, period, end)[0]


def _figures(principal: Principal, period: str, end: datetime | None) -> tuple[Load, Sequence[Projection]]:
    if period not in PERIODS:
        raise BadInput("alarm load", [Fault("period", shown(period), "one of " + ", ".join(PERIODS))])
    now = instant.now()
    length, slot = PERIODS[period]
    if end is not None and not now - 400 * DAY <= end <= now:
        raise BadInput("alarm load", [Fault("end", str(end), "a time of the last 400 days")])
    until = end or now
    found = queries.alerts_between(principal, until - length - DAY, until)
    load = load_of(
        alarms_of(found),
        until - length,
        until,
        slot=slot,
        now=now,
        operators=operators(),
    )
    return load, found


def load_page(principal: Principal, period: str, end: datetime | None = None) -> LoadPage:
    """Raises BadInput."""
    load, found = _figures(principal, period, end)
    length, now = PERIODS[period][0], instant.now()
    stale = _stale(principal, now)
    return LoadPage(
        period=period,
        load=load,
        chart=chart(load),
        rate=rate_of(load.average),
        flood_percent=load.flood_share * 100,
        is_flooded=load.flood_share > FLOOD_SHARE,
        sources=[Share(source, count, round(100 * count / load.alarms)) for source, count in load.sources[:BAD_ACTORS]],
        acknowledgement=all("acknowledged_at" in one for one in found),
        dispositions=load.dispositions if all("disposition" in one for one in found) else None,
        shelves=queries.shelves(principal),
        stale=stale[:STALE_SHOWN],
        stale_count=len(stale),
        earlier=load.begin,
        later=min(end + length, now) if end is not None and end < now else None,
    )


def _stale(principal: Principal, now: datetime) -> list[Projection]:
    """Alarms that nobody has assessed for over a day, the oldest first."""
    waiting = [one for one in queries.unassessed(principal) if one.get("severity") in ALARMS]
    return [one for one in reversed(waiting) if alarm_moment(one) <= now - STALE_AFTER]


def rate_of(per_operator: float) -> str:
    """How much so many alarms in ten minutes are for one operator."""
    if per_operator > BEGINS_ABOVE:
        return "flood"
    return "quiet" if per_operator <= STEADY else "busy" if per_operator <= MANAGEABLE else "over"


def chart(load: Load) -> Chart:
    limits = {"quiet": STEADY, "over": MANAGEABLE, "flood": BEGINS_ABOVE}
    most = max([one.busiest for one in load.slots] + [BEGINS_ABOVE * load.operators])
    top = most + max(1, most // 10)

    def y(count: float) -> float:
        return round(CHART_HEIGHT * (1 - count / top), 2)

    return Chart(
        bars=[
            Bar(one, number * SLOT_WIDTH, y(one.busiest), round(CHART_HEIGHT - y(one.busiest), 2), _rated(one, load))
            for number, one in enumerate(load.slots)
        ],
        limits=[Limit(code, count * load.operators, y(count * load.operators)) for code, count in limits.items()],
        width=len(load.slots) * SLOT_WIDTH,
        height=CHART_HEIGHT,
        top=top,
    )


def _rated(slot: Slot, load: Load) -> str:
    return rate_of(slot.busiest / load.operators)
