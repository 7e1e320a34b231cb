"""How often one may guess: each try is a row of the database, so that neither a restart nor another process forgets it.

A try is entered before it is judged, and taken back where it was right: whoever tries many at once gains nothing. What
is tried by whom is no fact about anyone: it is on no record, is released to nobody, and is gone after a day.
"""

from __future__ import annotations

import hmac
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction

from safeconduct import node
from safeconduct.people.models import Try
from safeconduct.terms import instant
from safeconduct.terms.errors import TooManyTries

KEPT = timedelta(days=1)


@dataclass(frozen=True)
class Bound:
    """`key` may try `most` times within `within_s` seconds."""

    key: str
    most: int
    within_s: int


def enter(*bounds: Bound) -> list[int]:
    """Enter a try under each of `bounds`, and answer with what `take_back` takes.

    Raises TooManyTries, and enters none, where one of them is used up.
    """
    at = instant.now()
    with transaction.atomic():
        Try.objects.filter(at__lt=at - KEPT).delete()
        made = [Try.objects.create(key=_hidden(one.key), at=at).pk for one in bounds]
        for one in bounds:
            since = at - timedelta(seconds=one.within_s)
            latest = Try.objects.filter(key=_hidden(one.key), at__gt=since).order_by("-at", "-pk")
            # The one just made, and those before it: the next is let in when the earliest that counts is too old.
            if len(tried := list(latest.values_list("at", flat=True)[: one.most + 1])) > one.most:
                raise TooManyTries("wrong tries", math.ceil((tried[-1] - since).total_seconds()))
    return made


def take_back(made: Sequence[int]) -> None:
    """It was right, or no guess at all."""
    Try.objects.filter(pk__in=made).delete()


def forget(bound: Bound) -> None:
    """Whoever is right begins anew."""
    Try.objects.filter(key=_hidden(bound.key)).delete()


def _hidden(key: str) -> str:
    """Keyed with the node's secret, so that the database alone tells no address."""
    return hmac.new(node.current().secret.encode(), b"safeconduct tries\n" + key.encode(), "sha256").hexdigest()
