"""Incidents, and what is written into them: entries, figures, claims, attributions, documents.

Each of these is a row with a label of its own, so that one party may keep a line to itself in a log that both read.
They make one timeline, in the order of their ids, which is the order in which the node logged them. Everywhere there
are two times: `at` (or `as_of`, `claimed_at`) is what the writer says, `logged_at` is the node's.
"""

from __future__ import annotations

from typing import Any

from django.db import models

from safeconduct.store.models import Marked
from safeconduct.terms import instant
from safeconduct.terms.instant import iso

OPEN, STOOD_DOWN, CLOSED = "open", "stood_down", "closed"
STATES = (OPEN, STOOD_DOWN, CLOSED)

TYPES = ("attack", "threat", "intrusion", "accident", "medical", "fire", "arrest", "missing", "other")

TEXT, REPORT, LINK, UNLINK, SEVERITY, STATE = "text", "report", "link", "unlink", "severity", "state"
KINDS = (TEXT, REPORT, LINK, UNLINK, SEVERITY, STATE)
"""What an entry is. Figures, claims, attributions and documents are classes of their own, which the accord may give to
fewer readers than the text."""

CATEGORIES = ("killed", "injured", "missing", "uninjured")
WHOSE = ("protected", "other")
CLAIMED, CONFIRMED = "claimed", "confirmed"
STATUSES = (CLAIMED, CONFIRMED)

CONFIDENCES = ("low", "moderate", "high")


class Logged(Marked):
    """A row whose release may be widened later, and which remembers how far it was released before, and until when.

    `labels_before` is [[until, label id], …], oldest first: what a party could see at an instant is told from it.
    """

    labels_before = models.JSONField(default=list)
    logged_at = models.DateTimeField()

    class Meta:
        abstract = True

    @classmethod
    def from_db(cls, db: str | None, field_names: Any, values: Any) -> Any:
        row = super().from_db(db, field_names, values)
        row._label_loaded = row.__dict__.get("label_id")
        return row

    def save(self, *args: Any, **kwargs: Any) -> None:
        loaded = getattr(self, "_label_loaded", None)
        if loaded is not None and loaded != self.label_id:
            self.labels_before = [*self.labels_before, [iso(instant.now()), loaded]]
            self._label_loaded = self.label_id
        super().save(*args, **kwargs)


class Incident(Logged):
    """Something that happened, or threatens to. `affected` is how many people it touches; who, `references` alone says.

    `severity` is an impact of the accord's risk matrix, empty until the host grades it. `exercise`: it is not real.
    """

    info_class = "incident"
    released = {
        "site": "site",
        "name": "name",
        "type": "type",
        "place": "place",
        "lon": "lon",
        "lat": "lat",
        "text": "text",
        "occurred_at": "occurred_at",
        "logged_at": "logged_at",
        "severity": "severity",
        "state": "state",
        "opened_by": "opened_by",
        "affected": "affected",
        "references": "references",
        "closed_at": "closed_at",
        "outcome": "outcome",
        "exercise": "exercise",
    }

    site = models.CharField(max_length=256)
    name = models.CharField(max_length=16, unique=True)
    type = models.CharField(max_length=16)
    place = models.CharField(max_length=256, blank=True)
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    text = models.TextField()
    occurred_at = models.DateTimeField()
    severity = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=16, default=OPEN)
    opened_by = models.CharField(max_length=64)
    affected = models.PositiveIntegerField(null=True)
    references = models.JSONField(default=list)
    closed_at = models.DateTimeField(null=True)
    outcome = models.TextField(blank=True)
    exercise = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["state", "id"], name="incidents_incident_state")]


class Written(Logged):
    """What one party wrote into an incident. `party` and `role` say who; the account is on the record alone."""

    incident = models.UUIDField()
    site = models.CharField(max_length=256)
    party = models.CharField(max_length=64)
    role = models.CharField(max_length=64)

    class Meta:
        abstract = True


def _released(*more: str) -> dict[str, str]:
    return {name: name for name in ("incident", "site", "party", "role", "logged_at", *more)}


class IncidentEntry(Written):
    """A line of the log. `corrects` is the entry that it puts right, which stays as it was.

    `data` by kind: report {letter: text} (methane.py), link and unlink {class, ref}, severity and state {before,
    after}, text {} or {affected: [before, after]}. `linked` is the `ref` of a link, for asking by it.
    """

    info_class = "incident_entry"
    released = _released("at", "kind", "text", "data", "corrects")

    at = models.DateTimeField()
    kind = models.CharField(max_length=16)
    text = models.TextField(blank=True)
    data = models.JSONField(default=dict)
    corrects = models.UUIDField(null=True)
    linked = models.UUIDField(null=True, db_index=True)

    class Meta:
        indexes = [models.Index(fields=["incident", "id"], name="incidents_entry_of")]


class CasualtyFigure(Written):
    """How many people were killed, injured, … as its party knew it at `as_of`. `replaces` is the figure before it."""

    info_class = "casualty_figure"
    released = _released("category", "whose", "count", "as_of", "source", "status", "replaces")

    category = models.CharField(max_length=16)
    whose = models.CharField(max_length=16)
    count = models.PositiveIntegerField()
    as_of = models.DateTimeField()
    source = models.CharField(max_length=500)
    status = models.CharField(max_length=16)
    replaces = models.UUIDField(null=True)

    class Meta:
        indexes = [models.Index(fields=["incident", "id"], name="incidents_figure_of")]


class Claim(Written):
    """Someone says that it was they. What a party makes of it is an attribution, a class of its own:

    a claim is what was said in public, an assessment may rest on what only a few may know, and no list, filter or page
    can take the one for the other.
    """

    info_class = "claim"
    released = _released("who", "channel", "text", "claimed_at")

    who = models.CharField(max_length=200)
    channel = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    claimed_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["incident", "id"], name="incidents_claim_of")]


class Attribution(Written):
    """Who a party holds responsible, with its reasons, by the role that it is signed with. There may never be one."""

    info_class = "attribution"
    released = _released("who", "confidence", "text")

    who = models.CharField(max_length=200)
    confidence = models.CharField(max_length=16)
    text = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["incident", "id"], name="incidents_attribution_of")]


class IncidentDocument(Written):
    """A file, kept by its digest (documents.py). `kind` is its media type, `name` what it was called."""

    info_class = "incident_document"
    released = _released("at", "name", "kind", "sha256", "size", "text")

    at = models.DateTimeField()
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=32)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    text = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [models.Index(fields=["incident", "id"], name="incidents_document_of")]


TIMELINE: tuple[type[Written], ...] = (IncidentEntry, CasualtyFigure, Claim, Attribution, IncidentDocument)
"""The classes that make an incident's timeline."""
