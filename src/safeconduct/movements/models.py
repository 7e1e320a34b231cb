"""Movements of protected people, and the sweeps of the routes that they take."""

from __future__ import annotations

from typing import Any

from django.db import models

from safeconduct.store.models import Marked

PLANNED, HELD, DEPARTED, ARRIVED, CANCELLED = "planned", "held", "departed", "arrived", "cancelled"
"""The states of a movement. Its gate is open or not within `planned`; `held` needs a lift first."""


class Movement(Marked):
    """A planned journey. `keys` and `holds` are values of it: each names the party, who set it and when.

    keys: {party: {"by": user, "at": iso}} · holds: [{"party", "by", "at", "reason", "lifted_at", "lift_reason"}]
    proposals: [{"alert": id, "at": iso, "distance_m": n}], the holds that the watch proposed to the duty officer
    """

    info_class = "movement"
    released = {
        "name": "name",
        "site": "site",
        "route": "route",
        "depart_at": "depart_at",
        "vehicles": "vehicles",
        "people": "people",
        "escort": "escort",
        "state": "state",
        "keys": "keys",
        "holds": "holds",
        "gate": "proposals",
        "purpose": "purpose",
        "host_note": "host_note",
    }

    name = models.CharField(max_length=100)
    site = models.CharField(max_length=256)
    route = models.CharField(max_length=256)
    depart_at = models.DateTimeField()
    vehicles = models.PositiveIntegerField()
    people = models.PositiveIntegerField()
    escort = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=16, default=PLANNED)
    keys: Any = models.JSONField(default=dict)
    holds: Any = models.JSONField(default=list)
    proposals: Any = models.JSONField(default=list)
    purpose = models.TextField(blank=True)
    host_note = models.TextField(blank=True)
    planned_by = models.CharField(max_length=150, blank=True)
    departed_at = models.DateTimeField(null=True)
    arrived_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["label", "depart_at"], name="movements_by_reader")]


class Sweep(Marked):
    """A certificate that a stretch of a route was searched. It expires, and a later stop on the stretch voids it."""

    info_class = "sweep"
    released = {
        "site": "site",
        "route": "route",
        "begin_m": "begin_m",
        "end_m": "end_m",
        "searched_at": "searched_at",
        "valid_until": "valid_until",
        "unit": "unit",
        "void_at": "void_at",
        "void_reason": "void_reason",
    }

    site = models.CharField(max_length=256)
    route = models.CharField(max_length=256)
    begin_m = models.FloatField()
    end_m = models.FloatField()
    searched_at = models.DateTimeField()
    valid_until = models.DateTimeField()
    unit = models.CharField(max_length=200)
    void_at = models.DateTimeField(null=True)
    void_reason = models.CharField(max_length=300, blank=True)
