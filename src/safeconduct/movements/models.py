"""Movements of protected people with their legs and vehicles, templates, council rules, and sweeps of routes."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.db import models

from safeconduct.accord.schedule import Office
from safeconduct.people.models import Person
from safeconduct.store.models import Marked
from safeconduct.terms import instant
from safeconduct.terms.party import Principal

DRAFT, REQUESTED, DEFERRED, REFUSED = "draft", "requested", "deferred", "refused"
PLANNED, HELD = "planned", "held"
DEPARTED, ARRIVED, CLOSED, CANCELLED = "departed", "arrived", "closed", "cancelled"
"""The states of a movement. `planned` is reviewed and cleared: keys are turned there alone, its gate is open or not.
`held` needs a lift first. What is arrived closes when its people are accounted for."""


TOLD_BEFORE = timedelta(hours=24)
"""A traveller is told of a leg so long before it begins."""


def travelled(reader: Principal) -> models.Q:
    """The journeys on which the person behind this account travels, from when they are cleared until they are over."""
    return models.Q(pk__in=_travelled(reader, (PLANNED, HELD, DEPARTED, ARRIVED)))


def told(reader: Principal) -> models.Q:
    """Legs of those that begin within a day, or began. What is held goes nowhere."""
    mine = _travelled(reader, (PLANNED, DEPARTED, ARRIVED))
    return models.Q(movement__in=mine, begin_at__lte=instant.now() + TOLD_BEFORE)


def _travelled(reader: Principal, states: tuple[str, ...]) -> list[uuid.UUID]:
    people = Person.objects.filter(user_name=reader.name) if reader.name else Person.objects.none()
    mine = {str(ref) for ref in people.values_list("pk", flat=True)}
    if not mine:
        return []
    rows = Movement.objects.filter(state__in=states).values_list("pk", "travellers")
    return [ref for ref, travellers in rows if mine & set(travellers)]


class Movement(Marked):
    """A planned journey. Its site, route and departure are those of its first leg.

    Values of it name the party, who set them and when:
    keys: {party: {"by": user, "at": iso}} · holds: [{"party", "by", "at", "reason", "lifted_at", "lift_reason"}]
    proposals: [{"alert": id, "at": iso, "distance_m": n}], the holds that the watch proposed to the duty officer
    travellers: ids of persons, which the party whose people travel reads alone; `people` counts them for the other
    said: {person id: {"boarded" | "arrived": {"at": iso, "received_at": iso}}}, what travellers said by their own
    phones, when it was so by the phone and when it came; for their own party alone
    risk: {"likelihood", "impact", "level", "measures"} by the accord's matrix, or empty where nobody assessed it
    accepted: {"people" | "measures": {"party", "by", "at", "level"}}, who accepted that risk
    review: {"outcome", "by", "at", "until", "text", "reason_class", "alternatives", "deadline", "lapsed"}
    postures: {site: alert state} at the review, for the gate alone
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
        "said": "said",
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
    belongs = {Office.SELF: travelled}

    name = models.CharField(max_length=100)
    site = models.CharField(max_length=256)
    route = models.CharField(max_length=256)
    depart_at = models.DateTimeField()
    arrive_at = models.DateTimeField(null=True)
    vehicles = models.PositiveIntegerField()
    people = models.PositiveIntegerField()
    travellers: Any = models.JSONField(default=list)
    said: Any = models.JSONField(default=dict)
    risk: Any = models.JSONField(default=dict)
    accepted: Any = models.JSONField(default=dict)
    review: Any = models.JSONField(default=dict)
    postures: Any = models.JSONField(default=dict)
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
    words: Any = models.JSONField(default=dict)
    """Keyed hashes of the words that it was given, {"well", "duress"}; nobody is released any."""
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
    belongs = {Office.SELF: told}

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


def driven(reader: Principal) -> models.Q:
    """The journeys that this person drives: what a driver reports of."""
    people = Person.objects.filter(user_name=reader.name) if reader.name else Person.objects.none()
    drivers = [str(ref) for ref in people.values_list("pk", flat=True)]
    return models.Q(pk__in=Vehicle.objects.filter(driver__in=drivers).values("movement"))


class Progress(Marked):
    """A movement from its departure to its close; its id is the movement's.

    plan: [[iso, metres], …], where it is planned to be when, by its agreed times · `plan_m` how far it came on that
    scale · checkpoints: [{"name", "leg", "plan_m", "due_at", "at", "how", "by"}] · vehicles: [{"callsign", "plan_m",
    "off_m", "speed_kmh", "seen_at", "state"}] · deviations: [{"kind", "of", "since", "until", "evidence"}]
    posts: [{"post", "site", "from", "by"}], the responsible ones · trail: [[lon, lat], …], the last places of its rear
    border: {"site", "post", "border_m", "due_at", "warned_at"}, the next one where it is near and nobody has offered
    the movement there, or empty
    count: {party: {"by", "at", "people", "where"}} · roll: {person id: {"status", "by", "at"}}

    Nobody reads `facts` (what the watch goes on from), `shift_s` (how much later than planned it was agreed to be),
    `quiet_until` (no word is due before), `borders` (all of its plan, {"site", "post", "border_m"}), `wrong` and
    `tries` (words given that were neither of its own).
    """

    info_class = "progress"
    released = {
        "name": "name",
        "site": "site",
        "state": "state",
        "plan": "plan",
        "plan_m": "plan_m",
        "length_m": "length_m",
        "delay_s": "delay_s",
        "eta": "eta",
        "leg": "leg",
        "speed_kmh": "speed_kmh",
        "seen_at": "seen_at",
        "source": "source",
        "next_at": "next_at",
        "checkpoints": "checkpoints",
        "deviations": "deviations",
        "vehicles": "vehicles",
        "post": "post",
        "posts": "posts",
        "border": "border",
        "lon": "lon",
        "lat": "lat",
        "trail": "trail",
        "count": "count",
        "roll": "roll",
    }
    belongs = {Office.SELF: driven}

    name = models.CharField(max_length=100)
    site = models.CharField(max_length=256)
    state = models.CharField(max_length=16, default=DEPARTED)
    began_at = models.DateTimeField()
    plan: Any = models.JSONField(default=list)
    plan_m = models.FloatField(default=0.0)
    length_m = models.FloatField(default=0.0)
    delay_s = models.IntegerField(null=True)
    eta = models.DateTimeField(null=True)
    leg = models.PositiveIntegerField(default=1)
    speed_kmh = models.FloatField(null=True)
    seen_at = models.DateTimeField(null=True)
    source = models.CharField(max_length=16, blank=True)
    next_at = models.DateTimeField(null=True)
    checkpoints: Any = models.JSONField(default=list)
    deviations: Any = models.JSONField(default=list)
    vehicles: Any = models.JSONField(default=list)
    post = models.CharField(max_length=200, blank=True)
    posts: Any = models.JSONField(default=list)
    border: Any = models.JSONField(default=dict)
    borders: Any = models.JSONField(default=list)
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    trail: Any = models.JSONField(default=list)
    count: Any = models.JSONField(default=dict)
    roll: Any = models.JSONField(default=dict)
    facts: Any = models.JSONField(default=dict)
    expected: Any = models.JSONField(default=list)
    """Callsigns of the vehicles whose devices must be heard."""
    shift_s = models.IntegerField(default=0)
    quiet_until = models.DateTimeField(null=True)
    wrong: Any = models.JSONField(default=list)
    tries = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["state"], name="movements_progress_state")]


class Ladder(Marked):
    """A ladder that a movement climbs until a named person accounts for it (overdue.py). `due_at` is its T.

    rungs: [{"number", "due_at", "at", "answers": [{"by", "party", "at", "text"}]}], those that were climbed
    """

    released = {
        "movement": "movement",
        "name": "name",
        "site": "site",
        "cause": "cause",
        "of": "of",
        "due_at": "due_at",
        "began_at": "began_at",
        "state": "state",
        "factor": "factor",
        "rungs": "rungs",
        "eta": "eta",
        "accounted_by": "accounted_by",
        "accounted_at": "accounted_at",
        "how": "how",
        "reason": "reason",
    }

    movement = models.UUIDField(db_index=True)
    name = models.CharField(max_length=100)
    site = models.CharField(max_length=256)
    cause = models.CharField(max_length=24)
    of = models.CharField(max_length=200, blank=True)
    due_at = models.DateTimeField()
    began_at = models.DateTimeField()
    state = models.CharField(max_length=12, default="open")
    factor = models.FloatField(default=1.0)
    first = models.PositiveIntegerField(default=0)
    rungs: Any = models.JSONField(default=list)
    elapsed_s = models.FloatField(default=0.0)
    eta = models.DateTimeField(null=True)
    accounted_by = models.CharField(max_length=150, blank=True)
    accounted_at = models.DateTimeField(null=True)
    how = models.CharField(max_length=16, blank=True)
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        abstract = True


class Overdue(Ladder):
    """A ladder that everyone concerned reads."""

    info_class = "overdue"

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["movement"], condition=models.Q(state="open"), name="movements_overdue_open_once"
            )
        ]


class Duress(Ladder):
    """A ladder that those alone read who are called: whoever holds the device must not see that anyone was."""

    info_class = "duress"

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["movement"], condition=models.Q(state="open"), name="movements_duress_open_once"
            )
        ]


class HandOver(Marked):
    """An offer of one post to the next, marked for the site of the post that it goes to. `site` is that site.

    `border_m` is where on the plan's scale the sectors meet, `due_at` when the movement is to be there.
    """

    info_class = "handover"
    released = {
        "movement": "movement",
        "name": "name",
        "site": "site",
        "from_site": "from_site",
        "from_post": "from_post",
        "to_post": "to_post",
        "border_m": "border_m",
        "due_at": "due_at",
        "vehicles": "vehicles",
        "people": "people",
        "state": "state",
        "offered_by": "offered_by",
        "offered_at": "offered_at",
        "answered_by": "answered_by",
        "answered_at": "answered_at",
        "reason": "reason",
        "reminders": "reminders",
    }

    movement = models.UUIDField(db_index=True)
    name = models.CharField(max_length=100)
    site = models.CharField(max_length=256)
    from_site = models.CharField(max_length=256)
    from_post = models.CharField(max_length=200)
    to_post = models.CharField(max_length=200)
    border_m = models.FloatField(null=True)
    due_at = models.DateTimeField(null=True)
    vehicles = models.PositiveIntegerField()
    people = models.PositiveIntegerField()
    state = models.CharField(max_length=12, default="offered")
    offered_by = models.CharField(max_length=150)
    offered_at = models.DateTimeField()
    answered_by = models.CharField(max_length=150, blank=True)
    answered_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=500, blank=True)
    reminders: Any = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["movement"], condition=models.Q(state="offered"), name="movements_offer_open_once"
            )
        ]


class Disclosed(Marked):
    """A leg as it is told to those who get it late. There is no row before its window opens, and none after it closes.

    `leg` is the leg's id, `tracker` the track by which the convoy is known, `gate` the movement's proposals: who knows
    the route may know what stands near it.
    """

    released = {
        "movement": "movement",
        "name": "name",
        "number": "number",
        "site": "site",
        "route": "route",
        "begin_at": "begin_at",
        "end_at": "end_at",
        "vehicles": "vehicles",
        "tracker": "tracker",
        "gate": "gate",
    }

    movement = models.UUIDField(db_index=True)
    leg = models.UUIDField()
    name = models.CharField(max_length=100)
    number = models.PositiveIntegerField()
    site = models.CharField(max_length=256)
    route = models.CharField(max_length=256)
    begin_at = models.DateTimeField()
    end_at = models.DateTimeField()
    vehicles = models.PositiveIntegerField()
    tracker = models.CharField(max_length=200, blank=True)
    gate: Any = models.JSONField(default=list)

    class Meta:
        abstract = True


class LegSoon(Disclosed):
    """A leg as the outer ring of need to know gets it."""

    info_class = "leg_soon"

    class Meta:
        constraints = [models.UniqueConstraint(fields=["leg"], name="movements_leg_soon_once")]


class LegDue(Disclosed):
    """A leg as the inner ring gets it: gate posts, each that of its own site."""

    info_class = "leg_due"

    class Meta:
        constraints = [models.UniqueConstraint(fields=["leg"], name="movements_leg_due_once")]


class Manifest(Marked):
    """That a movement's manifest may be viewed at a site. Its lines have no row: each view is an act."""

    info_class = "manifest"
    released = {"movement": "movement", "site": "site", "people": "people", "opened_at": "opened_at"}

    movement = models.UUIDField(db_index=True)
    site = models.CharField(max_length=256)
    people = models.PositiveIntegerField()
    opened_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["movement", "site"], name="movements_manifest_once")]


class Conflict(Marked):
    """That a plan conflicts with one of another party, for its own party alone: whom to call, and no more.

    `party` is the other party, `call` the role of it to call; `state` is `stands`, or `untold` once it was tried too
    often. `other` never leaves, nor who moved a plan so that it began or ended.
    """

    info_class = "conflict"
    released = {"movement": "movement", "party": "party", "call": "call", "state": "state", "since": "since"}

    movement = models.UUIDField(db_index=True)
    other = models.UUIDField()
    party = models.CharField(max_length=64)
    call = models.CharField(max_length=64)
    state = models.CharField(max_length=8, default="stands")
    since = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    begun_by = models.CharField(max_length=64, blank=True)
    ended_by = models.CharField(max_length=64, blank=True)
