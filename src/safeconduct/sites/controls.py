"""What a control is, and how it stands: the terms of a set of controls, and the judgement of one at a moment.

Source: the nine categories are those of the United Nations' minimum operating security standards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from safeconduct.accord.schedule import RiskMatrix
from safeconduct.terms.instant import parse

CATEGORIES = (
    "telecommunications",
    "documentation",
    "coordination",
    "medical",
    "equipment",
    "vehicles",
    "premises",
    "training",
    "residential",
)

EVIDENCE = ("inspection", "test", "document", "record", "interview")
"""How it is shown that a control is met: by looking, by trying it, by a paper, by a log, by asking people."""

COMPLIANCE = ("full", "partial", "none", "n/a")


@dataclass(frozen=True)
class ControlTerms:
    """One control of a set. `statement` is language to text; likelihood and impact are of the accord's risk matrix."""

    code: str
    category: str
    statement: Mapping[str, str]
    likelihood: str
    impact: str
    evidence: str
    interval_days: int

    @property
    def plain(self) -> dict[str, Any]:
        return asdict(self)


class Standing(StrEnum):
    """How a control stands now. UNKNOWN is what nobody tested, or not in time: it is never MET."""

    MET = "met"
    PARTIAL = "partial"
    UNMET = "unmet"
    UNKNOWN = "unknown"
    OUT = "out"


_TESTED = {"full": Standing.MET, "partial": Standing.PARTIAL, "none": Standing.UNMET, "n/a": Standing.OUT}


def standing(control: Mapping[str, Any], now: datetime) -> Standing:
    """How a control stands by its last test, which holds until the next is due."""
    tested = _TESTED.get(control["compliance"])
    if tested is None or control["tested_at"] is None:
        return Standing.UNKNOWN
    if control["overdue"] or (control["due_at"] is not None and control["due_at"] <= now):
        return Standing.UNKNOWN
    return tested


def is_waived(control: Mapping[str, Any], now: datetime) -> bool:
    """Whether a waiver stands: someone answers for the gap. It does not close it."""
    waiver = control["waiver"]
    return bool(waiver) and parse(waiver["until"]) > now


def risk_of(matrix: RiskMatrix, control: Mapping[str, Any]) -> str:
    """The level of the risk that a control is for; the gravest where the accord in force has no such row or column."""
    try:
        return matrix.level(control["likelihood"], control["impact"])
    except KeyError:
        return list(matrix.levels)[-1]
