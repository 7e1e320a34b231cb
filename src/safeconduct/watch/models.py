"""What the watch tells people: alerts, live positions inside rings, expected presences, and its feeds."""

from __future__ import annotations

from typing import Any

from django.db import models

from safeconduct.store.models import Marked

OPEN, ACKNOWLEDGED, ASSESSED = "open", "acknowledged", "assessed"
"""The states of an alert. It stays on the queue until a person has assessed it, ended or not."""

DISPOSITIONS = ("expected", "benign", "suspicious", "hostile", "false", "duplicate")
STANDING_DISPOSITIONS = ("suspicious", "hostile")
"""Dispositions under which an alert goes on to stand in a movement's way."""


class Alert(Marked):
    """What the watch raised for a person to assess; its id derives from the presence, so that none is raised twice."""

    info_class = "alert"
    released = {
        "kind": "kind",
        "site": "site",
        "ring": "ring",
        "severity": "severity",
        "lon": "lon",
        "lat": "lat",
        "started": "started_at",
        "raised": "raised_at",
        "updated": "updated_at",
        "ended": "ended_at",
        "dwell_s": "dwell_s",
        "unseen_s": "unseen_s",
        "steps": "steps",
        "tracks": "tracks",
        "sensors": "sensors",
        "vehicle": "vehicle",
        "explanation": "explanation",
        "state": "state",
        "acknowledged_at": "acknowledged_at",
        "disposition": "disposition",
        "assessment": "assessment",
        "escalated": "escalated_at",
    }

    kind = models.CharField(max_length=32)
    site = models.CharField(max_length=256)
    ring = models.CharField(max_length=16)
    severity = models.CharField(max_length=16)
    lon = models.FloatField()
    lat = models.FloatField()
    started_at = models.DateTimeField()
    raised_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    dwell_s = models.FloatField()
    unseen_s = models.FloatField(default=0)
    steps: Any = models.JSONField(default=list)
    tracks: Any = models.JSONField(default=list)
    sensors: Any = models.JSONField(default=list)
    vehicle = models.CharField(max_length=16)
    explanation: Any = models.JSONField(default=dict)
    state = models.CharField(max_length=16, default=OPEN)
    acknowledged_at = models.DateTimeField(null=True)
    disposition = models.CharField(max_length=16, blank=True)
    assessment = models.TextField(blank=True)
    escalated_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["label", "-raised_at", "-id"], name="watch_alert_by_reader"),
            models.Index(fields=["-raised_at", "-id"], name="watch_alert_newest"),
        ]


class Shelf(Marked):
    """Alerts of one place and cause, or one alert, that a person has put aside for a limited time.

    What it covers is still raised and recorded, and counts for every gate. `ended_at` is set by the act that ended it;
    past `until` it holds no more, ended or not. One that is not `critical` covers no alert that is.
    Source: ISA-18.2, shelving.
    """

    info_class = "shelf"
    released = {
        "site": "site",
        "ring": "ring",
        "kind": "kind",
        "alert": "alert",
        "critical": "critical",
        "reason": "reason",
        "by": "by",
        "begin": "begin",
        "until": "until",
        "ended": "ended_at",
        "end_reason": "end_reason",
    }

    site = models.CharField(max_length=256)
    ring = models.CharField(max_length=16, blank=True)
    kind = models.CharField(max_length=32)
    alert = models.UUIDField(null=True)
    critical = models.BooleanField(default=False)
    reason = models.TextField()
    by = models.CharField(max_length=150)
    begin = models.DateTimeField()
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=16, blank=True)

    class Meta:
        indexes = [models.Index(fields=["ended_at", "until"], name="watch_shelf_standing")]


class Position(Marked):
    """Where things are now inside the rings of a site: one row, replaced as the picture moves on; nothing is kept.

    Each field is a JSON array with a place for each vehicle (positions.py).
    """

    info_class = "position"
    released = {
        "kind": "kind",
        "lon": "lon",
        "lat": "lat",
        "state": "state",
        "seen_at": "seen_at",
        "sensor": "sensor",
        "track": "track",
        "ring": "ring",
        "site": "site",
    }

    kind = models.TextField()
    lon = models.TextField()
    lat = models.TextField()
    state = models.TextField()
    seen_at = models.TextField()
    sensor = models.TextField()
    track = models.TextField()
    ring = models.TextField()
    site = models.CharField(max_length=256)


class Expected(Marked):
    """A presence that is expected: up to `count` vehicles at a place during [begin, end)."""

    info_class = "expected"
    released = {
        "site": "site",
        "name": "name",
        "place": "place",
        "begin": "begin",
        "end": "end",
        "count": "count",
        "tokens": "tokens",
    }

    site = models.CharField(max_length=256)
    name = models.CharField(max_length=256)
    place: Any = models.JSONField()
    begin = models.DateTimeField()
    end = models.DateTimeField()
    count = models.PositiveIntegerField(default=1)
    tokens: Any = models.JSONField(default=list)
    withdrawn_at = models.DateTimeField(null=True)


class Feed(Marked):
    """A source of observations, and how it is."""

    info_class = "feed"
    released = {
        "name": "name",
        "sensor": "sensor",
        "kind": "kind",
        "settings": "settings",
        "state": "state",
        "seen_at": "seen_at",
        "rows": "rows",
        "refused": "refused",
    }

    name = models.CharField(max_length=150, unique=True)
    sensor = models.CharField(max_length=256, blank=True)
    kind = models.CharField(max_length=32, default="http")
    settings: Any = models.JSONField(default=dict)
    state = models.CharField(max_length=16, default="silent")
    seen_at = models.DateTimeField(null=True)
    rows = models.BigIntegerField(default=0)
    refused: Any = models.JSONField(default=dict)
    closed_at = models.DateTimeField(null=True)


class Question(Marked):
    """A question to the archive: what stood within `radius_m` of a place during [begin, end), and why that is asked."""

    info_class = "question"
    released = {
        "site": "site",
        "place": "place",
        "lon": "lon",
        "lat": "lat",
        "radius_m": "radius_m",
        "begin": "begin",
        "end": "end",
        "at_least_s": "at_least_s",
        "reason": "reason",
        "by": "by",
        "asked": "asked_at",
    }

    site = models.CharField(max_length=256)
    place = models.CharField(max_length=256, blank=True)
    lon = models.FloatField()
    lat = models.FloatField()
    radius_m = models.FloatField()
    begin = models.DateTimeField()
    end = models.DateTimeField()
    at_least_s = models.FloatField()
    reason = models.TextField()
    by = models.CharField(max_length=150)
    asked_at = models.DateTimeField()


class Evidence(Marked):
    """Observations of a site during [begin, end) that are not deleted until then, whatever their age."""

    info_class = "evidence"
    released = {
        "site": "site",
        "alert": "alert",
        "begin": "begin",
        "end": "end",
        "until": "until",
        "reason": "reason",
        "by": "by",
        "held": "held_at",
        "lifted": "lifted_at",
    }

    site = models.CharField(max_length=256)
    alert = models.UUIDField(null=True)
    begin = models.DateTimeField()
    end = models.DateTimeField()
    until = models.DateTimeField()
    reason = models.TextField()
    by = models.CharField(max_length=150)
    held_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)


class Expiry(Marked):
    """What was deleted from the archive: the files of a day and site, by the digest of their names and digests."""

    info_class = "expiry"
    released = {
        "site": "site",
        "day": "day",
        "files": "files",
        "rows": "rows",
        "sha256": "sha256",
        "expired": "expired_at",
    }

    site = models.CharField(max_length=256)
    day = models.CharField(max_length=16)
    files = models.PositiveIntegerField()
    rows = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    expired_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "day", "sha256"], name="watch_expiry_once")]
