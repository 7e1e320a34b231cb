"""What one party owes another once an act has happened, by when, and which acts settle it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from safeconduct.accord.durations import parse_duration
from safeconduct.accord.tables import Names, Table
from safeconduct.accord.vocabulary import ACTS, CLASSES

DOER, OTHER = "doer", "other"
"""In place of a party: the one that did the act from which the obligation arises, and the one that did not."""

BOOK_KEPT = "obligation."
"""Acts by which the node keeps the book of obligations: from them arises none, or the book would feed itself."""


class DoneBy(StrEnum):
    """Whose act satisfies an obligation."""

    DEBTOR = "debtor"
    CREDITOR = "creditor"
    ANY = "any"


@dataclass(frozen=True)
class Obligation:
    """When the act `trigger` happened, `debtor` owes `creditor` one of the acts `satisfied_by` `within` that time.

    `ended_by` are acts after which nothing is owed any more. `match` names what the acts have in common: released
    fields of what they are done to, details of the acts, or an information class for the thing itself; nothing for acts
    on one and the same thing. `only` gives, by field, the values of what the trigger is done to from which it arises.
    `remind` are times after the trigger, rising, each shorter than `within`.
    """

    id: str
    article: str
    name: Names
    trigger: str
    debtor: str
    creditor: str
    within: timedelta
    satisfied_by: tuple[str, ...]
    done_by: DoneBy = DoneBy.DEBTOR
    ended_by: tuple[str, ...] = ()
    match: tuple[str, ...] = ()
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    remind: tuple[timedelta, ...] = ()


def read_obligations(
    top: Table, number: Callable[[Table, str], str], identifier: Callable[[Table, str], str], parties: Collection[str]
) -> tuple[Obligation, ...]:
    """The tables `obligations` of an `accord.toml`; what is wrong with them goes to the table's faults."""
    return tuple(_obligation(table, number, identifier, parties) for table in top.tables("obligations"))


def _obligation(
    table: Table, number: Callable[[Table, str], str], identifier: Callable[[Table, str], str], parties: Collection[str]
) -> Obligation:
    acts = [name for name in ACTS if not name.startswith(BOOK_KEPT)]
    done_by = table.one_of("done_by", list(DoneBy), default=DoneBy.DEBTOR)
    obligation = Obligation(
        id=identifier(table, "id"),
        article=number(table, "article"),
        name=table.names("name"),
        trigger=table.one_of("trigger", acts),
        debtor=table.one_of("debtor", [*parties, DOER]),
        creditor=table.one_of("creditor", [*parties, OTHER]),
        within=table.duration("within"),
        satisfied_by=_some(table, "satisfied_by", acts),
        done_by=DoneBy(done_by) if done_by in list(DoneBy) else DoneBy.DEBTOR,
        ended_by=table.texts("ended_by", acts, default=()),
        match=table.texts("match", default=()),
        only=_only(table),
        remind=_remind(table),
    )
    if obligation.debtor and obligation.debtor == obligation.creditor:
        table.fault("creditor", obligation.creditor, "another party than the debtor")
    if (obligation.debtor == DOER) is not (obligation.creditor == OTHER):
        table.fault("creditor", obligation.creditor, f"{OTHER} where the debtor is {DOER}, and only there")
    if any(one >= obligation.within for one in obligation.remind):
        table.fault("remind", table.value("remind"), "times shorter than within")
    table.close()
    return obligation


def _some(table: Table, key: str, allowed: Collection[str]) -> tuple[str, ...]:
    """One text or a list of at least one."""
    if isinstance(table.value(key), str):
        return (table.one_of(key, allowed),)
    found = table.texts(key, allowed)
    if table.value(key) == []:
        table.fault(key, [], "at least one act")
    return found


def _only(table: Table) -> dict[str, tuple[str, ...]]:
    fields = sorted({one for names in CLASSES.values() for one in names})
    found: dict[str, tuple[str, ...]] = {}
    for one in table.tables("only") if table.has("only") else ():
        found[one.one_of("field", fields)] = one.texts("is")
        one.close()
    return found


def _remind(table: Table) -> tuple[timedelta, ...]:
    found = [(text, parse_duration(text)) for text in table.texts("remind", default=())]
    for text, length in found:
        if length is None:
            table.fault("remind", text, "ISO 8601 durations such as PT30M or P7D")
    return tuple(sorted(length for _, length in found if length is not None))
