"""What the page of shelves shows, as far as its reader may have it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from safeconduct import node
from safeconduct.release import Projection
from safeconduct.sites import queries as sites
from safeconduct.terms.decision import Decision
from safeconduct.terms.errors import NotFound
from safeconduct.terms.party import Principal
from safeconduct.watch import acts, queries
from safeconduct.watch.shelf_forms import Offered
from safeconduct.watch.shelves import longest_shelf

GONE = gettext_lazy("There is no such alert that you may see.")


@dataclass(frozen=True)
class Row:
    """A shelf that holds: how many alerts it covers now, and whether this reader may take it off."""

    shelf: Projection
    count: int
    may_end: bool


@dataclass(frozen=True)
class ShelfPage:
    rows: Sequence[Row]
    may_shelve: Decision
    longest_h: int


def shelf_page(principal: Principal) -> ShelfPage:
    shelves = queries.shelved(principal)
    covered = [shelf.id for alert in queries.unassessed(principal) if (shelf := shelves.over(alert))]
    return ShelfPage(
        rows=[
            Row(one, covered.count(one.id), acts.unshelve.decision(principal, one.marking).allowed)
            for one in shelves.held
        ],
        may_shelve=acts.shelve.decision(principal, acts.shelve.marking_for_new(principal, "")),
        longest_h=int(longest_shelf(node.current().accord) / timedelta(hours=1)),
    )


MINUTES = (15, 30, 60, 120, 240, 480)


def offered(principal: Principal) -> Offered:
    """The sites that this reader knows of, and the lengths that the accord lets."""
    longest = longest_shelf(node.current().accord)
    named = {row["site"] for row in sites.places(principal) if row.get("site")}
    return Offered(sorted(named), [(one, _spelt(one)) for one in MINUTES if timedelta(minutes=one) <= longest])


def _spelt(minutes: int) -> str:
    return _("%(count)d min") % {"count": minutes} if minutes < 60 else _("%(count)d h") % {"count": minutes // 60}


def asked_for(principal: Principal, named: Mapping[str, str]) -> Mapping[str, Any]:
    """The place and kind that an address names, or those of the alert that it names."""
    if "alert" in named:
        try:
            alert = queries.alert(principal, named["alert"])
        except NotFound:
            return {}
        return {name: alert.get(name, "") for name in ("site", "ring", "kind")} | {"alert": alert.id}
    return {name: named[name] for name in ("site", "ring", "kind") if name in named}
