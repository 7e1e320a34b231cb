"""`python -m tests.web.picture_node DIR [raise]`: a node with an alarm, or with `raise`, one alarm more there."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

from tests.movements.case_node import PASSWORD, USERS
from tests.nodes import new_node


def main(path: Path, *, only_raise: bool) -> None:
    from safeconduct.node import current, open_node
    from safeconduct.node.making import FirstUser, found_users, prepare_database
    from safeconduct.terms import instant
    from safeconduct.terms.ids import new_id
    from safeconduct.terms.party import Grant, Principal

    open_node(path if only_raise else new_node(path))
    from safeconduct.demo.world import places, position
    from safeconduct.sites.acts import import_places
    from safeconduct.sites.geojson import to_geojson
    from safeconduct.watch.acts import raise_alert, refresh_picture
    from safeconduct.watch.positions import columns

    watch = current().system("node.watch")
    if not only_raise:
        prepare_database()
        found_users(tuple(FirstUser(name, PASSWORD, party, (role,)) for name, (party, role) in USERS.items()))
        commander = Principal("commander", "host", (Grant("host.commander"),))
        import_places(commander, site="marjan", features=to_geojson(places())["features"])
    at = instant.now()
    lon, lat = position(880, 6)
    found = {
        "kind": "dwell", "ring": "outer", "severity": "critical", "lon": lon, "lat": lat,
        "started": instant.iso(at - timedelta(minutes=10)), "raised": instant.iso(at), "updated": instant.iso(at),
        "ended": None, "dwell_s": 600.0, "unseen_s": 0.0, "steps": [], "tracks": ["cam-02:7"], "sensors": ["cam-02"],
        "vehicle": "car", "explanation": {},
    }  # fmt: skip
    print(raise_alert(watch, site="marjan", alert_id=new_id(), found=found).pk)
    seen = {
        "kind": "car", "lon": lon, "lat": lat, "state": "unseen", "seen_at": at, "sensor": "cam-02", "track": "7",
        "ring": "outer",
    }  # fmt: skip
    refresh_picture(watch, site="marjan", positions=columns([seen]))


if __name__ == "__main__":
    main(Path(sys.argv[1]), only_raise=sys.argv[2:] == ["raise"])
