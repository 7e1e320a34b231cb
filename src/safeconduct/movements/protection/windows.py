"""When the rings of need to know open: plain values in, what is to be told out.

A leg is told from the time on that the accord sets before its beginning, while its movement is cleared or on its way.
A hold before departure, a cancellation and the close take everything back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from safeconduct.accord.protection import Disclosure
from safeconduct.movements.models import ARRIVED, DEPARTED, PLANNED

TOLD = (PLANNED, DEPARTED, ARRIVED)
"""States of a movement of which others than its planners are told."""

MANIFEST = "manifest"


@dataclass(frozen=True)
class Part:
    """One thing to tell: of a leg, or a manifest at a site (`key` is the leg's id, or the site)."""

    info_class: str
    key: Any


def parts(
    movement: Any, legs: Sequence[Any], parties: Iterable[str], rings: Iterable[Disclosure], at: datetime
) -> set[Part]:
    """What is to be told of `movement` at this moment. Attributes are those of the tables."""
    if movement.state not in TOLD:
        return set()
    early = _early(movement)
    found: set[Part] = set()
    for ring in rings:
        if ring.info_class == MANIFEST:
            if _is_agreed(movement, parties) and movement.travellers and at >= movement.depart_at - early - ring.before:
                found |= {Part(MANIFEST, site) for site in {movement.site, *(leg.site for leg in legs)}}
        else:
            found |= {Part(ring.info_class, leg.pk) for leg in legs if at >= leg.begin_at - early - ring.before}
    return found


def _early(movement: Any) -> timedelta:
    """By how much it left before its time: all that follows comes earlier too."""
    left = movement.departed_at
    return max(movement.depart_at - left, timedelta(0)) if left else timedelta(0)


def _is_agreed(movement: Any, parties: Iterable[str]) -> bool:
    """Names go to the host once both keys are given, not before."""
    keys: Mapping[str, Any] = movement.keys
    return movement.state != PLANNED or all(party in keys for party in parties)
