"""Acts on incidents: opened by either party, written by both, graded and closed by the host. Nothing is overwritten."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime

from safeconduct import node
from safeconduct.acts import Doing, act
from safeconduct.incidents import methane
from safeconduct.incidents.models import (
    CLOSED,
    OPEN,
    REPORT,
    SEVERITY,
    STATE,
    STOOD_DOWN,
    TEXT,
    TYPES,
    Incident,
    IncidentEntry,
)
from safeconduct.incidents.writing import MOST_TEXT, claimed, role_of, written
from safeconduct.terms.errors import BadInput, Fault, length_faults, require_state, shown
from safeconduct.terms.marking import Marking

MOST_AFFECTED = 100_000
MOST_REFERENCES = 200
MOST_REFERENCE = 32
NUMBERS = 100_000


@act("incident.open", creates=Incident)
def open_incident(
    doing: Doing,
    *,
    site: str,
    type: str,
    text: str,
    place: str = "",
    lon: float | None = None,
    lat: float | None = None,
    occurred_at: datetime | None = None,
    affected: int | None = None,
    references: Sequence[str] = (),
) -> Incident:
    """Open one, from what is known now. What is not known yet is left out, and written when it is."""
    faults = [*length_faults("text", text, MOST_TEXT), *_where_faults(place, lon, lat)]
    if type not in TYPES:
        faults.append(Fault("type", shown(type), "one of " + ", ".join(TYPES)))
    if not 0 < len(site) <= 256:
        faults.append(Fault("site", shown(site), "a site's id"))
    faults += _people_faults(doing, doing.marking, affected, references)
    if faults:
        raise BadInput("incident", faults)
    return Incident.objects.create(
        label_id=doing.label_id,
        site=site,
        name=_name(),
        type=type,
        place=place.strip(),
        lon=lon,
        lat=lat,
        text=text.strip(),
        occurred_at=claimed(doing, occurred_at, "occurred_at"),
        logged_at=doing.at,
        opened_by=role_of(doing),
        affected=affected,
        references=list(dict.fromkeys(references)),
        exercise=bool(node.current().settings["exercise"]),
    )


def _name() -> str:
    """A short handle to say by radio. It is drawn and not counted: a gap between numbers would tell of an incident."""
    for _ in range(NUMBERS):
        name = f"I-{secrets.randbelow(NUMBERS):05}"
        if not Incident.objects.filter(name=name).exists():
            return name
    raise BadInput("incident", [Fault("name", "every one taken", f"fewer than {NUMBERS:,} incidents")])


def _where_faults(place: str, lon: float | None, lat: float | None) -> list[Fault]:
    faults = [] if len(place) <= 256 else [Fault("place", f"{len(place)} characters", "at most 256")]
    if (lon is None) is not (lat is None):
        faults.append(Fault("lon, lat", "one of them", "both or neither"))
    elif lon is not None and lat is not None and not (-180 <= lon <= 180 and -90 <= lat <= 90):
        faults.append(Fault("lon, lat", shown(str((lon, lat))), "a point of the earth"))
    return faults


def _people_faults(doing: Doing, marking: Marking, affected: int | None, references: Sequence[str]) -> list[Fault]:
    faults: list[Fault] = []
    if affected is not None and not 0 <= affected <= MOST_AFFECTED:
        faults.append(Fault("affected", str(affected), f"0 to {MOST_AFFECTED:,}"))
    if references and "references" not in doing.accord.fields(doing.principal, marking):
        faults.append(Fault("references", f"{len(references)}", "none: your role may not know who they are"))
    if len(references) > MOST_REFERENCES:
        faults.append(Fault("references", f"{len(references)}", f"at most {MOST_REFERENCES}"))
    wrong = [one for one in references if not 0 < len(one) <= MOST_REFERENCE]
    return faults + [Fault("references", shown(one), f"1 to {MOST_REFERENCE} characters") for one in wrong[:5]]


@act("incident.write", on=Incident)
def write(
    doing: Doing,
    incident: Incident,
    *,
    text: str = "",
    report: Mapping[str, str] | None = None,
    at: datetime | None = None,
    own: bool = False,
    affected: int | None = None,
    references: Sequence[str] | None = None,
) -> IncidentEntry:
    """Write a line, or a first report by its letters. With `own` the line stays with the actor's party.

    `affected` and `references`, where given, take the place of those before; the line keeps what the count was.
    """
    require_state("incident", incident.state, OPEN, STOOD_DOWN)
    faults = [*_text_faults(text, report), *_people_faults(doing, doing.marking, affected, references or ())]
    if own and (affected is not None or references is not None):
        faults.append(Fault("own", "a line for your own party", "one for both: the incident's people change for both"))
    if faults:
        raise BadInput("incident", faults)
    data: dict[str, object] = dict(methane.checked(report)) if report is not None else {}
    if affected is not None and affected != incident.affected:
        data["affected"] = [incident.affected, affected]
        incident.affected = affected
    if references is not None:
        incident.references = list(dict.fromkeys(references))
    kind = TEXT if report is None else REPORT
    return written(
        doing, IncidentEntry, incident, own=own, at=claimed(doing, at), kind=kind, text=text.strip(), data=data
    )


def _text_faults(text: str, report: Mapping[str, str] | None) -> list[Fault]:
    if report is None:
        return length_faults("text", text, MOST_TEXT)
    faults = methane.faults(report)
    if len(text) > MOST_TEXT:
        faults.append(Fault("text", f"{len(text)} characters", f"at most {MOST_TEXT:,}"))
    return faults


@act("incident.correct", on=IncidentEntry)
def correct(
    doing: Doing,
    entry: IncidentEntry,
    *,
    text: str = "",
    report: Mapping[str, str] | None = None,
    at: datetime | None = None,
    own: bool = False,
) -> IncidentEntry:
    """Put a line of one's own party right by another, in any state of the incident. The first stays as it was."""
    if entry.kind not in (TEXT, REPORT):
        raise BadInput("entry", [Fault("kind", entry.kind, f"{TEXT} or {REPORT}")])
    if entry.party != doing.principal.party:
        raise BadInput("entry", [Fault("party", entry.party, "a line of your own party: write your own beside it")])
    if faults := _text_faults(text, report):
        raise BadInput("entry", faults)
    if IncidentEntry.objects.filter(incident=entry.incident, corrects=entry.pk).exists():
        raise BadInput("entry", [Fault("corrects", "a line that is corrected", "the newest correction of it")])
    incident = Incident.objects.get(pk=entry.incident)
    return written(
        doing,
        IncidentEntry,
        incident,
        own=own,
        behind=doing.marking,
        at=claimed(doing, at),
        kind=TEXT if report is None else REPORT,
        text=text.strip(),
        data=methane.checked(report) if report is not None else {},
        corrects=entry.pk,
    )


@act("incident.grade", on=Incident)
def grade(doing: Doing, incident: Incident, *, severity: str, reason: str) -> None:
    """Say how severe it is, by the accord's scale of impacts, and why."""
    require_state("incident", incident.state, OPEN, STOOD_DOWN)
    faults = length_faults("reason", reason)
    scale = doing.accord.risk_matrix.impacts
    if severity not in scale:
        faults.append(Fault("severity", shown(severity), "one of " + ", ".join(scale)))
    elif severity == incident.severity:
        faults.append(Fault("severity", severity, "another than it has"))
    if faults:
        raise BadInput("incident", faults)
    _changed(doing, incident, SEVERITY, incident.severity, severity, reason)
    incident.severity = severity


@act("incident.stand_down", on=Incident)
def stand_down(doing: Doing, incident: Incident, *, reason: str) -> None:
    """The danger is over; what is left to do is written on."""
    require_state("incident", incident.state, OPEN)
    _move(doing, incident, STOOD_DOWN, reason)


@act("incident.close", on=Incident)
def close(doing: Doing, incident: Incident, *, outcome: str) -> None:
    """Nothing is left to do. From now on lines are corrected alone."""
    require_state("incident", incident.state, OPEN, STOOD_DOWN)
    _move(doing, incident, CLOSED, outcome, "outcome")
    incident.closed_at, incident.outcome = doing.at, outcome.strip()


@act("incident.reopen", on=Incident)
def reopen(doing: Doing, incident: Incident, *, reason: str) -> None:
    """It is not over. The outcome before stays in the log."""
    require_state("incident", incident.state, STOOD_DOWN, CLOSED)
    _move(doing, incident, OPEN, reason)
    incident.closed_at, incident.outcome = None, ""


def _move(doing: Doing, incident: Incident, state: str, reason: str, where: str = "reason") -> None:
    if faults := length_faults(where, reason):
        raise BadInput("incident", faults)
    _changed(doing, incident, STATE, incident.state, state, reason)
    incident.state = state


def _changed(doing: Doing, incident: Incident, kind: str, before: str, after: str, reason: str) -> None:
    data = {"before": before, "after": after}
    written(doing, IncidentEntry, incident, at=doing.at, kind=kind, text=reason.strip(), data=data)
