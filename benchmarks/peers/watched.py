"""The watch's answer, in the form of stays.py: `python -m benchmarks.peers.watched SCENARIO OUT.json`."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from safeconduct.sites.geojson import load_places
from safeconduct.watch.recording import replay


def main() -> None:
    scenario, out = Path(sys.argv[1]), Path(sys.argv[2])
    places = load_places(scenario / "sites.geojson")
    replay(places, [scenario / "observations.parquet"])  # loads the compiled kernel, as importing does for the peers
    begun = time.perf_counter()
    outcome = replay(places, [scenario / "observations.parquet"])
    find_s = time.perf_counter() - begun
    hours = (outcome.span_ms[1] - outcome.span_ms[0]) / 3_600_000
    found = {"rows": outcome.rows, "read_s": 0.0, "find_s": find_s, "hours": hours, "alerts": outcome.in_order()}
    out.write_text(json.dumps(found))


if __name__ == "__main__":
    main()
