"""Acts that say what belongs to an incident: alerts, movements, headcounts, documents."""

from __future__ import annotations

import uuid
from datetime import datetime

from safeconduct import node
from safeconduct.acts import Doing, act
from safeconduct.incidents import documents
from safeconduct.incidents.models import (
    LINK,
    OPEN,
    STOOD_DOWN,
    UNLINK,
    Incident,
    IncidentDocument,
    IncidentEntry,
)
from safeconduct.incidents.writing import MOST_TEXT, claimed, written
from safeconduct.movements.models import Movement
from safeconduct.people.models import Headcount
from safeconduct.store import bound
from safeconduct.store.labels import marking_of
from safeconduct.store.models import Marked
from safeconduct.terms.errors import BadInput, Fault, NotFound, length_faults, require_state, shown
from safeconduct.watch.models import Alert

LINKED: dict[str, type[Marked]] = {one.info_class: one for one in (Alert, Movement, Headcount)}
"""What an incident may be linked with."""

MOST_DOCUMENTS = 200


@act("incident.link", on=Incident)
def link(doing: Doing, incident: Incident, *, of: str, thing: uuid.UUID | str, text: str = "") -> IncidentEntry:
    """Say that a thing of class `of` belongs to it. The line is released no further than that thing is.

    Raises NotFound for what the actor may not see.
    """
    require_state("incident", incident.state, OPEN, STOOD_DOWN)
    if len(text) > MOST_TEXT:
        raise BadInput("link", [Fault("text", f"{len(text)} characters", f"at most {MOST_TEXT:,}")])
    found = _told(doing, of, thing)
    made = {"incident": incident.pk, "party": doing.principal.party}
    undone = IncidentEntry.objects.filter(kind=UNLINK, **made).values("corrects")
    links = IncidentEntry.objects.filter(kind=LINK, **made).exclude(pk__in=undone)
    if links.filter(linked=found.pk).exists():
        raise BadInput("link", [Fault("thing", shown(str(thing)), "one that your party has not linked already")])
    data = {"class": of, "ref": str(found.pk)}
    behind = marking_of(found.label_id)
    return written(
        doing,
        IncidentEntry,
        incident,
        behind=behind,
        at=doing.at,
        kind=LINK,
        text=text.strip(),
        data=data,
        linked=found.pk,
    )


def _told(doing: Doing, of: str, ref: uuid.UUID | str) -> Marked:
    model = LINKED.get(of)
    if model is None:
        raise BadInput("link", [Fault("of", shown(of), "one of " + ", ".join(LINKED))])
    try:
        row = model._default_manager.filter(pk=uuid.UUID(str(ref))).first()
    except ValueError:
        row = None
    if row is not None:
        reader = bound.standing(doing.accord, doing.principal, model, row.pk)
        if doing.accord.may_read(reader, marking_of(row.label_id)).allowed:
            return row
    raise NotFound(of, str(ref))


@act("incident.unlink", on=IncidentEntry)
def unlink(doing: Doing, entry: IncidentEntry, *, reason: str) -> IncidentEntry:
    """Take back a link of one's own party. Both lines stay."""
    incident = Incident.objects.get(pk=entry.incident)
    require_state("incident", incident.state, OPEN, STOOD_DOWN)
    faults = length_faults("reason", reason)
    if entry.kind != LINK or entry.party != doing.principal.party:
        faults.append(Fault("entry", entry.kind, "a link of your own party"))
    elif IncidentEntry.objects.filter(incident=entry.incident, kind=UNLINK, corrects=entry.pk).exists():
        faults.append(Fault("entry", "a link that was taken back", "one that stands"))
    if faults:
        raise BadInput("link", faults)
    return written(
        doing,
        IncidentEntry,
        incident,
        behind=doing.marking,
        at=doing.at,
        kind=UNLINK,
        text=reason.strip(),
        data=entry.data,
        linked=entry.linked,
        corrects=entry.pk,
    )


@act("incident.attach", on=Incident)
def attach(
    doing: Doing,
    incident: Incident,
    *,
    name: str,
    kind: str,
    sha256: str,
    size: int,
    text: str = "",
    at: datetime | None = None,
    own: bool = False,
) -> IncidentDocument:
    """Add a document whose file is kept already (`deeds.add_document` does both): its digest goes on the record."""
    require_state("incident", incident.state, OPEN, STOOD_DOWN)
    faults = length_faults("name", name, 120)
    if kind not in documents.KINDS:
        faults.append(Fault("kind", shown(kind), "one of " + ", ".join(documents.KINDS)))
    elif not documents.path_of(node.current().documents, sha256, kind).is_file():
        faults.append(Fault("sha256", shown(sha256), "the digest of a file that is kept"))
    if len(text) > 500:
        faults.append(Fault("text", f"{len(text)} characters", "at most 500"))
    if IncidentDocument.objects.filter(incident=incident.pk, party=doing.principal.party).count() >= MOST_DOCUMENTS:
        faults.append(Fault("document", f"one more than {MOST_DOCUMENTS}", f"at most {MOST_DOCUMENTS} of each party"))
    if faults:
        raise BadInput("document", faults)
    return written(
        doing,
        IncidentDocument,
        incident,
        own=own,
        at=claimed(doing, at),
        name=name.strip(),
        kind=kind,
        sha256=sha256,
        size=size,
        text=text.strip(),
    )
