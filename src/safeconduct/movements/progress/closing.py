"""Whether everyone is accounted for at the place where a movement really arrived. Plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

HERE, MISSING, LEFT_BEHIND, NOT_ASKED = "here", "missing", "left_behind", "not_asked"
STATUSES = (HERE, MISSING, LEFT_BEHIND)
"""What a traveller is at the roll call; who was not asked yet is none of them, and neither well nor gone."""


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
