"""Users of the node and their appointments, and the people whom a party answers for."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import models

from safeconduct.accord.schedule import Office
from safeconduct.store.models import Marked
from safeconduct.terms.party import Principal

PURPOSES = ("api", "feed", "calendar", "calendar_full")


class User(AbstractUser):
    """An account. It belongs to one party and may do nothing until it is appointed to a role."""

    party = models.CharField(max_length=64, blank=True)
    language = models.CharField(max_length=16, blank=True)


class Appointment(Marked):
    """A user holds a role in an area during [begin, end)."""

    info_class = "appointment"
    released = {"user": "user_name", "role": "role", "area": "area", "begin": "begin", "end": "end"}

    user_name = models.CharField(max_length=150, db_index=True)
    role = models.CharField(max_length=64)
    area = models.CharField(max_length=256, blank=True)
    begin = models.DateTimeField()
    end = models.DateTimeField(null=True)


class ApiToken(Marked):
    """A bearer token of a user, or of a feed that may only hand in observations. Only its hash is kept."""

    info_class = "token"
    released = {"name": "name", "begin": "begin", "end": "end", "purpose": "purpose", "user": "user_name"}

    name = models.CharField(max_length=150)
    purpose = models.CharField(max_length=16, choices=[(one, one) for one in PURPOSES])
    digest = models.CharField(max_length=64, unique=True)
    user_name = models.CharField(max_length=150)
    begin = models.DateTimeField()
    end = models.DateTimeField(null=True)

    clear: str = ""
    """The token itself, on the one row that was just issued; never stored."""


class Look(Marked):
    """A reader was shown a person, the legs of a plan or a manifest: `of`, of the information class `of_class`.

    `what` says in which form: `page`, `list`, `manifest`, `card`, `calendar`, `api`.
    """

    info_class = "look"
    released = {
        "reader": "reader",
        "party": "party",
        "role": "role",
        "of_class": "of_class",
        "of": "of",
        "at": "at",
        "what": "what",
    }
    belongs = {
        Office.SELF: lambda reader: models.Q(of__in=Person.objects.filter(own("user_name")(reader)).values("pk")),
    }

    reader = models.CharField(max_length=150)
    party = models.CharField(max_length=64)
    role = models.CharField(max_length=64)
    of_class = models.CharField(max_length=64)
    of = models.UUIDField()
    at = models.DateTimeField()
    what = models.CharField(max_length=32)

    class Meta:
        indexes = [
            models.Index(fields=["of", "at"], name="people_looks_of"),
            models.Index(fields=["reader", "at"], name="people_looks_by"),
        ]


def own(path: str) -> Callable[[Principal], models.Q]:
    """Rows whose `path` is the reader's account: what `Marked.belongs` wants for the office self."""
    return lambda principal: models.Q(**{path: principal.name}) if principal.name else models.Q(pk__in=[])


def warded(path: str) -> Callable[[Principal], models.Q]:
    """Rows whose `path` is a zone that the reader is the warden of, or an alternate: for the office warden."""
    return lambda principal: models.Q(**{f"{path}__in": zones_warded(principal)})


def zones_warded(principal: Principal) -> list[uuid.UUID]:
    """The ids of `zones_of`."""
    return [one.pk for one in zones_of(principal)]


def zones_of(principal: Principal) -> list[Zone]:
    """The open zones whose warden or alternate is the person behind this account."""
    me = {str(pk) for pk in Person.objects.filter(own("user_name")(principal)).values_list("pk", flat=True)}
    if not me:
        return []
    return [one for one in Zone.objects.filter(closed_at=None) if me & {str(one.warden_id), *one.alternates}]


class Zone(Marked):
    """A part of a site whose people a warden answers for. `alternates` are ids of persons, the first asked first."""

    info_class = "zone"
    released = {
        "site": "site",
        "name": "name",
        "warden": "warden_id",
        "alternates": "alternates",
        "closed_at": "closed_at",
    }
    belongs = {
        Office.SELF: lambda reader: models.Q(person__in=Person.objects.filter(own("user_name")(reader))),
        Office.WARDEN: warded("id"),
    }

    site = models.CharField(max_length=256, db_index=True)
    name = models.CharField(max_length=150)
    warden = models.ForeignKey("Person", null=True, on_delete=models.PROTECT, related_name="+")
    warden_id: uuid.UUID | None
    alternates = models.JSONField(default=list)
    closed_at = models.DateTimeField(null=True)


class Person(Marked):
    """A protected person, a guard, a driver or a visitor, whom only their own party knows by name.

    Never here: ethnicity, religion, health, blood group. `contacts` are [{"channel", "address"}], the first tried
    first. `seen_as` is the person's own choice of how coarsely their whereabouts are kept: off, their zone, or an H3
    cell of `cell_resolution`. `salt` makes what the record commits to of the identity unguessable; it goes with the
    name when the person is forgotten.
    """

    info_class = "person"
    released = {
        "site": "site",
        "reference": "reference",
        "name": "name",
        "kind": "kind",
        "company": "company",
        "zone": "zone_id",
        "language": "language",
        "contacts": "contacts",
        "vetting": "vetting",
        "vetted_until": "vetted_until",
        "training_until": "training_until",
        "visit_begin": "visit_begin",
        "visit_end": "visit_end",
        "seen_as": "seen_as",
        "cell_resolution": "cell_resolution",
        "left_at": "left_at",
    }
    belongs = {Office.SELF: own("user_name"), Office.WARDEN: warded("zone")}

    party = models.CharField(max_length=64)
    site = models.CharField(max_length=256, db_index=True)
    reference = models.CharField(max_length=32)
    name = models.CharField(max_length=200)
    folded = models.CharField(max_length=200)
    """The name as it is searched: folded, with a space before each word."""
    kind = models.CharField(max_length=16)
    company = models.CharField(max_length=150, blank=True)
    zone = models.ForeignKey(Zone, null=True, on_delete=models.PROTECT)
    zone_id: uuid.UUID | None
    language = models.CharField(max_length=16, blank=True)
    contacts = models.JSONField(default=list)
    vetting = models.CharField(max_length=16, default="asked")
    vetted_until = models.DateField(null=True)
    training_until = models.DateField(null=True)
    visit_begin = models.DateTimeField(null=True)
    visit_end = models.DateTimeField(null=True)
    user_name = models.CharField(max_length=150, null=True, unique=True)
    seen_as = models.CharField(max_length=8, default="zone")
    cell_resolution = models.PositiveSmallIntegerField(null=True)
    left_at = models.DateTimeField(null=True)
    salt = models.BinaryField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["party", "reference"], name="people_person_reference_once")]
        indexes = [models.Index(fields=["site", "left_at"], name="people_person_here")]


class Lookup(Marked):
    """A search of the list: who searched when, and how many persons they were shown. What they typed is not kept."""

    info_class = "lookup"
    released = {"site": "site", "by": "by", "asked_at": "asked_at", "shown": "shown"}

    site = models.CharField(max_length=256, blank=True)
    by = models.CharField(max_length=150)
    asked_at = models.DateTimeField()
    shown = models.PositiveSmallIntegerField()

    answers: Any = None
    """What was found, on the one row that was just made; never stored."""

    class Meta:
        indexes = [models.Index(fields=["by", "asked_at"], name="people_lookup_by")]


class Export(Marked):
    """The list, or a site's part of it, taken out as a file: by whom, why, which fields and how many persons."""

    info_class = "export"
    released = {
        "site": "site",
        "by": "by",
        "at": "at",
        "reason": "reason",
        "fields": "fields",
        "people": "people",
        "sha256": "sha256",
    }

    site = models.CharField(max_length=256, blank=True)
    by = models.CharField(max_length=150)
    at = models.DateTimeField()
    reason = models.CharField(max_length=1000)
    fields = models.JSONField(default=list)
    people = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)

    content: bytes = b""
    """The file, on the one row that was just made; never stored."""
    refs: Sequence[uuid.UUID] = ()
    """Whom it holds, likewise."""


class Forgetting(Marked):
    """What the node forgot of a party at once: of how many persons, and under which references they were listed."""

    info_class = "forgetting"
    released = {"at": "at", "people": "people", "references": "references"}

    at = models.DateTimeField()
    people = models.PositiveIntegerField()
    references = models.JSONField(default=list)


class Whereabouts(Marked):
    """Where a person was, as coarse as they chose: nothing, their zone, or an H3 cell; a point in a call for help only.

    `latest` is the one fact of each person that occurred last; the others are its past, until they are deleted.
    """

    info_class = "whereabouts"
    released = {
        "person": "person_id",
        "site": "site",
        "zone": "zone_id",
        "cell": "cell",
        "lon": "lon",
        "lat": "lat",
        "exact": "exact",
        "source": "source",
        "occurred_at": "occurred_at",
        "logged_at": "logged_at",
    }
    belongs = {Office.SELF: own("person__user_name"), Office.WARDEN: warded("person__zone")}

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    person_id: uuid.UUID
    site = models.CharField(max_length=256, blank=True)
    zone = models.ForeignKey(Zone, null=True, on_delete=models.PROTECT, related_name="+")
    zone_id: uuid.UUID | None
    cell = models.CharField(max_length=16, blank=True)
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    exact = models.BooleanField(default=False)
    source = models.CharField(max_length=16)
    occurred_at = models.DateTimeField()
    logged_at = models.DateTimeField()
    latest = models.BooleanField(default=True)
    fades_at = models.DateTimeField(null=True)
    """From when it is too fine to be kept; null once it is coarse."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=models.Q(latest=True), name="people_whereabouts_latest_once"
            )
        ]
        indexes = [
            models.Index(fields=["site", "latest"], name="people_whereabouts_site"),
            models.Index(fields=["fades_at"], name="people_whereabouts_fades"),
            models.Index(fields=["logged_at"], name="people_whereabouts_logged"),
        ]


class Strength(Marked):
    """How many people of a party a site has: `people` rounded up to a multiple of five, and never who."""

    info_class = "strength"
    released = {"site": "site", "people": "people", "as_of": "as_of"}

    party = models.CharField(max_length=64)
    site = models.CharField(max_length=256)
    people = models.PositiveIntegerField()
    as_of = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["party", "site"], name="people_strength_once")]


class Headcount(Marked):
    """Whether the people of a party at a site are safe. Several sites asked at once share a `call`.

    `counts` are how many stand in each state of an answer, `by_zone` the same by the zone's id; they follow every
    answer and every message, so that nobody counts rows to show them. `targets` are the shares to reach, and when each
    was reached: [{"id", "share", "within_s", "met_at"}].
    """

    info_class = "headcount"
    released = {
        "site": "site",
        "call": "call",
        "kind": "kind",
        "reason": "reason",
        "zones": "zones",
        "visitors": "visitors",
        "state": "state",
        "begun_at": "begun_at",
        "by": "by",
        "confirmed_by": "confirmed_by",
        "closed_at": "closed_at",
        "closed_by": "closed_by",
        "outcome": "outcome",
        "counts": "counts",
        "by_zone": "by_zone",
        "targets": "targets",
        "incident": "incident",
    }

    site = models.CharField(max_length=256)
    party = models.CharField(max_length=64)
    call = models.UUIDField(db_index=True)
    kind = models.CharField(max_length=8)
    reason = models.CharField(max_length=500, blank=True)
    zones = models.JSONField(default=list)
    visitors = models.BooleanField(default=True)
    state = models.CharField(max_length=8)
    proposed_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True)
    by = models.CharField(max_length=150)
    confirmed_by = models.CharField(max_length=150, blank=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=150, blank=True)
    outcome = models.CharField(max_length=500, blank=True)
    counts = models.JSONField(default=dict)
    by_zone = models.JSONField(default=dict)
    targets = models.JSONField(default=list)
    incident = models.UUIDField(null=True)


class HeadcountAnswer(Marked):
    """One person asked in one headcount. `state` goes from asked by sent, delivered and read to what was answered.

    `history` has what was answered before, oldest first: [{"state", "by", "proxy", "way", "at"}].
    """

    info_class = "headcount_answer"
    released = {
        "headcount": "headcount_id",
        "person": "person_id",
        "site": "site",
        "zone": "zone_id",
        "visitor": "visitor",
        "state": "state",
        "asked_at": "asked_at",
        "sent_at": "sent_at",
        "delivered_at": "delivered_at",
        "read_at": "read_at",
        "answered_at": "answered_at",
        "by": "by",
        "proxy": "proxy",
        "way": "way",
        "history": "history",
    }
    belongs = {Office.SELF: own("person__user_name"), Office.WARDEN: warded("zone")}

    headcount = models.ForeignKey(Headcount, on_delete=models.CASCADE, related_name="+")
    headcount_id: uuid.UUID
    call = models.UUIDField()
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    person_id: uuid.UUID
    site = models.CharField(max_length=256)
    zone = models.ForeignKey(Zone, null=True, on_delete=models.PROTECT, related_name="+")
    zone_id: uuid.UUID | None
    visitor = models.BooleanField(default=False)
    state = models.CharField(max_length=12, default="asked")
    asked_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    by = models.CharField(max_length=150, blank=True)
    proxy = models.BooleanField(default=False)
    way = models.CharField(max_length=8, blank=True)
    history = models.JSONField(default=list)
    link_digest = models.CharField(max_length=64, unique=True)
    """SHA-256 of the one-time link; the link itself is made anew from the node's secret when a message is written."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["call", "person"], name="people_asked_once_a_call")]
        indexes = [models.Index(fields=["headcount", "state", "id"], name="people_answer_state")]


class Delivery(Marked):
    """One message to one person by one channel. Its id is the message's own, the same however often it is tried.

    `about` is the answer of a headcount that it asks for. `climbs_at` is when the next way is tried, unless the person
    has answered by then. No text and no address is kept: both are looked up when it is sent.
    """

    info_class = "delivery"
    released = {
        "person": "person_id",
        "what": "what",
        "channel": "channel",
        "state": "state",
        "attempts": "attempts",
        "queued_at": "queued_at",
        "sent_at": "sent_at",
        "delivered_at": "delivered_at",
        "read_at": "read_at",
        "failed_at": "failed_at",
        "error": "error",
    }
    belongs = {Office.SELF: own("person__user_name"), Office.WARDEN: warded("person__zone")}

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    person_id: uuid.UUID
    what = models.CharField(max_length=32)
    about = models.ForeignKey(HeadcountAnswer, null=True, on_delete=models.CASCADE, related_name="+")
    about_id: uuid.UUID | None
    channel = models.CharField(max_length=64)
    address_digest = models.CharField(max_length=64, blank=True)
    """Keyed hash of where it went, for replies that come with nothing but a sender."""
    state = models.CharField(max_length=10, default="queued")
    attempts = models.PositiveSmallIntegerField(default=0)
    queued_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    """When it is tried; null once it is no more to be sent."""
    climbs_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=32, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], name="people_delivery_due"),
            models.Index(fields=["climbs_at"], name="people_delivery_climbs"),
            models.Index(fields=["about"], name="people_delivery_about"),
            models.Index(fields=["address_digest"], name="people_delivery_to"),
        ]


def _of_own(field: str) -> Callable[[Principal], models.Q]:
    """Rows whose `field` is the id of the person behind the reader's account."""
    return lambda reader: models.Q(**{f"{field}__in": Person.objects.filter(own("user_name")(reader)).values("pk")})


def _of_warded(field: str) -> Callable[[Principal], models.Q]:
    """Rows whose `field` is the id of a person in a zone of the reader's."""
    return lambda reader: models.Q(**{f"{field}__in": Person.objects.filter(warded("zone")(reader)).values("pk")})


def _of_their_site(reader: Principal) -> models.Q:
    """Rows of the reader's own site, and of none."""
    own_sites = Person.objects.filter(own("user_name")(reader)).values("site")
    return models.Q(site="") | models.Q(site__in=own_sites)


def _of_warded_sites(reader: Principal) -> models.Q:
    """Rows of the sites of the reader's zones, and of none."""
    return models.Q(site="") | models.Q(site__in={one.site for one in zones_of(reader)})


OF_A_PERSON = {Office.SELF: _of_own("person"), Office.WARDEN: _of_warded("person")}
"""Whose rows they are that name a person by `person`."""


class Enrolment(Marked):
    """A code that makes the phone of whoever types it that of `person`: once, within [begin, end). Its hash is kept."""

    info_class = "enrolment"
    released = {"site": "site", "person": "person", "begin": "begin", "end": "end", "used_at": "used_at", "by": "by"}
    belongs = {Office.WARDEN: _of_warded("person")}

    site = models.CharField(max_length=256, blank=True)
    party = models.CharField(max_length=64)
    person = models.UUIDField(db_index=True)
    digest = models.CharField(max_length=64, unique=True)
    begin = models.DateTimeField()
    end = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    by = models.CharField(max_length=150)

    clear: str = ""
    """The code itself, on the one row that was just made; never stored."""


class Phone(Marked):
    """A person's phone: the account `user_name` stands for the person while it has no end. Of its PINs hashes are kept.

    `end_reason`: left (by the person), lost (by an officer), replaced (by another phone).
    """

    info_class = "phone"
    released = {"site": "site", "person": "person", "begin": "begin", "end": "end", "end_reason": "end_reason"}
    belongs = {Office.SELF: own("user_name"), Office.WARDEN: _of_warded("person")}

    site = models.CharField(max_length=256, blank=True)
    person = models.UUIDField(db_index=True)
    user_name = models.CharField(max_length=150, unique=True)
    begin = models.DateTimeField()
    end = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=16, blank=True)
    page_pin = models.CharField(max_length=64)
    duress_pin = models.CharField(max_length=64)


class Try(models.Model):
    """A guess at a PIN or a code that was not right, or is being judged: no row of the domain (people/tries.py)."""

    key = models.CharField(max_length=64)
    """Keyed hash of the phone, or of the address, that tried."""
    at = models.DateTimeField(db_index=True)

    class Meta:
        indexes = [models.Index(fields=["key", "at"], name="people_tries_of")]


class CheckIn(Marked):
    """What a person said of themselves: `state` is safe, need_help or not_here; `via` says by what way.

    At the `stage` of a `journey`, boarded or arrived, where they said it of one.

    `claimed_at` is the phone's time, `logged_at` the node's. `client_id` is the id that the phone made, so that what
    comes twice is one.
    """

    info_class = "check_in"
    released = {
        "site": "site",
        "person": "person",
        "state": "state",
        "claimed_at": "claimed_at",
        "logged_at": "logged_at",
        "via": "via",
        "journey": "journey",
        "stage": "stage",
    }
    belongs = OF_A_PERSON

    site = models.CharField(max_length=256, blank=True)
    person = models.UUIDField()
    client_id = models.UUIDField()
    state = models.CharField(max_length=16)
    claimed_at = models.DateTimeField()
    logged_at = models.DateTimeField()
    via = models.CharField(max_length=16)
    journey = models.UUIDField(null=True)
    stage = models.CharField(max_length=16, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "client_id"], name="people_check_in_once")]
        indexes = [
            models.Index(fields=["person", "claimed_at"], name="people_check_in_of"),
            models.Index(fields=["state", "claimed_at"], name="people_check_in_state"),
        ]


class Sos(Marked):
    """A call for help: open, answered (by an officer of the person's party), ended.

    Its exact place, degrees and metres of error, is there while it lasts and gone when it has ended. `rung` is how far
    it has climbed unanswered. `way` is button, or duress, which nobody but officers of the person's party may know.
    """

    info_class = "sos"
    released = {
        "site": "site",
        "person": "person",
        "lon": "lon",
        "lat": "lat",
        "accuracy_m": "accuracy_m",
        "moved_at": "moved_at",
        "silent": "silent",
        "way": "way",
        "state": "state",
        "claimed_at": "claimed_at",
        "logged_at": "logged_at",
        "rung": "rung",
        "answered_at": "answered_at",
        "answered_by": "answered_by",
        "acknowledged_at": "acknowledged_at",
        "acknowledged_by": "acknowledged_by",
        "ended_at": "ended_at",
        "end_reason": "end_reason",
    }
    belongs = OF_A_PERSON

    site = models.CharField(max_length=256, blank=True)
    person = models.UUIDField()
    client_id = models.UUIDField()
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    accuracy_m = models.FloatField(null=True)
    moved_at = models.DateTimeField(null=True)
    silent = models.BooleanField()
    way = models.CharField(max_length=16)
    state = models.CharField(max_length=16, default="open")
    claimed_at = models.DateTimeField()
    logged_at = models.DateTimeField()
    rung = models.PositiveSmallIntegerField(default=0)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.CharField(max_length=150, blank=True)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.CharField(max_length=150, blank=True)
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "client_id"], name="people_sos_once")]
        indexes = [models.Index(fields=["state", "logged_at"], name="people_sos_state")]


class HelpLine(Marked):
    """A telephone number that the partner gives its people for when nothing else works; in a site, or everywhere."""

    info_class = "help_line"
    released = {"site": "site", "name": "name", "number": "number"}
    belongs = {Office.SELF: _of_their_site, Office.WARDEN: _of_warded_sites}

    site = models.CharField(max_length=256, blank=True)
    name = models.CharField(max_length=80)
    number = models.CharField(max_length=32)
    removed_at = models.DateTimeField(null=True)


class Correction(Marked):
    """A person asks to have put right what is held about them; an officer answers."""

    info_class = "correction"
    released = {
        "site": "site",
        "person": "person",
        "text": "text",
        "asked_at": "asked_at",
        "state": "state",
        "answer": "answer",
        "answered_at": "answered_at",
    }
    belongs = OF_A_PERSON

    site = models.CharField(max_length=256, blank=True)
    person = models.UUIDField(db_index=True)
    text = models.CharField(max_length=1000)
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=16, default="asked")
    answer = models.CharField(max_length=1000, blank=True)
    answered_at = models.DateTimeField(null=True)


class ReadingAlarm(Marked):
    """Reading that is unusual, for the party whose things were read: `rule` says how (people/reading/rules.py).

    `at` is when it was noticed, `begin` when the reading began, `count` how many things it was.
    """

    info_class = "reading_alarm"
    released = {
        "rule": "rule",
        "reader": "reader",
        "party": "party",
        "role": "role",
        "of_class": "of_class",
        "count": "count",
        "begin": "begin",
        "at": "at",
        "state": "state",
        "answer": "answer",
        "answered_by": "answered_by",
        "answered_at": "answered_at",
    }

    rule = models.CharField(max_length=24)
    reader = models.CharField(max_length=150)
    party = models.CharField(max_length=64)
    role = models.CharField(max_length=64)
    of_class = models.CharField(max_length=64)
    count = models.PositiveIntegerField()
    begin = models.DateTimeField()
    at = models.DateTimeField()
    state = models.CharField(max_length=8, default="open")
    answer = models.CharField(max_length=500, blank=True)
    answered_by = models.CharField(max_length=150, blank=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["reader", "rule", "at"], name="people_reading_alarm_by")]


class Canary(Marked):
    """A decoy: a plan or a person that nobody needs to read. Its row is the only thing that says so."""

    info_class = "canary"
    released = {
        "of_class": "of_class",
        "of": "of",
        "note": "note",
        "by": "by",
        "placed_at": "placed_at",
        "removed_at": "removed_at",
    }

    of_class = models.CharField(max_length=64)
    of = models.UUIDField(db_index=True)
    note = models.CharField(max_length=200, blank=True)
    by = models.CharField(max_length=150)
    placed_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)
