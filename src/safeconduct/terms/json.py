"""JSON as types, and domain values as JSON."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from pathlib import PurePath
from typing import Any

from safeconduct.terms.instant import iso

JSON = None | bool | int | float | str | Sequence["JSON"] | Mapping[str, "JSON"]


def plain(value: Any) -> Any:
    """`value` with ids, instants, enums, sets and tuples turned into what JSON can hold. Raises TypeError."""
    match value:
        case None | bool() | int() | float():
            return value
        case StrEnum() | uuid.UUID():
            return str(value)
        case str():
            return value
        case PurePath():
            return value.name  # where it lies on a machine is nobody's business
        case datetime():
            return iso(value)
        case date():
            return value.isoformat()
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case set() | frozenset():
            return sorted(plain(item) for item in value)
        case list() | tuple():
            return [plain(item) for item in value]
        case _:
            raise TypeError(f"{type(value).__name__} has no JSON form")
