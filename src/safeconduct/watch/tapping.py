"""Later rooms that follow single vehicles by the observations themselves, each batch as the live loop takes it.

    tap("progress", FollowMovements)   # when its app is ready

A tap comes after the journal: what it is given is durable, and is given again after a crash, so that it must know
what it has had. It finds no alerts; those are the engine's alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from safeconduct.terms.party import Principal


class Tap(Protocol):
    """What a room makes of observations, in the live loop's thread: none of it may take long."""

    def hear(self, watch: Principal) -> None:
        """Learn whom to follow. May raise what the database raises while it is away."""
        ...

    def take(self, table: Any) -> None:
        """Let a checked table of observations in (rows.COLUMNS)."""
        ...

    def tell(self, watch: Principal) -> None:
        """Do the acts of what is new, if it is time to. May raise what the database raises while it is away."""
        ...


_makers: dict[str, Callable[[], Tap]] = {}


def tap(name: str, make: Callable[[], Tap]) -> None:
    """Let every live loop that begins from now on have what `make` gives; again under the same name, instead of the one
    before."""
    _makers[name] = make


def taps() -> tuple[Tap, ...]:
    """New ones, for a live loop that begins."""
    return tuple(make() for make in _makers.values())
