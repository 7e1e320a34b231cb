"""Tables of the record. Only `store.py` writes them; columns hold bytes as they were hashed and signed."""

from __future__ import annotations

from typing import Any

from django.db import models


class RowNumber(models.BigIntegerField):
    """A 64-bit primary key that is SQLite's own row number, which spares a second B-tree for each table."""

    def db_type(self, connection: Any) -> str:
        return "integer" if connection.vendor == "sqlite" else "bigint"


class Entry(models.Model):
    """A leaf of the tree: the entry's bytes and their leaf hash."""

    index = RowNumber(primary_key=True)
    raw = models.BinaryField()
    leaf = models.BinaryField()


class Payload(models.Model):
    """What an entry commits to: its salt and canonical JSON. Both are null once erased."""

    index = RowNumber(primary_key=True)
    salt = models.BinaryField(null=True)
    text = models.TextField(null=True)


class Node(models.Model):
    """The hash of a complete subtree at a level of 8, 16, 24 …: exactly what the tiles above level 0 hold.

    The levels between are a few hashes away, and storing every one would cost each append a row.
    """

    pk = models.CompositePrimaryKey("level", "number")
    level = models.SmallIntegerField()
    number = models.BigIntegerField()
    hash = models.BinaryField()


class Checkpoint(models.Model):
    """A signed checkpoint. Kept are the newest, and before it the last within each tile of 256 entries.

    Every older one follows from the tree; `number` counts from 0 without a gap.
    """

    number = RowNumber(primary_key=True)
    size = models.BigIntegerField()
    note = models.TextField()


class Head(models.Model):
    """The one row that an append locks and that has all that it needs: size, right edge, last minute.

    `peaks` are 32-byte hashes end to end, largest subtree first; `checkpoints` is how many are kept.
    """

    id = RowNumber(primary_key=True)
    size = models.BigIntegerField()
    peaks = models.BinaryField()
    minute = models.TextField()
    checkpoints = models.BigIntegerField()
