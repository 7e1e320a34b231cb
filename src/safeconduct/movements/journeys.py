"""A traveller's own journeys on the person's page: what is told of them by now, and that one boarded or arrived."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from safeconduct import release
from safeconduct.movements.models import Leg, Movement
from safeconduct.people.checkin_acts import Said, check_in_once
from safeconduct.people.own import mine, person_of
from safeconduct.release import Projection
from safeconduct.terms.errors import NotFound
from safeconduct.terms.party import Principal

NEAREST = timedelta(hours=12)
"""What someone says of boarding or arriving is of no journey that is farther from then."""


@dataclass(frozen=True)
class Journey:
    """A movement on which the reader travels, with those of its legs that are told by now."""

    row: Projection
    legs: Sequence[Projection]


def journeys(principal: Principal) -> list[Journey]:
    """The reader's own, by when they begin, those of which nothing is told yet last. Raises NotFound for no phone."""
    person_of(principal)
    rows = release.listing(Movement, principal, lambda rows: rows.filter(mine(Movement, principal)))
    legs = release.listing(Leg, principal, lambda rows: rows.filter(mine(Leg, principal)).order_by("number"))
    found = [Journey(row, [leg for leg in legs if leg.get("movement") == row.id]) for row in rows]
    return sorted(found, key=lambda one: (not one.legs, one.legs[0]["begin_at"] if one.legs else None, str(one.row.id)))


def on_which(principal: Principal, at: datetime) -> uuid.UUID:
    """The reader's own journey that was the nearest then: a page that is kept on a phone knows of none.

    Raises NotFound where none is within NEAREST.
    """
    known = [
        (max(one.legs[0]["begin_at"] - at, at - one.legs[-1]["end_at"], timedelta(0)), str(one.row.id), one.row.id)
        for one in journeys(principal)
        if one.legs
    ]
    away, _, ref = min(known, default=(NEAREST * 2, "", None))
    if ref is None or away > NEAREST:
        raise NotFound(Movement.info_class, "of this traveller")
    return ref


def say(principal: Principal, said: Said) -> bool:
    """Say that one boarded or arrived, once. Raises NotFound for a journey that is not the reader's own, BadInput."""
    person_of(principal)
    if not release.listing(Movement, principal, lambda rows: rows.filter(mine(Movement, principal), pk=said.journey)):
        raise NotFound(Movement.info_class, str(said.journey))
    return check_in_once(principal, said)
