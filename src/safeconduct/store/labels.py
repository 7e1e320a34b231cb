"""Labels by marking and back, cached a process.

Only what was read outside a transaction is cached: a label that a transaction made may yet be rolled back.
"""

from __future__ import annotations

from dataclasses import replace
from threading import Lock

from django.db import connection

from safeconduct.store.guard import passage
from safeconduct.store.models import Label
from safeconduct.terms.marking import Marking

_by_id: dict[int, Marking] = {}
_by_marking: dict[Marking, int] = {}
_lock = Lock()


def all_labels() -> dict[int, Marking]:
    """Every label of the node, id to marking. One query for those not yet known."""
    with passage("release"):
        fresh = {label.pk: label.marking for label in Label.objects.filter(pk__gt=max(_by_id, default=0))}
    if connection.in_atomic_block:
        return _by_id | fresh
    with _lock:
        _by_id.update(fresh)
        _by_marking.update({marking: pk for pk, marking in fresh.items()})
    return _by_id


def intern(marking: Marking) -> int:
    """The id of `marking`'s label, made if need be. Only an act may make one."""
    if (known := _by_marking.get(marking)) is not None:
        return known
    columns = Label.columns(marking)
    label, _ = Label.objects.get_or_create(defaults=None, **columns)
    return label.pk


def marking_of(label_id: int) -> Marking:
    known = _by_id.get(label_id)
    return known if known is not None else all_labels()[label_id]


def relabelled(label_id: int, info_class: str, area: str | None = None) -> int:
    """The label of what tells of something so labelled, as an `info_class`: released no further than the thing is."""
    marking = marking_of(label_id)
    return intern(replace(marking, info_class=info_class, area=marking.area if area is None else area))


def forget() -> None:
    """Empty the cache: for a test that empties the database."""
    with _lock:
        _by_id.clear()
        _by_marking.clear()
