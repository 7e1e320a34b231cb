"""Joining a phone: what somebody types who is nobody yet, looked up and done as the person whose code it is."""

from __future__ import annotations

import uuid

from safeconduct import node
from safeconduct.people import me_pins, standing
from safeconduct.people.enrolment_acts import ACCOUNT, Secrets, enrol, stand_in
from safeconduct.people.models import Phone
from safeconduct.terms.errors import NotFound


def is_open(code: str) -> bool:
    """Whether this code would join a phone now."""
    return standing.code_of(code) is not None


def join(given: Secrets) -> Phone:
    """Make the phone that has the code that of its person. Raises NotFound for a code that holds no more, BadInput."""
    me_pins.check(given.pin, given.duress)
    found = standing.code_of(given.code)
    if found is None:
        raise NotFound("enrolment", "code")
    name = f"{ACCOUNT}{uuid.uuid4()}"
    return enrol(stand_in(node.current().accord, name, found.party), given, site=found.site)
