"""One hour as a folder: observations.parquet, sites.geojson, roads.geojson, truth.json, track_to_vehicle.parquet."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from benchmarks.scenarios import faults as camera_faults
from benchmarks.scenarios.faults import Faults, Parts, observe
from benchmarks.scenarios.places import RINGS_M, make_cameras, places_of, roads_of
from benchmarks.scenarios.roads import AIRPORT, KINDS, make_roads
from benchmarks.scenarios.scripts import Director, background
from benchmarks.scenarios.simulation import simulate
from benchmarks.scenarios.truth import truth_of

BASE = 1_700_000_000
HOUR_S = 3600


def make_hour(seed: int, roads: str, faults: str | Faults, out: Path, span_s: int = HOUR_S) -> Path:
    """Make the hour in `out`, which is made if it is not there. `roads` is one of `roads.KINDS`, or `any`; `faults`
    one of `faults.KINDS`. Raises KeyError for unknown faults, ValueError for other roads, RuntimeError where SUMO
    fails."""
    make_hours(seed, roads, {out: faults}, span_s)
    return out


def make_hours(seed: int, roads: str, outs: Mapping[Path, str | Faults], span_s: int = HOUR_S) -> None:
    """The same traffic under several faults, each into its own folder: what `make_hour` would give for each."""
    kind = KINDS[seed % len(KINDS)] if roads == "any" else KINDS[KINDS.index(roads)]
    with tempfile.TemporaryDirectory() as work:
        streets = make_roads(kind, np.random.default_rng([seed, 1]), Path(work))
        radius_m = RINGS_M["outer"]
        cast = Director(streets, radius_m, span_s, np.random.default_rng([seed, 2])).direct()
        trips = background(streets, radius_m, span_s, np.random.default_rng([seed, 3]))
        motion = simulate(streets, cast.scripts, trips, span_s, seed)
        cameras = make_cameras(np.random.default_rng([seed, 4]))
        read = {script.vehicle for script in cast.scripts if script.kind in ("repeat", "circler")}
        own = {script.vehicle: f"guard-{script.vehicle}" for script in cast.scripts if script.kind == "guard"}
        hidden = {script.vehicle: script.hides for script in cast.scripts if script.hides}
        for out, faults in outs.items():
            spoilt = faults if isinstance(faults, Faults) else camera_faults.KINDS[faults]
            table, behind = observe(motion, cameras, Parts(own, hidden, read), spoilt, BASE, seed)
            more = {"rings": RINGS_M, "origin": list(AIRPORT), "seed": seed, "roads": kind, "faults": vars(spoilt)}
            out.mkdir(parents=True, exist_ok=True)
            write_json(out / "sites.geojson", places_of(streets, cast, cameras))
            write_json(out / "roads.geojson", roads_of(streets))
            write_json(out / "truth.json", truth_of(motion, cast, BASE, radius_m, more))
            write_table(out / "track_to_vehicle.parquet", behind)
            # Last: where it is, the folder is whole.
            write_table(out / "observations.parquet", table)


def write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value), encoding="utf-8")


def write_table(path: Path, table: pa.Table) -> None:
    pq.write_table(table, path, compression="zstd")
