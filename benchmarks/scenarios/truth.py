"""What stood where, and for how long, in the form of the outer ring's truth.json."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from benchmarks.scenarios.roads import degrees
from benchmarks.scenarios.scripts import RANK_STAY_S, Cast, Script
from benchmarks.scenarios.simulation import Motion

STANDS_MPS = 0.1
JAM_S = 60.0
"""Stays of the traffic from this length on are told of as `jam` or `bus`."""
SCRIPTED_S = 20.0
ENTRIES = 4
"""Vehicles that come into the rings so often are told of..."""
OUTSIDE_S = 20
"""...if they were outside for this long each time: a road along the edge is no way in."""
PATIENT = frozenset({"taxi", "guard", "bus", "visitor", "truck"})


def truth_of(motion: Motion, cast: Cast, base: int, radius_m: float, more: Mapping[str, Any]) -> dict[str, Any]:
    """The stays inside the outer ring, and who came into it again and again. `after_s` is given where a stay of that
    kind is due later than others."""
    scripts = {script.vehicle: script for script in cast.scripts}
    stays = sorted(stays_of(motion, scripts, radius_m), key=lambda stay: (stay["veh"], stay["start"]))
    vehicles = {
        script.vehicle: {"kind": script.kind} | ({"trait": script.trait} if script.trait else {})
        for script in cast.scripts
    }
    circling = list(circling_of(motion, radius_m))
    return {"base": base, "stays": stays, "circling": circling, "vehicles": vehicles, **more}


def circling_of(motion: Motion, radius_m: float) -> Iterator[dict[str, Any]]:
    """When and where each vehicle that did so often enough came in: `entries`, a row of seconds, lon and lat each."""
    for name, (begin, end) in zip(motion.names, motion.ranges(), strict=True):
        inside = np.flatnonzero(np.hypot(motion.x[begin:end], motion.y[begin:end]) <= radius_m)
        if not len(inside):
            continue
        at_s = motion.at_s[begin:end]
        first = inside[np.flatnonzero(np.diff(at_s[inside], prepend=-OUTSIDE_S - 1) > OUTSIDE_S)]
        if len(first) >= ENTRIES:
            spots = [degrees(float(motion.x[begin + row]), float(motion.y[begin + row])) for row in first]
            entries = [[float(at_s[row]), *spot] for row, spot in zip(first, spots, strict=True)]
            yield {"veh": name, "entries": entries}


def stays_of(motion: Motion, scripts: Mapping[str, Script], radius_m: float) -> Iterator[dict[str, Any]]:
    for name, (begin, end) in zip(motion.names, motion.ranges(), strict=True):
        script = scripts.get(name)
        at_s = motion.at_s[begin:end]
        for first, last in standing(motion.speed[begin:end], at_s):
            x, y = float(motion.x[begin + first]), float(motion.y[begin + first])
            start, stop = int(at_s[first]), int(at_s[last]) + 1
            least_s = SCRIPTED_S if script and scripted(script, x, y) else JAM_S
            if stop - start < least_s or math.hypot(x, y) > radius_m:
                continue
            lon, lat = degrees(x, y)
            stay = {"veh": name, "start": float(start), "end": float(stop), "dwell_s": float(stop - start)}
            kind = kind_of(script, motion.bodies[motion.body[begin]], least_s == SCRIPTED_S)
            due = {"after_s": RANK_STAY_S} if kind == "overstayer" else {}
            yield stay | {"kind": kind, "lon": lon, "lat": lat} | due


def kind_of(script: Script | None, body: str, is_scripted: bool) -> str:
    if script is not None and (is_scripted or script.kind in PATIENT):
        return script.kind
    return "bus" if body == "bus" else "jam"


def scripted(script: Script, x: float, y: float) -> bool:
    """Whether a vehicle stands there because it was told to, and not at a signal."""
    return any(math.hypot(stop.spot.x - x, stop.spot.y - y) < 14.0 for stop in script.stops)


def standing(speed: Iterable[float], at_s: Any) -> Iterator[tuple[int, int]]:
    """First and last row of each stretch of seconds in which a vehicle stands."""
    still = np.asarray(speed) < STANDS_MPS
    breaks = np.flatnonzero(np.diff(at_s) > 1) + 1
    edges = np.flatnonzero(np.diff(np.concatenate([[False], still, [False]]).astype(np.int8)))
    for first, after in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        inner = [int(cut) for cut in breaks if first < cut < after]
        for begin, end in zip([first, *inner], [*inner, after], strict=True):
            yield begin, end - 1
