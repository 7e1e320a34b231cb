"""The directory: a few persons found by what the asker knows already, and never a list of them.

Who keeps the list, and a warden for their own zones, sees it paged. Everyone else who may read persons asks for an
exact reference or for a part of a name, is shown a few without a word on how many more there are, and only so often:
each search is a row of the database, so that neither a restart nor another process forgets it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from safeconduct import release
from safeconduct.people import persons
from safeconduct.people.models import Lookup, Person
from safeconduct.release import Projection
from safeconduct.terms.errors import BadInput, Fault, TooManyTries
from safeconduct.terms.party import Principal

MOST_SHOWN = 20
LEAST_LETTERS = 3
LIMITS = ((timedelta(minutes=10), 20), (timedelta(days=1), 100))
"""So many searches within such a time, each."""


@dataclass(frozen=True)
class Answers:
    """At most MOST_SHOWN persons; `more` says only that there are others whom a narrower search would find."""

    rows: list[Projection]
    more: bool


def check_rate(principal: Principal, at: datetime) -> None:
    """Raises TooManyTries where this person has searched too often of late. Inside an act that has taken its turn."""
    for span, most in LIMITS:
        asked = Lookup.objects.filter(by=principal.name, asked_at__gt=at - span).order_by("-asked_at")
        if len(recent := list(asked.values_list("asked_at", flat=True)[:most])) == most:
            raise TooManyTries("searches", math.ceil((recent[-1] + span - at).total_seconds()))


def matching(principal: Principal, text: str, site: str, at: datetime) -> Answers:
    """Whom the asker may read that has this reference, or a name with a word that begins so.

    Raises BadInput for fewer letters of a name than LEAST_LETTERS; a whole name may be shorter.
    """
    asked = text.strip()
    folded = persons.folded(asked)
    short = len(folded.replace(" ", "")) < LEAST_LETTERS
    if not folded or (short and len(folded) < 2):
        raise _too_little(asked)

    def narrow(rows: QuerySet[Any]) -> QuerySet[Any]:
        rows = rows.filter(site=site) if site else rows
        by_reference = rows.filter(reference=asked.upper(), left_at=None)
        if by_reference.exists():
            return by_reference
        by_name = rows.filter(folded=folded) if short else rows.filter(folded__contains=folded)
        return persons.here(by_name, at).order_by("id")[: MOST_SHOWN + 1]

    found = release.listing(Person, principal, narrow)
    if short and not found and len(folded.replace(" ", "")) < LEAST_LETTERS:
        raise _too_little(asked)
    return Answers(found[:MOST_SHOWN], len(found) > MOST_SHOWN)


def _too_little(asked: str) -> BadInput:
    wanted = f"a whole reference, or at least {LEAST_LETTERS} letters of a name"
    return BadInput("search", [Fault("text", f"{len(asked)} characters", wanted)])
