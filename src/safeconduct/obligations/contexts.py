"""What the pages of obligations show, filled from projections."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import get_language

from safeconduct import node
from safeconduct.obligations import acts, queries
from safeconduct.obligations.models import UNSETTLED
from safeconduct.release import Projection
from safeconduct.terms.party import Principal


@dataclass(frozen=True)
class Row:
    """An obligation with its name by the accord in force; `name` is empty where that has it no more."""

    owed: Projection
    name: str
    href: str
    may_waive: bool
    may_table: bool


@dataclass(frozen=True)
class Board:
    """What is due from and to the reader's party, what goes before the next meeting, and what was settled last."""

    by_us: Sequence[Row]
    to_us: Sequence[Row]
    between_others: Sequence[Row]
    agenda: Sequence[Row]
    settled: Sequence[Row]


THINGS = {"alert": "/alerts/{}/", "movement": "/movements/{}/", "incident": "/incidents/{}/"}
"""Where the page of a thing is from which obligations arise."""


def board(principal: Principal) -> Board:
    rows = [_row(principal, one) for one in queries.unsettled(principal)]
    return Board(
        by_us=[row for row in rows if row.owed.get("debtor") == principal.party],
        to_us=[row for row in rows if row.owed.get("creditor") == principal.party],
        between_others=[
            row for row in rows if principal.party not in (row.owed.get("debtor"), row.owed.get("creditor"))
        ],
        agenda=[_row(principal, one) for one in queries.agenda(principal)],
        settled=[_row(principal, one) for one in queries.settled(principal)],
    )


def of_thing(principal: Principal, ref: uuid.UUID) -> Sequence[Row]:
    return [_row(principal, one) for one in queries.of_thing(principal, ref)]


def one(principal: Principal, ref: uuid.UUID | str) -> Row:
    """Raises NotFound where this reader may not see it."""
    return _row(principal, queries.obligation(principal, ref))


def _row(principal: Principal, owed: Projection) -> Row:
    is_ours = owed.get("creditor") == principal.party and owed.get("state") in UNSETTLED
    waits = owed.get("noted_at") is not None and not owed.get("tabled")
    return Row(
        owed=owed,
        name=_names().get(owed.get("code", ""), ""),
        href=THINGS.get(owed.get("of_class", ""), "").format(owed.get("of")),
        may_waive=is_ours and acts.waive.decision(principal, owed.marking).allowed,
        may_table=waits and acts.table.decision(principal, owed.marking).allowed,
    )


def _names() -> dict[str, str]:
    """What the accord in force calls each obligation, in the language of the page."""
    language = get_language() or "en"
    return {one.id: one.name.get(language, one.name["en"]) for one in node.current().accord.obligations}
