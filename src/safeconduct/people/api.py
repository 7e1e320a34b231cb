"""REST: who asks, appointments and tokens."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status
from pydantic import BaseModel, Field

from safeconduct.people import acts, queries
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
    made,
    page_of,
    page_schema,
    released,
)
from safeconduct.terms import instant
from safeconduct.terms.party import ANYWHERE

AppointmentOut = released(
    "Appointment",
    "appointment",
    user=str,
    role=str,
    area=str,
    begin=Moment,
    end=Moment,
)
TokenOut = released(
    "Token",
    "token",
    name=str,
    purpose=str,
    user=str,
    begin=Moment,
    end=Moment,
)


class TokenIssued(TokenOut):
    """A token that was just issued."""

    token: str = Field(description="The token itself. It is shown this once and kept by nobody but you.")


class GrantOut(BaseModel):
    role: str
    area: str = Field(description="A site's id; empty for everywhere.")


class Me(BaseModel):
    """Who asks, as the accord sees them."""

    name: str
    party: str
    grants: list[GrantOut]


class AppointmentIn(Input):
    """`user` holds `role` in the area `site` during [begin, end)."""

    user: Text
    role: Text = Field(examples=["host.duty_officer"])
    site: Text = Field(default=ANYWHERE, description="Empty for everywhere.")
    begin: Instant | None = Field(default=None, description="Now, if absent.")
    end: Instant | None = None


class TokenIn(Input):
    """A bearer token that acts and reads as the one who issues it (`api`), or only hands in observations (`feed`)."""

    name: Text = Field(max_length=150)
    purpose: Text = Field(default="api", description="api or feed")
    end: Instant | None = Field(default=None, description="When it ceases to hold; never, if absent.")


me = Router(tags=["me"])
appointments = Router(tags=["people"], exclude_unset=True)
tokens = Router(tags=["people"], exclude_unset=True)


@me.get("", response=Me, operation_id="getMe")
def get_me(request: HttpRequest) -> JsonObject:
    """Who asks, and the roles that they hold at this moment."""
    principal = asker(request)
    grants = [{"role": grant.role, "area": grant.area} for grant in principal.grants]
    return {"name": principal.name, "party": principal.party, "grants": grants}


@appointments.get("", response=page_schema(AppointmentOut), operation_id="listAppointments")
def list_appointments(request: HttpRequest) -> JsonObject:
    """Who holds which role; ended appointments too."""
    return page_of(queries.appointments(asker(request)))


@appointments.post("", response={201: AppointmentOut}, operation_id="appoint")
def appoint(request: HttpRequest, body: AppointmentIn) -> Status[Any]:
    """Act `role.appoint`."""
    values = body.model_dump() | {"begin": body.begin or instant.now()}
    return created(request, acts.appoint, queries.appointment, **values)


@appointments.post("/{ref}/dismiss", response=AppointmentOut, operation_id="dismiss")
def dismiss(request: HttpRequest, ref: Ref) -> JsonObject:
    """Act `role.dismiss`: it ends now; its past stays."""
    acts.dismiss(asker(request), ref)
    return answer(queries.appointment(asker(request), ref))


@tokens.get("", response=page_schema(TokenOut), operation_id="listTokens")
def list_tokens(request: HttpRequest) -> JsonObject:
    """Your own tokens, revoked ones too."""
    return page_of(queries.tokens(asker(request)))


@tokens.post("", response={201: TokenIssued}, operation_id="issueToken")
def issue_token(request: HttpRequest, body: TokenIn) -> Status[Any]:
    """Act `token.issue`. The answer is the only one that ever holds the token."""
    principal = asker(request)
    row = acts.issue_token(principal, name=body.name, purpose=body.purpose, end=body.end)
    return Status(201, made(principal, row, queries.token) | {"token": row.clear})


@tokens.post("/{ref}/revoke", response=TokenOut, operation_id="revokeToken")
def revoke_token(request: HttpRequest, ref: Ref) -> JsonObject:
    """Act `token.revoke`: it ceases to hold now."""
    acts.revoke_token(asker(request), ref)
    return answer(queries.token(asker(request), ref))
