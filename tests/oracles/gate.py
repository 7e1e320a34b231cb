"""The release gate the slow, obvious way: walk the route metre by metre and ask of each what was searched."""

from __future__ import annotations

from collections.abc import Iterable


def unswept_m(length_m: int, stretches: Iterable[tuple[int, int]]) -> int:
    """Whole metres [i, i + 1) of the route that no stretch [begin, end) covers."""
    found = list(stretches)
    return sum(not any(begin <= metre < end for begin, end in found) for metre in range(length_m))
