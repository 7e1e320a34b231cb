"""What the pages of calls for help and of phones show."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from safeconduct import node, release
from safeconduct.acts import Act
from safeconduct.paging import Page
from safeconduct.people import enrolment_acts as enrolment
from safeconduct.people import help_line_acts as help_lines
from safeconduct.people import looks, sos_reads
from safeconduct.people import sos_acts as sos
from safeconduct.people.models import Person, Sos
from safeconduct.release import Projection
from safeconduct.terms.decision import Decision
from safeconduct.terms.party import ANYWHERE, Principal


@dataclass(frozen=True)
class CallShown:
    """A call; `who` made it, where the reader may know; what the reader may do about it.

    `waits`: whether it waits for the reader's side: for an answer, or for the host to acknowledge.
    """

    row: Projection
    who: Projection | None
    waits: bool
    may_answer: bool
    may_acknowledge: bool
    may_end: bool


@dataclass(frozen=True)
class Banner:
    """Calls that last, told on every page of those who read them, without who calls."""

    principal: Principal

    @property
    def is_heard(self) -> bool:
        """Whether this reader hears of calls of any party, somewhere."""
        accord = node.current().accord
        areas = {grant.area for grant in self.principal.grants}
        return any(
            accord.may_read(self.principal, accord.marking(Sos.info_class, party, area)).allowed
            for party in accord.parties
            for area in areas
        )

    @cached_property
    def calls(self) -> Sequence[CallShown]:
        return [_shown(self.principal, row, {}) for row in sos_reads.calls(self.principal)]

    @property
    def waits(self) -> bool:
        return any(one.waits for one in self.calls)


@dataclass(frozen=True)
class CallsPage:
    """Calls that last, who said that they need help, calls that have ended; numbers, and corrections that wait."""

    lasting: Sequence[CallShown]
    needing: Sequence[tuple[Projection, Projection | None]]
    past: Page
    past_who: dict[uuid.UUID, Projection]
    lines: Sequence[Projection]
    giving: Decision | None
    corrections: Sequence[tuple[Projection, Projection | None]]
    may_correct: bool


def calls_page(principal: Principal, after: str | None) -> CallsPage:
    """Whoever is shown who a person is enters by it that they looked."""
    lasting, needing = sos_reads.calls(principal), sos_reads.asks_for_help(principal)
    past = sos_reads.past_calls(principal, after)
    asked = sos_reads.corrections(principal, help_lines.ASKED)
    people = _people(principal, [*lasting, *needing, *past.rows, *asked])
    return CallsPage(
        lasting=[_shown(principal, row, people) for row in lasting],
        needing=[(row, _who(people, row)) for row in needing],
        past=past,
        past_who=people,
        lines=sos_reads.lines(principal),
        giving=_giving(principal),
        corrections=[(row, _who(people, row)) for row in asked],
        may_correct=any(help_lines.answer_correction.decision(principal, row.marking).allowed for row in asked),
    )


def _giving(principal: Principal) -> Decision | None:
    """Whether the reader may give numbers; None for who is of no party."""
    if principal.party not in node.current().accord.parties:
        return None
    areas = sorted({grant.area for grant in principal.grants}) or [ANYWHERE]
    return next(
        (found for area in areas if (found := _decision(help_lines.give_line, principal, area)).allowed),
        _decision(help_lines.give_line, principal, areas[0]),
    )


def _decision(act: Act[Any], principal: Principal, area: str) -> Decision:
    return act.decision(principal, act.marking_for_new(principal, area))


def _people(principal: Principal, rows: Iterable[Projection]) -> dict[uuid.UUID, Projection]:
    refs = {row["person"] for row in rows if "person" in row}
    if not refs:
        return {}
    fields = ("reference", "name", "contacts", "zone")
    found = release.listing(Person, principal, lambda some: some.filter(pk__in=refs), fields=fields)
    looks.enter(principal, Person.info_class, [one.id for one in found], "list")
    return {one.id: one for one in found}


def _who(people: Mapping[uuid.UUID, Projection], row: Projection) -> Projection | None:
    return people.get(row["person"]) if "person" in row else None


def _shown(principal: Principal, row: Projection, people: Mapping[uuid.UUID, Projection]) -> CallShown:
    may_answer = sos.answer.decision(principal, row.marking).allowed
    may_acknowledge = sos.acknowledge.decision(principal, row.marking).allowed
    is_open = row.get("state") == sos.OPEN
    unseen = row.get("acknowledged_at") is None
    return CallShown(
        row,
        _who(people, row),
        waits=(may_answer and is_open) or (may_acknowledge and unseen),
        may_answer=may_answer and is_open,
        may_acknowledge=may_acknowledge and unseen,
        may_end=sos.end.decision(principal, row.marking).allowed,
    )


@dataclass(frozen=True)
class PhonesPage:
    """A person's phones, and whether the reader may make a code or end one."""

    person: Projection
    phones: Sequence[Projection]
    inviting: Decision
    may_end: bool


def phones_page(principal: Principal, ref: uuid.UUID) -> PhonesPage:
    """Raises NotFound for a person whom the reader does not read."""
    person = release.one(Person, principal, ref)
    looks.enter(principal, Person.info_class, [person.id], "page")
    phones = sos_reads.phones_of(principal, person.id)
    return PhonesPage(
        person,
        phones,
        _decision(enrolment.invite, principal, person.marking.area),
        any(one.get("end") is None and enrolment.end_phone.decision(principal, one.marking).allowed for one in phones),
    )
