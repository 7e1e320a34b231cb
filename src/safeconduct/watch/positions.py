"""The live positions of a site as one row: each field a JSON array with a place for each vehicle.

A picture is written and read whole, many times a second between all its readers, and never by vehicle. As columns it
passes the database as a handful of texts, and a field that a reader may not have is withheld as everywhere: the column
is absent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson

from safeconduct.release import Projection
from safeconduct.terms import instant

FIELDS = ("kind", "lon", "lat", "state", "seen_at", "sensor", "track", "ring")

Columns = Mapping[str, Sequence[Any]]
"""Field to the values of all vehicles of one site; `seen_at` in milliseconds since 1970."""


def columns(rows: Iterable[Mapping[str, Any]]) -> Columns:
    """Columns of single vehicles, whose `seen_at` are instants."""
    every = list(rows)
    found = {name: [row[name] for row in every] for name in FIELDS}
    return found | {"seen_at": [instant.epoch_ms(at) for at in found["seen_at"]]}


def encoded(positions: Columns) -> dict[str, str]:
    """The texts that the database keeps; none for no vehicles."""
    if not any(len(values) for values in positions.values()):
        return {}
    return {name: orjson.dumps(positions[name], option=orjson.OPT_SERIALIZE_NUMPY).decode() for name in FIELDS}


def decoded(row: Mapping[str, Any]) -> dict[str, list[Any]]:
    """The columns that a reader got of a site."""
    return {name: orjson.loads(row[name]) for name in FIELDS if name in row}


def vehicle_id(row_id: UUID, number: int) -> UUID:
    """Of the vehicle at a place of the columns: of this picture alone, as the row's is."""
    return UUID(int=row_id.int ^ number)


def each(row: Projection) -> Iterator[Projection]:
    """The vehicles of a site's row, each as its reader may have it."""
    found = decoded(row)
    if "seen_at" in found:
        found["seen_at"] = [instant.from_epoch_ms(at) for at in found["seen_at"]]
    names = list(found)
    fixed = {"site": row["site"]} if "site" in row else {}
    for number, values in enumerate(zip(*found.values(), strict=True)):
        yield Projection(vehicle_id(row.id, number), row.marking, dict(zip(names, values, strict=True)) | fixed)
