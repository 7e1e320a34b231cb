"""Replays: where the tracks of an alert or a stay were, from the archive, for readers to whom they are released."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import cos, radians
from typing import Any

from safeconduct import node
from safeconduct.release import Projection
from safeconduct.terms import instant
from safeconduct.terms.errors import NotFound
from safeconduct.terms.party import Principal
from safeconduct.terms.place import METRES_PER_DEGREE
from safeconduct.watch import queries

BEFORE, AFTER = timedelta(minutes=2), timedelta(minutes=1)
"""What is shown of the tracks before the stay began and after it ended."""

MOST_POINTS = 4000
"""Of one track; a longer one is thinned evenly."""


def replay(principal: Principal, ref: uuid.UUID | str) -> dict[str, Any]:
    """Points of each track as [seconds since `begin`, lon, lat, state], oldest first.

    Raises NotFound for a reader without the alert's tracks, and where the archive no longer has any of them.
    """
    alert = queries.alert(principal, ref)
    if not has_replay(alert):
        raise NotFound("replay", str(ref))
    begin = alert["started"] - BEFORE
    end = min((alert["ended"] or instant.now()) + AFTER, instant.now())
    tracks = points_of(principal, alert["tracks"], begin, end, Spot(alert["site"], alert["lon"], alert["lat"]))
    if not tracks:
        raise NotFound("replay", str(ref))
    return {
        "begin": instant.iso(begin),
        "end": instant.iso(end),
        "started": instant.iso(alert["started"]),
        "spot": [alert["lon"], alert["lat"]],
        "tracks": [{"track": name, "points": points} for name, points in tracks.items()],
        "unseen": _unseen(alert),
        "steps": alert["steps"],
    }


def has_replay(alert: Projection) -> bool:
    """Whether its reader may ask for the replay at all."""
    return {"tracks", "started", "ended", "explanation", "site", "lon", "lat"} <= set(alert) and bool(alert["tracks"])


def _unseen(alert: Projection) -> list[Mapping[str, str]]:
    return (alert["explanation"] or {}).get("unseen", [])


@dataclass(frozen=True)
class Spot:
    """Where the vehicle of a replay stood."""

    site: str
    lon: float
    lat: float


AROUND_M = 2500.0
"""How far from the spot tracks are shown: farther than a vehicle drives in BEFORE."""


def points_of(
    reader: Principal, names: list[str], begin: datetime, end: datetime, spot: Spot
) -> dict[str, list[list[Any]]]:
    """Track (`sensor/track`) to its points while the archive tells `reader`; only tracks of which there are any."""
    from safeconduct.watch.archive import observations, pa  # slow to import, and only replays need it
    from safeconduct.watch.keeping.retention import told

    north = AROUND_M / METRES_PER_DEGREE
    east = north / max(0.01, cos(radians(spot.lat)))
    bounds = {"west": spot.lon - east, "east": spot.lon + east, "south": spot.lat - north, "north": spot.lat + north}
    spans, _ = told(reader, spot.site, begin, end)
    tables = [observations(node.current().path, *span, _WANTED, names=names, **bounds) for span in spans]
    if not tables:
        return {}
    table = pa.concat_tables(tables)
    found: dict[str, list[list[Any]]] = {}
    columns = (table[name].to_pylist() for name in ("time", "sensor", "track", "lon", "lat", "state"))
    for at, sensor, track, lon, lat, state in zip(*columns, strict=True):
        after_s = round((at - begin).total_seconds(), 1)
        found.setdefault(f"{sensor}/{track}", []).append([after_s, round(lon, 7), round(lat, 7), state])
    return {name: _thinned(points) for name, points in found.items()}


_NEAR = "lon BETWEEN $west AND $east AND lat BETWEEN $south AND $north"
_WANTED = f"{_NEAR} AND list_contains($names, concat(sensor, '/', track))"


def _thinned(points: list[list[Any]]) -> list[list[Any]]:
    every = -(-len(points) // MOST_POINTS)
    return points[::every]
