"""What the person's pages show."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import get_language

from safeconduct.acts import Act
from safeconduct.people import me_data, me_pins, persons
from safeconduct.people.help_line_acts import ask_correction
from safeconduct.people.own import person_of
from safeconduct.people.person_acts import choose, leave
from safeconduct.people.sos_reads import lines, own_check_ins, own_corrections, own_headcounts, sos_of
from safeconduct.release import Projection
from safeconduct.terms.decision import Decision
from safeconduct.terms.ids import new_id
from safeconduct.terms.party import Principal


@dataclass(frozen=True)
class HomePage:
    """The page itself. The shell, which a phone keeps for when there is no network, has nothing of the person in it.

    `key` is what PINs are sealed to; `check_in` and `call` are ids for a browser without scripts; `follows` says that
    a call lasts, so that the phone tells where it is.
    """

    key: str
    shell: str
    lines: Sequence[Projection]
    is_shell: bool = False
    is_open: bool = False
    check_in: uuid.UUID | None = None
    call: uuid.UUID | None = None
    asked: Sequence[Projection] = ()
    last: Projection | None = None
    calling: Projection | None = None
    follows: bool = False
    seen_as: str = persons.OFF
    is_warden: bool = False


@dataclass(frozen=True)
class QueuePage:
    """A page whose buttons go through the phone's queue; `key` is what PINs are sealed to."""

    key: str
    is_open: bool


def queue_page(is_open: bool) -> QueuePage:
    return QueuePage(me_pins.public_key(), is_open)


def home_page(principal: Principal, *, is_open: bool, build: str) -> HomePage:
    person = person_of(principal)
    numbers = lines(principal, person.marking.area)
    call = sos_of(principal)
    last = own_check_ins(principal, 1)
    return HomePage(
        key=me_pins.public_key(),
        shell=_version(numbers, build),
        lines=numbers,
        is_open=is_open,
        check_in=new_id(),
        call=new_id(),
        asked=own_headcounts(principal),
        last=last[0] if last else None,
        calling=call if call is not None and not call["silent"] else None,
        follows=call is not None,
        seen_as=person["seen_as"],
        is_warden=len(principal.grants) > 1,
    )


def shell_page(principal: Principal, *, build: str) -> HomePage:
    numbers = lines(principal, person_of(principal).marking.area)
    return HomePage(key=me_pins.public_key(), shell=_version(numbers, build), lines=numbers, is_shell=True)


def _version(numbers: Sequence[Projection], build: str) -> str:
    """What the shell depends on: a phone that keeps another fetches this one."""
    said = [get_language(), build, me_pins.public_key(), *((one["name"], one["number"]) for one in numbers)]
    return hashlib.sha256(repr(said).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class DataPage:
    """What is held about the person, by class; requests to have it put right."""

    person: Projection
    held: dict[str, Sequence[Projection]]
    corrections: Sequence[Projection]
    asking: Decision


def data_page(principal: Principal, under_duress: datetime | None) -> DataPage:
    person = person_of(principal)
    held = me_data.held(principal, me_data.hidden_since(principal, under_duress))
    return DataPage(person, held, own_corrections(principal), _decision(ask_correction, principal, person))


@dataclass(frozen=True)
class SeenPage:
    """Who looked at the person, and when."""

    looks: Sequence[Projection]


def seen_page(principal: Principal, under_duress: datetime | None) -> SeenPage:
    return SeenPage(me_data.looks_at(principal, me_data.hidden_since(principal, under_duress)))


@dataclass(frozen=True)
class ChoicePage:
    """How coarsely the person is seen, and leaving."""

    person: Projection
    resolutions: Sequence[int]
    choosing: Decision
    leaving: Decision


def choice_page(principal: Principal) -> ChoicePage:
    person = person_of(principal)
    return ChoicePage(
        person,
        list(persons.RESOLUTIONS),
        choose.decision(principal, person.marking),
        leave.decision(principal, person.marking),
    )


def _decision(act: Act[Any], principal: Principal, person: Projection) -> Decision:
    return act.decision(principal, act.marking_for_new(principal, person.marking.area))
