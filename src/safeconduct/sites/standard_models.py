"""Minimum standards as rows: sets of controls, the controls of a site, and the rounds in which they are looked at."""

from __future__ import annotations

from django.db import models

from safeconduct.store.models import Marked


def _plain(*names: str) -> dict[str, str]:
    return {name: name for name in names}


class Standard(Marked):
    """A set of controls that sites are to have, as one version of one file; it names no site."""

    info_class = "standard"
    released = _plain("name", "version", "controls", "imported_at", "by")

    name = models.CharField(max_length=200)
    version = models.PositiveIntegerField()
    controls = models.JSONField()
    imported_at = models.DateTimeField()
    by = models.CharField(max_length=256)


class Control(Marked):
    """One control at one site, as the party `party` keeps it.

    `compliance` is empty until a test says how it is met; `due_at` is when the next is due. `overdue` is the clock's
    flag. `waiver` is {by, at, until, reason} or null.
    """

    info_class = "control"
    released = _plain(
        "site",
        "standard",
        "version",
        "code",
        "category",
        "statement",
        "likelihood",
        "impact",
        "evidence",
        "interval_days",
        "compliance",
        "tested_at",
        "due_at",
        "overdue",
        "waiver",
    )

    party = models.CharField(max_length=64)
    site = models.CharField(max_length=256, db_index=True)
    standard = models.CharField(max_length=200)
    version = models.PositiveIntegerField()
    code = models.CharField(max_length=32)
    category = models.CharField(max_length=20)
    statement = models.JSONField()
    likelihood = models.CharField(max_length=64)
    impact = models.CharField(max_length=64)
    evidence = models.CharField(max_length=16)
    interval_days = models.PositiveIntegerField()
    compliance = models.CharField(max_length=8, blank=True)
    tested_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True, db_index=True)
    overdue = models.BooleanField(default=False)
    waiver = models.JSONField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["party", "site", "code"], name="sites_control_once")]


class Inspection(Marked):
    """A round of a site: planned, carried out by one person, signed by another. `controls` are ids of what to see."""

    info_class = "inspection"
    released = _plain(
        "site",
        "planned_for",
        "controls",
        "state",
        "inspector",
        "begun_at",
        "finished_at",
        "signer",
        "signed_at",
        "returned",
    )

    site = models.CharField(max_length=256, db_index=True)
    planned_for = models.DateField()
    controls = models.JSONField(default=list)
    state = models.CharField(max_length=16, db_index=True)
    inspector = models.CharField(max_length=256, blank=True)
    begun_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    signer = models.CharField(max_length=256, blank=True)
    signed_at = models.DateTimeField(null=True)
    returned = models.TextField(blank=True)


class Finding(Marked):
    """What was found of one control: in a round, or by a single test (`inspection` is then null)."""

    info_class = "finding"
    released = _plain("inspection", "site", "control", "result", "note", "found_at", "by")

    inspection = models.UUIDField(null=True, db_index=True)
    site = models.CharField(max_length=256)
    control = models.UUIDField(db_index=True)
    result = models.CharField(max_length=8)
    note = models.TextField(blank=True)
    found_at = models.DateTimeField()
    by = models.CharField(max_length=256)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["inspection", "control"], name="sites_finding_once")]


class Photo(Marked):
    """A photo of a finding, re-encoded; its bytes are the file that `sha256` names."""

    info_class = "photo"
    released = _plain("inspection", "site", "control", "sha256", "width", "height", "size", "added_at", "by")

    inspection = models.UUIDField(db_index=True)
    site = models.CharField(max_length=256)
    control = models.UUIDField()
    sha256 = models.CharField(max_length=64, db_index=True)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size = models.PositiveIntegerField()
    added_at = models.DateTimeField(db_index=True)
    by = models.CharField(max_length=256)
