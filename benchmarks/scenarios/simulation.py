"""SUMO's run of one hour: scripts in, where every vehicle was in every second out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq
from benchmarks.scenarios.roads import Roads, run_tool
from benchmarks.scenarios.scripts import WARM_UP_S, Script

BODIES = {
    "car": 'vClass="passenger" length="4.6" sigma="0.6" speedDev="0.12"',
    "truck": 'vClass="truck" length="10.5" sigma="0.5" maxSpeed="13"',
    "bus": 'vClass="bus" length="12" sigma="0.4" maxSpeed="13"',
    "motorcycle": 'vClass="motorcycle" length="2.2" sigma="0.6" speedDev="0.15"',
}
LENGTH_M = {"car": 4.6, "truck": 10.5, "bus": 12.0, "motorcycle": 2.2}


@dataclass(frozen=True)
class Motion:
    """Rows sorted by vehicle and second. `vehicle` and `body` are numbers into their names; x and y (m) are of the
    vehicle's middle."""

    names: list[str]
    bodies: list[str]
    vehicle: npt.NDArray[np.int32]
    body: npt.NDArray[np.int8]
    at_s: npt.NDArray[np.int32]
    x: npt.NDArray[np.float64]
    y: npt.NDArray[np.float64]
    speed: npt.NDArray[np.float32]

    def ranges(self) -> list[tuple[int, int]]:
        """Begin and end of each vehicle's rows, in the order of `names`."""
        edges = np.searchsorted(self.vehicle, np.arange(len(self.names) + 1)).tolist()
        return list(pairwise(edges))


def simulate(roads: Roads, scripts: Iterable[Script], trips: Iterable[str], span_s: int, seed: int) -> Motion:
    """Run the hour. Requires that the roads' folder can be written."""
    folder = roads.path.parent
    fcd = folder / "fcd.parquet"
    write_routes(folder / "traffic.rou.xml", scripts, trips)
    run_tool(
        "sumo",
        [
            *("-n", str(roads.path), "-r", str(folder / "traffic.rou.xml"), "--seed", str(seed % (1 << 31))),
            *("--end", str(span_s + WARM_UP_S), "--time-to-teleport", "200", "--ignore-route-errors", "true"),
            *("--fcd-output", str(fcd), "--fcd-output.attributes", "x,y,speed,angle,type"),
            *("--threads", "1", "--no-step-log", "true", "--no-warnings", "true"),
        ],
    )
    motion = read_motion(fcd, roads.origin)
    fcd.unlink()
    return motion


def write_routes(path: Path, scripts: Iterable[Script], trips: Iterable[str]) -> None:
    """SUMO wants its vehicles in the order of departure."""
    lines = [(int(trip.split('depart="')[1].split('"')[0]), trip) for trip in trips]
    lines += [(int(script.depart_s) + WARM_UP_S, vehicle_of(script)) for script in scripts]
    types = [f'<vType id="{body}" {values}/>' for body, values in BODIES.items()]
    text = "\n".join(["<routes>", *types, *(line for _, line in sorted(lines)), "</routes>"])
    path.write_text(text, encoding="utf-8")


def vehicle_of(script: Script) -> str:
    stops = "".join(
        f'<stop lane="{stop.spot.edge}_0" startPos="{max(0.0, stop.spot.at_m - 0.2):.1f}" '
        f'endPos="{stop.spot.at_m:.1f}" duration="{stop.duration_s:.0f}" parking="{str(stop.aside).lower()}"/>'
        for stop in script.stops
    )
    return (
        f'<vehicle id="{script.vehicle}" type="{script.body}" depart="{int(script.depart_s) + WARM_UP_S}" '
        f'departLane="best" departSpeed="max"><route edges="{" ".join(script.route)}"/>{stops}</vehicle>'
    )


def read_motion(fcd: Path, origin: tuple[float, float]) -> Motion:
    """What SUMO wrote, after the warm-up."""
    table = pq.read_table(fcd)
    table = table.filter(table["vehicle_id"].is_valid())  # a second without vehicles is a row of nulls
    at_s = np.rint(table["timestep_time"].to_numpy()).astype(np.int32) - WARM_UP_S
    names, vehicle = numbered(table["vehicle_id"].to_numpy())
    bodies, body = numbered(table["vehicle_type"].to_numpy())
    angle = np.radians(table["vehicle_angle"].to_numpy().astype(np.float64))
    half_m = np.array([LENGTH_M[name] / 2 for name in bodies])[body]
    x = table["vehicle_x"].to_numpy() - origin[0] - half_m * np.sin(angle)
    y = table["vehicle_y"].to_numpy() - origin[1] - half_m * np.cos(angle)
    order = np.lexsort((at_s, vehicle))
    order = order[at_s[order] >= 0]
    speed = table["vehicle_speed"].to_numpy().astype(np.float32)
    return Motion(
        names,
        bodies,
        vehicle[order].astype(np.int32),
        body[order].astype(np.int8),
        at_s[order],
        x[order],
        y[order],
        speed[order],
    )


def numbered(words: npt.NDArray[np.object_]) -> tuple[list[str], npt.NDArray[np.int64]]:
    names, numbers = np.unique(words.astype(str), return_inverse=True)
    return names.tolist(), numbers
