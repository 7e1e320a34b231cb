"""What a node settles when it starts: what a kill interrupted, and the entry of its first accord."""

from __future__ import annotations

from safeconduct import node
from safeconduct.council.acts import enact
from safeconduct.council.models import Enacted
from safeconduct.council.suspended import write_suspended
from safeconduct.node.enacting import recover
from safeconduct.people.founding import appointing_principal
from safeconduct.store.guard import passage
from safeconduct.terms.party import Side


def settle() -> None:
    """Bring the accord on disk and the one that the record knows together. Raises BadInput where they contradict."""
    with passage("release"):
        newest = Enacted.objects.order_by("-version").values_list("digest", flat=True).first()
    recover(node.current().path, newest)
    write_suspended()
    host = node.current().accord.party_of_side(Side.HOST).id
    if newest is None:
        enact(appointing_principal(host))
