"""What worlds hold of incidents, and what is posted to their pages."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from safeconduct.incidents import acts, deeds, fact_acts, link_acts
from safeconduct.terms.marking import Tlp
from safeconduct.terms.party import Principal

SUBJECTS = {
    "incidents": "incident",
    "entries": "incident_entry",
    "incident-entries": "incident_entry",
    "documents": "incident_document",
    "<str:of>": "alert",
}
HIDDEN = ("incident", "incident_entry", "incident_document")

SITE = "marjan"
OPENED: dict[str, Any] = {"site": SITE, "type": "attack", "text": "A blast at gate East."}
FIGURE: dict[str, Any] = {"category": "injured", "source": "The clinic."}
NOTE = "It was grey."
NOBODY = "01a20c24-e6b1-7000-8000-00000000ffff"

Who = Callable[[str], Principal]


def fill(refs: dict[str, uuid.UUID], who: Who, host_words: str, partner_words: str) -> None:
    """The reference: what differs by words is kept to one party, or is who of the partner's people it touches."""
    duty, liaison = who("duty"), who("liaison")
    incident = refs["incident"] = acts.open_incident(duty, **OPENED, lon=75.0065, lat=-5.0025, affected=3).pk
    acts.grade(duty, incident, severity="severe", reason="Two are hurt.")
    acts.correct(duty, acts.write(duty, incident, text="Two cars.").pk, text="One car.")
    refs["incident_entry"] = acts.write(duty, incident, text="A van.").pk
    acts.write(liaison, incident, report={"location": "Gate East"})
    acts.write(liaison, incident, text="Ours are told.", references=[f"L-{partner_words}"])
    link_acts.link(duty, incident, of="alert", thing=refs["alert"])
    link_acts.link(liaison, incident, of="movement", thing=refs["movement"])
    fact_acts.claim(duty, incident, who="The Grey Front", channel="A video")
    refs["incident_document"] = deeds.add_document(duty, incident, NOTE.encode(), name="note").pk
    for writer, words in ((duty, host_words), (liaison, partner_words)):
        fact_acts.figure(writer, incident, **FIGURE, count=2)
        _for_themselves(writer, incident, words)
    _attribute(who("commander"), incident, host_words)
    _attribute(liaison, incident, partner_words)


def _for_themselves(writer: Principal, incident: uuid.UUID, words: str) -> None:
    acts.write(writer, incident, text=f"As {words}.", own=True)
    fact_acts.figure(writer, incident, **FIGURE, count=len(words), own=True)
    fact_acts.claim(writer, incident, who=words, channel="A call", own=True)
    deeds.add_document(writer, incident, f"By {words}.".encode(), name=words, own=True)


def _attribute(writer: Principal, incident: uuid.UUID, words: str) -> None:
    fact_acts.attribute(writer, incident, who=words, confidence="low", text="It is said.", own=True)


def fill_extra(refs: dict[str, uuid.UUID], keeper: Principal, mark: Callable[..., None]) -> None:
    """One more, that the other party may not know of at all, and more lines of a party's own in the one of both."""
    made = acts.open_incident(keeper, **OPENED | {"text": "A secret."})
    mark(made, Tlp.AMBER_STRICT)
    refs["hidden_incident"] = made.pk
    refs["hidden_incident_entry"] = acts.write(keeper, made.pk, text="A secret line.").pk
    refs["hidden_incident_document"] = deeds.add_document(keeper, made.pk, b"A secret file.", name="secret").pk
    acts.write(keeper, refs["incident"], text="Another secret.", own=True)
    link_acts.link(keeper, made.pk, of="alert", thing=refs["alert"])


def forms() -> dict[str, dict[str, Any]]:
    """What is posted to the pages: input that is right, so that only the actor decides."""
    file = SimpleUploadedFile("note.txt", NOTE.encode(), "text/plain")
    return {
        "incidents/new/": OPENED,
        "incidents/<uuid:ref>/step": {"do": "write", "text": "Fire is out."},
        "incidents/<uuid:ref>/attach": {"document": file, "name": "note"},
        "incidents/entries/<uuid:ref>/correct": {"text": "One van."},
    }


BODIES: dict[str, dict[str, Any]] = {
    "api/incidents": OPENED,
    "api/incidents/<ref>/write": {"text": "Fire is out."},
    "api/incidents/<ref>/figure": FIGURE | {"count": 4},
    "api/incidents/<ref>/claim": {"who": "The Grey Front", "channel": "A video"},
    "api/incidents/<ref>/attribute": {"who": "Nobody", "confidence": "low", "text": "It is said."},
    "api/incidents/<ref>/link": {"of": "alert", "thing": NOBODY},
    "api/incidents/<ref>/grade": {"severity": "minor", "reason": "Glass."},
    "api/incidents/<ref>/stand-down": {"reason": "Over."},
    "api/incidents/<ref>/close": {"outcome": "Over."},
    "api/incidents/<ref>/reopen": {"reason": "Not over."},
    "api/incident-entries/<ref>/correct": {"text": "One van."},
    "api/incident-entries/<ref>/unlink": {"reason": "Another car."},
}
