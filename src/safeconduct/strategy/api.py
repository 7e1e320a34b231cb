"""REST: security measures."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status
from pydantic import Field

from safeconduct.rest import (
    After,
    Input,
    Instant,
    JsonObject,
    Limit,
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
from safeconduct.strategy import acts, queries

MeasureOut = released(
    "Measure",
    "measure",
    site=str,
    kind=str,
    text=str,
    state=str,
    ordered_at=Moment,
    until=Moment,
    unit=str,
    request=str,
)


class MeasureRequest(Input):
    """What is asked of the host. It orders nobody."""

    site: Text
    kind: Text = Field(description="look, approach, divert, close_road, search, reinforce or cordon")
    text: Text


class MeasureOrder(MeasureRequest):
    """What a host unit is ordered to do."""

    unit: Text = Field(max_length=200)
    until: Instant | None = None


measures = Router(tags=["measures"], exclude_unset=True)


@measures.get("", response=page_schema(MeasureOut), operation_id="listMeasures")
def list_measures(request: HttpRequest, after: After = None, limit: Limit = 50) -> JsonObject:
    """Requests and measures, newest first."""
    page = queries.measures_page(asker(request), after, limit)
    return page_of(page.rows, page.next)


@measures.post("/request", response={201: MeasureOut}, operation_id="requestMeasure")
def request_measure(request: HttpRequest, body: MeasureRequest) -> Status[Any]:
    """Act `measure.request`."""
    return created(request, acts.request_measure, queries.measure, **body.model_dump())


@measures.post("/order", response={201: MeasureOut}, operation_id="orderMeasure")
def order_measure(request: HttpRequest, body: MeasureOrder) -> Status[Any]:
    """Act `measure.order`: the host's commander orders a host unit."""
    return created(request, acts.order_measure, queries.measure, **body.model_dump())


@measures.get("/{ref}", response=MeasureOut, operation_id="getMeasure")
def get_measure(request: HttpRequest, ref: Ref) -> JsonObject:
    """One measure."""
    return answer(queries.measure(asker(request), ref))


@measures.post("/{ref}/lift", response=MeasureOut, operation_id="liftMeasure")
def lift_measure(request: HttpRequest, ref: Ref) -> JsonObject:
    """Act `measure.lift`: end a measure that stands."""
    acts.lift_measure(asker(request), ref)
    return answer(queries.measure(asker(request), ref))
