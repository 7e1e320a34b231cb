"""`python -m tests.sites.standards_node DIR`: a node with controls, a round under way, and a cordon proposed."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from pathlib import Path

from tests.movements.case_node import PASSWORD, USERS
from tests.nodes import new_node


def main(path: Path) -> None:
    from safeconduct.node import open_node
    from safeconduct.node.making import FirstUser, found_users, prepare_database
    from safeconduct.terms.party import Grant, Principal

    open_node(new_node(path))
    prepare_database()
    found_users(tuple(FirstUser(name, PASSWORD, party, (role,)) for name, (party, role) in USERS.items()))
    from safeconduct.demo.world import places
    from safeconduct.sites.acts import import_places
    from safeconduct.sites.geojson import to_geojson

    party, role = USERS["commander"]
    commander = Principal("commander", party, (Grant(role),))
    import_places(commander, site="marjan", features=to_geojson(places())["features"])
    print(json.dumps(standing()))


def standing() -> dict[str, str]:
    """Put controls, a round, alert states and a cordon on the open node, which has the places; their ids."""
    from safeconduct.demo.world import places
    from safeconduct.sites import standard_queries as reads
    from safeconduct.sites.control_acts import apply_standard, enter_test, import_standard, waive
    from safeconduct.sites.inspection_acts import plan_inspection
    from safeconduct.sites.posture_acts import set_posture
    from safeconduct.sites.standards import decoded, sample
    from safeconduct.strategy.cordon_acts import propose
    from safeconduct.terms import instant
    from safeconduct.terms.party import Grant, Principal

    def who(name: str) -> Principal:
        party, role = USERS[name]
        return Principal(name, party, (Grant(role),))

    commander, duty = who("commander"), who("duty")
    made = import_standard(commander, name="Minimum standards", text=decoded(sample()))
    apply_standard(commander, site="marjan", standard=made.pk)
    refs = {row["code"]: row.id for row in reads.controls(commander)}
    for code in ("PR-01", "TC-01", "DO-01", "ME-01", "VE-01", "TR-01"):
        enter_test(duty, refs[code], result="full")
    enter_test(duty, refs["PR-03"], result="partial", note="Two windows toward the road have no film.")
    enter_test(duty, refs["EQ-02"], result="none", note="The generator does not start.")
    enter_test(duty, refs["RE-01"], result="n/a", note="Nobody lives here.")
    waive(commander, refs["EQ-02"], until=instant.now() + timedelta(days=20), reason="A new one is ordered.")
    planned = plan_inspection(commander, site="marjan", planned_for=instant.now().date())
    set_posture(commander, site="", state="heightened", reason="A visit is announced.")
    set_posture(commander, site="marjan", state="substantial", reason="A threat was received.")
    gate = places().gates[0].point
    reason = "A car that nobody knows stands at the gate."
    cordon = propose(duty, site="marjan", lon=gate.x, lat=gate.y, container="car", reason=reason)
    made_ids = {"round": planned.pk, "cordon": cordon.pk, "control": refs["EQ-02"], "standard": made.pk}
    return {name: str(ref) for name, ref in made_ids.items()}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
