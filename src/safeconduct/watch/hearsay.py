"""What later rooms have for the watch, which cannot ask them: each says here how its part is read.

    hear_from(Source("sweeps", frozenset({"sweep"}), read_sweeps))   # when its app is ready

The live watch reads a source at its start and whenever the outbox tells of its information classes, and makes a frame
of what changed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from safeconduct.terms.party import Principal


@dataclass(frozen=True)
class Source:
    """`read` gives the items of a frame, as context.py takes them, from what the watch's principal may read."""

    frame: str
    kinds: frozenset[str]
    read: Callable[[Principal], Sequence[dict[str, Any]]]


_sources: dict[str, Source] = {}


def hear_from(source: Source) -> None:
    """Let the live watch hear of it; again under the same frame, instead of the one before."""
    _sources[source.frame] = source


def sources() -> tuple[Source, ...]:
    return tuple(_sources.values())
