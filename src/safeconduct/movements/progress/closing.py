"""Whether everyone is accounted for at the place where a movement really arrived. Plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from safeconduct.terms.instant import parse

HERE, MISSING, LEFT_BEHIND, NOT_ASKED, ABOARD = "here", "missing", "left_behind", "not_asked", "aboard"
STATUSES = (HERE, MISSING, LEFT_BEHIND)
"""What a traveller is at the roll call; who was not asked yet, or said that they boarded, is none of them, and neither
well nor gone."""


def arrived_by_own_word(
    said: Mapping[str, Mapping[str, Any]], departed_at: datetime | None
) -> dict[str, dict[str, Any]]:
    """Those who said by their own phones that they have arrived, as the roll has them: {person id: {"status", "at",
    "received_at"}}. Whoever said so before the movement had left was mistaken.

    What an officer entered of someone stands over what they said themselves: another may hold their phone.
    """
    return {
        ref: {"status": HERE, **stages["arrived"]}
        for ref, stages in said.items()
        if "arrived" in stages and departed_at is not None and parse(stages["arrived"]["at"]) >= departed_at
    }


def open_ends(
    people: int, travellers: Sequence[str], host: str, count: Mapping[str, Any], roll: Mapping[str, Any]
) -> list[str]:
    """Why the movement stays open, as codes: `count` the host has not counted, `differs` its count is another than the
    plan's, `roll` someone is not accounted for by reference. Empty where it may be closed."""
    found: list[str] = []
    counted = count.get(host)
    if counted is None:
        found.append("count")
    elif counted["people"] != people:
        found.append("differs")
    if any(roll.get(ref, {}).get("status") != HERE for ref in travellers):
        found.append("roll")
    return found
