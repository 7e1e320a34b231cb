"""`python -m tests.movements.case_node DIR`: a node with a planned convoy and an alarm beside its route; prints ids."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.nodes import new_node

PASSWORD = "walnut-harbour-lantern"
USERS = {
    "duty": ("host", "host.duty_officer"),
    "commander": ("host", "host.commander"),
    "liaison": ("partner", "partner.liaison_officer"),
    "manager": ("partner", "partner.project_manager"),
}


def main(path: Path) -> None:
    from safeconduct.node import current, open_node
    from safeconduct.node.making import FirstUser, found_users, prepare_database
    from safeconduct.terms.party import Grant, Principal

    open_node(new_node(path))
    prepare_database()
    found_users(tuple(FirstUser(name, PASSWORD, party, (role,)) for name, (party, role) in USERS.items()))

    def as_role(role: str) -> Principal:
        name, (party, _) = next(one for one in USERS.items() if one[1][1] == role)
        return Principal(name, party, (Grant(role),))

    from tests.movements.case import ALERT_NEAR, place_site, plan_convoy, raise_alert

    from safeconduct.movements.acts import propose_hold

    watch = current().system("node.watch")
    place_site(as_role)
    movement = plan_convoy(as_role)
    alert = raise_alert(watch, **ALERT_NEAR)
    propose_hold(watch, movement, alert=alert, distance_m=133.0)
    print(json.dumps({"movement": str(movement), "alert": str(alert)}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
