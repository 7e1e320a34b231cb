"""A node on which a real bus drives, for browser/test_bus.py: `python -m tests.bus_node HOME PORT`, until SIGINT."""

from __future__ import annotations

import csv
import signal
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
from shapely.geometry import LineString, mapping

from safeconduct.demo.feeder import feed
from safeconduct.demo.setting import make_demo_node
from safeconduct.demo.story import PASSWORD
from safeconduct.node.making import FirstUser, found_users
from safeconduct.node.processes import run_node
from safeconduct.terms.party import Grant, Principal

DATA = Path(__file__).parent / "data" / "liverpool-bus" / "route14_outbound.csv"
VEHICLE, TRIP = "4720", "1095"
SITE = "route14"
SPEED = 40.0
START = timedelta(minutes=30)
"""How long before the bus the node's clock begins: in so long the node has started, also beside other work."""
DEGREES_A_METRE = 1 / 111_195
RING_REACH_M = 80


def fixes() -> list[dict[str, Any]]:
    """One trip as observations, oldest first."""
    with DATA.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if (row["vehicle_id"], row["trip_id"]) == (VEHICLE, TRIP)]
    return [
        {
            "time": datetime.fromisoformat(row["timestamp"]).replace(tzinfo=UTC).isoformat(),
            "sensor": "bus-gps",
            "track": VEHICLE,
            "lon": float(row["longitude"]),
            "lat": float(row["latitude"]),
            "kind": "bus",
        }
        for row in rows
    ]


def ring_around(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """An outer ring drawn around the route."""
    path = LineString([(row["lon"], row["lat"]) for row in rows])
    outline = path.buffer(RING_REACH_M * DEGREES_A_METRE).convex_hull
    properties = {"site": SITE, "name": "outer ring", "role": "ring", "ring": "outer"}
    return {"type": "Feature", "geometry": mapping(outline), "properties": properties}


def set_scene(rows: list[dict[str, Any]]) -> str:
    """A duty officer, the ring and the feed; the feed's token."""
    from safeconduct.people.acts import issue_token
    from safeconduct.sites.acts import import_places
    from safeconduct.watch.acts import open_feed

    for name, role in (("duty", "host.duty_officer"), ("commander", "host.commander")):
        found_users((FirstUser(name, PASSWORD, "host", (role,)),))
    commander = Principal("commander", "host", (Grant("host.commander"),))
    import_places(commander, site=SITE, features=[orjson.loads(orjson.dumps(ring_around(rows)))])
    open_feed(commander, name="bus")
    return issue_token(commander, name="bus", purpose="feed").clear


def main(home: Path, port: int) -> int:
    stop = threading.Event()
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    rows = fixes()
    begin = datetime.fromisoformat(rows[0]["time"]) - START
    node = make_demo_node(home, speed=SPEED, port=port, ingest_port=port + 1, clock_start=begin)
    token = set_scene(rows)
    threading.Thread(target=feed, args=(node, token, stop, [[row] for row in rows]), daemon=True).start()
    return run_node(home, stop)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2])))
