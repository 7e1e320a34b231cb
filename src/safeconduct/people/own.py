"""The person behind the account that acts: what a phone does, it does for its own person alone."""

from __future__ import annotations

from django.db.models import Q

from safeconduct import release
from safeconduct.accord.schedule import Office
from safeconduct.acts import Doing
from safeconduct.people.models import Person, Phone
from safeconduct.release import Projection
from safeconduct.store import bound
from safeconduct.store.models import Marked
from safeconduct.terms.errors import BadInput, Fault, NotFound, shown
from safeconduct.terms.party import Principal


def own_person(doing: Doing, site: str) -> Person:
    """The person whose phone acts, inside an act in the area `site`. Raises NotFound for who is nobody's phone."""
    person = Person.objects.filter(user_name=doing.principal.name, left_at=None).first()
    if person is None:
        raise NotFound("person", doing.principal.name)
    if person.site != site:
        raise BadInput("person", [Fault("site", shown(site), "the site of the person")])
    return person


def mine(model: type[Marked], principal: Principal) -> Q:
    """The rows of `model` of the person whose phone asks: a warden's phone reads those of others, too."""
    return bound.theirs(model, Office.SELF, principal)


def person_of(principal: Principal) -> Projection:
    """The person whose phone asks, as they may read it. Raises NotFound for who is nobody's phone."""
    rows = release.listing(Person, principal, lambda rows: rows.filter(user_name=principal.name or None)[:1])
    if not rows:
        raise NotFound("person", "phone")
    return rows[0]


def phone_of(principal: Principal) -> Projection:
    """The phone that asks. Raises NotFound for who is none."""
    rows = release.listing(Phone, principal, lambda rows: rows.filter(user_name=principal.name or None, end=None)[:1])
    if not rows:
        raise NotFound("phone", "phone")
    return rows[0]
