"""What the ways in know of feeds and sensors that the segment does not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass
class Door:
    """What the segment does not know of one feed: refusals of what left nothing, and whether its peer answers."""

    unusable: Counter[str] = field(default_factory=Counter[str])
    reachable: bool = True
    outward: bool = False
    """Whether nothing comes by it: it tells, and is not silent for that."""


class Doors(Protocol):
    """All the ways in which observations come to the watch."""

    def of_feeds(self) -> Mapping[str, Door]:
        """By the name of each feed that any way in knows of."""
        ...

    def lost(self) -> frozenset[str]:
        """Sensors that their feed knows to be off."""
        ...


class NoDoors:
    """Rows come by the journal alone."""

    def of_feeds(self) -> Mapping[str, Door]:
        return {}

    def lost(self) -> frozenset[str]:
        return frozenset()
