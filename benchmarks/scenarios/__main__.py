"""Make hours: `python -m benchmarks.scenarios --seed 7 --faults hard --out DIR`."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from benchmarks.scenarios.faults import KINDS as FAULTS
from benchmarks.scenarios.hour import HOUR_S, make_hour
from benchmarks.scenarios.roads import KINDS as ROADS


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scenarios", description=__doc__)
    parser.add_argument("--seed", type=int, required=True, help="the same seed gives the same bytes")
    parser.add_argument("--roads", choices=[*ROADS, "any"], default="any", help="any: by the seed")
    parser.add_argument("--faults", choices=list(FAULTS), default="usual")
    parser.add_argument("--seconds", type=int, default=HOUR_S, help="how long the scenario is; stays shrink with it")
    parser.add_argument("--out", type=Path, required=True, help="a folder for the scenario's files")
    args = parser.parse_args()
    began = time.perf_counter()
    make_hour(args.seed, args.roads, args.faults, args.out, args.seconds)
    print(f"{args.out}: made in {time.perf_counter() - began:.1f} s", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
