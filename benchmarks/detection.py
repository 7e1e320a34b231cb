"""How well the watch detects, beside the usual rule: `python -m benchmarks.detection [SCENARIO...]`.

A scenario is a folder with `observations.parquet`, `sites.geojson` and `truth.json`. Without one: the outer ring of the
tests, a real bus at its stops, and hours that are made from seeds (benchmarks/scenarios), each under the usual faults
of cameras and under hard ones. Rules are tuned on the hours of TUNE alone and reported on those of HELD_OUT, which
nobody looks into. The usual rule is "one track stays inside a ring for N seconds".

    python -m benchmarks.detection --tune --cache DIR
    python -m benchmarks.detection --cache DIR --write benchmarks/results/detection.md
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.scenarios.faults import KINDS, Faults
from benchmarks.scenarios.hour import make_hours
from benchmarks.scenarios.intervals import poisson, wilson

from safeconduct.sites.geojson import load_places
from safeconduct.sites.places import Places
from safeconduct.terms.instant import from_epoch_ms, iso
from safeconduct.watch.engine import Engine
from safeconduct.watch.files import read_observations
from safeconduct.watch.ordering import Ordered, rows_of
from safeconduct.watch.recording import replay
from safeconduct.watch.score import Circled, Score, score, score_circling

OUTER_RING = Path(__file__).parent.parent / "tests" / "data" / "outer-ring"
AFTER_S = 300.0
TUNE = (*range(1, 38), *range(1001, 1022), *range(2001, 2021), *range(5001, 5031))
HELD_OUT = tuple(range(6001, 6021))
USUAL, HARD = KINDS["usual"], KINDS["hard"]
FAULTS: Mapping[str, Faults] = {
    "usual": USUAL,
    "hard": HARD,
    "switches twice as often": replace(USUAL, switch_s=HARD.switch_s),
    "30 % of frames dropped": replace(USUAL, dropped=HARD.dropped),
    "cameras off for 5 min": replace(USUAL, outages=HARD.outages),
    "3 m of noise": replace(USUAL, noise_m=HARD.noise_m),
    "clocks 2 s apart": replace(USUAL, clock_s=HARD.clock_s),
}
BESIDE = frozenset({"usual", "hard"})
"""Where the usual rule is measured too."""


@dataclass
class Sum:
    """Scores of many hours together. `cases` counts (on time, expected) by what makes a case."""

    hours: float = 0.0
    expected: int = 0
    on_time: int = 0
    false: int = 0
    duplicates: int = 0
    delays_s: list[float] = field(default_factory=list[float])
    cases: dict[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    circled: Circled = field(default_factory=Circled)

    def add(self, found: Score, vehicles: Mapping[str, Mapping[str, str]]) -> None:
        self.hours += found.hours
        self.expected += found.expected
        self.on_time += found.on_time
        self.false += found.false
        self.duplicates += found.duplicates
        self.delays_s += found.delays_s
        for vehicle, hit in found.found.items():
            about = vehicles.get(vehicle, {"kind": "?"})
            case = about.get("trait") or about["kind"]
            hits, of = self.cases.get(case, (0, 0))
            self.cases[case] = hits + hit, of + 1

    def add_circled(self, found: Circled) -> None:
        self.circled.expected += found.expected
        self.circled.on_time += found.on_time
        self.circled.false += found.false

    def circling(self) -> str:
        one = self.circled
        return f"{one.on_time}/{one.expected}, {one.false / self.hours if self.hours else 0.0:.2f} false an hour"

    def line(self, name: str, rule: str) -> str:
        low, high = wilson(self.on_time, self.expected)
        false = [count / self.hours for count in (self.false, *poisson(self.false))]
        twice = [count / self.hours for count in (self.duplicates, *poisson(self.duplicates))]
        delay = f"{np.median(self.delays_s):.0f} s" if self.delays_s else "–"
        recall = self.on_time / self.expected if self.expected else 1.0
        return (
            f"| {name} | {rule} | {self.on_time}/{self.expected} | {recall:.3f} ({low:.3f}–{high:.3f}) |"
            f" {false[0]:.2f} ({false[1]:.2f}–{false[2]:.2f}) |"
            f" {twice[0]:.2f} ({twice[1]:.2f}–{twice[2]:.2f}) | {delay} |"
        )


HEAD = (
    "| hours | rule | on time | recall | false alarms an hour | duplicates an hour | median delay |\n"
    "|---|---|---|---|---|---|---|"
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenario", type=Path, nargs="*")
    parser.add_argument("--tune", action="store_true", help="the hours to tune on, not those to report on")
    parser.add_argument("--faults", nargs="*", default=list(FAULTS), choices=list(FAULTS))
    parser.add_argument("--cache", type=Path, help="a folder that keeps the hours; else they are made anew")
    parser.add_argument("--write", type=Path, help="a file for the report")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        lines = list(report(args, args.cache or Path(scratch)))
    if args.write:
        args.write.parent.mkdir(parents=True, exist_ok=True)
        args.write.write_text("\n".join([*preface(args), *lines, ""]), encoding="utf-8")
    return 0


def report(args: argparse.Namespace, cache: Path) -> Iterator[str]:
    """The lines of the report, each printed as it is known."""
    for line in tables(args, cache):
        print(line, flush=True)
        yield line


def tables(args: argparse.Namespace, cache: Path) -> Iterator[str]:
    yield HEAD
    if args.scenario:
        for scenario in args.scenario:
            yield from (total.line(scenario.name, rule) for rule, total in measured([scenario], beside=True).items())
        return
    yield from (total.line("the outer ring", rule) for rule, total in measured([OUTER_RING], beside=True).items())
    seeds = TUNE if args.tune else HELD_OUT
    of_engine: dict[str, Sum] = {}
    for name in args.faults:
        made = list(hours(seeds, name, args.faults, cache))
        locked = [scenario for scenario in made if is_locked(scenario)]
        flowing = measured([scenario for scenario in made if scenario not in locked], beside=name in BESIDE)
        of_engine[name] = flowing["watch"]
        yield from (total.line(f"{len(made) - len(locked)} made, {name}", rule) for rule, total in flowing.items())
        if locked:
            seeds_of = ", ".join(scenario.name.rsplit("-", 1)[-1] for scenario in locked)
            stuck = measured(locked, beside=name in BESIDE)
            yield from (total.line(f"locked up ({seeds_of}), {name}", rule) for rule, total in stuck.items())
    yield "\nVehicles that must raise an alarm, by what makes their case: all of their stays on time.\n"
    cases = sorted({case for total in of_engine.values() for case in total.cases})
    yield "| case | " + " | ".join(of_engine) + " |\n|---|" + "---|" * len(of_engine)
    for case in cases:
        counts = (one.cases.get(case, (0, 0)) for one in of_engine.values())
        yield f"| {case} | " + " | ".join(f"{hits}/{of}" for hits, of in counts) + " |"
    yield (
        "| circler, told within 60 s of the fourth entry | "
        + " | ".join(one.circling() for one in of_engine.values())
        + " |"
    )


def hours(seeds: Iterable[int], faults: str, wanted: Sequence[str], cache: Path) -> Iterator[Path]:
    """The hours of some seeds under some faults, made where the cache has none; with it, those `wanted` later."""
    for seed in seeds:
        outs = {name: cache / f"{name.replace(' ', '-')}-{seed}" for name in wanted}
        missing = {out: FAULTS[name] for name, out in outs.items() if not (out / "observations.parquet").exists()}
        if missing:
            print(f"making the hours of seed {seed}", file=sys.stderr, flush=True)
            make_hours(seed, "any", missing)
        yield outs[faults]


def is_locked(scenario: Path) -> bool:
    """Whether the streets locked up: the truth alone decides, by a car that stood in the traffic for AFTER_S.

    There the rule's own words want alarms of vehicles that the truth excuses; what the watch does then is shown apart.
    """
    stays = json.loads((scenario / "truth.json").read_text())["stays"]
    return any(stay["kind"] == "jam" and stay["dwell_s"] >= AFTER_S for stay in stays)


def measured(scenarios: Iterable[Path], beside: bool) -> dict[str, Sum]:
    """By rule: the watch, and beside it the usual rule."""
    totals = {"watch": Sum()} | ({"per track": Sum()} if beside else {})
    for scenario in scenarios:
        places, observations = load_places(scenario / "sites.geojson"), scenario / "observations.parquet"
        truth = json.loads((scenario / "truth.json").read_text())
        outcome = replay(places, [observations])
        length = (outcome.span_ms[1] - outcome.span_ms[0]) / 3_600_000
        totals["watch"].add(score(outcome.in_order(), truth, AFTER_S, length), truth["vehicles"])
        totals["watch"].add_circled(score_circling(outcome.in_order(), truth))
        if beside:
            totals["per track"].add(score(naive(places, observations), truth, AFTER_S, length), truth["vehicles"])
    return totals


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


def preface(args: argparse.Namespace) -> Sequence[str]:
    """When, where and of what the report is."""
    seeds = TUNE if args.tune else HELD_OUT
    versions = ", ".join(f"{name} {version(name)}" for name in ("safeconduct", "numpy", "numba", "eclipse-sumo"))
    return (
        "# How well the watch detects",
        "",
        f"Made by `python -m benchmarks.detection` on {datetime.now(UTC):%Y-%m-%d}; {platform.system()} "
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {versions}.",
        f"Seeds {'to tune on' if args.tune else f'{seeds[0]}–{seeds[-1]}, never opened before and run once'}; the",
        "rules were tuned on 1–37, 1001–1021, 2001–2020 and 5001–5030; 4001–4020 were reported on before.",
        "An alarm is on time within 60 s of its threshold. In brackets 95 % intervals: Wilson's of the",
        "recall, the exact Poisson ones of counts. `per track` is the usual rule: one track inside a ring for 300 s.",
        "The hours are simulated. Hours in which the streets locked up, so that cars of the traffic stood for 300 s or",
        "longer, are shown apart: each such car is a false alarm by the truth and a stay by the rule. The cases below",
        "are of the others.",
        "",
    )


if __name__ == "__main__":
    sys.exit(main())
