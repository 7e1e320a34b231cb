"""A traveller's own journeys on the person's page: what is told of them by now, and that one boarded or arrived."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from safeconduct import release
from safeconduct.movements.models import Leg, Movement
from safeconduct.people.checkin_acts import Said, check_in_once
from safeconduct.people.own import mine, person_of
from safeconduct.release import Projection
from safeconduct.terms.errors import NotFound
from safeconduct.terms.party import Principal


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


def say(principal: Principal, ref: uuid.UUID, said: Said) -> bool:
    """Say that one boarded or arrived, once. Raises NotFound for a journey that is not the reader's own, BadInput."""
    person_of(principal)
    if not release.listing(Movement, principal, lambda rows: rows.filter(mine(Movement, principal), pk=ref)):
        raise NotFound(Movement.info_class, str(ref))
    return check_in_once(principal, said)
