"""Rows that one message after another brings, with what is refused of them counted by reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from safeconduct.terms.errors import Fault, shown
from safeconduct.watch import rows
from safeconduct.watch.rows import MAX_FAULTS, WANTED, Checked, checked


@dataclass
class Found:
    """What messages held so far. `wanted` tells, by reason, what this format's own refusals wanted instead."""

    wanted: Mapping[str, str]
    rows: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    refused: Counter[str] = field(default_factory=Counter[str])
    faults: list[Fault] = field(default_factory=list[Fault])
    each: str = "row"
    """What the sender calls a row."""

    def refuse(self, reason: str, where: str, value: object) -> None:
        """`value` is told to whoever sent it: never a plate, nor what names a person."""
        self.refused[reason] += 1
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(Fault(where, shown(value), self.wanted.get(reason) or WANTED[reason]))

    def checked(self, now_ms: int | None) -> Checked:
        """All rows so far, those that are refused as any row may be left out."""
        found = checked(rows.table_of(self.rows), now_ms, lambda row: f"{self.each} {row + 1}")
        return Checked(found.table, found.refused + self.refused, (self.faults + found.faults)[:MAX_FAULTS])
