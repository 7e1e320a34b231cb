"""The guard: the database connection itself refuses to touch a guarded table outside the two pipelines.

Every statement passes `_check`. A guarded table is written only inside an act, and read only inside an act or a
release. Code that goes round `acts.py` or `release.py` therefore fails wherever it stands, in tests and in production.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

from safeconduct.terms.errors import SafeconductError


class Bypassed(SafeconductError):
    """Code tried to read or write a guarded table outside the pipelines."""


_passage: ContextVar[str] = ContextVar("passage", default="")
_migrating = False
_WRITE = re.compile(r"\s*(?:INSERT|REPLACE|UPDATE|DELETE|TRUNCATE|MERGE)\b", re.IGNORECASE)
_READ = re.compile(r"\s*(?:SELECT|WITH|EXPLAIN|DECLARE)\b", re.IGNORECASE)


@contextmanager
def passage(kind: str) -> Generator[None]:
    """Open the guard for `act` (reads and writes) or `release` (reads).

    A release inside an act stays an act: an act may look at what its actor sees.
    """
    if kind not in ("act", "release"):
        raise ValueError(f"passage is {kind!r}, want 'act' or 'release'")
    token = _passage.set("act" if _passage.get() == "act" else kind)
    try:
        yield
    finally:
        _passage.reset(token)


def watch_connection(connection: Any, **_: object) -> None:
    """Put the guard on a new database connection."""
    if _check not in connection.execute_wrappers:
        connection.execute_wrappers.append(_check)


def migration_begins(**_: object) -> None:
    global _migrating
    _migrating = True


def migration_ends(**_: object) -> None:
    global _migrating
    _migrating = False


@cache
def guarded_tables() -> frozenset[str]:
    """Tables of every model that declares `guarded = True`."""
    from django.apps import apps

    return frozenset(model._meta.db_table for model in apps.get_models() if getattr(model, "guarded", False))


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(sorted(map(re.escape, guarded_tables()), key=len, reverse=True)) + r")\b")


def _check(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
    opened = _passage.get()
    if opened != "act" and not _migrating:
        wrong = _WRITE.match(sql) if opened == "release" else _WRITE.match(sql) or _READ.match(sql)
        if wrong and (table := _pattern().search(sql)):
            verb = wrong.group().strip().upper()
            raise Bypassed(f"{verb} on table {table.group()}: found {opened or 'no'} passage, want an act or a release")
    return execute(sql, params, many, context)
