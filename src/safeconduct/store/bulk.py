"""Many rows in one statement, without a model's instance for each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connections, models, router


def insert(model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert `rows`, each the values of the columns of `names` in that order. Defaults are not filled in."""
    database = router.db_for_write(model)
    connection = connections[database]
    found: list[Any] = [model._meta.get_field(name) for name in names]
    columns = ", ".join(connection.ops.quote_name(one.column) for one in found)
    adapted = [(at, one) for at, one in enumerate(found) if isinstance(one, models.UUIDField | models.DateTimeField)]

    def values(row: Sequence[Any]) -> list[Any]:
        out = list(row)
        for at, one in adapted:
            out[at] = (
                connection.ops.adapt_datetimefield_value(out[at])
                if isinstance(out[at], datetime)
                else one.get_db_prep_value(out[at], connection, False)
            )
        return out

    table = connection.ops.quote_name(model._meta.db_table)
    statement = f"INSERT INTO {table} ({columns}) VALUES ({', '.join(['%s'] * len(found))})"  # noqa: S608 -- our own names
    with connection.cursor() as cursor:
        cursor.executemany(statement, [values(row) for row in rows])


def update(model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Update rows by their primary key, the last of each row's values; the others are the columns of `names`."""
    connection = connections[router.db_for_write(model)]
    found: list[Any] = [model._meta.get_field(name) for name in names]
    key: Any = model._meta.pk
    quoted = connection.ops.quote_name
    columns = ", ".join(f"{quoted(one.column)} = %s" for one in found)
    table = quoted(model._meta.db_table)
    statement = f"UPDATE {table} SET {columns} WHERE {quoted(key.column)} = %s"  # noqa: S608 -- our own names
    values = [
        [one.get_db_prep_save(value, connection) for one, value in zip([*found, key], row, strict=True)] for row in rows
    ]
    with connection.cursor() as cursor:
        cursor.executemany(statement, values)
