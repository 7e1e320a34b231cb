"""Parties of an accord, and the principals that act for them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

ANYWHERE = ""
"""The area of a grant that is not bound to one site, and of a thing that lies in none."""


class Side(StrEnum):
    """What a party is under the accord: the one that commands, or one whose people are protected."""

    HOST = "host"
    PARTNER = "partner"


@dataclass(frozen=True, order=True)
class Grant:
    """A role held in an area (a site's id, or ANYWHERE)."""

    role: str
    area: str = ANYWHERE

    def covers(self, area: str) -> bool:
        return self.area in (ANYWHERE, area)


@dataclass(frozen=True)
class Principal:
    """Whoever asks: a named user, or a part of the node such as the watch. Holds grants of one party.

    `party` is a party's id in the accord. A principal without grants is denied everything.
    """

    name: str
    party: str
    grants: tuple[Grant, ...] = ()

    @property
    def standing(self) -> tuple[str, tuple[Grant, ...]]:
        """All that a decision may depend on: two principals of one standing see and may do the same."""
        return (self.party, self.grants)


NOBODY = Principal("nobody", "")
