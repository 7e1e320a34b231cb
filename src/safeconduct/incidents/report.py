"""A situation report from an incident's log: what is new within a span of time, and what changed from what to what."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from safeconduct.incidents import queries
from safeconduct.incidents.models import LINK, REPORT, SEVERITY, STATE, TEXT, UNLINK
from safeconduct.release import Projection
from safeconduct.terms.party import Principal


@dataclass(frozen=True)
class Change:
    """A figure of one party: how many before the span, None where none was stated, and at its end."""

    figure: Projection
    before: int | None

    @property
    def is_new(self) -> bool:
        return self.before != self.figure["count"]


@dataclass(frozen=True)
class Report:
    """`severity` and `state` are what they were before the span and at its end; `figures` all that stand at its end.

    `lines`, `claims`, `attributions`, `documents` and `links` are what the span brought, oldest first.
    """

    incident: Projection
    begin: datetime
    end: datetime
    severity: tuple[str, str]
    state: tuple[str, str]
    figures: Sequence[Change]
    lines: Sequence[Projection]
    claims: Sequence[Projection]
    attributions: Sequence[Projection]
    documents: Sequence[Projection]
    links: Sequence[Projection]


def report(principal: Principal, ref: uuid.UUID | str, begin: datetime, end: datetime) -> Report:
    """What this reader may know of `[begin, end)`, by the time of logging. Raises NotFound."""
    incident = queries.incident(principal, ref)

    def within(rows: Sequence[Projection]) -> list[Projection]:
        return sorted((row for row in rows if begin <= row["logged_at"] < end), key=lambda row: row.id)

    entries = queries.entries_between(principal, incident.id, begin, end)
    later = queries.changes_after(principal, incident.id, begin)
    return Report(
        incident=incident,
        begin=begin,
        end=end,
        severity=_span(later, SEVERITY, incident.get("severity", ""), end),
        state=_span(later, STATE, incident["state"], end),
        figures=_figures(queries.figures(principal, incident.id), begin, end),
        lines=[row for row in entries if row["kind"] in (TEXT, REPORT)],
        claims=within(queries.claims(principal, incident.id)),
        attributions=within(queries.attributions(principal, incident.id)),
        documents=within(queries.documents_of(principal, incident.id)),
        links=[row for row in entries if row["kind"] in (LINK, UNLINK)],
    )


def _span(later: Sequence[Projection], kind: str, now: str, end: datetime) -> tuple[str, str]:
    """The value at the beginning of the span and at its end: each change says what was before it."""
    changes = [row for row in later if row["kind"] == kind]
    after_it = [row for row in changes if row["logged_at"] >= end]
    at_end = after_it[0]["data"]["before"] if after_it else now
    return (changes[0]["data"]["before"] if changes else now, at_end)


def _figures(rows: Sequence[Projection], begin: datetime, end: datetime) -> list[Change]:
    """Of each party, kind of people and category the newest figure logged before `end`, and the one before `begin`.

    What a party keeps to itself is another figure than what it tells both.
    """
    before, at_end = _newest(rows, begin), _newest(rows, end)
    return [Change(row, before[key]["count"] if key in before else None) for key, row in at_end.items()]


def _newest(rows: Sequence[Projection], until: datetime) -> Mapping[object, Projection]:
    known = sorted((row for row in rows if row["logged_at"] < until), key=lambda row: row.id)
    return {(row.marking, row["party"], row["category"], row["whose"]): row for row in known}
