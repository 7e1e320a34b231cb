"""Expected presences on their way from their rows to the engine: as the items of a frame, and as values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import structlog
from shapely.errors import ShapelyError
from shapely.geometry import Polygon, shape

from safeconduct.terms.instant import epoch_ms
from safeconduct.watch.observations import text_hash
from safeconduct.watch.rules import ExpectedPresence

if TYPE_CHECKING:  # the watch's state needs no Django
    from safeconduct.release import Projection

log = structlog.get_logger("safeconduct.watch.expecting")


def items_of(rows: Iterable[Projection]) -> list[dict[str, Any]]:
    """The rows as JSON holds them in a frame; one whose place is no area explains nothing and is left out."""
    return [
        {
            "id": str(row.id),
            "site": row["site"],
            "name": row["name"],
            "place": row["place"],
            "begin_ms": epoch_ms(row["begin"]),
            "end_ms": epoch_ms(row["end"]),
            "count": row["count"],
            "tokens": list(row["tokens"]),
        }
        for row in rows
        if _is_area(row["place"])
    ]


def _is_area(place: Any) -> bool:
    try:
        area = shape(place)
        return isinstance(area, Polygon) and area.is_valid and not area.is_empty
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, ShapelyError):
        log.warning("expected_place_unusable")
        return False


def presence_of(item: Mapping[str, Any]) -> ExpectedPresence:
    """One of `items_of`, for the engine."""
    return ExpectedPresence(
        id=item["id"],
        site=item["site"],
        name=item["name"],
        polygon=Polygon(item["place"]["coordinates"][0]),
        begin_ms=item["begin_ms"],
        end_ms=item["end_ms"],
        count=item["count"],
        tokens=frozenset(text_hash(token) for token in item["tokens"]),
    )
