"""How a phone becomes a person's: a code that is good once and for half an hour, typed into the phone.

Neither the code nor a PIN is a detail of an act: the record commits to neither. A phone has an account of its own, that
holds no appointment: who is protected shows in no list of roles.
"""

from __future__ import annotations

import hashlib
import secrets
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from safeconduct import release
from safeconduct.accord.agreement import Accord
from safeconduct.accord.schedule import Office
from safeconduct.acts import Doing, act
from safeconduct.people import me_pins
from safeconduct.people.me_pins import Opens
from safeconduct.people.models import Enrolment, Person, Phone, User
from safeconduct.terms.errors import BadInput, Fault, NotFound, shown
from safeconduct.terms.instant import iso
from safeconduct.terms.party import ANYWHERE, Grant, Principal

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without I, L, O and U, which are read for others. Source: D. Crockford's base 32."""
LENGTH = 12
"""60 bits: with the limits of guessing, half an hour's guesses hit one in 10^15."""
LIFE = timedelta(minutes=30)
ACCOUNT = "phone-"
"""What the names of phones' accounts begin with."""

LEFT, LOST, REPLACED = "left", "lost", "replaced"

_READ_FOR = str.maketrans({"I": "1", "L": "1", "O": "0", "U": "V"})


@dataclass(frozen=True)
class Secrets:
    """What a person types when they join their phone. Never shown, not in a traceback either."""

    code: str = field(repr=False)
    pin: str = field(repr=False)
    duress: str = field(repr=False)


@act("person.invite", creates=Enrolment)
def invite(doing: Doing, *, site: str, person: uuid.UUID) -> Enrolment:
    """Make a code for a person whom the actor reads. It ends those that were made before. Raises NotFound, BadInput."""
    whom = release.one(Person, doing.principal, person)
    if whom.marking.area != site or whom.get("left_at") is not None:
        raise BadInput("enrolment", [Fault("person", shown(str(person)), "a person on the list of this site")])
    Enrolment.objects.filter(person=person, used_at=None, end__gt=doing.at).update(end=doing.at)
    clear = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    made = Enrolment.objects.create(
        label_id=doing.label_id,
        site=site,
        party=doing.principal.party,
        person=person,
        digest=digest_of(clear),
        begin=doing.at,
        end=doing.at + LIFE,
        by=doing.principal.name,
    )
    made.clear = "-".join(clear[at : at + 4] for at in range(0, LENGTH, 4))
    return made


def invite_person(principal: Principal, person: uuid.UUID | str) -> Enrolment:
    """`invite` at the person's own site. Raises NotFound for a person whom the principal does not read."""
    whom = release.one(Person, principal, person)
    return invite(principal, site=whom.marking.area, person=whom.id)


def digest_of(code: str) -> str:
    """What is kept of a code, however it was typed."""
    plain = "".join(one for one in code.upper() if one.isalnum()).translate(_READ_FOR)
    return hashlib.sha256(b"safeconduct code\n" + plain.encode()).hexdigest()


def stand_in(accord: Accord, name: str, party: str, office: Office = Office.SELF, area: str = ANYWHERE) -> Principal:
    """The account of a phone as a principal, in the role of the party that has this office."""
    roles = [one.id for one in accord.roles.values() if one.office is office and one.party in (party, "any")]
    return Principal(name, party, tuple(Grant(role, area) for role in roles[:1]))


@act("person.enrol", creates=Phone)
def enrol(doing: Doing, given: Secrets, *, site: str) -> Phone:
    """Join a phone by a code, in place of the one that the person had. Raises NotFound where it holds no more."""
    code = Enrolment.objects.select_for_update().filter(digest=digest_of(given.code), used_at=None).first()
    if (
        code is None
        or not code.begin <= doing.at < code.end
        or (code.site, code.party) != (site, doing.principal.party)
    ):
        raise NotFound("enrolment", "code")
    person = Person.objects.select_for_update().filter(pk=code.person, left_at=None).first()
    if person is None:
        raise NotFound("enrolment", "code")
    code.used_at = doing.at
    code.save()
    for old in Phone.objects.filter(person=person.pk, end=None):
        _close(old, person, REPLACED, doing.at)
        old.save()
    User.objects.create_user(username=doing.principal.name, party=person.party, language=person.language)
    person.user_name = doing.principal.name
    person.save()
    phone = Phone(label_id=doing.label_id, site=site, person=person.pk, user_name=doing.principal.name, begin=doing.at)
    phone.page_pin = me_pins.digest_of(phone.pk, given.pin)
    phone.duress_pin = me_pins.digest_of(phone.pk, given.duress)
    phone.save(force_insert=True)
    doing.publish("enrolment", "used_at")
    return phone


@act("phone.end", on=Phone)
def end_phone(doing: Doing, phone: Phone, *, reason: str) -> None:
    """End a phone now: `left` by its person, `lost` by an officer. Its sessions end with it."""
    is_own = phone.user_name == doing.principal.name
    if phone.end is not None:
        raise BadInput("phone", [Fault("end", iso(phone.end), "a phone that has not ended")])
    if reason != (LEFT if is_own else LOST):
        raise BadInput("phone", [Fault("reason", shown(reason), LEFT if is_own else LOST)])
    _close(phone, Person.objects.select_for_update().get(pk=phone.person), reason, doing.at)


def _close(phone: Phone, person: Person, reason: str, at: datetime) -> None:
    phone.end, phone.end_reason = at, reason
    User.objects.filter(username=phone.user_name).update(is_active=False)
    if person.user_name == phone.user_name:
        person.user_name = None
        person.save()


@act("phone.change_pins", on=Phone)
def change_pins(doing: Doing, phone: Phone, now: str, pin: str, duress: str) -> None:
    """Put other PINs in place of a phone's, by the one that opens it. Raises BadInput.

    Whoever has the one for duress chooses another for duress, and is shown no difference.
    """
    what = me_pins.opens(phone.pk, now, phone.page_pin, phone.duress_pin)
    if what is Opens.NOTHING:
        raise BadInput("pins", [Fault("now", "another", "the PIN of this phone")])
    me_pins.check(pin, duress)
    if what is Opens.DURESS:
        phone.duress_pin = me_pins.digest_of(phone.pk, pin)
    else:
        phone.page_pin, phone.duress_pin = me_pins.digest_of(phone.pk, pin), me_pins.digest_of(phone.pk, duress)
    doing.enter(changed="pins")
