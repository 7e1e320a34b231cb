"""Reads of the record, as the class `record` releases it: entries without payloads, checkpoints and proofs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from safeconduct import node
from safeconduct.accord.vocabulary import CLASSES
from safeconduct.record import checkpoint, note, queries
from safeconduct.record.checkpoint import Checkpoint
from safeconduct.record.entry import Entry
from safeconduct.record.proof import TlogProof
from safeconduct.terms.errors import BadInput, Fault, NotFound
from safeconduct.terms.marking import Marking
from safeconduct.terms.party import Principal, Side

CLASS = "record"
ALL_FIELDS = frozenset(CLASSES[CLASS])


@dataclass(frozen=True)
class Entries:
    """Entries newest first, each with the fields that this reader gets, and the index that the next page is below."""

    rows: Sequence[Mapping[str, object]]
    next: int | None
    size: int


def own_marking() -> Marking:
    """The marking of every entry: the record is one, kept by the host for both parties."""
    accord = node.current().accord
    return accord.marking(CLASS, accord.party_of_side(Side.HOST).id)


def fields_for(principal: Principal) -> frozenset[str]:
    """The fields of an entry that this reader gets. Raises NotFound for one who may not read the record."""
    fields = node.current().accord.fields(principal, own_marking())
    if not fields:
        raise NotFound(CLASS, "of this node")
    return fields


def entries(principal: Principal, below: int | None, limit: int) -> Entries:
    """The `limit` entries below the index `below`, newest first; the newest of all where it is None."""
    fields = fields_for(principal)
    with queries.snapshot():
        size = queries.size()
        end = size if below is None else max(0, min(below, size))
        begin = max(0, end - limit)
        found = queries.entries(begin, end)
    rows = [_released(one, fields) for one in reversed(found)]
    return Entries(rows, begin if begin > 0 else None, size)


def entry(principal: Principal, index: int) -> Mapping[str, object]:
    """One entry. Raises NotFound."""
    fields = fields_for(principal)
    found = queries.entries(index, index + 1) if 0 <= index < 2**62 else []
    if not found:
        raise NotFound("entry", str(index))
    return _released(found[0], fields)


def proof(principal: Principal, index: int) -> TlogProof:
    """The receipt of an entry, the entry in it: only for a reader who gets all of its fields. Raises NotFound."""
    if fields_for(principal) != ALL_FIELDS or not 0 <= index < 2**62:
        raise NotFound("entry", str(index))
    with queries.snapshot():
        return queries.tlog_proof(index)


def newest(principal: Principal) -> tuple[str, Checkpoint]:
    """The newest checkpoint, as a signed note and as read. Raises NotFound while nothing was entered."""
    fields_for(principal)
    text = queries.newest_checkpoint()
    if text is None:
        raise NotFound("checkpoint", "of an empty record")
    return text, checkpoint.parse(note.parse(text.encode()).text)


def consistency(principal: Principal, old: int, new: int) -> list[bytes]:
    """The proof that the record of `new` entries extends that of `old`. Raises BadInput for sizes that it never had."""
    fields_for(principal)
    with queries.snapshot():
        size = queries.size()
        if not 0 <= old <= new <= size:
            raise BadInput("consistency proof", [Fault("old, new", f"{old}, {new}", f"0 <= old <= new <= {size}")])
        return queries.consistency(old, new)


def verifier_key(principal: Principal) -> str:
    """The node's public key, as a C2SP verifier key line: what a checkpoint's signature is checked by."""
    fields_for(principal)
    return str(node.current().key.vkey)


def _released(found: Entry, fields: frozenset[str]) -> Mapping[str, object]:
    values: dict[str, object] = {
        "index": found.index,
        "time": found.minute,
        "party": found.party,
        "act": found.act,
        "article": found.article,
        "class": found.info_class,
        "commitment": found.commitment,
    }
    return {name: value for name, value in values.items() if name in fields}
