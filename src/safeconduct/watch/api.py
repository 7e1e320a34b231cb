"""REST: alerts, live positions, expected presences and feeds."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status
from pydantic import BaseModel, Field

from safeconduct.rest import (
    After,
    Input,
    Instant,
    JsonList,
    JsonObject,
    Limit,
    Moment,
    Reason,
    Ref,
    Site,
    Text,
    answer,
    asker,
    created,
    page_of,
    page_schema,
    released,
)
from safeconduct.watch import acts, feed_acts, queries
from safeconduct.watch.alert_deeds import MOST, acknowledge_each

AlertOut = released(
    "Alert",
    "alert",
    kind=str,
    site=str,
    ring=str,
    severity=str,
    lon=float,
    lat=float,
    started=Moment,
    raised=Moment,
    updated=Moment,
    ended=Moment,
    dwell_s=float,
    unseen_s=float,
    steps=JsonList,
    tracks=JsonList,
    sensors=JsonList,
    vehicle=str,
    explanation=JsonObject,
    state=str,
    acknowledged_at=Moment,
    disposition=str,
    assessment=str,
    escalated=Moment,
)
PositionOut = released(
    "Position",
    "position",
    kind=str,
    lon=float,
    lat=float,
    state=str,
    seen_at=Moment,
    sensor=str,
    track=str,
    ring=str,
    site=str,
)
ExpectedOut = released(
    "Expected",
    "expected",
    site=str,
    name=str,
    place=JsonObject,
    begin=Moment,
    end=Moment,
    count=int,
    tokens=JsonList,
)
FeedOut = released(
    "Feed",
    "feed",
    name=str,
    sensor=str,
    kind=str,
    settings=JsonObject,
    state=str,
    seen_at=Moment,
    rows=int,
    refused=JsonObject,
)


class Assessment(Input):
    """A person's disposition of an alert."""

    disposition: Text = Field(description="expected, benign, suspicious, hostile, false or duplicate")
    assessment: Text = Field(default="", description="What it rests on.")


class ExpectedIn(Input):
    """Up to `count` vehicles may stand inside `place` during [begin, end)."""

    site: Text
    name: Text
    place: JsonObject = Field(description="A GeoJSON Polygon.")
    begin: Instant
    end: Instant
    count: int = 1
    tokens: list[Text] = Field(default_factory=list, max_length=100, description="Keyed hashes, never plates.")


class FeedIn(Input):
    """A source of observations."""

    name: Text = Field(max_length=150)
    sensor: Text = Field(
        default="", max_length=256, description="Ids of the sensors that it reports for, by commas; none for any."
    )
    kind: Text = Field(default="http", description="One of the kinds of docs/reference/feeds.md.")
    settings: JsonObject = Field(default_factory=dict, description="What the kind takes; never a secret.")


class FeedChange(Input):
    """What a feed has from now on; its name and kind stay."""

    sensor: Text = Field(
        default="", max_length=256, description="Ids of the sensors that it reports for, by commas; none for any."
    )
    settings: JsonObject = Field(default_factory=dict, description="The whole of them; what is left out is by default.")


alerts = Router(tags=["alerts"], exclude_unset=True)
positions = Router(tags=["positions"], exclude_unset=True)
expected = Router(tags=["expected"], exclude_unset=True)
feeds = Router(tags=["feeds"], exclude_unset=True)


@alerts.get("", response=page_schema(AlertOut), operation_id="listAlerts")
def list_alerts(request: HttpRequest, after: After = None, limit: Limit = 50) -> JsonObject:
    """Alerts, newest first."""
    page = queries.alerts(asker(request), after, limit)
    return page_of(page.rows, page.next)


@alerts.get("/{ref}", response=AlertOut, operation_id="getAlert")
def get_alert(request: HttpRequest, ref: Ref) -> JsonObject:
    """One alert."""
    return answer(queries.alert(asker(request), ref))


@alerts.post("/{ref}/acknowledge", response=AlertOut, operation_id="acknowledgeAlert")
def acknowledge_alert(request: HttpRequest, ref: Ref) -> JsonObject:
    """Act `alert.acknowledge`: a person has seen it and deals with it."""
    acts.acknowledge(asker(request), ref)
    return answer(queries.alert(asker(request), ref))


class Group(Input):
    """Several alerts."""

    alerts: list[uuid.UUID] = Field(min_length=1, max_length=MOST)


class Acknowledged(BaseModel):
    """How many of them nobody had acknowledged before."""

    acknowledged: int


@alerts.post("/acknowledge", response=Acknowledged, operation_id="acknowledgeAlerts")
def acknowledge_alerts(request: HttpRequest, body: Group) -> JsonObject:
    """Act `alert.acknowledge` on each, in one transaction: on all that nobody acknowledged yet, or on none."""
    return {"acknowledged": acknowledge_each(asker(request), body.alerts)}


@alerts.post("/{ref}/assess", response=AlertOut, operation_id="assessAlert")
def assess_alert(request: HttpRequest, ref: Ref, body: Assessment) -> JsonObject:
    """Act `alert.assess`: a disposition, which may be revised."""
    acts.assess(asker(request), ref, disposition=body.disposition, assessment=body.assessment)
    return answer(queries.alert(asker(request), ref))


@alerts.post("/{ref}/escalate", response=AlertOut, operation_id="escalateAlert")
def escalate_alert(request: HttpRequest, ref: Ref) -> JsonObject:
    """Act `alert.escalate`: call the next in command to it."""
    acts.escalate(asker(request), ref)
    return answer(queries.alert(asker(request), ref))


@alerts.post("/{ref}/close", response=AlertOut, operation_id="closePresence")
def close_presence(request: HttpRequest, ref: Ref, body: Reason) -> JsonObject:
    """Act `presence.close`: attest that the vehicle is gone, which no sensor saw."""
    acts.close_presence(asker(request), ref, reason=body.reason)
    return answer(queries.alert(asker(request), ref))


@positions.get("", response=page_schema(PositionOut), operation_id="listPositions")
def list_positions(request: HttpRequest, site: Site = None) -> JsonObject:
    """The live positions inside rings, all of them."""
    return page_of(queries.positions(asker(request), site))


@expected.get("", response=page_schema(ExpectedOut), operation_id="listExpected")
def list_expected(request: HttpRequest) -> JsonObject:
    """Expected presences that have not ended, those that begin first before others."""
    return page_of(queries.expected(asker(request)))


@expected.post("", response={201: ExpectedOut}, operation_id="registerExpected")
def register_expected(request: HttpRequest, body: ExpectedIn) -> Status[Any]:
    """Act `expected.register`."""
    return created(request, acts.register_expected, queries.one_expected, **body.model_dump())


@expected.post("/{ref}/withdraw", response=ExpectedOut, operation_id="withdrawExpected")
def withdraw_expected(request: HttpRequest, ref: Ref) -> JsonObject:
    """Act `expected.withdraw`: no longer expected, from now on."""
    acts.withdraw_expected(asker(request), ref)
    return answer(queries.one_expected(asker(request), ref))


@feeds.get("", response=page_schema(FeedOut), operation_id="listFeeds")
def list_feeds(request: HttpRequest) -> JsonObject:
    """Open feeds and how they are."""
    return page_of(queries.feeds(asker(request)))


@feeds.post("", response={201: FeedOut}, operation_id="openFeed")
def open_feed(request: HttpRequest, body: FeedIn) -> Status[Any]:
    """Act `feed.open`; the token of one that is posted to is issued with `POST /api/tokens`."""
    return created(request, acts.open_feed, queries.feed, **body.model_dump())


@feeds.post("/{ref}/change", response=FeedOut, operation_id="changeFeed")
def change_feed(request: HttpRequest, ref: Ref, body: FeedChange) -> JsonObject:
    """Act `feed.change`: other sensors and settings; a connection begins anew with them."""
    feed_acts.change_feed(asker(request), ref, sensor=body.sensor, settings=body.settings)
    return answer(queries.feed(asker(request), ref))


@feeds.post("/{ref}/close", response=FeedOut, operation_id="closeFeed")
def close_feed(request: HttpRequest, ref: Ref) -> JsonObject:
    """Act `feed.close`: take no more from it."""
    acts.close_feed(asker(request), ref)
    return answer(queries.feed(asker(request), ref))
