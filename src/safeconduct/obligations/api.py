"""REST: what the parties owe each other."""

from __future__ import annotations

import uuid

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from safeconduct.obligations import acts, queries
from safeconduct.rest import (
    After,
    Input,
    JsonObject,
    Limit,
    Moment,
    Reason,
    Ref,
    Text,
    answer,
    asker,
    page_of,
    page_schema,
    released,
)

ObligationOut = released(
    "Obligation",
    "obligation",
    code=str,
    article=str,
    trigger=str,
    debtor=str,
    creditor=str,
    of_class=str,
    of=uuid.UUID,
    site=str,
    arose_at=Moment,
    claimed_at=Moment,
    due_at=Moment,
    reminded=int,
    state=str,
    settled_at=Moment,
    settled_by=str,
    noted_at=Moment,
    late_s=int | None,
    reason=str,
    tabled=str,
)


class Tabling(Input):
    """The meeting before which a missed deadline goes."""

    meeting: Text = Field(max_length=200)


obligations = Router(tags=["obligations"], exclude_unset=True)


@obligations.get("", response=page_schema(ObligationOut), operation_id="listObligations")
def list_obligations(request: HttpRequest, after: After = None, limit: Limit = 50, state: str = "") -> JsonObject:
    """What is or was owed, newest first; with `state`, only that."""
    page = queries.obligations_page(asker(request), after, limit, state)
    return page_of(page.rows, page.next)


@obligations.get("/{ref}", response=ObligationOut, operation_id="getObligation")
def get_obligation(request: HttpRequest, ref: Ref) -> JsonObject:
    """One obligation."""
    return answer(queries.obligation(asker(request), ref))


@obligations.post("/{ref}/waive", response=ObligationOut, operation_id="waiveObligation")
def waive_obligation(request: HttpRequest, ref: Ref, body: Reason) -> JsonObject:
    """Act `obligation.waive`: the party to whom it is owed does without it."""
    acts.waive(asker(request), ref, reason=body.reason)
    return answer(queries.obligation(asker(request), ref))


@obligations.post("/{ref}/table", response=ObligationOut, operation_id="tableObligation")
def table_obligation(request: HttpRequest, ref: Ref, body: Tabling) -> JsonObject:
    """Act `obligation.table`: put a missed deadline before a meeting of a joint body."""
    acts.table(asker(request), ref, meeting=body.meeting)
    return answer(queries.obligation(asker(request), ref))
