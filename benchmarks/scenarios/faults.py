"""What cameras make of the traffic: ids of their own, switches, dropped frames, occlusions, noise, outages, clocks."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from benchmarks.scenarios.places import Camera
from benchmarks.scenarios.roads import AIRPORT, EAST_M, NORTH_M
from benchmarks.scenarios.simulation import Motion

Numbers = npt.NDArray[np.integer[Any]]
Mask = npt.NDArray[np.bool_]

GPS_EVERY_S = 5
GPS_NOISE_M = 5.0
OCCLUDED_S = (3.0, 25.0)
NEW_VISIT_S = 5
"""A vehicle that was away from a camera's view for so long comes back under a new id."""
LOST_S = 15
"""After a gap this long most trackers have given an id up."""
SHADOW_M = 12.0
"""A truck or bus hides what stands within this behind it..."""
WIDE_M = 1.8
"""...and this near to the line from the mast through its middle."""
BESIDE_M = 9.0
"""A truck that was sent to hide a car does so from this near."""
READ_SHARE = 0.9


@dataclass(frozen=True)
class Faults:
    """Rates are per second of view, of one vehicle; `outages` is the share of cameras that have one."""

    switch_s: float = 400.0
    dropped: float = 0.15
    occluded_s: float = 600.0
    keeps_id: float = 0.8
    """How many occlusions a tracker bridges under the same id."""
    noise_m: float = 1.2
    outages: float = 0.0
    outage_s: float = 300.0
    clock_s: float = 0.0
    """Clocks of cameras are off by up to half of this either way, so that two differ by up to all of it."""
    unclassified: float = 0.0


KINDS = {
    "none": Faults(switch_s=1e9, dropped=0.0, occluded_s=1e9, noise_m=0.0),
    "usual": Faults(),
    "hard": Faults(
        switch_s=200.0, dropped=0.30, keeps_id=0.5, noise_m=3.0, outages=0.3, clock_s=2.0, unclassified=0.05
    ),
}
SHOWN = {"car": "car", "truck": "truck", "bus": "bus", "motorcycle": "motorcycle"}


@dataclass(frozen=True)
class Parts:
    """The tracker of each vehicle that carries one; the car that each truck keeps from view; whose plates every camera
    reads."""

    own: Mapping[str, str]
    hidden: Mapping[str, str]
    read: Set[str]


@dataclass(frozen=True)
class Views:
    """Who is in which camera's view when: rows into the motion, sorted by vehicle, camera and second. `visit` counts
    up at each new stay in a view."""

    row: Numbers
    camera: Numbers
    visit: Numbers


def observe(
    motion: Motion,
    cameras: Sequence[Camera],
    parts: Parts,
    faults: Faults,
    base: int,
    seed: int,
) -> tuple[pa.Table, pa.Table]:
    """The observations in the order of their arrival, and which vehicle each track was."""
    rng = np.random.default_rng([seed, 5])
    views = views_of(motion, cameras)
    at_s = motion.at_s[views.row]
    gone = hidden_rows(motion, parts.hidden)[views.row] | shaded(motion, cameras, views)
    occluded, breaks = occlusions(views, faults, rng)
    seen = ~gone & ~occluded & ~outages(views, at_s, len(cameras), faults, rng)
    seen &= rng.random(len(seen)) >= faults.dropped
    views = Views(*(one[seen] for one in vars(views).values()))
    return table_of(motion, cameras, views, breaks[seen], parts, faults, base, seed, rng)


def views_of(motion: Motion, cameras: Sequence[Camera]) -> Views:
    """Every second of every vehicle in every camera that may see it."""
    rows: list[Numbers] = []
    numbers: list[Numbers] = []
    for number, camera in enumerate(cameras):
        inside = (motion.x >= camera.west) & (motion.x < camera.east)
        inside &= (motion.y >= camera.south) & (motion.y < camera.north)
        rows.append(np.flatnonzero(inside))
        numbers.append(np.full(len(rows[-1]), number))
    row, camera_of = np.concatenate(rows), np.concatenate(numbers)
    order = np.lexsort((row, camera_of, motion.vehicle[row]))
    row, camera_of = row[order], camera_of[order]
    new = np.ones(len(row), dtype=bool)
    new[1:] = (np.diff(motion.vehicle[row]) != 0) | (np.diff(camera_of) != 0)
    new[1:] |= np.diff(motion.at_s[row]) > NEW_VISIT_S
    return Views(row, camera_of, np.cumsum(new) - 1)


def hidden_rows(motion: Motion, hidden: Mapping[str, str]) -> Mask:
    """Of the motion's rows, those of cars beside which the truck stands that was sent to hide them."""
    gone = np.zeros(len(motion.at_s), dtype=bool)
    ranges = dict(zip(motion.names, motion.ranges(), strict=True))
    for truck, car in hidden.items():
        if truck in ranges and car in ranges:
            (a, b), (c, d) = ranges[truck], ranges[car]
            _, by_truck, by_car = np.intersect1d(motion.at_s[a:b], motion.at_s[c:d], return_indices=True)
            near = np.hypot(
                motion.x[a + by_truck] - motion.x[c + by_car], motion.y[a + by_truck] - motion.y[c + by_car]
            )
            gone[c + by_car[near < BESIDE_M]] = True
    return gone


def shaded(motion: Motion, cameras: Sequence[Camera], views: Views) -> Mask:
    """Of the views, those in which a truck or a bus stands between the vehicle and the mast."""
    big_body = np.isin(motion.body, [number for number, name in enumerate(motion.bodies) if name in ("truck", "bus")])
    masts = np.array([camera.mast for camera in cameras])
    moment = views.camera * 1_000_000 + motion.at_s[views.row]
    big = np.flatnonzero(big_body[views.row])
    big = big[np.argsort(moment[big], kind="stable")]
    gone = np.zeros(len(moment), dtype=bool)
    first = np.searchsorted(moment[big], moment, side="left")
    count = np.searchsorted(moment[big], moment, side="right") - first
    for place in range(int(count.max(initial=0))):
        view = np.flatnonzero(count > place)
        other = views.row[big[first[view] + place]]
        row, mast = views.row[view], masts[views.camera[view]]
        away_x, away_y = motion.x[other] - mast[:, 0], motion.y[other] - mast[:, 1]
        far = np.hypot(away_x, away_y) + 1e-9
        x, y = motion.x[row] - motion.x[other], motion.y[row] - motion.y[other]
        behind = (x * away_x + y * away_y) / far
        aside = np.abs(x * away_y - y * away_x) / far
        gone[view[(behind > 2.5) & (behind < SHADOW_M) & (aside < WIDE_M) & (row != other)]] = True
    return gone


def occlusions(views: Views, faults: Faults, rng: np.random.Generator) -> tuple[Mask, Numbers]:
    """Which views are occluded by what is no vehicle, and for each view how many ids the tracker has given up since."""
    count = len(views.row)
    hidden, given_up = np.zeros(count, dtype=bool), np.zeros(count, dtype=np.int64)
    for begin in np.flatnonzero(rng.random(count) < 1 / faults.occluded_s).tolist():
        end = min(count, begin + round(rng.uniform(*OCCLUDED_S)))
        end = begin + int(np.searchsorted(views.visit[begin:end], views.visit[begin], side="right"))
        hidden[begin:end] = True
        if end < count and rng.random() >= faults.keeps_id:
            given_up[end] += 1
    given_up += rng.random(count) < 1 / faults.switch_s
    return hidden, np.cumsum(given_up)


def outages(views: Views, at_s: Numbers, cameras: int, faults: Faults, rng: np.random.Generator) -> Mask:
    """Which views fall into a camera's outage."""
    off = rng.random(cameras) < faults.outages
    begin = rng.uniform(0, max(1.0, float(at_s.max(initial=0)) - faults.outage_s), cameras)
    begin[~off] = 1e12
    return (at_s >= begin[views.camera]) & (at_s < begin[views.camera] + faults.outage_s)


def table_of(
    motion: Motion,
    cameras: Sequence[Camera],
    views: Views,
    given_up: Numbers,
    parts: Parts,
    faults: Faults,
    base: int,
    seed: int,
    rng: np.random.Generator,
) -> tuple[pa.Table, pa.Table]:
    """The rows of all sensors, and the vehicle behind each track."""
    row, at_s = views.row, motion.at_s[views.row]
    new = np.ones(len(row), dtype=bool)
    new[1:] = (np.diff(views.visit) != 0) | (np.diff(given_up) != 0)
    new[1:] |= (np.diff(at_s) >= LOST_S) & (rng.random(len(row) - 1) < 0.8)
    track = np.cumsum(new) - 1
    starts = np.flatnonzero(new)
    local = local_ids(views.camera[starts], at_s[starts])
    kinds = np.array([SHOWN[name] for name in motion.bodies])[motion.body[row[starts]]]
    kinds = np.where(rng.random(len(starts)) < faults.unclassified, "unknown", kinds)
    clocks = np.rint(rng.uniform(-0.5, 0.5, len(cameras)) * faults.clock_s * 1000).astype(np.int64)
    names = np.array([camera.name for camera in cameras])
    vehicles = np.array(motion.names)
    x = motion.x[row] + rng.normal(0, 1, len(row)) * faults.noise_m
    y = motion.y[row] + rng.normal(0, 1, len(row)) * faults.noise_m
    gps = trackers(motion, parts.own, rng)
    columns = {
        "time": np.concatenate([at_s * 1000 + clocks[views.camera], gps["time"]]) + base * 1000,
        "sensor": np.concatenate([names[views.camera], gps["sensor"]]),
        "track": np.concatenate([local[track], gps["track"]]),
        "lon": np.round(AIRPORT[0] + np.concatenate([x, gps["x"]]) / EAST_M, 8),
        "lat": np.round(AIRPORT[1] + np.concatenate([y, gps["y"]]) / NORTH_M, 8),
        "kind": np.concatenate([kinds[track], gps["kind"]]),
        "token": np.concatenate([reads(motion, cameras, views, starts, parts.read, seed, rng), gps["token"]]),
    }
    # What arrives in one second arrives in the order of sensors: by the true time, not by the cameras' clocks.
    order = np.lexsort((columns["track"], columns["sensor"], np.concatenate([at_s * 1000, gps["time"]])))
    arrays = {name: pa.array(column[order]) for name, column in columns.items()}
    arrays["time"] = arrays["time"].cast(pa.timestamp("ms", "UTC"))
    behind = pa.table(
        {"sensor": names[views.camera[starts]], "track": local, "_veh": vehicles[motion.vehicle[row[starts]]]}
    )
    return pa.table(arrays), behind


def local_ids(camera: Numbers, at_s: Numbers) -> npt.NDArray[np.str_]:
    """Ids that each camera counts up by itself."""
    order = np.lexsort((at_s, camera))
    count = np.arange(len(order))
    first = np.searchsorted(camera[order], camera[order], side="left")
    ids = np.empty(len(order), dtype=np.int64)
    ids[order] = count - first + 1
    return ids.astype(str)


def reads(
    motion: Motion,
    cameras: Sequence[Camera],
    views: Views,
    starts: Numbers,
    read: Set[str],
    seed: int,
    rng: np.random.Generator,
) -> npt.NDArray[np.object_]:
    """The plates read, as keyed hashes: of most tracks of a camera that reads, at one of their first ten sightings."""
    found = np.full(len(views.row), None, dtype=object)
    readers = np.array([camera.reads_plates for camera in cameras])
    ends = np.append(starts[1:], len(views.row))
    for begin, end in zip(starts.tolist(), ends.tolist(), strict=True):
        name = motion.names[motion.vehicle[views.row[begin]]]
        if name in read or (readers[views.camera[begin]] and rng.random() < READ_SHARE):
            at = begin + int(rng.integers(min(10, end - begin)))
            found[at] = hashlib.sha256(f"{seed}/{name}".encode()).hexdigest()[:16]
    return found


def trackers(motion: Motion, own: Mapping[str, str], rng: np.random.Generator) -> dict[str, npt.NDArray[Any]]:
    """The rows of vehicles that report where they are."""
    ranges = dict(zip(motion.names, motion.ranges(), strict=True))
    rows = [np.arange(*ranges[name])[::GPS_EVERY_S] for name in own if name in ranges]
    labels = [np.full(len(at), own[name]) for at, name in zip(rows, (n for n in own if n in ranges), strict=True)]
    row = np.concatenate([*rows, np.empty(0, dtype=np.int64)]).astype(np.int64)
    return {
        "time": motion.at_s[row].astype(np.int64) * 1000,
        "sensor": np.full(len(row), "gps"),
        "track": np.concatenate([*labels, np.empty(0, dtype="<U1")]),
        "x": motion.x[row] + rng.normal(0, GPS_NOISE_M, len(row)),
        "y": motion.y[row] + rng.normal(0, GPS_NOISE_M, len(row)),
        "kind": np.full(len(row), "own"),
        "token": np.full(len(row), None, dtype=object),
    }
