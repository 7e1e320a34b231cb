"""Users of the node, and their appointments to roles of the accord."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models

from safeconduct.store.models import Marked


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
    purpose = models.CharField(max_length=16, choices=[("api", "api"), ("feed", "feed")])
    digest = models.CharField(max_length=64, unique=True)
    user_name = models.CharField(max_length=150)
    begin = models.DateTimeField()
    end = models.DateTimeField(null=True)

    clear: str = ""
    """The token itself, on the one row that was just issued; never stored."""
