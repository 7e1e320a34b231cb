"""What the movements room tells the watch: the sweeps that are valid, and the movements that are due or under way."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import cache
from itertools import takewhile
from typing import Any

from safeconduct import node, release
from safeconduct.movements import queries
from safeconduct.movements.models import DEPARTED, Leg, LegDue, Movement, Sweep, Vehicle
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
LEG_FIELDS = frozenset({"movement", "number", "site", "route", "begin_at"})
DUE_FIELDS = frozenset({"movement", "number", "site", "route", "begin_at", "tracker"})
VEHICLE_FIELDS = frozenset({"movement", "tracker"})
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
    """The movements that are cleared, held or on their way, as the watch takes them; those that alerts may let on.

    A journey of several legs is one item a leg, each from when the one before is over: no two at a time.
    """
    rows = release.listing(
        Movement, watch, lambda rows: rows.filter(state__in=UNDER_WAY).order_by("-depart_at", "-id")[:MOST]
    )
    due = _due(watch, [row.id for row in rows])
    told = _tellable(watch, rows, MOVEMENT_FIELDS, lambda row: (row.id, 1) in due)
    refs = [row.id for row in told]
    departed = departures([row.id for row in told if row["state"] == DEPARTED])
    legs = {
        ref: _tellable(watch, of[::-1], LEG_FIELDS, lambda leg: (leg["movement"], leg["number"]) in due)
        for ref, of in queries.legs(watch, refs).items()
    }
    trackers = {ref: tracker for (ref, _), tracker in due.items() if tracker} | _trackers(watch, refs)
    return [item for row in told for item in _items(row, legs[row.id], departed.get(row.id), trackers.get(row.id, ""))]


def _items(
    row: Projection, legs: Sequence[Projection], departed_at: datetime | None, tracker: str
) -> Iterator[dict[str, Any]]:
    """The first leg is told by the movement itself; those behind it only where they may be told as far as there."""
    further = list(takewhile(lambda one: one[0] == one[1]["number"], enumerate(_after_first(legs), start=2)))
    begins = [row["depart_at"], *(leg["begin_at"] for _, leg in further)]
    ways = [(row["site"], row["route"]), *((leg["site"], leg["route"]) for _, leg in further)]
    for index, ((site, route), begin) in enumerate(zip(ways, begins, strict=True)):
        late = departed_at - row["depart_at"] if departed_at else None
        over = begins[index + 1] + late if late is not None and index + 1 < len(begins) else None
        yield {
            "id": str(row.id),
            "site": site,
            "route": route,
            "depart_at": iso(begin),
            "departed_at": iso(begin + late) if late is not None else None,
            "arrived_at": iso(over) if over else None,
            "tracker": tracker,
        }


def _after_first(legs: Sequence[Projection]) -> list[Projection]:
    return [leg for leg in legs if leg["number"] > 1]


def _trackers(watch: Principal, refs: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Of each movement, the track of the first vehicle of its own that has one."""
    found: dict[uuid.UUID, str] = {}
    for ref, vehicles in queries.vehicles(watch, refs).items():
        named = [one for one in _tellable(watch, vehicles[::-1], VEHICLE_FIELDS) if one["tracker"]]
        if named:
            found[ref] = min(named, key=lambda one: (one.get("is_escort", False), one.id))["tracker"]
    return found


def _due(watch: Principal, refs: Sequence[uuid.UUID]) -> dict[tuple[uuid.UUID, int], str]:
    """Legs, by movement and number, that are told late, and by now to everyone who reads the watch's alerts there.

    With each the track by which its convoy is known.
    """
    rows = release.listing(LegDue, watch, lambda rows: rows.filter(movement__in=refs).order_by("-id"))
    return {(leg["movement"], leg["number"]): leg["tracker"] for leg in _tellable(watch, rows, DUE_FIELDS)}


def _tellable(
    watch: Principal,
    rows: Sequence[Projection],
    fields: frozenset[str],
    is_due: Callable[[Projection], bool] = lambda _: False,
) -> list[Projection]:
    """The rows, oldest first, that everyone may know of who reads the watch's alerts of their site.

    What `is_due` they may, too: it was told to them late.

    An alert's kind, its time and that it exists at all tell of the sweep or movement that it came from.
    """
    accord = node.current().accord

    @cache
    def may_tell(marking: Marking) -> bool:
        return accord.may_tell(accord.marking(Alert.info_class, watch.party, marking.area), marking, fields)

    return [row for row in reversed(rows) if may_tell(row.marking) or is_due(row)]


SOURCES = (
    Source("sweeps", frozenset({Sweep.info_class}), sweeps),
    Source(
        "movements", frozenset({Movement.info_class, Leg.info_class, LegDue.info_class, Vehicle.info_class}), movements
    ),
)
