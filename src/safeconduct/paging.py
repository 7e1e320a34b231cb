"""Pages of a listing, newest first, that stay right while rows are added: the cursor is the last id of a page."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from safeconduct import release
from safeconduct.release import Narrow, Projection
from safeconduct.store.models import Marked
from safeconduct.terms.errors import BadInput, Fault, shown
from safeconduct.terms.party import Principal

PAGE = 50


@dataclass(frozen=True)
class Page:
    """One page of a listing and the cursor of the next, or None at the end."""

    rows: Sequence[Projection]
    next: str | None


def page(
    model: type[Marked],
    principal: Principal,
    after: str | None = None,
    limit: int = PAGE,
    narrow: Narrow | None = None,
) -> Page:
    """The rows of this reader after the one that `after` names, by id: a UUIDv7 sorts by when it was made.

    Raises BadInput for a cursor that is none. Ids are the one order that no projection withholds.
    """
    begin = _cursor(after) if after else None

    def narrowed(rows: QuerySet[Any]) -> QuerySet[Any]:
        rows = narrow(rows) if narrow else rows
        return (rows.filter(id__lt=begin) if begin else rows).order_by("-id")[: limit + 1]

    found = release.listing(model, principal, narrowed)
    return Page(found[:limit], str(found[limit - 1].id) if len(found) > limit else None)


def _cursor(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise BadInput("page", [Fault("after", shown(text), "the cursor of a page before")]) from None
