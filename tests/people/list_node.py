"""`python -m tests.people.list_node DIR`: a node with a list of people, zones and a visitor; prints ids."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from pathlib import Path

from tests.nodes import new_node

PASSWORD = "walnut-harbour-lantern"
USERS = {
    "commander": ("host", "host.commander", ""),
    "liaison": ("partner", "partner.liaison_officer", ""),
    "manager": ("partner", "partner.project_manager", ""),
    "warden": ("partner", "partner.warden", "marjan"),
}
NAMES = ("Mina Aldar", "Timo Beren", "李伟明", "Noor Castor", "نور احمد", "Petra Dunai", "Jun Erlik", "Aylin Farid")


def main(path: Path) -> None:
    from safeconduct.node import open_node
    from safeconduct.node.making import FirstUser, found_users, prepare_database

    open_node(new_node(path))
    prepare_database()
    found_users(tuple(FirstUser(name, PASSWORD, party, (role,), area) for name, (party, role, area) in USERS.items()))
    print(json.dumps(listed()))


def listed() -> dict[str, str]:
    """Put the people, zones and the visitor on the open node; ids of a person and of a zone."""
    from tests.people.roster import LIAISON, MANAGER, SITE, register, with_account

    from safeconduct.people import person_acts as acts
    from safeconduct.people import person_queries as queries
    from safeconduct.terms import instant

    now = instant.now()
    people = []
    for at, name in enumerate(NAMES * 8):
        contacts = [
            {"channel": "sms", "address": f"+92300{at:07}"},
            {"channel": "mail", "address": f"p{at}@lioran.example"},
        ]
        kind = ("protected", "protected", "guard", "driver")[at % 4]
        training = now.date() + timedelta(days=at * 17 - 40)
        people.append(
            register(
                f"L-{at + 100:04}",
                name,
                kind=kind,
                company=f"Harbour Works {at % 3}",
                contacts=contacts,
                training_until=training,
            )
        )
    for at, row in enumerate(people):
        if at % 5:
            acts.vet(LIAISON, row.pk, vetting="cleared", until=now.date() + timedelta(days=20 + at * 11))
    with_account(people[0], "warden")
    ids = [str(one.pk) for one in people]
    north = acts.make_zone(MANAGER, site=SITE, name="North gate", warden=ids[0], alternates=ids[1:3])
    acts.make_zone(MANAGER, site=SITE, name="Workshops")
    for row in people[:12]:
        acts.change(MANAGER, row.pk, {"zone": north.pk})
    visit = {"visit_begin": now - timedelta(hours=2), "visit_end": now + timedelta(days=3)}
    register("V-0001", "Aylin Farid", kind="visitor", **visit)
    queries.person(LIAISON, people[4].pk)
    queries.export(
        MANAGER, site="", fields=["reference", "kind"], reason="The insurer asks how many drivers there are."
    )
    return {"person": ids[4], "zone": str(north.pk)}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
