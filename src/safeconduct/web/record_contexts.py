"""What the pages of the record show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from safeconduct import node
from safeconduct.record.checkpoint import Checkpoint
from safeconduct.terms.errors import NotFound
from safeconduct.terms.marking import Marking
from safeconduct.terms.party import Principal
from safeconduct.web import record_reads as reads
from safeconduct.web.accord_contexts import named
from safeconduct.web.accord_words import ATTRIBUTES, act_word

PAGE = 50


@dataclass(frozen=True)
class Row:
    """An entry in a list: its fields as released, the act and class in words too."""

    fields: Mapping[str, Any]
    act_word: Any
    class_word: Any


@dataclass(frozen=True)
class Field:
    """A field of one entry: its name on the wire, its label, its value."""

    name: str
    label: Any
    value: Any


@dataclass(frozen=True)
class Head:
    """What is signed now. `can_verify` is whether this reader gets whole entries, which proofs need."""

    origin: str
    checkpoint: Checkpoint | None
    note: str
    key: str
    can_verify: bool


@dataclass(frozen=True)
class RecordPage:
    """A page of entries, newest first. `older` and `newer` are the indices to ask below, None at the ends."""

    rows: Sequence[Row]
    size: int
    older: int | None
    newer: int | None
    first: bool
    head: Head
    marking: Marking


@dataclass(frozen=True)
class EntryPage:
    """One entry."""

    index: int
    row: Row
    fields: Sequence[Field]
    previous: int | None
    next: int | None
    head: Head
    marking: Marking


def record_page(principal: Principal, below: int | None) -> RecordPage:
    """Raises NotFound for a reader to whom the accord does not give the record."""
    found = reads.entries(principal, below, PAGE)
    end = found.size if below is None else min(below, found.size)
    return RecordPage(
        rows=[_row(one) for one in found.rows],
        size=found.size,
        older=found.next,
        newer=min(end + PAGE, found.size) if end < found.size else None,
        first=end >= found.size,
        head=_head(principal),
        marking=reads.own_marking(),
    )


def entry_page(principal: Principal, index: int) -> EntryPage:
    """Raises NotFound."""
    found = reads.entry(principal, index)
    head = _head(principal)
    size = head.checkpoint.size if head.checkpoint else 0
    return EntryPage(
        index=index,
        row=_row(found),
        fields=[Field(name, ATTRIBUTES[name], value) for name, value in found.items()],
        previous=index - 1 if index else None,
        next=index + 1 if index + 1 < size else None,
        head=head,
        marking=reads.own_marking(),
    )


def _row(fields: Mapping[str, object]) -> Row:
    info_class = str(fields.get("class", ""))
    terms = node.current().accord.classes.get(info_class)
    return Row(fields, act_word(str(fields.get("act", ""))), named(terms.name) if terms else info_class)


def _head(principal: Principal) -> Head:
    try:
        note, found = reads.newest(principal)
    except NotFound:  # nothing was entered yet
        note, found = "", None
    key = reads.verifier_key(principal)
    can_verify = reads.fields_for(principal) == reads.ALL_FIELDS
    return Head(node.current().settings["origin"], found, note, key, can_verify)
