"""Acts on the accord and the record themselves."""

from __future__ import annotations

import uuid
from dataclasses import replace
from pathlib import Path

from django.db import transaction

from safeconduct import node
from safeconduct.accord.accord import Accord
from safeconduct.acts import Doing, act
from safeconduct.council.models import Enacted, Erasure, Suspension
from safeconduct.council.suspended import write_suspended
from safeconduct.council.widening import WIDENED, require_widened
from safeconduct.node import enacting
from safeconduct.record import queries as records
from safeconduct.record import store as record
from safeconduct.store.labels import intern
from safeconduct.store.models import Marked
from safeconduct.terms.errors import BadInput, Fault, NotFound, shown
from safeconduct.terms.marking import Tlp
from safeconduct.terms.party import Principal


@act("accord.enact", creates=Enacted)
def enact(doing: Doing, *, site: str = "", directory: Path | None = None) -> Enacted | None:
    """Put the version in `directory` in force. It must follow the one in force and bear every party's signature.

    Without a directory, enter the version that the node was founded under; nothing where that is done.
    """
    if directory is None:
        return None if Enacted.objects.exists() else _enter(doing, doing.accord)
    opened = node.current()
    successor = enacting.checked_successor(doing.accord, directory)
    enacting.stage(opened.path, directory)
    transaction.on_commit(lambda: enacting.finish(opened.path))
    return _enter(doing, successor)


def _enter(doing: Doing, accord: Accord) -> Enacted:
    return Enacted.objects.create(
        label_id=doing.label_id,
        name=accord.id,
        version=accord.version,
        digest=accord.digest,
        enacted_at=doing.at,
    )


@act("accord.suspend", creates=Suspension)
def suspend(doing: Doing, *, site: str = "", reason: str) -> Suspension:
    """Suspend the flow of information and the travel of the actor's own party, at once."""
    party = doing.principal.party
    if not 0 < len(reason.strip()) <= 1000:
        raise BadInput("suspension", [Fault("reason", shown(reason), "1 to 1,000 characters")])
    if Suspension.objects.filter(party=party, end=None).exists():
        raise BadInput("suspension", [Fault("party", party, "one that has not suspended already")])
    suspension = Suspension.objects.create(label_id=doing.label_id, party=party, begin=doing.at, reason=reason.strip())
    _tell_processes()
    return suspension


@act("accord.resume", on=Suspension)
def resume(doing: Doing, suspension: Suspension) -> None:
    """End the suspension of the actor's own party."""
    if suspension.end or suspension.party != doing.principal.party:
        raise BadInput("suspension", [Fault("party", suspension.party, "your own party's that stands")])
    suspension.end = doing.at
    _tell_processes()


def _tell_processes() -> None:
    transaction.on_commit(write_suspended)


def widen(principal: Principal, ref: uuid.UUID | str, *, kind: str, to: str) -> None:
    """Let another party have the item `ref` of the class `kind` too. Raises BadInput for a class of which none may."""
    require_widened(kind)
    widen_item(principal, ref, kind=kind, to=to)


@act("release.widen", on=WIDENED)
def widen_item(doing: Doing, row: Marked, *, to: str) -> None:
    """Let another party have an item too, as only its originator may. TLP falls no further than AMBER."""
    if to not in doing.accord.parties:
        raise BadInput("release", [Fault("to", shown(to), "a party of the accord")])
    marking = doing.marking
    tlp = Tlp.AMBER if marking.tlp.rank > Tlp.AMBER.rank else marking.tlp
    wider = replace(marking, tlp=tlp, releasable_to=marking.releasable_to | {to})
    if wider == marking:
        raise BadInput("release", [Fault("to", shown(to), "a party that the item is not yet released to")])
    row.label_id = intern(wider)


@act("record.erase", creates=Erasure)
def erase(doing: Doing, *, site: str = "", index: int, reason: str) -> Erasure:
    """Destroy the payload and salt behind an entry. Raises NotFound or BadInput."""
    if not 0 < len(reason.strip()) <= 1000:
        raise BadInput("erasure", [Fault("reason", shown(reason), "1 to 1,000 characters, no personal data")])
    entered = records.entries(index, index + 1)
    if not entered or entered[0].party != doing.principal.party:
        # Absent, or the other party's: each party answers for what it entered itself.
        raise NotFound(Erasure.info_class, str(index))
    if Erasure.objects.filter(index=index).exists():
        raise BadInput("erasure", [Fault("index", str(index), "an entry whose content is not erased")])
    record.erase(index)
    doing.enter(erases=[index])
    return Erasure.objects.create(label_id=doing.label_id, index=index, reason=reason.strip(), erased_at=doing.at)
