"""The one writer of the record's tables."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db import connection
from django.db.backends.utils import CursorWrapper

from safeconduct.record import checkpoint, entry
from safeconduct.record.entry import ERASE, Deed
from safeconduct.record.merkle import HASH_BYTES, Edge, Subtree, leaf_hash
from safeconduct.record.note import SigningKey
from safeconduct.record.tiles import TILE_HEIGHT, TILE_WIDTH
from safeconduct.terms.errors import BadInput, Fault, NotFound

__all__ = ["ERASE", "Deed", "append", "erase", "take_turn"]

_HEAD = "SELECT size, peaks, minute, checkpoints FROM record_head WHERE id = 1"
_NEW_HEAD = (
    "INSERT INTO record_head (id, size, peaks, minute, checkpoints) VALUES (1, 0, %s, '', 0) ON CONFLICT DO NOTHING"
)
_MOVE_HEAD = "UPDATE record_head SET size = %s, peaks = %s, minute = %s, checkpoints = %s WHERE id = 1"
_ENTRY = 'INSERT INTO record_entry ("index", raw, leaf) VALUES (%s, %s, %s)'
_PAYLOAD = 'INSERT INTO record_payload ("index", salt, text) VALUES (%s, %s, %s)'
_NODE = "INSERT INTO record_node (level, number, hash) VALUES (%s, %s, %s)"
_CHECKPOINT = "INSERT INTO record_checkpoint (number, size, note) VALUES (%s, %s, %s)"
_REPLACE_CHECKPOINT = "UPDATE record_checkpoint SET size = %s, note = %s WHERE number = %s"
_ERASE = 'UPDATE record_payload SET salt = NULL, text = NULL WHERE "index" = %s AND text IS NOT NULL'


class _Head(NamedTuple):
    size: int
    peaks: bytes
    minute: str
    checkpoints: int

    def edge(self) -> Edge:
        peaks = bytes(self.peaks)
        return Edge(self.size, [peaks[at : at + HASH_BYTES] for at in range(0, len(peaks), HASH_BYTES)])


class _Rows(NamedTuple):
    """What an append adds, as rows of the tables."""

    entries: list[tuple[int, bytes, bytes]]
    payloads: list[tuple[int, bytes, str]]
    nodes: list[tuple[int, int, bytes]]


def append(deeds: Sequence[Deed], *, key: SigningKey) -> list[int]:
    """Enter `deeds` in order under one new checkpoint and return their indices.

    Call it inside the transaction of the change that it records; it holds the record's lock until that ends. Raises
    BadInput, and enters nothing, where a deed cannot be written down. An entry's time never runs behind the one before:
    after a clock was set back, entries bear the last minute until the clock has caught up.
    """
    _require_transaction()
    if not deeds:
        return []
    with connection.cursor() as cursor:
        head = _locked_head(cursor)
        edge = head.edge()
        rows, minute = _rows(deeds, edge, head.minute)
        cursor.executemany(_ENTRY, rows.entries)
        cursor.executemany(_PAYLOAD, rows.payloads)
        if rows.nodes:
            cursor.executemany(_NODE, rows.nodes)
        checkpoints = _put_checkpoint(cursor, head, edge, key)
        cursor.execute(_MOVE_HEAD, (edge.size, b"".join(edge.peaks), minute, checkpoints))
    return [index for index, _, _ in rows.entries]


def take_turn() -> None:
    """Wait until every act that comes before this transaction on the record is done, and let none come between.

    What is read from here on is what the record says up to the entries that this transaction appends.
    """
    _require_transaction()
    with connection.cursor() as cursor:
        _locked_head(cursor)


def erase(index: int) -> None:
    """Destroy the salt and payload of an entry, which stays provable and says nothing more.

    Call it inside the transaction of the act that records it, an act `record.erase` whose payload names the index:
    `{"erases": [17]}`. Raises NotFound where there is no payload, BadInput for an entry that itself records an erasure.
    """
    _require_transaction()
    with connection.cursor() as cursor:
        cursor.execute('SELECT raw FROM record_entry WHERE "index" = %s', (index,))
        row = cursor.fetchone()
        if row and entry.parse(bytes(row[0])).act == ERASE:
            raise BadInput(f"entry {index}", [Fault("act", ERASE, "one whose payload is not needed to verify")])
        if connection.vendor == "sqlite":
            # Otherwise SQLite leaves the old bytes in free parts of its pages.
            cursor.execute("PRAGMA secure_delete = ON")
        cursor.execute(_ERASE, (index,))
        if cursor.rowcount != 1:
            raise NotFound("payload of entry", str(index))


def _require_transaction() -> None:
    if not connection.in_atomic_block:
        raise RuntimeError("the record is written only inside the transaction of an act, found none open")


def _locked_head(cursor: CursorWrapper) -> _Head:
    # On SQLite the transaction began as a writer (BEGIN IMMEDIATE): it holds the lock already.
    query = _HEAD + (" FOR UPDATE" if connection.features.has_select_for_update else "")
    cursor.execute(query)
    row: Any = cursor.fetchone()
    if row is None:
        cursor.execute(_NEW_HEAD, (b"",))
        cursor.execute(query)
        row = cursor.fetchone()
    return _Head(*row)


def _rows(deeds: Sequence[Deed], edge: Edge, minute: str) -> tuple[_Rows, str]:
    """The rows of `deeds`, which `edge` grows by, and the minute of the last."""
    rows = _Rows([], [], [])
    for deed in deeds:
        index = edge.size
        minute = max(minute, entry.minute_of(deed.at))
        salt, payload = os.urandom(entry.SALT_BYTES), entry.canonical(deed.payload)
        raw = entry.encoded(index, minute, deed, entry.commitment(salt, payload))
        leaf = leaf_hash(raw)
        rows.entries.append((index, raw, leaf))
        rows.payloads.append((index, salt, payload.decode()))
        rows.nodes.extend(_kept(edge.append(leaf)))
    return rows, minute


def _kept(completed: Sequence[tuple[Subtree, bytes]]) -> list[tuple[int, int, bytes]]:
    return [(tree.level, tree.number, digest) for tree, digest in completed if tree.level % TILE_HEIGHT == 0]


def _put_checkpoint(cursor: CursorWrapper, head: _Head, edge: Edge, key: SigningKey) -> int:
    """Store the signed checkpoint of `edge` and return how many are kept now.

    It takes the place of the one before while both end in the same tile: one a tile is enough to find where a change
    was made, and keeps the signatures that a verification checks few.
    """
    note = checkpoint.signed(edge.size, edge.root(), key)
    if head.checkpoints and (head.size - 1) // TILE_WIDTH == (edge.size - 1) // TILE_WIDTH:
        cursor.execute(_REPLACE_CHECKPOINT, (edge.size, note, head.checkpoints - 1))
        return head.checkpoints
    cursor.execute(_CHECKPOINT, (head.checkpoints, edge.size, note))
    return head.checkpoints + 1
