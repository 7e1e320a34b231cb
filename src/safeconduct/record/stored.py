"""The record's rows as they are stored, for those who trust none of them.

SQLite keeps any type in any column and checks no text for UTF-8, so columns are read as bytes there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from safeconduct.record.tiles import TILE_WIDTH

_PAGE_ROWS = 16 * TILE_WIDTH
_FIRST = -(2**63)


@dataclass(slots=True)
class StoredEntry:
    """An entry with its payload: `payload_index` is None without a payload row, `salt` and `text` when erased."""

    index: int
    raw: bytes
    leaf: bytes
    salt: bytes | None
    text: bytes | None
    payload_index: int | None


def entries() -> Iterator[StoredEntry]:
    """Every entry in order, in pages, so that memory stays bounded on either database."""
    columns = f'e."index", {_blob("e.raw")}, {_blob("e.leaf")}, {_blob("p.salt")}, {_text("p.text")}, p."index"'
    query = f"""
        SELECT {columns} FROM record_entry e LEFT JOIN record_payload p ON p."index" = e."index"
        WHERE e."index" >= %s ORDER BY e."index" LIMIT {_PAGE_ROWS}
    """  # noqa: S608 - holds no input
    begin = _FIRST
    while rows := _rows(query, [begin]):
        for row in rows:
            yield StoredEntry(*row)
        begin = rows[-1][0] + 1


def nodes() -> dict[tuple[int, int], bytes]:
    """Hashes by level and number."""
    rows = _rows(f"SELECT level, number, {_blob('hash')} FROM record_node")  # noqa: S608 - holds no input
    return {(level, number): digest for level, number, digest in rows}


def checkpoints() -> list[tuple[int, Any, bytes]]:
    """Number, size and note, by number."""
    return _rows(f"SELECT number, size, {_text('note')} FROM record_checkpoint ORDER BY number")  # noqa: S608 - holds no input


def heads() -> list[tuple[int, Any, bytes, bytes, Any]]:
    """Id, size, peaks, minute and number of checkpoints; a sound record has one row, 1, or none while it is empty."""
    columns = f"id, size, {_blob('peaks')}, {_text('minute')}, checkpoints"
    return _rows(f"SELECT {columns} FROM record_head ORDER BY id")  # noqa: S608 - holds no input


def orphans() -> list[int]:
    """Indices of payloads without an entry."""
    rows = _rows("""
        SELECT p."index" FROM record_payload p LEFT JOIN record_entry e ON e."index" = p."index"
        WHERE e."index" IS NULL ORDER BY p."index"
    """)
    return [index for (index,) in rows]


def _blob(column: str) -> str:
    return f"CAST({column} AS BLOB)" if connection.vendor == "sqlite" else column


def _text(column: str) -> str:
    return f"CAST({column} AS BLOB)" if connection.vendor == "sqlite" else f"convert_to({column}, 'UTF8')"


def _rows(query: str, parameters: Sequence[Any] = ()) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchall()
