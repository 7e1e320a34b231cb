"""Reads of appointments and tokens."""

from __future__ import annotations

import uuid

from safeconduct import release
from safeconduct.people.models import ApiToken, Appointment, User
from safeconduct.release import Projection
from safeconduct.terms.party import Principal


def appointments(principal: Principal) -> list[Projection]:
    """Who holds which role, newest appointment first, ended ones too."""
    return release.listing(Appointment, principal, lambda rows: rows.order_by("-id")[:500])


def appointment(principal: Principal, ref: uuid.UUID | str) -> Projection:
    return release.one(Appointment, principal, ref)


def tokens(principal: Principal) -> list[Projection]:
    """The reader's own tokens, newest first, revoked ones too."""
    return release.listing(
        ApiToken, principal, lambda rows: rows.filter(user_name=principal.name).order_by("-id")[:500]
    )


def token(principal: Principal, ref: uuid.UUID | str) -> Projection:
    return release.one(ApiToken, principal, ref)


def own_people(principal: Principal) -> list[str]:
    """Names of the users of the reader's party: for those who may appoint them."""
    return list(
        User.objects.filter(party=principal.party, is_active=True)
        .order_by("username")
        .values_list("username", flat=True)
    )
