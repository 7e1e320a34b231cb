"""Acts that belong together: an incident with what it was opened from, a document with its file."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from safeconduct import node
from safeconduct.acts import together
from safeconduct.incidents import documents, queries
from safeconduct.incidents.acts import grade, open_incident, write
from safeconduct.incidents.link_acts import attach, link
from safeconduct.incidents.models import Incident, IncidentDocument
from safeconduct.terms import instant
from safeconduct.terms.party import Principal
from safeconduct.watch import queries as watch
from safeconduct.watch.keeping.acts import hold_evidence

HELD = timedelta(days=90)
AROUND = timedelta(minutes=30)
"""What sensors saw before an alert's stay began, and after it ended, is held with it."""


def open_from(
    principal: Principal,
    *,
    of: str = "",
    thing: uuid.UUID | str = "",
    severity: str = "",
    report: Mapping[str, str] | None = None,
    **values: Any,
) -> Incident:
    """Open an incident and link what it was opened from, grade it, and write the first report: all of it, or nothing.

    What the sensors saw around a linked alert is held as evidence, where the accord lets the actor hold it.
    """
    with together():
        incident = open_incident(principal, **values)
        if of:
            link_with_evidence(principal, incident.pk, of=of, thing=thing)
        if severity:
            grade(principal, incident.pk, severity=severity, reason=values["text"][:1000])
        if report:
            write(principal, incident.pk, report=report, at=values.get("occurred_at"))
    return incident


def link_with_evidence(
    principal: Principal, incident: uuid.UUID | str, *, of: str, thing: uuid.UUID | str, text: str = ""
) -> None:
    """Link a thing; around an alert, hold what was observed, unless it is held or the actor may not hold it."""
    with together():
        link(principal, incident, of=of, thing=thing, text=text)
        if of == "alert":
            _hold(principal, queries.incident(principal, incident)["name"], thing)


def _hold(principal: Principal, name: str, ref: uuid.UUID | str) -> None:
    alert = watch.alert(principal, ref)
    if "started" not in alert or any(one["alert"] == alert.id for one in queries.evidence(principal, [alert.id])):
        return
    if not hold_evidence.decision(principal, hold_evidence.marking_for_new(principal, alert["site"])).allowed:
        return
    now = instant.now()
    begin = alert["started"] - AROUND
    end = max(min((alert["ended"] or now) + AROUND, now), begin + AROUND)
    hold_evidence(
        principal,
        site=alert["site"],
        begin=max(begin, end - timedelta(days=14)),
        end=end,
        until=now + HELD,
        reason=name,
        alert=alert.id,
    )


def add_document(
    principal: Principal, incident: uuid.UUID | str, data: bytes, *, name: str, **values: Any
) -> IncidentDocument:
    """Keep a file and add it to the incident. Raises Refused before anything is read, BadInput for a file of no use."""
    found = queries.incident(principal, incident)
    queries.refuse_unless(attach, principal, found.marking)
    cleaned = documents.clean(data)
    documents.keep(node.current().documents, cleaned)
    return attach(
        principal,
        incident,
        name=name,
        kind=cleaned.kind,
        sha256=cleaned.sha256,
        size=len(cleaned.data),
        **values,
    )
