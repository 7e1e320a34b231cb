"""How well the watch tells who drives to meet a convoy: `python -m benchmarks.approach [--tune]`.

Hours of simulated traffic with three convoys each (benchmarks/scenarios/convoys.py). By a route, one vehicle in three
of those that stood there drives to meet its convoy; the others drive on along the road and turn off elsewhere, and so
does all of the other traffic, taxis and buses. Recall is of those that came within 30 m of their convoy, raised before
they did; every alert of another vehicle is false, also of one that stood in a jam and then passes on the other lane.
Settings are tuned on the hours of TUNE alone and reported on those of HELD_OUT.

    python -m benchmarks.approach --tune --cache DIR
    python -m benchmarks.approach --cache DIR --write benchmarks/results/approach.md
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from benchmarks.scenarios.convoys import MET_M, make_convoys
from benchmarks.scenarios.faults import KINDS
from benchmarks.scenarios.intervals import poisson, wilson
from benchmarks.scenarios.places import SITE

from safeconduct.sites.geojson import load_places
from safeconduct.terms.instant import epoch_ms, parse
from safeconduct.watch.context import Context, Journey
from safeconduct.watch.recording import replay
from safeconduct.watch.settings import Settings

TUNE = (*range(1, 13), 2001, 2002, 2003)
HELD_OUT = tuple(range(3001, 3021))
FAULTS = ("usual", "hard")
BASES = ("tracker named", "tracker found", "plan alone")
"""What the watch knows of where a convoy is: its tracker, by name or among all own vehicles; or only when it left."""


@dataclass
class Sum:
    """Of many hours: who met their convoy, who was told of in time, and whom else was told of, by what they are."""

    movements: int = 0
    met: int = 0
    raised: int = 0
    late: int = 0
    near_misses: int = 0
    leads_s: list[float] = field(default_factory=list[float])
    false: Counter[str] = field(default_factory=Counter[str])
    missed: list[str] = field(default_factory=list[str])

    def line(self, faults: str, basis: str) -> str:
        low, high = wilson(self.raised, self.met)
        false = self.false.total()
        rate = [count / max(1, self.movements) for count in (false, *poisson(false))]
        leads = self.leads_s or [float("nan")]
        return (
            f"| {faults} | {basis} | {self.raised}/{self.met} | {self.raised / max(1, self.met):.2f}"
            f" ({low:.2f}–{high:.2f}) | {np.median(leads):.0f} s ({np.percentile(leads, 10):.0f} s) |"
            f" {false}/{self.movements} | {rate[0]:.2f} ({rate[1]:.2f}–{rate[2]:.2f}) |"
            f" {', '.join(f'{count} {kind}' for kind, count in self.false.most_common()) or '–'} |"
        )


HEAD = (
    "| cameras | the convoy's place by | raised in time | recall | median lead (a tenth have less) | false alarms |"
    " a movement | of |\n|---|---|---|---|---|---|---|---|"
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tune", action="store_true", help="the hours to tune on, not those to report on")
    parser.add_argument("--seeds", type=int, nargs="*", help="these instead")
    parser.add_argument("--faults", nargs="*", default=list(FAULTS), choices=FAULTS)
    parser.add_argument("--bases", nargs="*", default=list(BASES), choices=BASES)
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE", help="settings of the watch to try")
    parser.add_argument("--cache", type=Path, help="a folder that keeps the hours; else they are made anew")
    parser.add_argument("--write", type=Path, help="a file for the report")
    parser.add_argument("--misses", action="store_true", help="name what was missed")
    args = parser.parse_args()
    values: dict[str, Any] = {name: float(value) for name, _, value in (one.partition("=") for one in args.set)}
    settings = Settings(**values)
    with tempfile.TemporaryDirectory() as scratch:
        lines = list(report(args, args.cache or Path(scratch), settings))
    if args.write:
        args.write.write_text("\n".join([*preface(args), *lines, ""]), encoding="utf-8")
    return 0


def report(args: argparse.Namespace, cache: Path, settings: Settings) -> Iterator[str]:
    """The lines of the report, each printed as it is known."""
    print(HEAD)
    yield HEAD
    for faults in args.faults:
        totals = {basis: Sum() for basis in args.bases}
        for scenario in hours(seeds_of(args), faults, cache):
            for basis, total in totals.items():
                measure(scenario, basis, settings, total)
        for basis, total in totals.items():
            print(total.line(faults, basis), flush=True)
            if args.misses:
                print(*total.missed, sep="\n", file=sys.stderr)
            yield total.line(faults, basis)


def seeds_of(args: argparse.Namespace) -> Sequence[int]:
    return args.seeds or (TUNE if args.tune else HELD_OUT)


def hours(seeds: Iterable[int], faults: str, cache: Path) -> Iterator[Path]:
    """The hours of some seeds under some faults, made under all of them where the cache has none."""
    for seed in seeds:
        outs = {name: cache / f"convoys-{name}-{seed}" for name in FAULTS}
        if not (outs[faults] / "observations.parquet").exists():
            print(f"making the hours of seed {seed}", file=sys.stderr, flush=True)
            make_convoys(seed, {out: KINDS[name] for name, out in outs.items()})
        yield outs[faults]


def measure(scenario: Path, basis: str, settings: Settings, total: Sum) -> None:
    """Replay an hour with its movements told, and add what came of it."""
    told = json.loads((scenario / "convoys.json").read_text())
    journeys = tuple(journey_of(one, told["base"], basis) for one in told["convoys"])
    with tempfile.TemporaryDirectory() as scratch:
        observations = scenario / "observations.parquet"
        if basis == "plan alone":
            observations = without_convoys(observations, Path(scratch))
        outcome = replay(
            load_places(scenario / "sites.geojson"), [observations], settings, context=Context(journeys=journeys)
        )
    vehicles = vehicles_of(scenario)
    first: dict[tuple[str, str], float] = {}
    for alert in outcome.in_order():
        if alert["kind"] == "convoy_approach":
            who = vehicle_of(alert, vehicles)
            at_s = epoch_ms(parse(alert["raised"])) / 1000 - told["base"]
            first.setdefault((alert["explanation"]["approach"]["movement"], who), at_s)
    for one in told["convoys"]:
        total.movements += 1
        for wait in one["waited"]:
            add(total, scenario.name, one["convoy"], wait, first)
    passed = {wait["vehicle"] for one in told["convoys"] for wait in one["waited"] if wait["nearest_m"] <= MET_M}
    for _, who in first:
        total.false[kind_of(who) + (" that passed it" if who in passed else "")] += 1


def add(total: Sum, hour: str, convoy: str, wait: dict[str, Any], first: dict[tuple[str, str], float]) -> None:
    """Count one that waited for a convoy; what was rightly told of it is taken out of `first`."""
    if wait["kind"] != "meeter":
        return
    raised_s = first.pop((convoy, wait["vehicle"]), None)
    if wait["nearest_m"] > MET_M:
        total.near_misses += 1
        return
    total.met += 1
    lead_s = -1.0 if raised_s is None else wait["nearest_s"] - raised_s
    if lead_s >= 0:
        total.raised += 1
        total.leads_s.append(lead_s)
    else:
        total.late += raised_s is not None
        total.missed.append(f"{hour} {convoy}: {wait}, raised {raised_s}")


def journey_of(one: dict[str, Any], base: int, basis: str) -> Journey:
    departed_ms, arrived_ms = ((base + one[name]) * 1000 for name in ("departed_s", "arrived_s"))
    tracker = one["tracker"] if basis == "tracker named" else ""
    return Journey(one["convoy"], SITE, "route 1", departed_ms, departed_ms, arrived_ms, tracker=tracker)


def without_convoys(path: Path, scratch: Path) -> Path:
    """The observations without those of the convoys' own trackers."""
    table = pq.read_table(path)
    sensors, tracks = table["sensor"].to_pylist(), table["track"].to_pylist()
    others = [sensor != "gps" or not track.startswith("k") for sensor, track in zip(sensors, tracks, strict=True)]
    pq.write_table(table.filter(pa.array(others)), scratch / "observations.parquet")
    return scratch / "observations.parquet"


def vehicles_of(scenario: Path) -> dict[str, str]:
    """`sensor/track` to the vehicle that it was."""
    table = pq.read_table(scenario / "track_to_vehicle.parquet").to_pydict()
    return {f"{s}/{t}": v for s, t, v in zip(table["sensor"], table["track"], table["_veh"], strict=True)}


def vehicle_of(alert: dict[str, Any], vehicles: dict[str, str]) -> str:
    """Whom an alert is about: most of its tracks' vehicle, of several the one seen last."""
    names = [vehicles[track] for track in alert["tracks"] if track in vehicles]
    counts = Counter(reversed(names))
    return counts.most_common(1)[0][0] if counts else "?"


def kind_of(vehicle: str) -> str:
    """What a vehicle is by its name (scripts.py)."""
    if vehicle.startswith("leaver"):
        return "leaver"
    if vehicle[0] == "k":
        return "convoy"
    return "traffic" if vehicle.isdigit() else f"scripted ({vehicle[0]})"


def preface(args: argparse.Namespace) -> Sequence[str]:
    """When, where and of what the report is."""
    seeds = seeds_of(args)
    versions = ", ".join(f"{name} {version(name)}" for name in ("safeconduct", "numpy", "numba", "eclipse-sumo"))
    return (
        "# How well the watch tells who drives to meet a convoy",
        "",
        f"Made by `python -m benchmarks.approach` on {datetime.now(UTC):%Y-%m-%d}; {platform.system()} "
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {versions}.",
        f"Seeds {', '.join(map(str, seeds))}{', to tune on' if args.tune else ''}; the settings were tuned on some of "
        f"{', '.join(map(str, TUNE))}. Three convoys an hour in simulated traffic. For each, three vehicles that stood "
        "for over 90 s within reach of the route set off as it comes near: one drives to meet it, two drive on along "
        "the road and turn off elsewhere.",
        f"Recall is of those that came within {MET_M:.0f} m of their convoy, raised before they did. Every alert of "
        f"any other vehicle is false, also of a leaver that came within {MET_M:.0f} m of its convoy (that passed it).",
        "In brackets 95 % intervals: Wilson's of the recall, the exact Poisson ones of counts.",
        "",
    )


if __name__ == "__main__":
    sys.exit(main())
