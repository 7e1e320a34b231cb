"""`python -m tests.movements.live_node DIR [COUNT]`: a node with movements on their way, in every state; prints ids.

One drives as planned, one is silent and overdue, one has left its route, one has arrived, one is offered to the next
post; COUNT more are as planned.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.nodes import new_node

PASSWORD = "walnut-harbour-lantern"
USERS = {
    "duty": ("host", "host.duty_officer"),
    "commander": ("host", "host.commander"),
    "gatepost": ("host", "host.gate_post"),
    "liaison": ("partner", "partner.liaison_officer"),
    "manager": ("partner", "partner.project_manager"),
}
SEATS = ("Heron", "Ibis", "Egret", "Stork", "Bittern")


def main(path: Path, count: int = 0) -> None:
    from safeconduct.node import open_node
    from safeconduct.node.making import FirstUser, found_users, prepare_database

    open_node(new_node(path))
    prepare_database()
    found_users(tuple(FirstUser(name, PASSWORD, party, (role,)) for name, (party, role) in USERS.items()))
    print(json.dumps(filled(count)))


def filled(count: int = 0) -> dict[str, str]:
    from tests.movements.case import certify, convoy, fit_people, place_site, plan_convoy
    from tests.movements.on_the_way import fixes, leg, told

    from safeconduct.movements import acts
    from safeconduct.movements.progress import acts as live
    from safeconduct.movements.progress.following import Following
    from safeconduct.movements.progress.looks import Watchman
    from safeconduct.terms import instant
    from safeconduct.terms.party import Grant, Principal

    def as_role(role: str, area: str | None = None) -> Principal:
        name, (party, _) = next(one for one in USERS.items() if one[1][1] == role)
        return Principal(name, party, (Grant(role),))

    real = datetime.now(UTC).replace(microsecond=0)

    def at(moment: datetime) -> None:
        instant.run_clock(moment, datetime.now(UTC), 0.0)

    at(real - timedelta(hours=2))
    place_site(as_role)
    begin = real - timedelta(minutes=20)
    people = fit_people(4)
    refs: dict[str, str] = {}
    names = [*SEATS, *(f"Crane {number}" for number in range(1, count + 1))]
    vehicles = {name: convoy(1)[0] | {"callsign": f"{name} 1", "tracker": f"gps/{name} 1"} for name in names[:2]}
    for number, name in enumerate(names):
        one = vehicles.get(name) or vehicles["Heron"] | {"callsign": f"{name} 1", "tracker": f"gps/{name} 1"}
        end = timedelta(minutes=30 if number != 1 else 10)
        planned = leg(begin, end_at=instant.iso(begin + end))
        if number != 1:
            planned["checkpoints"] = [
                stop | {"due_at": instant.iso(begin + timedelta(minutes=minutes))}
                for stop, minutes in zip(planned["checkpoints"], (14, 27), strict=True)
            ]
        ref = plan_convoy(as_role, name=f"Convoy {name}", legs=[planned], convoy=[one], travellers=people)
        acts.assign_escort(as_role("host.commander"), ref, escort="Troop 1")
        acts.consent(as_role("host.duty_officer"), ref)
        acts.consent(as_role("partner.liaison_officer"), ref)
        refs[name.lower()] = str(ref)
    at(begin)
    certify(as_role)
    for ref in refs.values():
        acts.depart(as_role("host.duty_officer"), ref)
    following = Following()
    straight = {f"{name} 1": fixes(begin, 0, 1800, mps=1.5) for name in names if name not in ("Ibis", "Egret")}
    told(following, straight | {"Ibis 1": fixes(begin, 0, 400)})
    told(following, {"Egret 1": fixes(begin, 0, 900, mps=1.0)})
    told(following, {"Egret 1": fixes(begin + timedelta(seconds=901), 900, 1190, mps=1.0, off_m=400.0)})
    watchman = Watchman()
    for minute in range(1, 20):
        at(begin + timedelta(minutes=minute))
        watchman.look()
    at(real)
    acts.arrive(as_role("host.gate_post"), refs["stork"], where="gate East")
    live.set_words(as_role("partner.project_manager"), refs["heron"], well="Seven herons", duress="Nine herons")
    offer = live.hand_over(
        as_role("host.gate_post"), refs["bittern"], to_post="gate East", to_site="marjan", border_m=2000.0
    )
    live.report(as_role("partner.project_manager"), refs["heron"], kind="progress", word="Nine herons")
    watchman.look()
    return refs | {"offer": str(offer.pk)}


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
