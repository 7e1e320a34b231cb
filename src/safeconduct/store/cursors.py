"""How far each reader of a sequence has come. A cursor moves in the transaction of what was done: done once."""

from __future__ import annotations

from safeconduct.store.guard import passage
from safeconduct.store.models import Cursor


def reached(name: str) -> int:
    """How far the cursor `name` has come; 0 before its first move."""
    with passage("release"):
        return Cursor.objects.filter(pk=name).values_list("event_id", flat=True).first() or 0


def locked(name: str) -> int:
    """The same, held until the transaction ends: two processes that read as `name` take turns."""
    Cursor.objects.get_or_create(pk=name)
    return Cursor.objects.select_for_update().get(pk=name).event_id


def move(name: str, to: int) -> None:
    """Remember that all up to `to` is done. Inside acts.together only."""
    Cursor.objects.update_or_create(pk=name, defaults={"event_id": to})
