"""Acts that write what is known of an incident: casualties, who claims it, who is held responsible."""

from __future__ import annotations

from datetime import datetime

from safeconduct.acts import Doing, act
from safeconduct.incidents.models import (
    CATEGORIES,
    CLAIMED,
    CONFIDENCES,
    OPEN,
    STATUSES,
    STOOD_DOWN,
    WHOSE,
    Attribution,
    CasualtyFigure,
    Claim,
    Incident,
)
from safeconduct.incidents.writing import MOST_TEXT, claimed, label_for, written
from safeconduct.terms.errors import BadInput, Fault, length_faults, require_state, shown

MOST_COUNT = 100_000


@act("incident.figure", on=Incident)
def figure(
    doing: Doing,
    incident: Incident,
    *,
    category: str,
    count: int,
    source: str,
    whose: str = WHOSE[0],
    status: str = CLAIMED,
    as_of: datetime | None = None,
    own: bool = False,
) -> CasualtyFigure:
    """Say how many. It takes the place of the last figure of the party for the same, released as far: that one stays.

    A party puts right its own figures alone; where the other's differs, both are shown.
    """
    require_state("incident", incident.state, OPEN, STOOD_DOWN)
    faults = [*length_faults("source", source, 500)]
    for where, value, known in (
        ("category", category, CATEGORIES),
        ("whose", whose, WHOSE),
        ("status", status, STATUSES),
    ):
        if value not in known:
            faults.append(Fault(where, shown(value), "one of " + ", ".join(known)))
    if not 0 <= count <= MOST_COUNT:
        faults.append(Fault("count", str(count), f"0 to {MOST_COUNT:,}"))
    if faults:
        raise BadInput("figure", faults)
    label = label_for(doing, CasualtyFigure.info_class, doing.marking, own=own)
    of = CasualtyFigure.objects.filter(incident=incident.pk, label_id=label, category=category, whose=whose)
    before = of.order_by("-id").values_list("pk", flat=True).first()
    return written(
        doing,
        CasualtyFigure,
        incident,
        own=own,
        category=category,
        whose=whose,
        count=count,
        as_of=claimed(doing, as_of, "as_of"),
        source=source.strip(),
        status=status,
        replaces=before,
    )


@act("incident.claim", on=Incident)
def claim(
    doing: Doing,
    incident: Incident,
    *,
    who: str,
    channel: str,
    text: str = "",
    claimed_at: datetime | None = None,
    own: bool = False,
) -> Claim:
    """Somebody says that it was they. It says nothing of who it was."""
    require_state("incident", incident.state, OPEN, STOOD_DOWN)
    faults = [*length_faults("who", who, 200), *length_faults("channel", channel, 200)]
    if len(text) > MOST_TEXT:
        faults.append(Fault("text", f"{len(text)} characters", f"at most {MOST_TEXT:,}"))
    if faults:
        raise BadInput("claim", faults)
    at = claimed(doing, claimed_at, "claimed_at")
    return written(
        doing,
        Claim,
        incident,
        own=own,
        who=who.strip(),
        channel=channel.strip(),
        text=text.strip(),
        claimed_at=at,
    )


@act("incident.attribute", on=Incident)
def attribute(
    doing: Doing, incident: Incident, *, who: str, confidence: str, text: str, own: bool = False
) -> Attribution:
    """Say who the actor's party holds responsible, and why. It stands beside what was said before."""
    require_state("incident", incident.state, OPEN, STOOD_DOWN)
    faults = [*length_faults("who", who, 200), *length_faults("text", text, MOST_TEXT)]
    if confidence not in CONFIDENCES:
        faults.append(Fault("confidence", shown(confidence), "one of " + ", ".join(CONFIDENCES)))
    if faults:
        raise BadInput("attribution", faults)
    return written(doing, Attribution, incident, own=own, who=who.strip(), confidence=confidence, text=text.strip())
