"""`python -m tests.web.load_node DIR [COUNT]`: a node in a flood: alarms of two causes, one critical, one shelf."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

from tests.movements.case_node import PASSWORD, USERS
from tests.nodes import new_node


def main(path: Path, count: int) -> None:
    from safeconduct.node import current, open_node
    from safeconduct.node.making import FirstUser, found_users, prepare_database

    open_node(new_node(path))
    from safeconduct.acts import together
    from safeconduct.demo.world import places, position
    from safeconduct.sites.acts import import_places
    from safeconduct.sites.geojson import to_geojson
    from safeconduct.terms import instant
    from safeconduct.terms.ids import new_id
    from safeconduct.terms.party import Grant, Principal
    from safeconduct.watch.acts import acknowledge, assess, raise_alert, shelve

    prepare_database()
    found_users(tuple(FirstUser(name, PASSWORD, party, (role,)) for name, (party, role) in USERS.items()))
    commander = Principal("commander", "host", (Grant("host.commander"),))
    duty = Principal("duty", "host", (Grant("host.duty_officer"),))
    import_places(commander, site="marjan", features=to_geojson(places())["features"])
    at, watch = instant.now(), current().system("node.watch")
    lon, lat = position(880, 6)

    def alarm(ago_min: float, kind: str, severity: str = "alert", ring: str = "outer"):
        raised = instant.iso(at - timedelta(minutes=ago_min))
        found = {
            "kind": kind, "ring": ring, "severity": severity, "lon": lon, "lat": lat,
            "started": instant.iso(at - timedelta(minutes=ago_min + 5)), "raised": raised, "updated": raised,
            "ended": None, "dwell_s": 300.0, "unseen_s": 0.0, "steps": [{"severity": severity, "at": raised}],
            "tracks": ["cam-02/7"], "sensors": ["cam-02"], "vehicle": "car", "explanation": {},
        }  # fmt: skip
        return raise_alert(watch, site="marjan", alert_id=new_id(), found=found).pk

    with together():
        for number in range(count):
            alarm(number * 8 / count, "dwell" if number % 3 else "circling")
        alarm(2, "dwell", "critical")
        for number in range(8):
            assessed = alarm(60 * (number + 2), "dwell", ring="inner")
            acknowledge(duty, assessed)
            assess(duty, assessed, disposition=("benign", "false", "expected")[number % 3])
        alarm(26 * 60, "dwell", ring="middle")
        for number in range(3):
            alarm(number, "lost_watch", "notice")
            alarm(number + 1, "repeat")
        until = at + timedelta(hours=2)
        shelve(duty, site="marjan", ring="outer", kind="repeat", until=until, reason="Road works; the crew is known.")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 20)
