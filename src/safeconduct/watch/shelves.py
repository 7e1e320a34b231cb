"""Shelving: what a shelf covers, for how long it may, and the end that the clock puts to it. Source: ISA-18.2.

A shelf changes nothing of an alert. Whether one is shelved is found for each reader from the shelves that are released
to them, so that an alert tells nothing of a shelf that its reader may not know of; and a gate never asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from safeconduct.accord.accord import Accord
from safeconduct.release import Projection

BY_PERSON, EXPIRED, CRITICAL = "person", "expired", "critical"
UNSHELVED = (BY_PERSON, EXPIRED, CRITICAL)
"""Why a shelf ended."""

LONGEST = timedelta(hours=8)
"""For how long alerts may be shelved under an accord that says nothing of it."""

COVERED = ("notice", "alert")
"""Severities that every shelf covers; one that a reader is not told is not covered, and so never hidden."""


def longest_shelf(accord: Accord) -> timedelta:
    """The accord's own limit: the obligation to unshelve what was shelved."""
    owed = [one.within for one in accord.obligations if one.trigger == "alert.shelve"]
    return min(owed, default=LONGEST)


class Shelves:
    """The shelves that hold at an instant, as one reader knows them."""

    def __init__(self, shelves: Iterable[Projection]):
        self.held: Sequence[Projection] = sorted(shelves, key=lambda one: not one.get("critical", False))
        self._of_alert = {one["alert"]: one for one in self.held if one.get("alert")}
        self._of_place: dict[tuple[str, str, str], Projection] = {}
        for one in self.held:
            if "alert" in one and one["alert"] is None and {"site", "ring", "kind"} <= one.keys():
                self._of_place.setdefault((one["site"], one["ring"], one["kind"]), one)

    def over(self, alert: Projection) -> Projection | None:
        """The shelf that covers `alert`, or None for one that stands on the queue."""
        if not self.held:
            return None
        place = (alert.get("site", ""), alert.get("ring", ""), alert.get("kind", ""))
        found = (self._of_alert.get(alert.id), self._of_place.get(place))
        return next((one for one in found if one and _covers(one, alert)), None)


def _covers(shelf: Projection, alert: Projection) -> bool:
    severity = alert.get("severity")
    return severity in COVERED or (severity == CRITICAL and shelf.get("critical", False))


def holds(shelf: Projection, at: datetime) -> bool:
    return shelf.get("ended") is None and "until" in shelf and shelf["until"] > at
