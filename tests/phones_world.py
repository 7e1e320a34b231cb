"""Phones in the worlds: a person with one, what they said, and calls for help. `words` tell what others may not."""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from django.test import Client

from safeconduct.people import enrolment_acts as enrolment
from safeconduct.people import help_line_acts as help_lines
from safeconduct.people import joining
from safeconduct.people import sos_acts as sos
from safeconduct.people.checkin_acts import Said, check_in_once
from safeconduct.people.enrolment_acts import Secrets
from safeconduct.people.models import Person, User
from safeconduct.people.person_acts import register
from safeconduct.people.persons import Particulars
from safeconduct.people.sos_acts import Call, Spot
from safeconduct.people.standing import principal_of
from safeconduct.terms import instant
from safeconduct.terms.ids import new_id
from safeconduct.terms.party import Principal

ACTOR = "phone"
SUBJECTS = {
    "journeys": "movement",
    "calls": "call",
    "lines": "help_line",
    "corrections": "correction",
    "owners": "owner",
    "phones": "phone",
}
HIDDEN = tuple(one for one in SUBJECTS.values() if one != "movement")
PIN, DURESS = "2468", "1357"
CLIENT = uuid.UUID("01a20c24-e6b1-7000-8000-0000000000f1")

FORMS = {
    "me/join/": {"code": "AAAA-BBBB-CCCC", "pin": PIN, "duress": DURESS},
    "me/pin/": {"pin": PIN},
    "me/pins/": {"now": PIN, "pin": "8642", "duress": "7531"},
    "me/choice/": {"seen_as": "off"},
    "me/correct/": {"text": "Another company."},
    "me/check-in/": {"id": str(CLIENT), "state": "safe", "pin": PIN},
    "me/sos/": {"id": str(CLIENT)},
    "me/sos/move/": {"lon": "75.0", "lat": "-5.0"},
    "me/sos/end/": {"pin": PIN},
    "me/journeys/say/": {"id": str(CLIENT), "stage": "boarded", "pin": PIN},
    "people/calls/<uuid:ref>/end": {"reason": "Found well."},
    "people/calls/lines/": {"name": "Clinic", "number": "+92 300 7654321"},
    "people/corrections/<uuid:ref>/answer": {"state": "done"},
}
BODIES: dict[str, dict[str, Any]] = {
    "api/calls/<ref>/end": {"reason": "Found well."},
    "api/check-ins": {"id": str(CLIENT), "state": "safe", "at": "2026-03-02T15:05:00Z"},
}


def fill(refs: dict[str, uuid.UUID], users: dict[str, User], principal: Callable[[str], Principal], words: str) -> None:
    manager, site = principal("manager"), "marjan"
    is_secret = words != "plain"
    refs["help_line"] = help_lines.give_line(manager, site="", name="Operations room", number="+92 300 1234567").pk
    whom = _person(manager, "L-0003", "Iris Aldar")
    phone, caller = _joined(manager, whom)
    users[ACTOR] = User.objects.get(username=phone.user_name)
    refs["owner"], refs["phone"] = whom.pk, phone.pk
    at = instant.now()
    check_in_once(caller, Said(new_id(), "need_help", at - timedelta(minutes=9)))
    way = sos.DURESS if is_secret else sos.BUTTON
    past = sos.call(caller, Call(new_id(), at - timedelta(hours=1), True, None, way), site=site)
    sos.end(principal("liaison" if is_secret else "head"), past.pk, reason=f"Because of {words}.")
    spot = Spot(75.00123, -5.00321, 9.0, at)
    call = sos.call(caller, Call(new_id(), at - timedelta(minutes=2), False, spot, sos.BUTTON), site=site)
    refs["call"] = call.pk
    refs["correction"] = help_lines.ask_correction(caller, "My company is another.", site=site).pk
    enrolment.invite_person(manager, refs["person_warden"])


def fill_extra(
    refs: dict[str, uuid.UUID], principal: Callable[[str], Principal], strict: Callable[[Any], None]
) -> None:
    """A call that the partner tells nobody of, and one more phone, number and correction."""
    manager = principal("manager")
    whom = _person(manager, "L-0079", "Pia Ferro")
    phone, caller = _joined(manager, whom)
    call = sos.call(caller, Call(new_id(), instant.now(), True, None, sos.DURESS), site="marjan")
    strict(call)
    check_in_once(caller, Said(new_id(), "need_help", instant.now()))
    refs["hidden_owner"], refs["hidden_phone"], refs["hidden_call"] = whom.pk, phone.pk, call.pk
    refs["hidden_help_line"] = help_lines.give_line(manager, site="harbour", name="Secret", number="+92 300 1").pk
    refs["hidden_correction"] = help_lines.ask_correction(caller, "A secret.", site="marjan").pk


def _person(manager: Principal, reference: str, name: str) -> Person:
    return register(manager, Particulars(reference, name, "protected"), site="marjan")


def _joined(manager: Principal, whom: Person) -> tuple[Any, Principal]:
    phone = joining.join(Secrets(enrolment.invite_person(manager, whom.pk).clear, PIN, DURESS))
    return phone, principal_of(User.objects.get(username=phone.user_name))


@contextlib.contextmanager
def as_before(client: Client) -> Iterator[None]:
    """Whatever is asked within, the client is logged in as before: a phone may leave. Its tries go with what it did."""
    cookies = client.cookies.copy()
    yield
    client.cookies = cookies


def opened(client: Client, actor: str) -> Client:
    """The client, with its page open where it is the phone's."""
    if actor == ACTOR:
        session = client.session
        session["me_open_until"] = session["me_renewed"] = time.time() + 86400
        session.save()
    return client
