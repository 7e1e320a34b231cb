"""Persons as the list keeps them: their particulars, what is wrong with some, and the commitment to them."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, cast

from django.db.models import Q, QuerySet

from safeconduct.acts import unfit
from safeconduct.people.models import Person
from safeconduct.record.entry import canonical
from safeconduct.terms.errors import Fault, shown
from safeconduct.terms.json import plain

PROTECTED, GUARD, DRIVER, VISITOR = "protected", "guard", "driver", "visitor"
KINDS = (PROTECTED, GUARD, DRIVER, VISITOR)
ASKED, CLEARED, REFUSED = "asked", "cleared", "refused"
VETTINGS = (ASKED, CLEARED, REFUSED)
OFF, ZONE, CELL = "off", "zone", "cell"
SEEN_AS = (OFF, ZONE, CELL)
RESOLUTIONS = range(4, 10)
"""H3 resolutions that a person may choose: from 1,770 km² to 0.1 km² a cell; finer is a place, not an area."""
CHANNELS = ("sms", "mail", "chat", "voice", "radio")
LANGUAGES = ("en", "zh-hans", "ur")
MOST_CONTACTS = 6

REFERENCE = re.compile(r"[A-Z0-9][A-Z0-9-]{1,30}[A-Z0-9]", re.ASCII)
SALT_BYTES = 32
FORGOTTEN = "-"
"""The name of whoever was forgotten."""


@dataclass(frozen=True)
class Particulars:
    """What a party writes down of a person. Nothing else may be written: there is no field for it.

    `visit_begin` and `visit_end` are a visitor's and of no others; `contacts` are [{"channel", "address"}].
    """

    reference: str
    name: str
    kind: str
    company: str = ""
    zone: uuid.UUID | None = None
    language: str = ""
    contacts: Sequence[Mapping[str, str]] = ()
    training_until: date | None = None
    visit_begin: datetime | None = None
    visit_end: datetime | None = None

    def faults(self) -> Iterator[Fault]:
        """All that is wrong with these, each under the name of its field. A zone is looked up by the act."""
        if not REFERENCE.fullmatch(self.reference):
            yield Fault("reference", shown(self.reference), "3 to 32 capital letters, digits and hyphens, like L-0042")
        yield from _text_faults("name", self.name, 1, 200)
        yield from _text_faults("company", self.company, 0, 150)
        if self.kind not in KINDS:
            yield Fault("kind", shown(self.kind), "one of " + ", ".join(KINDS))
        if self.language not in ("", *LANGUAGES):
            yield Fault("language", shown(self.language), "one of " + ", ".join(LANGUAGES))
        yield from contact_faults(self.contacts)
        yield from self._visit_faults()

    def _visit_faults(self) -> Iterator[Fault]:
        if self.kind == VISITOR:
            if self.visit_begin is None or self.visit_end is None:
                where = "visit_begin" if self.visit_begin is None else "visit_end"
                yield Fault(where, "nothing", "the time at which the visit begins or ends")
            elif self.visit_end <= self.visit_begin:
                yield Fault("visit_end", self.visit_end.isoformat(), "a time after the visit begins")
        elif self.visit_begin is not None or self.visit_end is not None:
            where = "visit_end" if self.visit_begin is None else "visit_begin"
            yield Fault(where, "a time", "none, but for a visitor")

    def commitment(self, salt: bytes) -> str:
        """SHA-256 over the salt and these, in hex: what the record gets of them. Without the salt it says nothing."""
        return hashlib.sha256(salt + canonical(plain(vars(self)))).hexdigest()


FIELDS = tuple(one.name for one in fields(Particulars))


def contact_faults(contacts: Sequence[Mapping[str, str]]) -> Iterator[Fault]:
    """What is wrong with ways to reach a person."""
    if len(contacts) > MOST_CONTACTS:
        yield Fault("contacts", f"{len(contacts)} contacts", f"at most {MOST_CONTACTS}")
    for one in contacts[:MOST_CONTACTS]:
        channel, address = one.get("channel"), one.get("address")
        if set(one) != {"channel", "address"} or channel not in CHANNELS:
            yield Fault("contacts", shown(channel), "a channel, one of " + ", ".join(CHANNELS))
        elif not isinstance(cast(object, address), str) or not ADDRESSES[channel].fullmatch(cast(str, address)):
            yield Fault("contacts", f"an address of {channel}", ADDRESS_WANTED[channel])


_TELEPHONE = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
ADDRESSES = {
    "sms": _TELEPHONE,
    "voice": _TELEPHONE,
    "mail": re.compile(r"[^\s@<>\"]{1,64}@[^\s@<>\"]{1,190}"),
    "chat": re.compile(r"\S{1,200}"),
    "radio": re.compile(r"[^\x00-\x1f]{1,60}"),
}
ADDRESS_WANTED = {
    "sms": "a number such as +923001234567",
    "voice": "a number such as +923001234567",
    "mail": "an address such as name@example.org",
    "chat": "an address without spaces",
    "radio": "a call sign",
}


def _text_faults(where: str, text: str, least: int, most: int) -> Iterator[Fault]:
    if not least <= len(text) <= most or text != text.strip():
        yield Fault(where, shown(text), f"{least} to {most:,} characters, no space around them")
    yield from unfit({where: text})


def particulars_of(person: Person) -> Particulars:
    """What is written down of a person now."""
    values: dict[str, Any] = {name: getattr(person, name) for name in FIELDS if name not in ("zone", "contacts")}
    return Particulars(zone=person.zone_id, contacts=tuple(person.contacts), **values)


def write(person: Person, given: Particulars) -> None:
    """Put what is `given` into the row."""
    for name in FIELDS:
        if name not in ("zone", "contacts"):
            setattr(person, name, getattr(given, name))
    person.zone_id = given.zone
    person.contacts = [dict(one) for one in given.contacts]
    person.folded = folded(given.name)


def new_salt() -> bytes:
    return os.urandom(SALT_BYTES)


def folded(name: str) -> str:
    """A name as it is searched: without case, width and marks, a space before each word."""
    decomposed = unicodedata.normalize("NFKD", name).casefold()
    bare = "".join(one for one in decomposed if not unicodedata.combining(one))
    return "".join(f" {word}" for word in re.split(r"[\W_]+", unicodedata.normalize("NFC", bare)) if word)[:200]


def is_here(person: Mapping[str, Any] | Person, at: datetime) -> bool:
    """Whether whoever it is counts now: not left, and for a visitor, within the visit."""
    read = person.get if isinstance(person, Mapping) else lambda name: getattr(person, name)
    begin, end = read("visit_begin"), read("visit_end")
    return read("left_at") is None and (begin is None or begin <= at) and (end is None or at < end)


def here(rows: QuerySet[Any], at: datetime) -> QuerySet[Any]:
    """Those of `rows` who count now, as `is_here` says of one."""
    visiting = (Q(visit_begin=None) | Q(visit_begin__lte=at)) & (Q(visit_end=None) | Q(visit_end__gt=at))
    return rows.filter(visiting, left_at=None)
