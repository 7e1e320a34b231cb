"""The whole path of a replay, from Parquet to alerts, on one core: `python benchmarks/replay.py`.

Printed, all of the same run; times are of the processor, the best of some runs:

- rows a second of the recorded hour of the tests, and of made-up traffic as in `benchmarks/kernel.py`
- which share of it is reading, ordering, finding zones, the kernel, and the engine's own work in Python
- beside it on the same rows: pyarrow and DuckDB that only read the columns, and the naive way, shapely's tree and a
  dictionary of when each track came into its ring
- whether cost is linear in rows (1x, 2x, 4x) and flat in the number of rings (500 to 50,000)
- how long `safeconduct watch replay` takes from a cold start to the first alert on disk
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import duckdb
import kernel as workload
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from shapely import STRtree, points

from safeconduct.sites.geojson import load_places
from safeconduct.sites.places import Places
from safeconduct.watch.engine import Engine
from safeconduct.watch.field import Field
from safeconduct.watch.files import read_observations
from safeconduct.watch.observations import Batch
from safeconduct.watch.ordering import Hold

OUTER_RING = Path(__file__).parent.parent / "tests" / "data" / "outer-ring"
DWELL_S = 300.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=20, help="of made-up traffic, 100,000 rows each")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--rings", type=int, nargs="*", default=[500, 5000, 50_000])
    args = parser.parse_args()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    print(f"one core of {os.cpu_count()}; load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as folder:
        recorded = OUTER_RING / "observations.parquet"
        whole_path("recorded hour", load_places(OUTER_RING / "sites.geojson"), recorded, args.runs)
        made = Path(folder) / "made.parquet"
        places, centres = workload.made_places(np.random.default_rng(1))
        write(made, centres, args.seconds)
        whole_path("made-up traffic", places, made, args.runs)
        linear(Path(folder), args.seconds, args.runs)
        flat(Path(folder), args.rings, args.seconds // 2, args.runs)
        cold(Path(folder))


def whole_path(name: str, places: Places, path: Path, runs: int) -> None:
    """Print the rate, its parts and the peers on the same file."""
    count = pq.read_metadata(path).num_rows
    seconds, parts = min((staged(places, path) for _ in range(runs)), key=lambda pair: pair[0])
    print(f"\n{name}: {count:,} rows, {len(places.rings)} rings")
    print(f"  replay    {count / seconds / 1e6:6.2f} M rows/s  {seconds / count * 1e9:6.0f} ns a row")
    shares = ", ".join(f"{part} {spent / seconds:.0%}" for part, spent in parts.items())
    print(f"            of it {shares}")
    for peer, work in (("pyarrow", scan_arrow), ("duckdb", scan_duckdb)):
        peer_s = best(runs, lambda work=work: work(path))
        print(
            f"  {peer:<9} {count / peer_s / 1e6:6.2f} M rows/s  only reads; the replay takes {seconds / peer_s:.1f} x"
        )
    some = min(count, 200_000)
    naive_s = best(1, lambda: naive(places, path, some)) / some * count
    print(
        f"  naive     {count / naive_s / 1e6:6.2f} M rows/s  of {some:,} rows; the replay is {naive_s / seconds:.0f} x"
    )


def best(runs: int, work: Callable[[], object]) -> float:
    times: list[float] = []
    for _ in range(runs):
        begun = time.process_time()
        work()
        times.append(time.process_time() - begun)
    return min(times)


def staged(places: Places, path: Path) -> tuple[float, dict[str, float]]:
    """Seconds from the file to the alerts, and what the parts took."""
    engine, spent = Engine(places), Counter[str]()
    kept = Hold.push, Field.zones_of, Engine._events  # pyright: ignore[reportPrivateUsage]
    Hold.push = timed(spent, "order", kept[0])
    Field.zones_of = timed(spent, "zones", kept[1])
    Engine._events = timed(spent, "engine", kept[2])  # pyright: ignore[reportPrivateUsage]
    try:
        begun = time.process_time()
        batches = read_observations(path, Counter())
        read = timed(spent, "read", lambda: next(batches, None))
        while (batch := read()) is not None:
            assert isinstance(batch, Batch)
            engine.feed(batch)
        engine.finish()
        total = time.process_time() - begun
    finally:
        Hold.push, Field.zones_of, Engine._events = kept  # pyright: ignore[reportPrivateUsage]
    parts = {part: spent[part] for part in ("read", "order", "zones")}
    parts["kernel"] = total - sum(spent.values())
    return total, parts | {"engine": spent["engine"]}


def timed(spent: Counter[str], part: str, work: Callable[..., object]) -> Callable[..., object]:
    def run(*args: object) -> object:
        begun = time.process_time()
        try:
            return work(*args)
        finally:
            spent[part] += time.process_time() - begun  # pyright: ignore[reportArgumentType]

    return run


def scan_arrow(path: Path) -> None:
    """Read the columns and nothing else."""
    pq.read_table(path, use_threads=False, columns=["time", "sensor", "track", "lon", "lat", "kind"])


def scan_duckdb(path: Path) -> None:
    """Let DuckDB look at every value of the columns."""
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute(
            "SELECT max(epoch_ms(time)), max(sensor), max(track), sum(lon), sum(lat), max(kind) FROM read_parquet(?)",
            [str(path)],
        ).fetchall()


def naive(places: Places, path: Path, rows: int) -> int:
    """One track inside a ring for DWELL_S: rings by shapely's tree, clocks in a dictionary; how many it finds."""
    table = pq.read_table(path).slice(0, rows)
    tree = STRtree([ring.polygon for ring in places.rings])
    inside = np.full(rows, -1)
    row, ring = tree.query(points(table["lon"].to_numpy(), table["lat"].to_numpy()), predicate="within")
    inside[row] = ring
    since: dict[tuple[str, str, int], float] = {}
    found: set[tuple[str, str, int]] = set()
    stamps = table["time"].cast(pa.timestamp("ms", "UTC")).cast(pa.int64()).to_pylist()
    for at_ms, sensor, track, number in zip(
        stamps, table["sensor"].to_pylist(), table["track"].to_pylist(), inside.tolist(), strict=True
    ):
        if number >= 0 and at_ms - since.setdefault((sensor, track, number), at_ms) >= DWELL_S * 1000:
            found.add((sensor, track, number))
    return len(found)


def write(path: Path, centres: np.ndarray, seconds: int) -> int:
    """The traffic of `benchmarks/kernel.py` as a file; how many rows."""
    rows = workload.made_rows(np.random.default_rng(2), centres, seconds)
    number = (rows.track * np.uint64(pow(0x9E3779B97F4A7C15, -1, 1 << 64))).astype(np.int32)
    words = pa.array([f"t{i}" for i in range(int(number.max()) + 1)])
    sensors = pa.array([f"cam-{i}" for i in range(60)])
    table = pa.table(
        {
            "time": pa.array(rows.time_ms, pa.timestamp("ms", "UTC")),
            "sensor": pa.DictionaryArray.from_arrays(pa.array(rows.sensor), sensors),
            "track": pa.DictionaryArray.from_arrays(pa.array(number), words),
            "lon": rows.lon,
            "lat": rows.lat,
            "kind": pa.array(np.full(len(number), "car")),
        }
    )
    pq.write_table(table, path, compression="zstd", row_group_size=1 << 20)
    return table.num_rows


def linear(folder: Path, seconds: int, runs: int) -> None:
    places, centres = workload.made_places(np.random.default_rng(1))
    print("\nlinear in rows")
    for times in (1, 2, 4):
        path = folder / f"linear-{times}.parquet"
        count = write(path, centres, max(2, seconds // 4) * times)
        seconds_used = min(staged(places, path)[0] for _ in range(runs))
        print(f"  {count:>12,} rows  {seconds_used / count * 1e9:6.0f} ns a row")


def flat(folder: Path, rings: list[int], seconds: int, runs: int) -> None:
    print("\nflat in rings")
    for number in rings:
        places, centres = workload.made_places(np.random.default_rng(1), sites=max(1, number // 3))
        path = folder / f"flat-{number}.parquet"
        count = write(path, centres, seconds)
        begun = time.process_time()
        Engine(places)
        built = time.process_time() - begun
        seconds_used = min(staged(places, path)[0] for _ in range(runs))
        print(
            f"  {len(places.rings):>12,} rings {seconds_used / count * 1e9:6.0f} ns a row  index built in {built:.2f} s"
        )


def cold(folder: Path) -> None:
    """A new process over the recorded hour, the kernel compiled before as an installation does it."""
    out = folder / "alerts.jsonl"
    command = [sys.executable, "-c", "import sys; from safeconduct.cli import main; sys.exit(main(sys.argv[1:]))"]
    command += ["watch", "replay", str(OUTER_RING / "sites.geojson"), str(OUTER_RING / "observations.parquet")]
    spent: list[float] = []
    for _ in range(3):
        begun = time.perf_counter()
        subprocess.run([*command, "--alerts", str(out)], check=True, stderr=subprocess.DEVNULL)
        spent.append(time.perf_counter() - begun)
    alerts = len(out.read_bytes().splitlines())
    print(f"\ncold start to all {alerts} alerts of the recorded hour: {min(spent):.2f} s by the clock (wanted: 3 s)")


if __name__ == "__main__":
    main()
