"""People for tests: registered by the partner's manager, with accounts where a test wants them."""

from __future__ import annotations

from safeconduct.people import person_acts as acts
from safeconduct.people.models import Person
from safeconduct.people.persons import Particulars
from safeconduct.store.guard import passage
from safeconduct.terms.party import Grant, Principal

MANAGER = Principal("manager", "partner", (Grant("partner.project_manager"),))
LIAISON = Principal("liaison", "partner", (Grant("partner.liaison_officer"),))
HEAD = Principal("head", "partner", (Grant("partner.head_of_mission"),))
ANALYST = Principal("partneranalyst", "partner", (Grant("partner.analyst"),))
COMMANDER = Principal("commander", "host", (Grant("host.commander"),))
SITE = "marjan"


def warden(name: str = "warden", site: str = SITE) -> Principal:
    return Principal(name, "partner", (Grant("partner.warden", site),))


def person(name: str = "person", *more: Grant) -> Principal:
    return Principal(name, "partner", (Grant("partner.person"), *more))


def register(reference: str = "L-0001", name: str = "Mina Aldar", *, site: str = SITE, by=MANAGER, **given) -> Person:
    return acts.register(by, Particulars(reference, name, **({"kind": "protected"} | given)), site=site)


def with_account(row: Person, user: str) -> Person:
    """As an enrolment does it."""
    with passage("act"):
        Person.objects.filter(pk=row.pk).update(user_name=user)
    row.user_name = user
    return row
