"""Reads of the record: entries, payloads, checkpoints, and proofs from the stored hashes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import orjson
from django.db import connection

from safeconduct.record import checkpoint, entry, merkle, note
from safeconduct.record.entry import Entry
from safeconduct.record.merkle import Span, Subtree
from safeconduct.record.proof import TlogProof
from safeconduct.record.tiles import TILE_HEIGHT
from safeconduct.terms.errors import BadInput, Fault, NotFound
from safeconduct.terms.json import JSON

_ENTRIES = 'SELECT "index", raw FROM record_entry WHERE "index" >= %s AND "index" < %s ORDER BY "index"'
_LEAVES = 'SELECT raw, leaf FROM record_entry WHERE "index" >= %s AND "index" < %s ORDER BY "index"'
_NODES = "SELECT hash FROM record_node WHERE level = %s AND number >= %s AND number < %s ORDER BY number"
_PAYLOAD = """
    SELECT e.raw, p.salt, p.text FROM record_entry e JOIN record_payload p ON p."index" = e."index"
    WHERE e."index" = %s
"""
_NEWEST = "SELECT note FROM record_checkpoint ORDER BY number DESC LIMIT 1"
_SNAPSHOT = {"sqlite": "BEGIN DEFERRED", "postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"}


@contextmanager
def snapshot() -> Generator[None]:
    """Reads within see one state of the database, whatever is appended meanwhile; no writer waits for them."""
    if connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        # Not `atomic`, which on SQLite would begin as a writer and hold up every act until the reading is done.
        cursor.execute(_SNAPSHOT[connection.vendor])
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


def size() -> int:
    """How many entries the record has."""
    rows = _rows("SELECT size FROM record_head WHERE id = 1", ())
    return rows[0][0] if rows else 0


def raw_entries(begin: int, end: int) -> list[tuple[int, bytes]]:
    """Index and bytes of the entries in `[begin, end)`, in order."""
    return [(index, bytes(raw)) for index, raw in _rows(_ENTRIES, (begin, end))]


def entries(begin: int, end: int) -> list[Entry]:
    """The entries in `[begin, end)`, in order. Raises BadInput, naming it, for one that is damaged."""
    return [_parsed(index, raw) for index, raw in raw_entries(begin, end)]


def raw_leaves(begin: int, end: int) -> list[tuple[bytes, bytes]]:
    """Bytes and leaf hash of the entries in `[begin, end)`, in order."""
    return [(bytes(raw), bytes(leaf)) for raw, leaf in _rows(_LEAVES, (begin, end))]


def node_hashes(level: int, begin: int, end: int) -> list[bytes]:
    """The hashes of the complete subtrees `[begin, end)` of a level of 8, 16, 24 …, in order."""
    return [bytes(digest) for (digest,) in _rows(_NODES, (level, begin, end))]


def payload_of(index: int) -> Mapping[str, JSON] | None:
    """What the entry commits to, or None once erased. Raises NotFound, and BadInput for one that was changed."""
    rows = _rows(_PAYLOAD, (index,))
    if not rows:
        raise NotFound("entry", str(index))
    raw, salt, text = rows[0]
    if salt is None or text is None:
        return None
    wanted = _parsed(index, bytes(raw)).commitment
    found = entry.commitment(bytes(salt), text.encode())
    if found != wanted:
        raise BadInput(f"entry {index}", [Fault("payload", f"one committed to by {found}", f"that of {wanted}")])
    return orjson.loads(text)


def newest_checkpoint() -> str | None:
    """The note of the newest checkpoint, None while nothing was entered."""
    rows = _rows(_NEWEST, ())
    return rows[0][0] if rows else None


def inclusion(index: int, size: int) -> list[bytes]:
    """The path from the entry at `index` to the root of the tree of `size` entries. Raises NotFound and BadInput."""
    if not 0 <= index < size:
        raise NotFound("entry", f"{index} in a record of {size}")
    return _proof(merkle.inclusion_spans(index, size))


def consistency(old: int, new: int) -> list[bytes]:
    """The proof that the tree of `new` entries extends that of `old`; empty for an empty old one. Raises BadInput."""
    if not 0 <= old <= new:
        raise BadInput("consistency proof", [Fault("old size", str(old), f"one from 0 to the new size {new}")])
    return _proof(merkle.consistency_spans(old, new)) if old else []


def tlog_proof(index: int) -> TlogProof:
    """A receipt for the entry at `index` under the newest checkpoint, its bytes inside. Raises NotFound."""
    newest = newest_checkpoint()
    found = raw_entries(index, index + 1)
    if newest is None or not found:
        raise NotFound("entry", str(index))
    tree = checkpoint.parse(note.parse(newest.encode()).text)
    return TlogProof(index, tuple(inclusion(index, tree.size)), newest, found[0][1])


def _parsed(index: int, raw: bytes) -> Entry:
    try:
        return entry.parse(raw)
    except BadInput as error:
        raise BadInput(f"entry {index}", error.faults) from None


def _proof(spans: Sequence[Span]) -> list[bytes]:
    return merkle.proof(spans, _hashes([tree for span in spans for tree in merkle.subtrees_of(span)]))


def _hashes(subtrees: Sequence[Subtree]) -> dict[Subtree, bytes]:
    """The hash of each of `subtrees`, from the stored ones at or below it: one query for each level that is stored."""
    bases: dict[int, dict[Subtree, range]] = defaultdict(dict)
    for tree in subtrees:
        height = tree.level % TILE_HEIGHT
        bases[tree.level - height][tree] = range(tree.number << height, tree.number + 1 << height)
    hashes: dict[Subtree, bytes] = {}
    for base, ranges in bases.items():
        stored = dict(_stored(base, ranges.values()))
        for tree, numbers in ranges.items():
            try:
                hashes[tree] = merkle.complete_root([stored[number] for number in numbers])
            except KeyError as missing:
                what = f"entry {missing}" if base == 0 else f"node {base}/{missing}"
                raise BadInput("record", [Fault(what, "no row", "its hash")]) from None
    return hashes


def _stored(base: int, ranges: Iterable[range]) -> list[tuple[int, bytes]]:
    bounds = [bound for numbers in ranges for bound in (numbers.start, numbers.stop - 1)]
    # Each range is named with its level, so that every one is a search of the key and none a scan of the level.
    within = '"index" BETWEEN %s AND %s' if base == 0 else f"level = {base:d} AND number BETWEEN %s AND %s"
    columns = '"index", leaf FROM record_entry' if base == 0 else "number, hash FROM record_node"
    where = " OR ".join([f"({within})"] * (len(bounds) // 2))
    return _rows(f"SELECT {columns} WHERE {where}", bounds)


def _rows(query: str, parameters: Sequence[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchall()
