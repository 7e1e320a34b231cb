"""`python -m tests.people.phone_node DIR`: a node with people, codes for their phones and officers; prints ids."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.nodes import new_node

PASSWORD = "walnut-harbour-lantern"
USERS = {
    "manager": ("partner", "partner.project_manager"),
    "liaison": ("partner", "partner.liaison_officer"),
    "duty": ("host", "host.duty_officer"),
}
LANGUAGES = {"L-0001": "en", "L-0002": "ur", "L-0003": "en", "L-0004": "en"}
NUMBER = "+92 300 1234567"


def main(path: Path) -> None:
    from safeconduct.node import open_node
    from safeconduct.node.making import FirstUser, found_users, prepare_database

    open_node(new_node(path))
    prepare_database()
    found_users(tuple(FirstUser(name, PASSWORD, party, (role,)) for name, (party, role) in USERS.items()))

    from tests.people.phones import MANAGER, person

    from safeconduct.people import enrolment_acts as enrolment
    from safeconduct.people import help_line_acts as help_lines

    help_lines.give_line(MANAGER, site="", name="Operations room", number=NUMBER)
    people = {reference: person(reference, language=language) for reference, language in LANGUAGES.items()}
    codes = {reference: enrolment.invite_person(MANAGER, one.pk).clear for reference, one in people.items()}
    print(json.dumps({"codes": codes, "people": {reference: str(one.pk) for reference, one in people.items()}}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
