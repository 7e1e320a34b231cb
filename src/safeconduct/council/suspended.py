"""Which parties have suspended: told to every process of the node by a file that follows the database."""

from __future__ import annotations

from safeconduct import node
from safeconduct.council.models import Suspension
from safeconduct.store.guard import passage


def write_suspended() -> None:
    """Bring the node's file `suspended` to what the database says."""
    with passage("release"):
        parties = sorted(Suspension.objects.filter(end=None).values_list("party", flat=True))
    node.current().suspend(frozenset(parties))
