"""Security measures: the host orders and lifts them, the partner may ask."""

from __future__ import annotations

from django.db import models

from safeconduct.store.models import Marked

REQUESTED, ORDERED, LIFTED = "requested", "ordered", "lifted"

KINDS = ("look", "approach", "divert", "close_road", "search", "reinforce", "cordon")
"""Measures that may be ordered, least first: look before you approach, approach before you divert."""


class Measure(Marked):
    """A measure at a site: asked for, ordered by the host, lifted by the host."""

    info_class = "measure"
    released = {
        "site": "site",
        "kind": "kind",
        "text": "text",
        "state": "state",
        "ordered_at": "ordered_at",
        "until": "until",
        "unit": "unit",
        "request": "request",
    }

    site = models.CharField(max_length=256)
    kind = models.CharField(max_length=16)
    text = models.TextField()
    state = models.CharField(max_length=16)
    ordered_at = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    unit = models.CharField(max_length=200, blank=True)
    request = models.TextField(blank=True)


PROPOSED, DECLINED = "proposed", "declined"


class Cordon(Marked):
    """A cordon proposed around a point by the card `card`; `rings` are {mandatory_m, preferred_m}, as it gave them.

    `measure` is the order that came of it; `decision` says who carries it out, or why it was declined.
    """

    info_class = "cordon"
    released = {
        "site": "site",
        "lon": "lon",
        "lat": "lat",
        "container": "container",
        "card": "card",
        "rings": "rings",
        "reason": "reason",
        "state": "state",
        "proposed_at": "proposed_at",
        "by": "by",
        "decided_at": "decided_at",
        "decision": "decision",
        "measure": "measure",
    }

    site = models.CharField(max_length=256)
    lon = models.FloatField()
    lat = models.FloatField()
    container = models.CharField(max_length=16)
    card = models.CharField(max_length=100)
    rings = models.JSONField()
    reason = models.TextField()
    state = models.CharField(max_length=16)
    proposed_at = models.DateTimeField()
    by = models.CharField(max_length=256)
    decided_at = models.DateTimeField(null=True)
    decision = models.TextField(blank=True)
    measure = models.UUIDField(null=True)
