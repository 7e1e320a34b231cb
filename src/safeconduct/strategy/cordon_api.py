"""REST: proposed cordons, drawn by the published card."""

from __future__ import annotations

import uuid
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
    Number,
    Reason,
    Ref,
    Text,
    answer,
    asker,
    created,
    page_of,
    page_schema,
    released,
)
from safeconduct.sites.standoff import ROWS
from safeconduct.strategy import cordon_acts as acts
from safeconduct.strategy import cordon_contexts as reads

CordonOut = released(
    "Cordon",
    "cordon",
    site=str,
    lon=float,
    lat=float,
    container=str,
    card=str,
    rings=JsonObject,
    reason=str,
    state=str,
    proposed_at=Moment,
    by=str,
    decided_at=Moment,
    decision=str,
    measure=uuid.UUID,
)


class CordonProposal(Input):
    """A point, and the size of what could be there."""

    site: Text
    lon: Number
    lat: Number
    container: Text = Field(description="One of " + ", ".join(ROWS))
    reason: Text


class CordonOrder(Input):
    """The order that a proposal becomes."""

    unit: Text = Field(max_length=200)
    text: Text
    until: Instant | None = None


cordons = Router(tags=["measures"], exclude_unset=True)


@cordons.get("", response=page_schema(CordonOut), operation_id="listCordons")
def list_cordons(request: HttpRequest, after: After = None, limit: Limit = 50) -> JsonObject:
    """Proposed cordons, newest first, decided ones too."""
    page = reads.cordons_page(asker(request), after, limit)
    return page_of(page.rows, page.next)


@cordons.post("", response={201: CordonOut}, operation_id="proposeCordon")
def propose_cordon(request: HttpRequest, body: CordonProposal) -> Status[Any]:
    """Act `cordon.propose`. It orders nobody."""
    return created(request, acts.propose, reads.cordon, **body.model_dump())


@cordons.get("/{ref}", response=CordonOut, operation_id="getCordon")
def get_cordon(request: HttpRequest, ref: Ref) -> JsonObject:
    """One proposal, with the rings as its edition of the card gave them."""
    return answer(reads.cordon(asker(request), ref))


@cordons.post("/{ref}/order", response=CordonOut, operation_id="orderCordon")
def order_cordon(request: HttpRequest, ref: Ref, body: CordonOrder) -> JsonObject:
    """Act `cordon.order`: the host's commander makes it a measure."""
    acts.order(asker(request), ref, **body.model_dump())
    return answer(reads.cordon(asker(request), ref))


@cordons.post("/{ref}/decline", response=CordonOut, operation_id="declineCordon")
def decline_cordon(request: HttpRequest, ref: Ref, body: Reason) -> JsonObject:
    """Act `cordon.decline`."""
    acts.decline(asker(request), ref, reason=body.reason)
    return answer(reads.cordon(asker(request), ref))
