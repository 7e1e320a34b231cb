"""Obligations as they arose: each an act of one party that another is owed, by a time."""

from __future__ import annotations

from django.db import models

from safeconduct.store.models import Marked

OPEN, SATISFIED, ENDED, WAIVED, BREACHED, CURED = "open", "satisfied", "ended", "waived", "breached", "cured"
UNSETTLED = (OPEN, BREACHED)


class Obligation(Marked):
    """One obligation of the accord, `code`, that arose with an act on `of`, an `of_class`.

    `arose_at` is logged and trusted: from it the time runs. `claimed_at` is when the thing is said to have happened.
    `due_at` is fixed as it arises, whatever a later accord says. `reminded` counts the reminders given, `remind_s` has
    their seconds after `arose_at`. A deadline is missed at `due_at`; `noted_at` is when the node noted it, and
    `late_s` by how much whoever makes good is late. `matched` is what the act that settles it has in common with the
    one from which it arose.
    """

    info_class = "obligation"
    released = {
        "code": "code",
        "article": "article",
        "trigger": "trigger",
        "debtor": "debtor",
        "creditor": "creditor",
        "of_class": "of_class",
        "of": "of",
        "site": "site",
        "arose_at": "arose_at",
        "claimed_at": "claimed_at",
        "due_at": "due_at",
        "reminded": "reminded",
        "state": "state",
        "settled_at": "settled_at",
        "settled_by": "settled_by",
        "noted_at": "noted_at",
        "late_s": "late_s",
        "reason": "reason",
        "tabled": "tabled",
    }

    code = models.CharField(max_length=100)
    article = models.CharField(max_length=16)
    trigger = models.CharField(max_length=64)
    debtor = models.CharField(max_length=64)
    creditor = models.CharField(max_length=64)
    of_class = models.CharField(max_length=64)
    of = models.UUIDField()
    site = models.CharField(max_length=256, blank=True)
    matched = models.CharField(max_length=600)
    arose_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField()
    remind_s = models.JSONField(default=list)
    reminded = models.IntegerField(default=0)
    state = models.CharField(max_length=16, default=OPEN)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.CharField(max_length=64, blank=True)
    noted_at = models.DateTimeField(null=True)
    late_s = models.IntegerField(null=True)
    reason = models.TextField(blank=True)
    tabled = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["state", "due_at"], name="obligation_due"),
            models.Index(fields=["code", "matched"], name="obligation_matched"),
            models.Index(fields=["of"], name="obligation_of"),
        ]
