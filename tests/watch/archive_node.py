"""`python -m tests.watch.archive_node DIR`: a node whose archive holds vehicles that stood at a gate last night."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

from tests.movements.case_node import PASSWORD, USERS
from tests.nodes import new_node


def main(path: Path) -> None:
    from safeconduct.node import current, open_node
    from safeconduct.node.making import FirstUser, found_users, prepare_database
    from safeconduct.terms import instant
    from safeconduct.terms.party import Grant, Principal

    open_node(new_node(path))
    from safeconduct.demo.world import places
    from safeconduct.sites.acts import import_places
    from safeconduct.sites.geojson import to_geojson
    from safeconduct.watch import archive
    from safeconduct.watch.keeping.acts import ask, expire, hold_evidence

    prepare_database()
    found_users(tuple(FirstUser(name, PASSWORD, party, (role,)) for name, (party, role) in USERS.items()))
    commander = Principal("commander", "host", (Grant("host.commander"),))
    import_places(commander, site="marjan", features=to_geojson(places())["features"])
    gate = places().gates[0].point
    begin = instant.now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=3)
    tracks = [("cam-02", "17", "car", 0, 2400, 0.0), ("cam-02", "18", "truck", 900, 1500, 0.0006)]
    tracks += [("cam-03", "4", "car", 1800, 3000, 0.00001), ("cam-03", "9", "bus", 3600, 3900, -0.0004)]
    rows = [
        {
            "time": begin + timedelta(seconds=second),
            "sensor": sensor,
            "track": track,
            "lon": gate.x + away + max(0, second - last + 40) * 0.00005 * (track == "18"),
            "lat": gate.y,
            "kind": kind,
            "state": "seen",
        }
        for sensor, track, kind, first, last, away in tracks
        for second in range(first, last + 40 * (track == "18"))
    ]
    for day in sorted({one["time"].date() for one in rows}):
        table = archive.pa.Table.from_pylist([one for one in rows if one["time"].date() == day], archive.STORED)
        name = Path(day.isoformat()) / "marjan" / "000000000001.parquet"
        archive.write_file(current().archive, name, "marjan", archive.in_order(table))
    asked = {"site": "marjan", "place": places().gates[0].name, "lon": gate.x, "lat": gate.y}
    span = {"begin": begin - timedelta(hours=1), "end": begin + timedelta(hours=2)}
    print(ask(commander, reason="A car was reported at the gate.", **asked, **span).pk)
    hold_evidence(commander, site="marjan", reason="The inquiry.", until=instant.now() + timedelta(days=90), **span)
    expire(
        current().system("node.watch"),
        site="marjan",
        day=(begin - timedelta(days=31)).date().isoformat(),
        files=[{"name": "000000000001.parquet", "sha256": "0" * 64, "rows": 1_204_551}],
        sha256="5f" * 32,
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
