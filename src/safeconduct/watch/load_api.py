"""REST: the alarm load, and shelves."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router
from ninja.params.functions import Query
from ninja.responses import Status
from pydantic import BaseModel, Field

from safeconduct.rest import (
    Input,
    Instant,
    JsonObject,
    Moment,
    Ref,
    Text,
    answer,
    asker,
    created,
    page_of,
    page_schema,
    released,
)
from safeconduct.watch import acts, load_context, queries

ShelfOut = released(
    "Shelf",
    "shelf",
    site=str,
    ring=str,
    kind=str,
    alert=uuid.UUID,
    critical=bool,
    reason=str,
    by=str,
    begin=Moment,
    until=Moment,
    ended=Moment,
    end_reason=str,
)


class ShelfIn(Input):
    """Alerts of a place and cause, or one of them, that may wait."""

    site: Text
    ring: Text = Field(default="", description="outer, middle or inner; none for alerts of no ring.")
    kind: Text = Field(examples=["dwell"])
    until: Instant = Field(description="No later than the accord lets.")
    reason: Text = Field(examples=["Road works; the crew is known."])
    alert: uuid.UUID | None = Field(default=None, description="The id of the one alert that is meant.")
    critical: bool = Field(default=False, description="Critical ones too: act `alert.shelve_critical`.")


class FloodOut(BaseModel):
    """A flood; `end` is null for one that goes on at the end of the period."""

    begin: datetime
    end: datetime | None
    alarms: int


class WaitOut(BaseModel):
    """A time to acknowledge; `or_more` where the alarm that it stands for is not acknowledged yet."""

    seconds: float
    or_more: bool


class SourceOut(BaseModel):
    """A place and cause with its alarms."""

    site: str
    ring: str
    kind: str
    alarms: int


class SlotOut(BaseModel):
    """A part of the period; `busiest` is the most alarms of ten minutes in it."""

    begin: datetime
    end: datetime
    alarms: int
    busiest: int


class LoadOut(BaseModel):
    """The load of [begin, end): figures of the alarms that the reader may see, shelved ones too."""

    begin: datetime
    end: datetime
    operators: int
    alarms: int
    per_operator_hour: float
    per_operator_10_min: float
    peak_10_min: int
    flood_share: float
    floods: list[FloodOut]
    acknowledged_p50: WaitOut | None = Field(description="Null without alarms, or where it is not released.")
    acknowledged_p90: WaitOut | None
    not_acknowledged: int | None
    severities: dict[str, int]
    dispositions: dict[str, int] | None = Field(description="`open` counts those not assessed; null if not released.")
    sources: list[SourceOut]
    stale: int = Field(description="Alarms that have waited for an assessment for over a day, now.")
    slots: list[SlotOut]


Period = Annotated[str, Query(max_length=16, description="day, week or month")]
End = Annotated[Instant | None, Query(description="The end of the period; now if not given.")]

alarm_load = Router(tags=["alerts"])
shelves = Router(tags=["alerts"], exclude_unset=True)


@alarm_load.get("", response=LoadOut, operation_id="getAlarmLoad")
def get_alarm_load(
    request: HttpRequest,
    period: Period = "day",
    end: End = None,
) -> JsonObject:
    """The load that alarms put on operators in a period."""
    page = load_context.load_page(asker(request), period, end)
    load = page.load
    told = page.acknowledgement
    return {
        "begin": load.begin,
        "end": load.end,
        "operators": load.operators,
        "alarms": load.alarms,
        "per_operator_hour": load.rate,
        "per_operator_10_min": load.average,
        "peak_10_min": load.peak,
        "flood_share": load.flood_share,
        "floods": [one._asdict() for one in load.floods],
        "acknowledged_p50": load.half._asdict() if told and load.half else None,
        "acknowledged_p90": load.most._asdict() if told and load.most else None,
        "not_acknowledged": load.waiting if told else None,
        "severities": dict(load.severities),
        "dispositions": None
        if page.dispositions is None
        else {code or "open": count for code, count in page.dispositions},
        "sources": [one._asdict() | {"alarms": count} for one, count in load.sources],
        "stale": page.stale_count,
        "slots": [
            {"begin": one.begin, "end": one.end, "alarms": one.alarms, "busiest": one.busiest} for one in load.slots
        ],
    }


@shelves.get("", response=page_schema(ShelfOut), operation_id="listShelves")
def list_shelves(request: HttpRequest) -> JsonObject:
    """The shelves that hold now, those that end first before others."""
    return page_of(queries.shelves(asker(request)))


@shelves.get("/{ref}", response=ShelfOut, operation_id="getShelf")
def get_shelf(request: HttpRequest, ref: Ref) -> JsonObject:
    """One shelf, ended or not."""
    return answer(queries.shelf(asker(request), ref))


@shelves.post("", response={201: ShelfOut}, operation_id="shelveAlerts")
def shelve_alerts(request: HttpRequest, body: ShelfIn) -> Status[Any]:
    """Act `alert.shelve`, or `alert.shelve_critical`."""
    act = acts.shelve_critical if body.critical else acts.shelve
    return created(request, act, queries.shelf, **body.model_dump(exclude={"critical"}))


@shelves.post("/{ref}/end", response=ShelfOut, operation_id="unshelveAlerts")
def unshelve_alerts(request: HttpRequest, ref: Ref) -> JsonObject:
    """Act `alert.unshelve`: before its time."""
    acts.unshelve(asker(request), ref)
    return answer(queries.shelf(asker(request), ref))
