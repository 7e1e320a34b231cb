"""The marking that every released thing carries: originator, information class, TLP 2.0 label, releasable-to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from safeconduct.terms.party import ANYWHERE


class Tlp(StrEnum):
    """Traffic Light Protocol 2.0 labels, least restricted first. Source: FIRST, August 2022."""

    CLEAR = "TLP:CLEAR"
    GREEN = "TLP:GREEN"
    AMBER = "TLP:AMBER"
    AMBER_STRICT = "TLP:AMBER+STRICT"
    RED = "TLP:RED"

    @property
    def rank(self) -> int:
        return list(Tlp).index(self)


@dataclass(frozen=True)
class Marking:
    """How a thing may be released. All fields are finite, so that a release is decided once per marking.

    `releasable_to` are party ids; the originator needs no mention. `area` is the site that it concerns, or ANYWHERE.
    """

    originator: str
    info_class: str
    tlp: Tlp
    releasable_to: frozenset[str] = frozenset()
    area: str = ANYWHERE

    def __str__(self) -> str:
        to = ",".join(sorted(self.releasable_to)) or "-"
        return f"{self.tlp} {self.info_class} from {self.originator} to {to} in {self.area or 'anywhere'}"
