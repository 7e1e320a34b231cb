"""What a look rests on: which things a reader has not just seen, how they are marked, and the role that shows them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from safeconduct.accord.agreement import Accord
from safeconduct.accord.protection import ReadingLimit
from safeconduct.accord.vocabulary import READ
from safeconduct.people.models import Look
from safeconduct.store.models import model_of
from safeconduct.terms.marking import Marking
from safeconduct.terms.party import Principal

BY_ITSELF = "calendar"
"""In this form a program fetches what nobody may be looking at: it is no habit, and breaks no limit."""

ONE_LOOK = timedelta(minutes=10)
"""Looks of one reader at one thing within this time are one."""


def not_yet_seen(principal: Principal, refs: Sequence[uuid.UUID], what: str, at: datetime) -> list[uuid.UUID]:
    """Those of `refs`, each once, at which this reader has not looked within ONE_LOOK. In an act or a release."""
    recent = Look.objects.filter(reader=principal.name, what=what, at__gt=at - ONE_LOOK, at__lte=at, of__in=refs)
    seen = set(recent.values_list("of", flat=True))
    return [ref for ref in dict.fromkeys(refs) if ref not in seen]


def labels_of(of_class: str, refs: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, int]:
    """The label of each of `refs` that is there. In an act or a release."""
    return dict(cast(Any, model_of(of_class)).objects.filter(pk__in=refs).values_list("pk", "label_id"))


def role_of(accord: Accord, principal: Principal, marking: Marking) -> str:
    """The role that reads a thing so marked; one held in its area, where it is shown as part of something else."""
    for case, verdict in accord.verdicts(principal.party, principal.grants, READ, marking):
        if verdict.allowed:
            return case.role
    return next((grant.role for grant in principal.grants if grant.covers(marking.area)), "")


def stop_after(accord: Accord, of_class: str) -> ReadingLimit | None:
    """The limit beyond which a reader is shown no more things of this class, if the accord sets one."""
    limits = (one for one in accord.schedule.reading_limits if one.of == of_class and one.stop)
    return next(limits, None)


def read_within(principal: Principal, limit: ReadingLimit, at: datetime) -> set[uuid.UUID]:
    """The things of the limit's class that this reader has seen within its time. In an act or a release."""
    looks = Look.objects.filter(reader=principal.name, of_class=limit.of, at__gt=at - limit.within, at__lte=at)
    looks = looks.exclude(what=BY_ITSELF)
    return set(looks.values_list("of", flat=True))
