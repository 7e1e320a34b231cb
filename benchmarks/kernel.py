"""How many observations a second one core watches: `python benchmarks/kernel.py`.

The workload of the design: 500 sites of three rings with 32 corners, 100,000 tracks, half of the points near a ring. A
vehicle near a ring drives past it at 12 m/s; one in fifty of them stands. Printed, each in the same run:

- `locate`: finding the zone of each point, alone; checked against shapely on a sample
- `watch`: the whole kernel (zone, track, presence, takeover, timers), as the engine calls it
- shapely's prepared polygons over an STR tree, what one would reach for first, for the same zones
- `memory`: looking up each row's track and writing to both of its cache lines, in the same order, and nothing else:
  what no kernel that keeps so much of so many tracks can do without
- bytes of state a track
"""

from __future__ import annotations

import argparse
import math
import time

import numpy as np
from numba import njit
from numpy.typing import NDArray
from shapely import STRtree, contains_xy, points
from shapely.geometry import Polygon

from safeconduct.sites.places import Places, Ring, RingLevel
from safeconduct.terms.place import METRES_PER_DEGREE
from safeconduct.watch import kernel
from safeconduct.watch.engine import Engine
from safeconduct.watch.files import BATCH_ROWS
from safeconduct.watch.settings import Settings
from safeconduct.watch.tables import BIRTH, EVENTS, TRACK, Rows

SITES, TRACKS, CORNERS = 500, 100_000, 32
RADII_M = ((RingLevel.OUTER, 900.0), (RingLevel.MIDDLE, 600.0), (RingLevel.INNER, 300.0))
LAT = -5.0
EAST = METRES_PER_DEGREE * math.cos(math.radians(LAT))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=60, help="of traffic, one sighting a track and second")
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    rng = np.random.default_rng(1)
    places, centres = made_places(rng)
    engine = Engine(places, Settings())
    rows = made_rows(rng, centres, args.seconds)
    count = len(rows.time_ms)
    share = near_share(rows, engine)
    print(
        f"{SITES} sites x 3 rings x {CORNERS} corners, {TRACKS:,} tracks, {count:,} observations, {share:.0%} in a ring"
    )
    zones = np.empty(count, dtype=np.int32)
    kernel.locate_all(engine.field.zones.index, rows.lon[:10], rows.lat[:10], zones[:10])
    located = best(args.runs, lambda: kernel.locate_all(engine.field.zones.index, rows.lon, rows.lat, zones))
    check(places, rows, zones)
    print(f"locate   {count / located / 1e6:7.2f} M/s   {located / count * 1e9:5.1f} ns each")
    watched = min(watch(places, rows) for _ in range(args.runs))
    print(f"watch    {count / watched / 1e6:7.2f} M/s   {watched / count * 1e9:5.1f} ns each")
    touched = touching(places, rows)
    print(f"memory   {count / touched / 1e6:7.2f} M/s   {touched / count * 1e9:5.1f} ns each, of the watch's")
    peer = shapely_rate(places, rows)
    print(f"shapely  {peer / 1e6:7.2f} M/s   finding zones only")
    print(f"ratio    {count / located / peer:7.1f} x shapely for finding zones, {count / watched / peer:.1f} x watched")
    print(f"state    {TRACK.itemsize + 8} bytes a track ({BIRTH.itemsize} more for each of the last births)")


def made_places(rng: np.random.Generator, sites: int = SITES) -> tuple[Places, NDArray[np.float64]]:
    """Sites on a jittered lattice of 5 km, in open ocean."""
    side = math.ceil(math.sqrt(sites))
    lattice = np.array([(i, j) for i in range(side) for j in range(side)][:sites], dtype=float) * 5000
    centres = lattice + rng.uniform(-800, 800, lattice.shape)
    angles = np.linspace(0, 2 * math.pi, CORNERS, endpoint=False)
    rings = [
        Ring(f"site-{number}", level.value, level, Polygon(degrees(centre + radius * unit(angles))))
        for number, centre in enumerate(centres)
        for level, radius in RADII_M
    ]
    return Places(rings=tuple(rings)), centres


def unit(angles: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.stack([np.cos(angles), np.sin(angles)], axis=-1)


def degrees(metres: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.stack([75.0 + metres[..., 0] / EAST, LAT + metres[..., 1] / METRES_PER_DEGREE], axis=-1)


def made_rows(rng: np.random.Generator, centres: NDArray[np.float64], seconds: int) -> Rows:
    """Half of the tracks drive around a site within 60 m of one of its rings' edges, the others anywhere in the
    area."""
    near = np.arange(TRACKS) % 2 == 0
    site = rng.integers(0, len(centres), TRACKS)
    radius = np.array([r for _, r in RADII_M])[rng.integers(0, 3, TRACKS)] + rng.uniform(-60, 60, TRACKS)
    phase = rng.uniform(0, 2 * math.pi, TRACKS)
    speed = np.where(rng.random(TRACKS) < 0.02, 0.0, 12.0)
    far = rng.uniform(centres.min(axis=0) - 2000, centres.max(axis=0) + 2000, (TRACKS, 2))
    columns: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = []
    for second in range(seconds):
        around = centres[site] + radius[:, None] * unit(phase + speed / radius * second)
        straight = far + unit(phase) * (speed * second)[:, None]
        spot = degrees(np.where(near[:, None], around, straight) + rng.normal(0, 1.2, (TRACKS, 2)))
        columns.append((spot[:, 0], spot[:, 1]))
    count = TRACKS * seconds
    key = np.arange(1, TRACKS + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    shuffle = np.concatenate([rng.permutation(TRACKS) + second * TRACKS for second in range(seconds)])
    return Rows(
        time_ms=1_700_000_000_000 + np.repeat(np.arange(seconds, dtype=np.int64) * 1000, TRACKS),
        lon=np.concatenate([lon for lon, _ in columns])[shuffle],
        lat=np.concatenate([lat for _, lat in columns])[shuffle],
        track=np.tile(key, seconds)[shuffle],
        sensor=np.tile((np.arange(TRACKS) % 60).astype(np.int32), seconds)[shuffle],
        kind=np.ones(count, dtype=np.uint8),
        state=np.zeros(count, dtype=np.uint8),
        token=np.zeros(count, dtype=np.uint64),
    )


def near_share(rows: Rows, engine: Engine) -> float:
    zones = np.empty(TRACKS, dtype=np.int32)
    kernel.locate_all(engine.field.zones.index, rows.lon[:TRACKS], rows.lat[:TRACKS], zones)
    return float((zones >= 0).mean())


def best(runs: int, work: object) -> float:
    assert callable(work)
    times: list[float] = []
    for _ in range(runs):
        begun = time.process_time()
        work()
        times.append(time.process_time() - begun)
    return min(times)


def watch(places: Places, rows: Rows) -> float:
    """Seconds that the kernel takes over all rows but the first five seconds', in which tracks are entered."""
    engine = Engine(places, Settings())
    first = 5 * TRACKS
    run(engine, Rows(*(column[:first] for column in rows)))
    begun = time.process_time()
    run(engine, Rows(*(column[first:] for column in rows)))
    return (time.process_time() - begun) * len(rows.time_ms) / (len(rows.time_ms) - first)


def run(engine: Engine, rows: Rows) -> None:
    for begin in range(0, len(rows.time_ms), BATCH_ROWS):
        run_batch(engine, Rows(*(column[begin : begin + BATCH_ROWS] for column in rows)))


def run_batch(engine: Engine, rows: Rows) -> None:
    zones = np.empty(len(rows.time_ms), dtype=np.int32)
    kernel.locate_all(engine.field.zones.index, rows.lon, rows.lat, zones)
    at = 0
    while at < len(zones):
        at = int(kernel.run(engine.field.tables, engine.field.zones.index, engine.field.limits, rows, zones, at))
        engine.field.tables.counters[EVENTS] = 0
        engine.field.make_room()


def touching(places: Places, rows: Rows) -> float:
    """Seconds that looking up and touching the tracks of all rows takes, once they are entered."""
    engine = Engine(places, Settings())
    run(engine, Rows(*(column[: 5 * TRACKS] for column in rows)))
    tables = engine.field.tables
    touch(tables.tracks, tables.table, rows.track[:10])
    return best(3, lambda: touch(tables.tracks, tables.table, rows.track))


@njit
def touch(tracks, table, keys):  # pyright: ignore[reportMissingParameterType]
    mask = table.size - 1
    for key in keys:
        place = np.int64((key * kernel.HASH) >> np.uint64(32)) & mask
        slot = np.int64(table[place])
        while slot >= 0 and tracks[slot].key != key:
            place = (place + 1) & mask
            slot = np.int64(table[place])
        if slot >= 0:
            tracks[slot].last_ms += 1
            tracks[slot].vx += np.float32(1)


def check(places: Places, rows: Rows, zones: NDArray[np.int32]) -> None:
    """Stop where the kernel and shapely find different zones."""
    sample = np.arange(0, len(zones), max(1, len(zones) // 2000))
    engine = Engine(places, Settings())
    for i in sample:
        inside = [
            n for n, zone in enumerate(engine.field.zones.zones) if contains_xy(zone.polygon, rows.lon[i], rows.lat[i])
        ]
        assert max(-1, zones[i]) == min(inside, default=-1), f"row {i}: kernel says {zones[i]}, shapely {inside}"


def shapely_rate(places: Places, rows: Rows) -> float:
    """Points a second that an STR tree of the rings answers, in bulk."""
    tree = STRtree([ring.polygon for ring in places.rings])
    some = points(rows.lon[:200_000], rows.lat[:200_000])
    begun = time.process_time()
    tree.query(some, predicate="within")
    return len(some) / (time.process_time() - begun)


if __name__ == "__main__":
    main()
