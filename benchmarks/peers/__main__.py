"""The watch beside what people use today, on the same rows in one run: `make bench-peers`.

MovingPandas' stop detection, trackintel's stay points, scikit-mobility's stay locations, Supervision's PolygonZone with
a timer, PyMEOS stops and a PostGIS query each look for stays of 300 s within 25 m inside a ring; the watch replays the
same file. Each runs on one core, from the Parquet file to its answer, in a process of its own; `whole` counts reading
and finding, not starting Python nor importing. The peers are given what only a recording gives them: they see a stay
whole, and their alarm counts as raised on time. Truth and scoring are those of detection.py.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from safeconduct.watch.score import Score, score

HERE = Path(__file__).parent
OUTER_RING = HERE.parent.parent / "tests" / "data" / "outer-ring"
AFTER_S = 300.0
PEERS = {
    "movingpandas": "movingpandas",
    "trackintel": "trackintel",
    "skmob": "scikit-mobility",
    "supervision": "supervision",
    "pymeos": "pymeos",
    "postgis": "",
}
"""Runner in stays.py to the distribution whose version is told."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenario", type=Path, nargs="?", default=OUTER_RING)
    parser.add_argument("--python", type=Path, required=True, help="of the environment with the peers")
    parser.add_argument("--python-skmob", type=Path, required=True, help="of the one with scikit-mobility's old numpy")
    parser.add_argument("--runs", type=int, default=3, help="each is run so often; its best time counts")
    args = parser.parse_args()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    truth = json.loads((args.scenario / "truth.json").read_text())
    print(f"{args.scenario.name}, one core, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}")
    print(f"{'':<26}{'rows/s whole':>13}{'find s':>8}{'watch is':>10}{'on time':>9}{'false/h':>9}{'twice':>7}")
    ours = best([sys.executable, "-m", "benchmarks.peers.watched", str(args.scenario)], args.runs)
    show("safeconduct watch", ours, ours, of_alerts(ours, truth))
    for peer, name in PEERS.items():
        python = args.python_skmob if peer == "skmob" else args.python
        if peer == "postgis" and "SAFECONDUCT_TEST_DATABASE" not in os.environ:
            print("postgis                   no server: run under scripts/with_postgres.sh")
            continue
        found = best([str(python), str(HERE / "stays.py"), peer, str(args.scenario)], args.runs)
        show(f"{name or peer} {version_of(python, name) if name else ''}", found, ours, of_stays(found, truth))


def best(command: list[str], runs: int) -> Mapping[str, Any]:
    """The run with the least time; the command writes JSON to the path that it is given last."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.json"
        found: list[Mapping[str, Any]] = []
        for _ in range(runs):
            subprocess.run([*command, str(out)], check=True, stdout=subprocess.DEVNULL, timeout=1200)
            found.append(json.loads(out.read_text()))
    return min(found, key=whole_s)


def whole_s(found: Mapping[str, Any]) -> float:
    return found["read_s"] + found["find_s"]


def of_alerts(found: Mapping[str, Any], truth: Mapping[str, Any]) -> Score:
    return score(found["alerts"], truth, AFTER_S, found["hours"])


def of_stays(found: Mapping[str, Any], truth: Mapping[str, Any]) -> Score:
    """Each stay as an alarm at its 300th second."""

    def at(seconds: float) -> str:
        return datetime.fromtimestamp(seconds, UTC).isoformat()

    alerts = [
        {
            "severity": "alert",
            "steps": [{"severity": "alert", "at": at(one["start"] + AFTER_S)}],
            "started": at(one["start"]),
            "ended": at(one["end"]),
            "lon": one["lon"],
            "lat": one["lat"],
        }
        for one in found["stays"]
    ]
    return score(alerts, truth, AFTER_S, found["hours"])


def show(name: str, found: Mapping[str, Any], ours: Mapping[str, Any], scored: Score) -> None:
    rate, our_rate = (one["rows"] / whole_s(one) for one in (found, ours))
    print(
        f"{name:<26}{rate:>13,.0f}{found['find_s']:>8.2f}{our_rate / rate:>8.1f} x"
        f"{scored.on_time:>5}/{scored.expected:<3}{scored.false_per_hour:>9.1f}{scored.duplicates:>7}"
    )


def version_of(python: Path, distribution: str) -> str:
    code = f"import importlib.metadata as m; print(m.version({distribution!r}))"
    return subprocess.run([str(python), "-c", code], check=True, capture_output=True, text=True).stdout.strip()


if __name__ == "__main__":
    main()
