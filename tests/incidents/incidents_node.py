"""`python -m tests.incidents.incidents_node DIR`: a node with one incident that has a line of every kind."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.movements.case_node import PASSWORD, USERS
from tests.nodes import new_node


def main(path: Path) -> None:
    from safeconduct.node import open_node
    from safeconduct.node.making import FirstUser, found_users, prepare_database

    open_node(new_node(path))
    prepare_database()
    found_users(tuple(FirstUser(name, PASSWORD, party, (role,)) for name, (party, role) in USERS.items()))
    print(json.dumps(written()))


def written() -> dict[str, str]:
    """Put an incident on the open node; its id."""
    from safeconduct.demo.world import places
    from safeconduct.incidents import acts, deeds, fact_acts
    from safeconduct.sites.acts import import_places
    from safeconduct.sites.geojson import to_geojson
    from safeconduct.terms.party import Grant, Principal

    def who(name: str) -> Principal:
        party, role = USERS[name]
        return Principal(name, party, (Grant(role),))

    commander, duty, liaison = who("commander"), who("duty"), who("liaison")
    import_places(commander, site="marjan", features=to_geojson(places())["features"])
    gate = places().gates[0].point
    made = acts.open_incident(
        duty,
        site="marjan",
        type="attack",
        text="A blast at gate East. Smoke over the road.",
        place="gate East",
        lon=gate.x,
        lat=gate.y,
        affected=6,
    )
    acts.write(duty, made.pk, report={"major": "Yes", "location": "Gate East, outer lane", "casualties": "Three hurt"})
    acts.grade(commander, made.pk, severity="severe", reason="Three are hurt.")
    first = acts.write(liaison, made.pk, text="Two of ours are at the clinic.", references=["L-0001"])
    acts.correct(liaison, first.pk, text="One of ours is at the clinic.")
    acts.write(liaison, made.pk, text="The embassy is told.", own=True)
    for count in (2, 3):
        fact_acts.figure(duty, made.pk, category="injured", whose="other", count=count, source="The clinic.")
    fact_acts.claim(duty, made.pk, who="The Grey Front", channel="A posted video")
    fact_acts.attribute(commander, made.pk, who="Nobody known", confidence="low", text="The car was hired.")
    deeds.add_document(duty, made.pk, b"It was grey.", name="What the witness says")
    return {"incident": str(made.pk)}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
