"""Asks a day of 50 million observations what stood where, beside a scan of the same files.

    python benchmarks/archive.py [--rows 50000000] [--questions 20]

Made by the archive's own writer and merger into a temporary directory of about 0.7 GB: 300 cameras of a city of some
15 by 15 km, with cars that pass and cars that stand. The peer is what one would write without an archive XX
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from safeconduct.terms.place import METRES_PER_DEGREE
from safeconduct.watch import archive
from safeconduct.watch.archive_joining import joined
from safeconduct.watch.archive_stays import Span, standings

DAY = datetime(2026, 11, 24, tzinfo=UTC)
LON, LAT = 75.0, -5.0
SIDE_M = 15_000
CAMERAS = 300
VIEW_M = 60.0
RADIUS_M = 200.0
MARGIN_M = 60.0


@dataclass(frozen=True)
class Circle:
    """A question: what stood within RADIUS_M of a point during [begin, end) for `at_least_s`."""

    lon: float
    lat: float
    begin: datetime
    end: datetime
    at_least_s: float = 180.0


def cameras(random: np.random.Generator) -> np.ndarray:
    """(CAMERAS, 2) metres east and north of the city's middle."""
    return random.uniform(-SIDE_M / 2, SIDE_M / 2, (CAMERAS, 2))


def hour_of_rows(
    random: np.random.Generator, spots: np.ndarray, rows: int, begin_s: float, length_s: float
) -> pa.Table:
    """Some `rows` observations of tracks that begin in [begin_s, begin_s + length_s) of the day."""
    stands = random.random(rows // 30) < 0.03
    length = np.where(stands, random.integers(60, 900, len(stands)), random.integers(8, 24, len(stands)))
    tracks = int(np.searchsorted(np.cumsum(length), rows)) + 1
    stands, length = stands[:tracks], length[:tracks]
    tracks = len(length)
    camera = random.integers(0, CAMERAS, tracks)
    start = begin_s + random.random(tracks) * length_s
    angle = random.random(tracks) * 2 * np.pi
    speed = np.where(stands, 0.0, random.uniform(4, 14, tracks))
    middle = spots[camera] + random.uniform(-VIEW_M / 2, VIEW_M / 2, (tracks, 2))
    of = np.repeat(np.arange(tracks), length)
    second = np.arange(len(of)) - np.repeat(np.cumsum(length) - length, length)
    away = (second - length[of] / 2) * speed[of]
    east = middle[of, 0] + np.cos(angle[of]) * away + random.normal(0, 1.0, len(of))
    north = middle[of, 1] + np.sin(angle[of]) * away + random.normal(0, 1.0, len(of))
    at_ms = ((start[of] + second) * 1000).astype(np.int64)
    keep = at_ms < 86_400_000
    of, east, north, at_ms = of[keep], east[keep], north[keep], at_ms[keep]
    texts = {
        "sensor": (camera[of], [f"cam-{number:03d}" for number in range(CAMERAS)]),
        "track": (of, [f"{int(begin_s)}-{number}" for number in range(tracks)]),
        "kind": (random.integers(0, 4, tracks)[of], ["car", "truck", "bus", "motorcycle"]),
    }
    columns: dict[str, Any] = {
        "time": pa.array(at_ms + int(DAY.timestamp() * 1000)).cast(archive.rows.TIME),
        "lon": np.round(LON + east / (METRES_PER_DEGREE * np.cos(np.radians(LAT))), 7),
        "lat": np.round(LAT + north / METRES_PER_DEGREE, 7),
    }
    for name, (codes, values) in texts.items():
        columns[name] = pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), values).cast(pa.string())
    constant = {"state": "seen", "feed": "cameras"}
    for name, value in constant.items():
        columns[name] = pa.array([value]).take(pa.array(np.zeros(len(of), np.int32)))
    columns["received"] = columns["time"]
    table = pa.table({one.name: columns.get(one.name, pa.nulls(len(of), one.type)) for one in archive.STORED})
    return table.cast(archive.STORED)


def make_day(directory: Path, rows: int, random: np.random.Generator) -> int:
    """Files as the archiver leaves them: each of some two million rows, in order. The rows that were written."""
    spots, written = cameras(random), 0
    files = max(1, rows // 2_000_000)
    for number in range(files):
        length_s = 86_400 / files
        table = hour_of_rows(random, spots, rows // files, number * length_s, length_s)
        name = Path(DAY.date().isoformat()) / "city" / f"{number * 1000 + 1:012d}-{number * 1000 + 1000:012d}.parquet"
        written += archive.write_file(directory, name, "city", archive.in_order(table)).rows
        print(f"\r{written:,} rows", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return written


def asked(spots: np.ndarray, number: int, random: np.random.Generator) -> list[Circle]:
    """Questions about places in view of a camera, at any time of the day, for half an hour to eight hours."""
    found: list[Circle] = []
    for spot in spots[random.choice(CAMERAS, number, replace=False)]:
        hours = random.choice([0.5, 1, 2, 4, 8])
        begin = DAY + timedelta(hours=random.uniform(0, 24 - hours))
        lon = LON + spot[0] / (METRES_PER_DEGREE * np.cos(np.radians(LAT)))
        found.append(Circle(lon, LAT + spot[1] / METRES_PER_DEGREE, begin, begin + timedelta(hours=hours)))
    return found


def by_archive(directory: Path, one: Circle) -> set[str]:
    """The tracks of stays, as keeping/answers.py finds them."""
    held = archive.Holdings(list(archive.files_of_span(directory, one.begin, one.end)), archive.NOTHING)
    north = (RADIUS_M + MARGIN_M) / METRES_PER_DEGREE
    east = north / np.cos(np.radians(one.lat))
    bounds = (one.lon - east, one.lat - north, one.lon + east, one.lat + north)
    return {
        track
        for stay in joined(standings(held, Span(one.begin, one.end, bounds)))
        if stay.dwell_s >= one.at_least_s and away_m(one, stay.lon, stay.lat) <= RADIUS_M
        for track in stay.tracks
    }


def away_m(one: Circle, lon: Any, lat: Any) -> Any:
    east = (lon - one.lon) * np.cos(np.radians(one.lat))
    return np.hypot(east, lat - one.lat) * METRES_PER_DEGREE


def by_scan(directory: Path, one: Circle) -> set[str]:
    """Every row of the time is read and held against the circle; then a track that stays inside it long stood."""
    import shapely

    rows = ds.dataset(directory / DAY.date().isoformat(), format="parquet").to_table(
        columns=["time", "sensor", "track", "lon", "lat"], use_threads=False
    )
    time_ = rows["time"]
    within = pc.and_(
        pc.greater_equal(time_, pa.scalar(one.begin, archive.rows.TIME)),
        pc.less(time_, pa.scalar(one.end, archive.rows.TIME)),
    )
    rows = rows.filter(within)
    stretch = np.cos(np.radians(one.lat))
    circle = shapely.Point(one.lon * stretch, one.lat).buffer(RADIUS_M / METRES_PER_DEGREE, 32)
    shapely.prepare(circle)
    inside = shapely.contains_xy(circle, rows["lon"].to_numpy() * stretch, rows["lat"].to_numpy())
    columns = {"first": ("time", "min"), "last": ("time", "max"), "east": ("lon", "stddev"), "north": ("lat", "stddev")}
    near = rows.filter(pa.array(inside)).group_by(["sensor", "track"], use_threads=False)
    grouped = near.aggregate(list(columns.values()))
    first, last, east, north = (grouped[f"{name}_{how}"].to_numpy() for name, how in columns.values())
    spread_m = np.hypot(east * stretch, north) * METRES_PER_DEGREE
    stood = grouped.filter(pa.array(((last - first) / np.timedelta64(1, "s") >= one.at_least_s) & (spread_m < 5)))
    return {f"{row['sensor']}/{row['track']}" for row in stood.select(["sensor", "track"]).to_pylist()}


@dataclass(frozen=True)
class Timed:
    """`wall_s` is what a reader waits; `core_s` is what the core worked, on a machine that does other things too."""

    wall_s: float
    core_s: float
    found: set[str]


def timed(answer: Callable[[Path, Circle], set[str]], directory: Path, one: Circle) -> Timed:
    begin, worked = time.perf_counter(), time.process_time()
    found = answer(directory, one)
    return Timed(time.perf_counter() - begin, time.process_time() - worked, found)


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000_000)
    parser.add_argument("--questions", type=int, default=20)
    parser.add_argument("--scans", type=int, default=3, help="questions that are also scanned for (default 3)")
    args = parser.parse_args()
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    with tempfile.TemporaryDirectory() as home:
        directory = Path(home)
        begin = time.perf_counter()
        rows = make_day(directory, args.rows, np.random.default_rng(1))
        size = sum(path.stat().st_size for path in directory.rglob("*.parquet"))
        print(f"day: {rows:,} rows, {size / 1e6:,.0f} MB, made in {time.perf_counter() - begin:.0f} s")
        questions = asked(cameras(np.random.default_rng(1)), args.questions, np.random.default_rng(2))
        by_archive(directory, questions[0])  # imports and the first look at the disk
        answers = [timed(by_archive, directory, one) for one in questions]
        for name in ("wall_s", "core_s"):
            seconds = [getattr(one, name) for one in answers]
            spread = " ".join(f"{what} {percentile(seconds, at):.3f}" for what, at in (("p50", 0.5), ("p95", 0.95)))
            print(f"archive, {name}: {spread} worst {max(seconds):.3f}, {len(seconds)} questions")
        scans = [timed(by_scan, directory, one) for one in questions[: args.scans]]
        for name in ("wall_s", "core_s"):
            scan = percentile([getattr(one, name) for one in scans], 0.5)
            own = percentile([getattr(one, name) for one in answers], 0.5)
            print(f"scan (pyarrow, shapely), {name}: p50 {scan:.2f}, {scan / own:.0f} times the archive's")
        pairs = [(mine.found, theirs.found) for mine, theirs in zip(answers, scans, strict=False)]
        same = sum(mine == theirs for mine, theirs in pairs)
        print(f"same vehicles: {same} of {len(pairs)}; tracks in all answers: {sum(len(one.found) for one in answers)}")
        for mine, theirs in pairs:
            if mine != theirs:
                print(f"  archive alone {sorted(mine - theirs)[:5]}, scan alone {sorted(theirs - mine)[:5]}")
    return 0 if percentile([one.wall_s for one in answers], 0.95) < 1.0 else 1


if __name__ == "__main__":
    sys.exit(main())
