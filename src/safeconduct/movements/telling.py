"""What the movements room tells the watch: the sweeps that are valid, and the movements that are due or under way."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from safeconduct import node, release
from safeconduct.movements.models import DEPARTED, Movement, Sweep
from safeconduct.movements.queries import UNDER_WAY, departures
from safeconduct.release import Projection
from safeconduct.terms import instant
from safeconduct.terms.instant import iso
from safeconduct.terms.marking import Marking
from safeconduct.terms.party import Principal
from safeconduct.watch.hearsay import Source
from safeconduct.watch.models import Alert

MOST = 1000
"""Of each, the newest are told."""
SWEEP_FIELDS = frozenset({"site", "route", "begin_m", "end_m", "searched_at", "valid_until", "void_at"})
MOVEMENT_FIELDS = frozenset({"site", "route", "depart_at", "state"})
"""What an alert that comes from one lets on."""


def sweeps(watch: Principal) -> list[dict[str, Any]]:
    """The certificates that hold now, as the watch takes them; those that alerts may let on alone."""
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
        }
        for row in _tellable(watch, rows, SWEEP_FIELDS)
    ]


def movements(watch: Principal) -> list[dict[str, Any]]:
    """The movements that are planned, held or on their way, as the watch takes them; those that alerts may let on."""
    rows = release.listing(
        Movement, watch, lambda rows: rows.filter(state__in=UNDER_WAY).order_by("-depart_at", "-id")[:MOST]
    )
    told = _tellable(watch, rows, MOVEMENT_FIELDS)
    departed = departures([row.id for row in told if row["state"] == DEPARTED])
    return [
        {
            "id": str(row.id),
            "site": row["site"],
            "route": row["route"],
            "depart_at": iso(row["depart_at"]),
            "departed_at": iso(departed[row.id]) if row.id in departed else None,
        }
        for row in told
    ]


def _tellable(watch: Principal, rows: Sequence[Projection], fields: frozenset[str]) -> list[Projection]:
    """The rows, oldest first, that everyone may know of who reads the watch's alerts of their site.

    An alert's kind, its time and that it exists at all tell of the sweep or movement that it came from.
    """
    accord = node.current().accord

    @cache
    def may_tell(marking: Marking) -> bool:
        return accord.may_tell(accord.marking(Alert.info_class, watch.party, marking.area), marking, fields)

    return [row for row in reversed(rows) if may_tell(row.marking)]


SOURCES = (
    Source("sweeps", frozenset({Sweep.info_class}), sweeps),
    Source("movements", frozenset({Movement.info_class}), movements),
)
