"""Movements of protected people with their legs and vehicles, templates, council rules, and sweeps of routes."""

from __future__ import annotations

from typing import Any

from django.db import models

from safeconduct.store.models import Marked

DRAFT, REQUESTED, DEFERRED, REFUSED = "draft", "requested", "deferred", "refused"
PLANNED, HELD = "planned", "held"
DEPARTED, ARRIVED, CLOSED, CANCELLED = "departed", "arrived", "closed", "cancelled"
"""The states of a movement. `planned` is reviewed and cleared: keys are turned there alone, its gate is open or not.
`held` needs a lift first. What is arrived closes when its people are accounted for."""


class Movement(Marked):
    """A planned journey. Its site, route and departure are those of its first leg.

    Values of it name the party, who set them and when:
    keys: {party: {"by": user, "at": iso}} · holds: [{"party", "by", "at", "reason", "lifted_at", "lift_reason"}]
    proposals: [{"alert": id, "at": iso, "distance_m": n}], the holds that the watch proposed to the duty officer
    travellers: ids of persons, which the party whose people travel reads alone; `people` counts them for the other
    risk: {"likelihood", "impact", "level", "measures"} by the accord's matrix, or empty where nobody assessed it
    accepted: {"people" | "measures": {"party", "by", "at", "level"}}, who accepted that risk
    review: {"outcome", "by", "at", "until", "text", "reason_class", "alternatives", "deadline", "posture", "lapsed"}
    conditions: [{"text", "owner": party, "met_by", "met_at"}] of the review
    communications: {"primary", "backup", "callsign"}
    """

    info_class = "movement"
    released = {
        "name": "name",
        "site": "site",
        "route": "route",
        "depart_at": "depart_at",
        "arrive_at": "arrive_at",
        "vehicles": "vehicles",
        "people": "people",
        "travellers": "travellers",
        "risk": "risk",
        "accepted": "accepted",
        "review": "review",
        "conditions": "conditions",
        "communications": "communications",
        "turn_back": "turn_back",
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
    arrive_at = models.DateTimeField(null=True)
    vehicles = models.PositiveIntegerField()
    people = models.PositiveIntegerField()
    travellers: Any = models.JSONField(default=list)
    risk: Any = models.JSONField(default=dict)
    accepted: Any = models.JSONField(default=dict)
    review: Any = models.JSONField(default=dict)
    conditions: Any = models.JSONField(default=list)
    communications: Any = models.JSONField(default=dict)
    turn_back = models.TextField(blank=True)
    escort = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=16, default=DRAFT)
    keys: Any = models.JSONField(default=dict)
    holds: Any = models.JSONField(default=list)
    proposals: Any = models.JSONField(default=list)
    purpose = models.TextField(blank=True)
    host_note = models.TextField(blank=True)
    planned_by = models.CharField(max_length=150, blank=True)
    template = models.UUIDField(null=True)
    departed_at = models.DateTimeField(null=True)
    arrived_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["label", "depart_at"], name="movements_by_reader")]


class Leg(Marked):
    """One leg of a journey: along a route of one site, during [begin_at, end_at). `number` counts from 1.

    alternates: names of other routes of the site · rests: [{"name", "begin_at", "minutes"}]
    checkpoints: [{"name", "lon", "lat", "due_at"}] · hazards: [{"begin_m", "end_m", "text"}] along the route
    havens: [{"name", "lon", "lat"}], the coordinates null where a haven is known by its name alone
    """

    info_class = "leg"
    released = {
        "movement": "movement",
        "number": "number",
        "site": "site",
        "route": "route",
        "alternates": "alternates",
        "origin": "origin",
        "destination": "destination",
        "begin_at": "begin_at",
        "end_at": "end_at",
        "checkpoints": "checkpoints",
        "rests": "rests",
        "hazards": "hazards",
        "havens": "havens",
        "max_speed_kmh": "max_speed_kmh",
        "outdoor": "outdoor",
    }

    movement = models.UUIDField(db_index=True)
    number = models.PositiveIntegerField()
    site = models.CharField(max_length=256)
    route = models.CharField(max_length=256)
    alternates: Any = models.JSONField(default=list)
    origin = models.CharField(max_length=200, blank=True)
    destination = models.CharField(max_length=200, blank=True)
    begin_at = models.DateTimeField()
    end_at = models.DateTimeField()
    checkpoints: Any = models.JSONField(default=list)
    rests: Any = models.JSONField(default=list)
    hazards: Any = models.JSONField(default=list)
    havens: Any = models.JSONField(default=list)
    max_speed_kmh = models.PositiveIntegerField(null=True)
    outdoor = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["movement", "number"], name="movements_leg_once")]


class Vehicle(Marked):
    """A vehicle of a convoy. `driver` is a person's id, `driver_hours` what they drove in the 24 h before.

    `tracker` names the track of its own GPS as the watch gets it, `sensor/track`.
    """

    info_class = "convoy_vehicle"
    released = {
        "movement": "movement",
        "callsign": "callsign",
        "vehicle_class": "vehicle_class",
        "seats": "seats",
        "tracker": "tracker",
        "is_escort": "is_escort",
        "driver": "driver",
        "driver_hours": "driver_hours",
    }

    movement = models.UUIDField(db_index=True)
    callsign = models.CharField(max_length=40)
    vehicle_class = models.CharField(max_length=32, blank=True)
    seats = models.PositiveIntegerField(null=True)
    tracker = models.CharField(max_length=200, blank=True)
    is_escort = models.BooleanField(default=False)
    driver = models.CharField(max_length=64, blank=True)
    driver_hours = models.FloatField(default=0.0)


class Template(Marked):
    """A plan kept to make others from it, and the weekly pattern on which it is made by itself, if any.

    plan: what `movement.plan` takes, its times as seconds after departure
    pattern: {"weekdays": [0 to 6, Monday is 0], "time": "HH:MM" at the node, "spread_min", "begin", "end": dates,
    "ahead_days"}, or empty · made_until: the last local date whose occurrence is made
    """

    info_class = "journey_template"
    released = {"site": "site", "name": "name", "plan": "plan", "pattern": "pattern", "made_until": "made_until"}

    site = models.CharField(max_length=256)
    name = models.CharField(max_length=100)
    plan: Any = models.JSONField()
    pattern: Any = models.JSONField(default=dict)
    made_until = models.DateField(null=True)
    removed = models.BooleanField(default=False)
    planned_by = models.CharField(max_length=150, blank=True)


class CouncilRule(Marked):
    """A condition that all parties decided to add to the gate, in force during [begin, until) once all have agreed.

    agreed, lifting: {party: {"by", "at"}}, who wants it, and who wants it gone
    """

    info_class = "council_rule"
    released = {
        "site": "site",
        "condition": "condition",
        "terms": "terms",
        "text": "text",
        "begin": "begin",
        "until": "until",
        "agreed": "agreed",
        "lifting": "lifting",
        "state": "state",
    }

    site = models.CharField(max_length=256, blank=True)
    condition = models.CharField(max_length=32)
    terms: Any = models.JSONField(default=dict)
    text = models.TextField()
    begin = models.DateTimeField()
    until = models.DateTimeField(null=True)
    agreed: Any = models.JSONField(default=dict)
    lifting: Any = models.JSONField(default=dict)
    state = models.CharField(max_length=16, default="proposed")


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
