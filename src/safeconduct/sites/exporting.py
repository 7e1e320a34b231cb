"""Controls of sites, or their gaps, as a CSV: what the page shows this reader, line by line, and no more."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from safeconduct.release import Projection
from safeconduct.sites import standard_queries as reads
from safeconduct.sites.score import Judged, gaps
from safeconduct.sites.standard_contexts import Line, line, require_site
from safeconduct.terms import csv
from safeconduct.terms.party import Principal

_OF_CONTROL = ("site", "standard", "version", "code", "category")
_OF_TEST = ("evidence", "interval_days", "compliance", "tested_at", "due_at")
COLUMNS = (*_OF_CONTROL, "statement", "risk", "standing", *_OF_TEST, "waived_until", "waived_by", "party", "tlp")


def controls(principal: Principal, site: str) -> bytes:
    """The controls of `site`. Raises NotFound where this reader sees neither the site nor a control of it."""
    return _written(require_site(principal, site))


def gaps_of(principal: Principal, site: str) -> bytes:
    """The gaps of `site`, or of all sites where it is empty, the gravest risk first: all pages of them."""
    judged = reads.judged(reads.controls(principal))
    return _written(gaps(one for one in judged if site in ("", one.control["site"])))


def _written(judged: Iterable[Judged]) -> bytes:
    return csv.written(COLUMNS, (_row(line(one)) for one in judged))


def _row(line: Line) -> list[Any]:
    control: Projection = line.control
    waiver = control.get("waiver") if line.is_waived else None
    return [
        *(control.get(name) for name in _OF_CONTROL),
        line.statement,
        line.risk,
        line.standing,
        *(control.get(name) for name in _OF_TEST),
        waiver["until"] if waiver else None,
        waiver["by"] if waiver else None,
        control.marking.originator,
        str(control.marking.tlp),
    ]
