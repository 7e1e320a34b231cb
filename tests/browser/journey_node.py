"""`python -m tests.browser.journey_node DIR`: a node with Marjan airport, people of the partner, officers and posts.

It prints the travellers' codes for phones and the times of a journey to plan.
"""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from pathlib import Path

from tests.nodes import new_node

PASSWORD = "walnut-harbour-lantern"
USERS = {
    "commander": ("host", "host.commander"),
    "duty": ("host", "host.duty_officer"),
    "northpost": ("host", "host.gate_post"),
    "eastpost": ("host", "host.gate_post"),
    "manager": ("partner", "partner.project_manager"),
    "liaison": ("partner", "partner.liaison_officer"),
}
TRAVELLERS, DRIVER = ("L-0001", "L-0002"), "D-0001"


def main(path: Path) -> None:
    from safeconduct.node import open_node
    from safeconduct.node.making import FirstUser, found_users, prepare_database

    open_node(new_node(path))
    prepare_database()
    found_users(tuple(FirstUser(name, PASSWORD, party, (role,)) for name, (party, role) in USERS.items()))
    print(json.dumps({"codes": _people(), **_times()}))


def _people() -> dict[str, str]:
    from tests.movements.case import place_site
    from tests.people.phones import MANAGER, person

    from safeconduct.people import enrolment_acts as enrolment
    from safeconduct.people.models import Person
    from safeconduct.store.guard import passage
    from safeconduct.terms import instant
    from safeconduct.terms.party import Grant, Principal

    place_site(lambda _role: Principal("commander", "host", (Grant("host.commander"),)))
    people = {one: person(one) for one in (*TRAVELLERS, DRIVER)}
    fit = instant.now().date() + timedelta(days=90)
    with passage("act"):
        Person.objects.update(vetting="cleared", vetted_until=fit, training_until=fit)
    return {one: enrolment.invite_person(MANAGER, people[one].pk).clear for one in TRAVELLERS}


def _times() -> dict[str, str]:
    """As the form wants them, by the node's zone: so short a journey that its border is near from the start."""
    from django.utils.timezone import localtime

    from safeconduct.terms import instant

    begin = localtime(instant.now() + timedelta(minutes=40)).replace(second=0, microsecond=0)
    moments = {name: begin + timedelta(minutes=minutes) for name, minutes in (("begin", 0), ("end", 9))}
    stops = {f"stop_{number}": f"{begin + timedelta(minutes=number * 3):%H:%M}" for number in (1, 2)}
    return {name: f"{at:%Y-%m-%dT%H:%M}" for name, at in moments.items()} | stops


if __name__ == "__main__":
    main(Path(sys.argv[1]))
