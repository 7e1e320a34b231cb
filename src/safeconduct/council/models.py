"""Versions of the accord as they came into force."""

from __future__ import annotations

from django.db import models

from safeconduct.store.models import Marked


class Enacted(Marked):
    """A version of the accord that was put in force on this node; the newest is the one that decides."""

    info_class = "accord"
    released = {"name": "name", "version": "version", "digest": "digest", "enacted": "enacted_at"}

    name = models.CharField(max_length=200)
    version = models.PositiveIntegerField(unique=True)
    digest = models.CharField(max_length=64)
    enacted_at = models.DateTimeField()


class Erasure(Marked):
    """The content behind an entry of the record was destroyed; the entry stays and still proves that it was made."""

    info_class = "record"
    released = {"index": "index", "time": "erased_at"}

    index = models.BigIntegerField(unique=True)
    reason = models.TextField()
    erased_at = models.DateTimeField()


class Suspension(Marked):
    """A party suspended its own flow of information, and its people's travel, during [begin, end)."""

    info_class = "accord"
    released = {"party": "party", "begin": "begin", "end": "end", "reason": "reason"}

    party = models.CharField(max_length=64)
    begin = models.DateTimeField()
    end = models.DateTimeField(null=True)
    reason = models.TextField()
