"""Recorded hours to try rules on, from files or from the archive of a node."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from safeconduct.node import Node
from safeconduct.sites.geojson import load_places
from safeconduct.sites.places import Places
from safeconduct.terms import instant
from safeconduct.terms.party import Principal
from safeconduct.watch.context import Context, load_context
from safeconduct.watch.expecting import items_of, presence_of
from safeconduct.watch.observations import Batch
from safeconduct.watch.recording import archived_batches, batches_of, rows_of

LEAST_DAYS = 0.01


@dataclass(frozen=True)
class Hours:
    """`rows`: how many there will be, 0 where that is not known before they are read."""

    places: Places
    batches: Iterable[Batch]
    context: Context
    rows: int = 0


def hours_of_files(places: Path, observations: Sequence[Path], context: Path | None) -> Hours:
    """Raises BadInput for an unusable file."""
    refused: Counter[str] = Counter()
    told = load_context(context) if context else Context()
    return Hours(load_places(places), batches_of(observations, refused), told, sum(map(rows_of, observations)))


def hours_of_node(node: Node, watch: Principal, days: float) -> Hours:
    """The last `days` days: its places as they are now, and what was expected then. Its sweeps and movements are not
    told: a movement makes alarms of its own, which no rule of a ring can spare."""
    from safeconduct.sites.queries import watched_places  # these two need Django
    from safeconduct.watch.queries import expected_between

    end = instant.now()
    begin = end - timedelta(days=max(LEAST_DAYS, days))
    expected = map(presence_of, items_of(expected_between(watch, begin, end)))
    return Hours(watched_places(watch), archived_batches(node.path, begin, end), Context(expected=tuple(expected)))
