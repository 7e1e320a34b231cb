"""The demo's files: those that are shipped with the package, and the hour written out for a replay.

`python -m safeconduct.demo.files` writes the shipped ones anew, after a change to the world.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from safeconduct.demo.stream import SEED, observations
from safeconduct.demo.world import basemap, places
from safeconduct.sites.geojson import to_geojson

PLACES_FILE = Path(__file__).with_name("places.geojson")
ROADS_FILE = Path(__file__).with_name("roads.geojson")


def shipped() -> dict[Path, bytes]:
    """What each shipped file must hold."""
    return {PLACES_FILE: _lines_of(to_geojson(places())), ROADS_FILE: _lines_of(basemap())}


def write_shipped() -> None:
    for path, content in shipped().items():
        path.write_bytes(content)


def write_observations(path: Path, start: datetime, seed: int = SEED) -> int:
    """The hour as NDJSON; answers how many rows it has."""
    return _write_rows(path, observations(start, seed))


def _write_rows(path: Path, rows: Iterable[dict[str, Any]]) -> int:
    count = 0
    with path.open("wb") as stream:
        for count, row in enumerate(rows, start=1):  # noqa: B007 -- the last count is the answer
            stream.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
    return count


def _lines_of(collection: dict[str, Any]) -> bytes:
    """One feature a line, so that a change shows as the lines that it touches."""
    features = b",\n".join(orjson.dumps(feature) for feature in collection["features"])
    return b'{"type":"FeatureCollection","features":[\n' + features + b"\n]}\n"


if __name__ == "__main__":
    write_shipped()
