"""How well the watch detects, beside the usual rule: `python benchmarks/detection.py [SCENARIO...]`.

A scenario is a folder with `observations.parquet`, `sites.geojson` and `truth.json`; without one, the outer ring of
the tests and the same hour spoilt further: a quarter of the sightings dropped, tracks cut in two, 3 m of noise,
cameras that are off
for five minutes, clocks that differ by up to 2 s. The usual rule is "one track stays inside a ring for N seconds".
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from safeconduct.sites.geojson import load_places
from safeconduct.sites.places import Places
from safeconduct.terms.instant import from_epoch_ms, iso
from safeconduct.watch.engine import Engine
from safeconduct.watch.files import read_observations
from safeconduct.watch.ordering import Ordered, rows_of
from safeconduct.watch.recording import replay
from safeconduct.watch.score import Score, score

OUTER_RING = Path(__file__).parent.parent / "tests" / "data" / "outer-ring"
AFTER_S = 300.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenario", type=Path, nargs="*")
    args = parser.parse_args()
    print(f"{'scenario':<28} {'rule':<9} {'on time':>9} {'recall':>7} {'false/h':>8} {'twice':>6} {'median delay':>13}")
    with tempfile.TemporaryDirectory() as folder:
        for scenario in args.scenario or [OUTER_RING, *spoilt(Path(folder))]:
            run(scenario)


def run(scenario: Path) -> None:
    places = load_places(scenario / "sites.geojson")
    observations = scenario / "observations.parquet"
    truth = json.loads((scenario / "truth.json").read_text())
    outcome = replay(places, [observations])
    hours = (outcome.span_ms[1] - outcome.span_ms[0]) / 3_600_000
    show(scenario.name, "watch", score(outcome.in_order(), truth, AFTER_S, hours))
    show(scenario.name, "per track", score(naive(places, observations), truth, AFTER_S, hours))


def show(scenario: str, rule: str, found: Score) -> None:
    delay = f"{np.median(found.delays_s):.0f} s" if found.delays_s else "-"
    print(
        f"{scenario:<28} {rule:<9} {found.on_time:>4}/{found.expected:<4} {found.recall:>7.2f}"
        f" {found.false_per_hour:>8.2f} {found.duplicates:>6} {delay:>13}"
    )


def naive(places: Places, observations: Path) -> list[dict[str, Any]]:
    """Alerts of the usual rule: a track that has been in the rings for AFTER_S."""
    engine = Engine(places)
    first: dict[int, int] = {}
    alerts: dict[int, dict[str, Any]] = {}
    for batch in read_observations(observations, Counter()):
        columns = (batch.time_ms, batch.lon, batch.lat, batch.key, batch.sensor, batch.kind, batch.state, batch.token)
        rows = rows_of(np.require(column, requirements=("C", "W")) for column in columns)
        zones = engine.field.zones_of(Ordered(rows, batch.track, list(batch.tracks)))
        for i in range(len(zones)):
            key, at_ms = int(batch.key[i]), int(batch.time_ms[i])
            if zones[i] < 0:
                first.pop(key, None)
            elif at_ms - first.setdefault(key, at_ms) >= AFTER_S * 1000:
                at = iso(from_epoch_ms(at_ms))
                alert = alerts.setdefault(
                    key,
                    {
                        "severity": "alert",
                        "steps": [{"severity": "alert", "at": at}],
                        "started": iso(from_epoch_ms(first[key])),
                        "lon": float(batch.lon[i]),
                        "lat": float(batch.lat[i]),
                    },
                )
                alert["ended"] = at
    return list(alerts.values())


def spoilt(folder: Path) -> list[Path]:
    """The outer ring, spoilt further in several ways, each as a scenario of its own."""
    table = pq.read_table(OUTER_RING / "observations.parquet")
    rng = np.random.default_rng(7)
    count = table.num_rows
    time_ms = table["time"].cast(pa.int64()).to_numpy()
    sensor = table["sensor"].combine_chunks().dictionary_encode()
    code = sensor.indices.to_numpy()
    sensors = len(sensor.dictionary)
    off_from = rng.uniform(time_ms.min(), time_ms.max(), sensors)
    off = (time_ms >= off_from[code]) & (time_ms < off_from[code] + 300_000) & (rng.random(sensors) < 0.15)[code]
    halves = ["" if at % 200_000 < 100_000 else "b" for at in time_ms + code * 7919]
    cut = pa.array([f"{name}{half}" for name, half in zip(table["track"].to_pylist(), halves, strict=True)])
    skew = rng.uniform(-2000, 2000, sensors)[code].astype(np.int64)
    made = {
        "a quarter dropped": table.filter(pa.array(rng.random(count) > 0.25)),
        "tracks cut each 100 s": table.set_column(2, "track", cut),
        "3 m of noise": noisy(table, rng, 2.75),
        "cameras off for 5 min": table.filter(pa.array(~off)),
        "clocks 2 s apart": table.set_column(0, "time", pa.array(time_ms + skew, pa.timestamp("ms", "UTC"))),
    }
    paths: list[Path] = []
    for name, one in made.items():
        paths.append(folder / name)
        paths[-1].mkdir()
        pq.write_table(one, paths[-1] / "observations.parquet")
        for file in ("sites.geojson", "truth.json"):
            (paths[-1] / file).write_bytes((OUTER_RING / file).read_bytes())
    return paths


def noisy(table: pa.Table, rng: np.random.Generator, more_m: float) -> pa.Table:
    lon = table["lon"].to_numpy() + rng.normal(0, more_m / 100_860, table.num_rows)
    lat = table["lat"].to_numpy() + rng.normal(0, more_m / 111_195, table.num_rows)
    return table.set_column(3, "lon", pa.array(lon)).set_column(4, "lat", pa.array(lat))


if __name__ == "__main__":
    main()
