"""What the movements room tells the watch: the sweeps that are valid, and the movements that are due or under way."""

from __future__ import annotations

from typing import Any

from safeconduct import node, release
from safeconduct.movements.models import DEPARTED, Movement, Sweep
from safeconduct.movements.queries import UNDER_WAY
from safeconduct.release import Projection
from safeconduct.store.guard import passage
from safeconduct.terms import instant
from safeconduct.terms.instant import iso
from safeconduct.terms.party import Principal
from safeconduct.watch.hearsay import Source

MOST = 1000
"""Of each, the newest are told."""


def sweeps(watch: Principal) -> list[dict[str, Any]]:
    """The certificates that hold now, as the watch takes them."""
    rows = release.listing(
        Sweep,
        watch,
        lambda rows: rows.filter(void_at=None, valid_until__gt=instant.now()).order_by("-searched_at", "-id")[:MOST],
    )
    return [
        {
            "id": str(row.id),
            "site": row["site"],
            "route": row["route"],
            "begin_m": row["begin_m"],
            "end_m": row["end_m"],
            "searched_at": iso(row["searched_at"]),
            "valid_until": iso(row["valid_until"]),
            "named": _is_for_all(row),
        }
        for row in reversed(rows)
    ]


def movements(watch: Principal) -> list[dict[str, Any]]:
    """The movements that are planned, held or on their way, as the watch takes them."""
    rows = release.listing(
        Movement, watch, lambda rows: rows.filter(state__in=UNDER_WAY).order_by("-depart_at", "-id")[:MOST]
    )
    going = [row.id for row in rows if row["state"] == DEPARTED]
    with passage("release"):
        # When it left is no field that anyone is released; where it is by now decides what the watch must look at.
        departed = dict(Movement.objects.filter(pk__in=going).values_list("pk", "departed_at"))
    return [
        {
            "id": str(row.id),
            "site": row["site"],
            "route": row["route"],
            "depart_at": iso(row["depart_at"]),
            "departed_at": iso(departed[row.id]) if departed.get(row.id) else None,
            "named": _is_for_all(row),
        }
        for row in reversed(rows)
    ]


def _is_for_all(row: Projection) -> bool:
    """Whether every party may have it: alerts, which all of them read, name no other."""
    parties = node.current().accord.parties
    return all(party == row.marking.originator or party in row.marking.releasable_to for party in parties)


SOURCES = (
    Source("sweeps", frozenset({Sweep.info_class}), sweeps),
    Source("movements", frozenset({Movement.info_class}), movements),
)
