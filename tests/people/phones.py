"""People with phones, made by acts."""

from __future__ import annotations

from django.test import Client

from safeconduct.people import enrolment_acts as enrolment
from safeconduct.people import joining
from safeconduct.people.enrolment_acts import Secrets
from safeconduct.people.models import Person, Phone, User
from safeconduct.people.person_acts import make_zone, register
from safeconduct.people.persons import Particulars
from safeconduct.people.standing import principal_of
from safeconduct.store.guard import passage
from safeconduct.terms.party import Grant, Principal

SITE = "marjan"
PIN, DURESS = "2468", "1357"
MANAGER = Principal("manager", "partner", (Grant("partner.project_manager"),))
LIAISON = Principal("liaison", "partner", (Grant("partner.liaison_officer"),))
DUTY = Principal("duty", "host", (Grant("host.duty_officer"),))


def person(reference: str = "L-0042", **given: object) -> Person:
    name = given.pop("name", f"Person {reference}")
    return register(MANAGER, Particulars(reference, name, "protected", **given), site=SITE)


def phone(of: Person) -> Phone:
    code = enrolment.invite_person(MANAGER, of.pk).clear
    return joining.join(Secrets(code, PIN, DURESS))


def user_of(phone: Phone) -> User:
    return User.objects.get(username=phone.user_name)


def stands(phone: Phone) -> Principal:
    return principal_of(user_of(phone))


def client_of(phone: Phone) -> Client:
    client = Client()
    client.force_login(user_of(phone), backend="django.contrib.auth.backends.ModelBackend")
    return client


def row(model, **where):
    """The row as it is kept."""
    with passage("release"):
        return model.objects.get(**where)


def zone_of(warden: Person):
    """A zone of SITE that `warden` answers for."""
    return make_zone(MANAGER, site=SITE, name=f"Zone of {warden.reference}", warden=str(warden.pk))
