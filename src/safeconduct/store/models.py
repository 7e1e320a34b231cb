"""Labels, the outbox, and what every released row has in common."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, ClassVar

from django.apps import apps
from django.db import models

from safeconduct.accord.schedule import Office
from safeconduct.terms.ids import new_id
from safeconduct.terms.marking import Marking, Tlp
from safeconduct.terms.party import Principal


class Label(models.Model):
    """An interned marking. Rows point to it, so that a release is one `label_id IN (…)`."""

    guarded = True

    originator = models.CharField(max_length=64)
    info_class = models.CharField(max_length=64)
    tlp = models.CharField(max_length=16)
    releasable_to = models.TextField()
    area = models.CharField(max_length=256)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["originator", "info_class", "tlp", "releasable_to", "area"], name="store_label_once"
            )
        ]

    @property
    def marking(self) -> Marking:
        to = frozenset(self.releasable_to.split(",")) if self.releasable_to else frozenset[str]()
        return Marking(self.originator, self.info_class, Tlp(self.tlp), to, self.area)

    @staticmethod
    def columns(marking: Marking) -> dict[str, str]:
        return {
            "originator": marking.originator,
            "info_class": marking.info_class,
            "tlp": str(marking.tlp),
            "releasable_to": ",".join(sorted(marking.releasable_to)),
            "area": marking.area,
        }


class Event(models.Model):
    """The outbox: one row an act that changed something that a reader could see.

    `fields` are the released fields that changed, comma between and around, so that a reader whose projection stayed
    the same hears nothing. `ref` is null where many rows changed at once. `id` orders; only `uid` leaves the node.
    """

    guarded = True

    id = models.BigAutoField(primary_key=True)
    uid = models.UUIDField(default=new_id, unique=True)
    at = models.DateTimeField()
    kind = models.CharField(max_length=64)
    ref = models.UUIDField(null=True)
    label = models.ForeignKey(Label, on_delete=models.PROTECT)
    label_id: int
    fields = models.TextField()


class Cursor(models.Model):
    """How far a listener has read the outbox; moved in the transaction of its reactions, so that each happens once."""

    guarded = True

    listener = models.CharField(max_length=64, primary_key=True)
    event_id = models.BigIntegerField(default=0)


class Marked(models.Model):
    """A row that is released by its label.

    `released` maps each field of its information class (accord/vocabulary.py) to the attribute that holds it or to a
    function of the row. What is not in it never leaves. `belongs` gives, for a personal class, the rows that an office
    of the accord binds to its holder (store/bound.py).
    """

    guarded = True
    info_class: ClassVar[str]
    released: ClassVar[Mapping[str, str | Callable[[Any], Any]]]
    belongs: ClassVar[Mapping[Office, Callable[[Principal], models.Q]]] = {}

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    label = models.ForeignKey(Label, on_delete=models.PROTECT, related_name="+")
    label_id: int

    class Meta:
        abstract = True

    def released_values(self) -> dict[str, Any]:
        """All released fields with their values, before any projection."""
        return {
            name: source(self) if callable(source) else getattr(self, source) for name, source in self.released.items()
        }

    @property
    def uid(self) -> uuid.UUID:
        return self.id


@cache
def model_of(info_class: str) -> type[Marked]:
    """The table of an information class."""
    return next(model for model in apps.get_models() if issubclass(model, Marked) and model.info_class == info_class)
